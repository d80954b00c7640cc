"""States: the one table of how a referral may move, and the words a reason or an outcome is chosen from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from directory.errors import SaidError
from directory.sentence import Sentence


class State(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    AWAITING_CONSENT = "awaiting_consent"
    READY = "ready"
    SENT = "sent"
    VIEWED = "viewed"
    ACCEPTED = "accepted"
    BOOKED = "booked"
    ATTENDED = "attended"
    DID_NOT_ATTEND = "did_not_attend"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"

    @property
    def plain(self) -> Sentence:
        """As a sentence says it of a referral: "awaiting consent"."""
        return _PLAIN_STATES[self]


class Event(StrEnum):
    """What happens to a referral. Notes, consents of other clinics and the like leave its state as it is."""

    ASK_CONSENT = "ask_consent"
    CONSENT_SIGNED = "consent_signed"
    CONSENT_ENDED = "consent_ended"
    CONSENT_NOTED = "consent_noted"
    CHOOSE_CLINICS = "choose_clinics"
    CHANGE_FACTS = "change_facts"
    ASSIGN = "assign"
    NOTE = "note"
    SEND = "send"
    VIEW = "view"
    ASK = "ask"
    ACCEPT = "accept"
    BOOK = "book"
    ATTEND = "attend"
    MISS = "miss"
    DECLINE = "decline"
    NO_ANSWER = "no_answer"
    NEXT_CLINIC = "next_clinic"
    WITHDRAW = "withdraw"
    CLOSE = "close"

    @property
    def plain(self) -> Sentence:
        """As a timeline says it: "consent signed"."""
        return _PLAIN_EVENTS[self]


class DeclineReason(StrEnum):
    """Why a clinic declined."""

    NO_CAPACITY = "no_capacity"
    NO_KETAMINE = "no_ketamine"
    COVERAGE = "coverage"
    CLINICAL = "clinical"
    OTHER = "other"


class NoAnswerReason(StrEnum):
    """How a clinic stayed silent."""

    NOT_OPENED = "not_opened"
    OPENED_ONLY = "opened_only"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"


class MissReason(StrEnum):
    """Why a client did not attend."""

    NOT_KNOWN = "not_known"
    TRANSPORT = "transport"
    COST = "cost"
    UNWELL = "unwell"
    CHANGED_MIND = "changed_mind"
    CLINIC_CANCELLED = "clinic_cancelled"
    OTHER = "other"


class WithdrawReason(StrEnum):
    """Why a referral was withdrawn."""

    CLIENT_ASKED = "client_asked"
    FOUND_CARE = "found_care"
    NOT_REACHED = "not_reached"
    NOT_FITTING = "not_fitting"
    MISTAKE = "mistake"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of a referral."""

    ATTENDED = "attended"
    FOUND_ELSEWHERE = "found_elsewhere"
    NOT_REACHED = "not_reached"
    CHANGED_MIND = "changed_mind"
    NOT_ELIGIBLE = "not_eligible"
    NO_CLINIC = "no_clinic"
    MADE_IN_ERROR = "made_in_error"
    OTHER = "other"


REASONS: Mapping[Event, type[StrEnum]] = {
    Event.DECLINE: DeclineReason,
    Event.NO_ANSWER: NoAnswerReason,
    Event.MISS: MissReason,
    Event.WITHDRAW: WithdrawReason,
}


def _table(moves: Mapping[Event, Mapping[State, State]]) -> Mapping[tuple[State, Event], State]:
    return {(state, event): after for event, places in moves.items() for state, after in places.items()}


def _staying(*states: State) -> dict[State, State]:
    return {state: state for state in states}


def _to(after: State, *states: State) -> dict[State, State]:
    return dict.fromkeys(states, after)


UNSENT = (State.DRAFT, State.AWAITING_CONSENT, State.READY)
WITH_CLINIC = (State.SENT, State.VIEWED, State.ACCEPTED, State.BOOKED)
UNSUCCESSFUL = (State.DID_NOT_ATTEND, State.DECLINED, State.NO_ANSWER)
LIVE = (*UNSENT, *WITH_CLINIC, *UNSUCCESSFUL, State.ATTENDED)
OPEN = (*LIVE, State.WITHDRAWN)

