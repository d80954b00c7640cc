"""Course: one step of a referral, kept with its event; nothing else may set a state."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from directory.errors import SaidError
from directory.referrals.day import center_day, day_of
from directory.referrals.live import ConsentNeeded, live_consent, needed_consent
from directory.referrals.models import Choice, Referral, ReferralEvent
from directory.referrals.records import Records
from directory.referrals.states import REASONS, Event, Outcome, State, next_state
from directory.sentence import Sentence

LONGEST_NOTE = 4000
_OTHER = "other"
# Events of the clinic the referral is with; the timeline names it.
OF_CLINIC = frozenset(
    {
        Event.CONSENT_SIGNED,
        Event.CONSENT_ENDED,
        Event.SEND,
        Event.VIEW,
        Event.ASK,
        Event.ACCEPT,
        Event.BOOK,
        Event.ATTEND,
        Event.MISS,
        Event.DECLINE,
        Event.NO_ANSWER,
    }
)


class MoveError(SaidError):
    """A step lacks something; the message names the field."""


def go(
    records: Records,
    referral: Referral,
    event: Event,
    *,
    reason: str = "",
    note: str = "",
    outcome: str = "",
    choice_id: int | None = None,
    **said: Any,
) -> ReferralEvent:
    """Take one step, whoever asked for it: check it, keep its event, set state, due date and version.

    Raises IllegalMove, MoveError, and ConsentNeeded where something would leave without a live consent.
    """
    before = State(referral.state)
    after = next_state(before, event)
    _check_words(event, reason, note)
    _check_consent(records, referral, event, choice_id)
    _check_outcome(before, event, outcome, note)
    today = center_day(records)
    appointment = _appointment(records, event, said)
    if event in OF_CLINIC:
        choice_id = choice_id or referral.choice_id
        _note_answer(records, event, _choice(records, choice_id), reason, said.get("attended_on"))
    referral.state, referral.changed_at = after.value, records.now
    referral.version += 1
    if after is not before or event is Event.BOOK or event is Event.SEND:
        # A day the clinic offers is not the client's yet: somebody has to ask them soon, not after it.
        referral.due_on = due_day(records, after, appointment if appointment and event is Event.BOOK else today)
    if after is State.CLOSED and before is not State.CLOSED:
        referral.closed_at, referral.outcome = records.now, outcome
    kept = ReferralEvent(referral_id=referral.id, choice_id=choice_id, at=records.now, actor=str(records.actor))
    kept.event, kept.from_state, kept.to_state = event.value, before.value, after.value
    kept.reason, kept.version = reason, referral.version
    records.session.add(kept)
    records.session.flush()
    words = {name: _plain(value) for name, value in said.items() if value not in (None, "")}
    if note.strip() or words:
        kept.sealed = records.keyring.seal(f"event:{kept.uid}", {"note": note.strip()} | words)
    return kept


def due_day(records: Records, state: State, since: dt.date) -> dt.date | None:
    """When somebody should look at a referral again; never, once closed."""
    if state is State.CLOSED:
        return None
    # A withdrawn referral only waits for its outcome.
    days = 0 if state is State.WITHDRAWN else getattr(records.settings.follow_up, state.value)
    return since + dt.timedelta(days=days)


def check_choice(kind: type[StrEnum], field: str, value: str, note: str) -> None:
    """Raise MoveError where a value is none of a list, or is "other" without a note."""
    if value not in {one.value for one in kind}:
        raise MoveError(Sentence("choose one of the list"), field)
    if value == _OTHER and not note.strip():
        raise MoveError(Sentence("say in a few words what you mean by “another”"), "note")


def _check_words(event: Event, reason: str, note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise MoveError(Sentence("it is longer than %(most)s letters; keep to the least", most=LONGEST_NOTE), "note")
    if event in REASONS:
        check_choice(REASONS[event], "reason", reason, note)
    if event is Event.NOTE and not note.strip():
        raise MoveError(Sentence("write it first"), "note")


def _check_outcome(before: State, event: Event, outcome: str, note: str) -> None:
    if event is not Event.CLOSE:
        if outcome:
            raise MoveError(Sentence("it is only said when a referral is closed"), "outcome")
        return
    check_choice(Outcome, "outcome", outcome, note)
    if outcome == Outcome.ATTENDED and before is not State.ATTENDED:
        raise MoveError(Sentence("note first that the client attended, then close the referral"), "outcome")


def _check_consent(records: Records, referral: Referral, event: Event, choice_id: int | None) -> None:
    if event not in {Event.ASK_CONSENT, Event.CONSENT_SIGNED, Event.SEND, Event.CONSENT_ENDED}:
        return
    choice = _choice(records, referral.choice_id)
    if event in {Event.CONSENT_SIGNED, Event.SEND}:
        if choice_id not in {None, choice.id}:
            raise ConsentNeeded(Sentence("This referral is with another clinic now; only that one can be told."))
        needed_consent(records, choice)
    if event is Event.CONSENT_ENDED and live_consent(records, choice.id):
        raise MoveError(
            Sentence("there is a live consent for this clinic; revoke it where the client wishes"), "consent"
        )


def _appointment(records: Records, event: Event, said: dict[str, Any]) -> dt.date | None:
    appointment = said.get("appointment")
    if isinstance(appointment, dt.datetime) and appointment.tzinfo is not None:
        appointment = day_of(records, appointment)
    elif isinstance(appointment, dt.datetime):
        appointment = appointment.date()
    if event is Event.BOOK and not isinstance(appointment, dt.date):
        raise MoveError(Sentence("write its date"), "appointment")
    return appointment if isinstance(appointment, dt.date) else None


def _choice(records: Records, choice_id: int | None) -> Choice:
    choice = records.session.get(Choice, choice_id) if choice_id is not None else None
    if choice is None:
        raise MoveError(Sentence("choose at least one clinic first"), "clinics")
    return choice


def _note_answer(records: Records, event: Event, choice: Choice, reason: str, attended_on: dt.date | None) -> None:
    if event is Event.SEND:
        choice.sent_at = choice.sent_at or records.now
    if event is Event.CONSENT_ENDED:
        # It was stopped before the clinic read anything; disclosures keep what was on its way.
        choice.sent_at = None
    if event in {Event.ASK, Event.ACCEPT, Event.BOOK, Event.DECLINE}:
        choice.answered_at = choice.answered_at or records.now
    if event in {Event.ACCEPT, Event.BOOK}:
        choice.answer, choice.reason = "accepted", ""
    elif event is Event.DECLINE:
        choice.answer, choice.reason = "declined", reason
    elif event is Event.NO_ANSWER:
        choice.answer, choice.reason = "no answer", reason
    elif event is Event.ATTEND:
        choice.attended_on = _attended(records, attended_on)


def _attended(records: Records, on: dt.date | None) -> dt.date:
    today = center_day(records)
    if on is not None and on > today:
        raise MoveError(Sentence("that day has not come yet"), "attended on")
    return on or today


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
