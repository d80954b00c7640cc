"""Verification: what people heard when they asked a clinic, which no import can know and none may undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.codes import code_list
from directory.catalogue.heard import KETAMINE, Outcome, Reach, heard_of, reach_of
from directory.catalogue.merged import standing
from directory.catalogue.models import Facility, ImportRun, Listing, Verification, VerificationCall
from directory.catalogue.questions import asking
from directory.catalogue.tasks import close_tasks, open_task
from directory.errors import SaidError
from directory.sentence import Sentence

WAYS = ("phone", "e-mail", "site", "clinic")
# What a caller can find right or wrong of a listing, and the shown column whose source is judged by it.
CHECKED_FIELDS: Mapping[str, str] = {"name": "name", "address": "city", "phone": "phone", "website": "website"}


class VerificationError(SaidError):
    """An answer that cannot be kept; the message names the field."""


@dataclass(frozen=True, slots=True)
class ClinicAnswer:
    """What a clinic answered, heard on a day by somebody in one of WAYS.

    `answers` maps questions of data/verification.toml to answers; `offers` and `lacks` are further service codes.
    `right` says which of CHECKED_FIELDS the clinic confirmed and which it denied. `note` is for staff only.
    """

    verified_on: dt.date
    verified_by: str
    how: str = "phone"
    offers: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    right: Mapping[str, bool] = field(default_factory=dict)
    note: str = ""

    def check(self, today: dt.date) -> None:
        """Raise VerificationError or AnswerError where a field cannot be true."""
        if self.how not in WAYS:
            raise VerificationError(
                Sentence("“%(written)s” is not one of %(known)s", written=self.how, known=", ".join(WAYS)), "how"
            )
        if self.verified_on > today:
            raise VerificationError(Sentence("%(day)s has not come yet", day=self.verified_on), "date")
        if not self.verified_by.strip():
            raise VerificationError(Sentence("name who asked the clinic"), "by")
        for code in (*self.offers, *self.lacks):
            if code not in code_list():
                raise VerificationError(
                    Sentence("there is no such service code; data/service_codes.csv lists them all"), code
                )
        for name in set(self.right) - set(CHECKED_FIELDS):
            raise VerificationError(
                Sentence("only %(fields)s can be right or wrong", fields=", ".join(CHECKED_FIELDS)), name
            )
        offers, lacks = self.codes()
        if not (offers or lacks or self.answers or self.right):
            raise VerificationError(
                Sentence("keep at least one answer; a clinic that answered nothing was not asked"), "answers"
            )
        both = sorted(offers & lacks)
        if both:
            raise VerificationError(Sentence("a clinic either offers it or lacks it"), ", ".join(both))

    def cleaned(self) -> dict[str, Any]:
        """The answers as they are kept; raises VerificationError for a question nobody asks, AnswerError."""
        questions = asking().questions
        for name in self.answers:
            if name not in questions or not questions[name].asked:
                raise VerificationError(
                    Sentence("there is no such question; data/verification.toml lists them all"), name
                )
        return {name: questions[name].cleaned(self.answers[name]) for name in questions if name in self.answers}

    def codes(self) -> tuple[set[str], set[str]]:
        """All service codes confirmed, and all denied."""
        offers, lacks = set(self.offers), set(self.lacks)
        for name, answer in self.cleaned().items():
            confirmed, denied = asking().questions[name].codes(answer)
            offers |= confirmed
            lacks |= denied
        return offers, lacks


def verify(session: Session, facility_id: int, answer: ClinicAnswer) -> int:
    """Keep what a clinic answered, and show it at once; the id of the facility that shows it. Raises as `record`."""
    return record(session, facility_id, answer, dt.datetime.now(dt.UTC)).facility_id


def record(session: Session, facility_id: int, answer: ClinicAnswer, now: dt.datetime) -> Verification:
    """Keep what a clinic answered, show it at once, and judge its listings by it; whatever was to be asked is closed.

    A merged facility's answer is kept of the one that stands for it. Raises VerificationError, also for an unknown
    facility, and AnswerError where an answer does not fit its question.
    """
    answer.check(now.date())
    facility = _facility(session, facility_id)
    offers, lacks = answer.codes()
    verification = Verification(
        facility_id=facility.id,
        verified_on=answer.verified_on,
        verified_by=answer.verified_by.strip(),
        how=answer.how,
        offers=tuple(offers),
        lacks=tuple(lacks),
        answers=answer.cleaned(),
        note=answer.note.strip(),
    )
    session.add(verification)
    session.flush()
    ketamine = True if "KIT" in offers else False if "KIT" in lacks else None
    session.add(
        VerificationCall(
            facility_id=facility.id,
            verification_id=verification.id,
            called_by=verification.verified_by,
            called_at=_moment(answer.verified_on, now),
            how=answer.how,
            phone=facility.phone if answer.how == "phone" else "",
            outcome=Outcome.ANSWERED,
            checked=_checked(session, facility, answer.right, ketamine),
        )
    )
    close_tasks(session, facility.id, now)
    _show(session, facility)
    return verification


def log_call(session: Session, facility_id: int, by: str, outcome: Outcome, now: dt.datetime) -> Reach:
    """Keep an attempt that brought no answer; a number that is somebody else's counts against who lists it.

    Raises VerificationError for an unknown facility, and for an answered call: `record` keeps those.
    """
    if outcome is Outcome.ANSWERED:
        raise VerificationError(Sentence("keep what the clinic answered instead"), "outcome")
    if not by.strip():
        raise VerificationError(Sentence("name who called"), "by")
    facility = _facility(session, facility_id)
    if outcome is Outcome.WRONG_NUMBER:
        open_task(session, facility.id, "wrong number", "staff", now)
    wrong = {"phone": False} if outcome is Outcome.WRONG_NUMBER else {}
    session.add(
        VerificationCall(
            facility_id=facility.id,
            called_by=by.strip(),
            called_at=now,
            how="phone",
            phone=facility.phone,
            outcome=outcome,
            checked=_checked(session, facility, wrong, None),
        )
    )
    session.flush()
    return reach_of(session, [facility.id])[facility.id]


def _facility(session: Session, facility_id: int) -> Facility:
    """The facility that stands for that id, kept from other writers until the end of the transaction."""
    facility = standing(session, facility_id)
    if facility is None:
        raise VerificationError(
            Sentence("there is no clinic with the number %(number)s; search for it again", number=facility_id)
        )
    session.refresh(facility, with_for_update=True)
    return facility


def _show(session: Session, facility: Facility) -> None:
    current = select(Listing.codes).where(Listing.facility_id == facility.id, Listing.ended_run_id.is_(None))
    listed = {code for codes in session.scalars(current) for code in codes}
    heard = heard_of(session, [facility.id])[facility.id]
    facility.codes = heard.applied_to(listed)
    facility.verified_on = heard.verified_on


def _checked(
    session: Session, facility: Facility, right: Mapping[str, bool], ketamine: bool | None
) -> list[dict[str, Any]]:
    """Which source was right, by field; a listing that is silent about ketamine is not judged by it."""
    current = session.scalars(
        select(Listing).where(Listing.facility_id == facility.id, Listing.ended_run_id.is_(None)).order_by(Listing.id)
    ).all()
    by_id = {listing.id: listing for listing in current}
    judged: list[tuple[str, str, bool]] = []
    for name, fits in right.items():
        listing = by_id.get(facility.origins.get(CHECKED_FIELDS[name], 0))
        if listing is not None:
            judged.append((name, listing.source_id, fits))
    if ketamine is not None:
        claiming = sorted({listing.source_id for listing in current if "KIT" in listing.codes})
        judged += [(KETAMINE, source_id, ketamine) for source_id in claiming]
    editions = _editions(session) if judged else {}
    return [
        {"field": name, "source": source_id, "edition": editions.get(source_id, ""), "right": fits}
        for name, source_id, fits in judged
    ]


def _editions(session: Session) -> dict[str, str]:
    published = select(ImportRun.source_id, ImportRun.edition).where(ImportRun.state == "published")
    return dict(session.execute(published.order_by(ImportRun.edition)).all())


def _moment(day: dt.date, now: dt.datetime) -> dt.datetime:
    """When it was asked: now, whatever the day is called at the center, or noon of an earlier day."""
    return now if now.date() - day <= dt.timedelta(1) else dt.datetime.combine(day, dt.time(12), dt.UTC)