TRANSITIONS: Mapping[tuple[State, Event], State] = _table(
    {
        Event.ASK_CONSENT: _to(State.AWAITING_CONSENT, State.DRAFT),
        Event.CONSENT_SIGNED: _to(State.READY, State.AWAITING_CONSENT),
        # From "sent" only while the clinic has not read anything: consent.py sees to it.
        Event.CONSENT_ENDED: _to(State.AWAITING_CONSENT, State.READY, State.SENT),
        Event.CONSENT_NOTED: _staying(*State),
        Event.CHOOSE_CLINICS: _staying(*UNSENT, *WITH_CLINIC, *UNSUCCESSFUL),
        Event.CHANGE_FACTS: _staying(*UNSENT, *UNSUCCESSFUL),
        Event.ASSIGN: _staying(*OPEN),
        Event.NOTE: _staying(*State),
        # Again from "sent" and "viewed": a link that ran out or was locked is followed by another.
        Event.SEND: _to(State.SENT, State.READY, State.SENT, State.VIEWED),
        Event.VIEW: _to(State.VIEWED, State.SENT),
        Event.ASK: _staying(*WITH_CLINIC),
        Event.ACCEPT: _to(State.ACCEPTED, State.SENT, State.VIEWED, State.NO_ANSWER),
        Event.BOOK: _to(State.BOOKED, State.SENT, State.VIEWED, State.ACCEPTED, State.BOOKED, State.DID_NOT_ATTEND),
        Event.ATTEND: _to(State.ATTENDED, State.ACCEPTED, State.BOOKED, State.DID_NOT_ATTEND),
        Event.MISS: _to(State.DID_NOT_ATTEND, State.BOOKED),
        Event.DECLINE: _to(State.DECLINED, *WITH_CLINIC, State.NO_ANSWER),
        Event.NO_ANSWER: _to(State.NO_ANSWER, State.SENT, State.VIEWED, State.ACCEPTED),
        Event.NEXT_CLINIC: _to(State.AWAITING_CONSENT, *UNSUCCESSFUL),
        Event.WITHDRAW: _to(State.WITHDRAWN, *UNSENT, *WITH_CLINIC, *UNSUCCESSFUL),
        Event.CLOSE: _to(State.CLOSED, *UNSENT, State.ATTENDED, *UNSUCCESSFUL, State.WITHDRAWN),
    }
)

_PLAIN_EVENTS: Mapping[Event, Sentence] = {
    Event.ASK_CONSENT: Sentence("consent asked for"),
    Event.CONSENT_SIGNED: Sentence("consent signed"),
    Event.CONSENT_ENDED: Sentence("consent ended"),
    Event.CONSENT_NOTED: Sentence("consent noted"),
    Event.CHOOSE_CLINICS: Sentence("clinics chosen"),
    Event.CHANGE_FACTS: Sentence("need changed"),
    Event.ASSIGN: Sentence("given to a person"),
    Event.NOTE: Sentence("note"),
    Event.SEND: Sentence("sent to the clinic"),
    Event.VIEW: Sentence("opened by the clinic"),
    Event.ASK: Sentence("question from the clinic"),
    Event.ACCEPT: Sentence("accepted by the clinic"),
    Event.BOOK: Sentence("appointment booked"),
    Event.ATTEND: Sentence("attended"),
    Event.MISS: Sentence("did not attend"),
    Event.DECLINE: Sentence("declined by the clinic"),
    Event.NO_ANSWER: Sentence("no answer from the clinic"),
    Event.NEXT_CLINIC: Sentence("on to the next clinic"),
    Event.WITHDRAW: Sentence("withdrawn"),
    Event.CLOSE: Sentence("closed"),
}

_PLAIN_STATES: Mapping[State, Sentence] = {
    State.DRAFT: Sentence("a draft"),
    State.AWAITING_CONSENT: Sentence("awaiting consent"),
    State.READY: Sentence("ready to send"),
    State.SENT: Sentence("sent"),
    State.VIEWED: Sentence("opened by the clinic"),
    State.ACCEPTED: Sentence("accepted"),
    State.BOOKED: Sentence("booked"),
    State.ATTENDED: Sentence("attended"),
    State.DID_NOT_ATTEND: Sentence("not attended"),
    State.DECLINED: Sentence("declined"),
    State.NO_ANSWER: Sentence("without an answer"),
    State.WITHDRAWN: Sentence("withdrawn"),
    State.CLOSED: Sentence("closed"),
}


class IllegalMove(SaidError):  # noqa: N818 - it is named after what was tried
    """A referral cannot move so from where it stands."""


def next_state(state: State, event: Event) -> State:
    """The state after an event. Raises IllegalMove."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise IllegalMove(
            Sentence(
                "“%(step)s” cannot come now: this referral is %(state)s; %(instead)s",
                step=event.plain,
                state=state.plain,
                instead=_instead(state),
            )
        )
    return after


def possible_events(state: State) -> tuple[Event, ...]:
    """What can happen in a state, in the order of Event."""
    return tuple(event for event in Event if (state, event) in TRANSITIONS)


def _instead(state: State) -> Sentence:
    moving = tuple(event.plain for event in possible_events(state) if TRANSITIONS[state, event] is not state)
    return Sentence("next can come: %(steps)s", steps=moving) if moving else Sentence("start a new referral instead")
