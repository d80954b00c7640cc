"""Reply: what a clinic does with a link: read the packet, accept, decline, ask."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from directory.catalogue.models import VerificationTask
from directory.errors import SaidError
from directory.referrals import unsent
from directory.referrals.day import day_of
from directory.referrals.document import open_document
from directory.referrals.link import as_clinic, open_link, try_code
from directory.referrals.models import Choice, ClinicLink, Referral, ReferralEvent
from directory.referrals.records import Records
from directory.referrals.referral import kept_referral, move
from directory.referrals.states import TRANSITIONS, DeclineReason, Event, State
from directory.sentence import Sentence

NO_KETAMINE = "no longer offers ketamine"
LONGEST = 1000
_FARTHEST = dt.timedelta(days=366)


class ReplyError(SaidError):
    """An answer cannot be taken so; the message names the field."""


class LinkOverError(SaidError):
    """The link ended meanwhile: it ran out, was answered or replaced, or the client no longer consents."""

    def __init__(self) -> None:
        super().__init__(Sentence("This link is over. Please call the center that sent it."))


@dataclass(frozen=True, slots=True)
class Said:
    """A question of the clinic, or what the center answered."""

    by_clinic: bool
    text: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReplyPage:
    """What a clinic sees once its code was right: nothing of the client but the packet itself."""

    link_id: int
    clinic: str
    said: tuple[Said, ...]


def enter(records: Records, token: str, code: str) -> int | None:
    """Open a link with its code and note the first opening; its id. None, whatever was wrong."""
    link = try_code(records, token, code)
    if link is None:
        return None
    acting = as_clinic(records, link)
    acting.note("link opened", f"link:{link.id}", f"referral:{_referral(records, link).id}")
    if link.opened_at is None:
        link.opened_at = records.now
    referral = _referral(records, link)
    if referral.state == State.SENT:
        move(acting, referral.id, referral.version, Event.VIEW)
    return link.id


def reply_page(records: Records, link_id: int) -> ReplyPage:
    """The page of a link that was opened. Raises LinkOverError."""
    link, acting = _opened(records, link_id)
    choice = records.session.get_one(Choice, link.choice_id)
    acting.note("reply page read", f"link:{link_id}", f"referral:{choice.referral_id}")
    return ReplyPage(link_id, choice.name, tuple(conversation(acting, choice)))


def open_packet(records: Records, link_id: int) -> bytes:
    """The packet as PDF. Raises LinkOverError."""
    link, acting = _opened(records, link_id)
    return open_document(acting, link.document_id)


def accept(
    records: Records,
    link_id: int,
    *,
    appointment: dt.datetime | None = None,
    callback: dt.datetime | None = None,
    note: str = "",
) -> None:
    """Take the client, with an appointment or a time at which the clinic calls back. Raises ReplyError, LinkOverError.

    Times are those of the clock on the clinic's wall. Staff book the appointment once the client has agreed to it.
    """
    link, acting = _opened(records, link_id)
    if appointment is None and callback is None:
        raise ReplyError(Sentence("Give a date and time for an appointment, or a time when you will call us back."))
    today = day_of(records, records.now)
    times = {"appointment": appointment, "callback": callback}
    for name, time in times.items():
        if time is not None and not today <= time.date() <= today + _FARTHEST:
            raise ReplyError(Sentence("choose a day from today on, within a year"), name.replace("_", " "))
    _answer(acting, link, Event.ACCEPT, note=_text("note", note), **times)
    unsent.stop(acting, link.choice_id)


def decline(records: Records, link_id: int, reason: str, note: str = "") -> None:
    """Decline, with a DeclineReason; "other" in words. Raises ReplyError, LinkOverError.

    The referral goes to its next clinic only after staff confirm.
    """
    link, acting = _opened(records, link_id)
    if reason not in list(DeclineReason):
        raise ReplyError(Sentence("choose why you cannot take this referral"), "reason")
    note = _text("note", note)
    if reason == DeclineReason.OTHER and not note:
        raise ReplyError(Sentence("please say the reason in a few words"), "note")
    _answer(acting, link, Event.DECLINE, reason=reason, note=note)
    unsent.stop(acting, link.choice_id)
    if reason == DeclineReason.NO_KETAMINE:
        ask_about_ketamine(acting, acting.session.get_one(Choice, link.choice_id).facility_id)


def ask(records: Records, link_id: int, question: str) -> None:
    """Ask the center something; the link stays open for its answer. Raises ReplyError, LinkOverError."""
    link, acting = _opened(records, link_id)
    text = _text("question", question)
    if not text:
        raise ReplyError(Sentence("write what you would like to know"), "question")
    _answer(acting, link, Event.ASK, note=text)


def answer_question(records: Records, referral_id: int, version: int, text: str) -> Referral:
    """Staff answer a clinic's question; the clinic reads it on its page. Raises ReplyError, ChangedMeanwhile."""
    said = _text("answer", text)
    if not said:
        raise ReplyError(Sentence("write what the clinic should read"), "answer")
    current = kept_referral(records, referral_id).choice_id
    return move(records, referral_id, version, Event.NOTE, note=said, to_clinic=True, choice_id=current)


def conversation(records: Records, choice: Choice) -> list[Said]:
    """What a clinic asked and the center answered, oldest first. The caller notes the reading."""
    rows = (
        select(ReferralEvent)
        .where(ReferralEvent.referral_id == choice.referral_id, ReferralEvent.choice_id == choice.id)
        .where(ReferralEvent.event.in_((Event.ASK.value, Event.NOTE.value)), ReferralEvent.sealed.is_not(None))
        .order_by(ReferralEvent.id)
    )
    said = []
    for event in records.session.scalars(rows):
        words = records.keyring.open(f"event:{event.uid}", event.sealed or b"")
        asked = event.event == Event.ASK
        if asked or words.get("to_clinic"):
            said.append(Said(asked, words.get("note", ""), event.at))
    return said


def ask_about_ketamine(records: Records, facility_id: int) -> None:
    """Open a task to ask a facility about ketamine, unless one is open: a clinic, or staff for it, said it has none."""
    same = (VerificationTask.facility_id == facility_id) & (VerificationTask.why == NO_KETAMINE)
    open_one = select(VerificationTask.id).where(same, VerificationTask.closed_at.is_(None))
    if records.session.scalar(open_one) is not None:
        return
    task = VerificationTask(facility_id=facility_id, why=NO_KETAMINE, told_by=records.actor.kind)
    task.opened_at = records.now
    records.session.add(task)
    records.session.flush()
    records.note("verification asked for", f"facility:{facility_id}")


def _opened(records: Records, link_id: int) -> tuple[ClinicLink, Records]:
    link = open_link(records, link_id)
    if link is None or link.opened_at is None:
        raise LinkOverError
    return link, as_clinic(records, link)


def _answer(acting: Records, link: ClinicLink, event: Event, **said: Any) -> None:
    referral = _referral(acting, link)
    if (State(referral.state), event) not in TRANSITIONS:
        raise ReplyError(Sentence("This referral has moved on. Please call the center that sent it."))
    move(acting, referral.id, referral.version, event, **said)


def _referral(records: Records, link: ClinicLink) -> Referral:
    return records.session.get_one(Choice, link.choice_id).referral


def _text(field: str, text: str) -> str:
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign == "\n" or sign.isprintable()).strip()
    if len(kept) > LONGEST:
        raise ReplyError(
            Sentence("it is longer than %(most)s letters; please say it shorter, or call us", most=LONGEST), field
        )
    return kept
