"""Verification: what people heard when they asked a clinic, which no import can know and none may undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.codes import code_list
from directory.catalogue.models import Facility, Listing, Verification, VerificationTask
from directory.errors import PlainError

WAYS = ("phone", "e-mail", "site", "clinic")
_PORTION = 500


class VerificationError(PlainError):
    """An answer that cannot be kept; the message names the field."""


@dataclass(frozen=True, slots=True)
class ClinicAnswer:
    """What a clinic answered: service codes it offers and lacks, heard on a day by somebody in one of WAYS."""

    verified_on: dt.date
    verified_by: str
    how: str = "phone"
    offers: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def check(self, today: dt.date) -> None:
        """Raise VerificationError where a field cannot be true."""
        if self.how not in WAYS:
            raise VerificationError(f"how: {self.how!r} is not one of {', '.join(WAYS)}")
        if self.verified_on > today:
            raise VerificationError(f"date: {self.verified_on} has not come yet")
        if not self.verified_by.strip():
            raise VerificationError("by: name who asked the clinic")
        for code in (*self.offers, *self.lacks):
            if code not in code_list():
                raise VerificationError(f"{code}: there is no such service code; data/service_codes.csv lists them all")
        both = sorted(set(self.offers) & set(self.lacks))
        if both:
            raise VerificationError(f"{', '.join(both)}: a clinic either offers it or lacks it")


def verify(session: Session, facility_id: int, answer: ClinicAnswer) -> None:
    """Keep what a clinic answered, and show it at once. Raises VerificationError, also for an unknown facility."""
    answer.check(dt.datetime.now(dt.UTC).date())
    facility = session.get(Facility, facility_id)
    if facility is None:
        raise VerificationError(f"there is no facility {facility_id}; `directory search` shows the ids of clinics")
    session.add(
        Verification(
            facility_id=facility_id,
            verified_on=answer.verified_on,
            verified_by=answer.verified_by.strip(),
            how=answer.how,
            offers=answer.offers,
            lacks=answer.lacks,
        )
    )
    session.flush()
    current = select(Listing.codes).where(Listing.facility_id == facility_id, Listing.ended_run_id.is_(None))
    listed = {code for codes in session.scalars(current) for code in codes}
    heard = heard_of(session, [facility_id])[facility_id]
    facility.codes = heard.applied_to(listed)
    facility.verified_on = heard.verified_on


@dataclass(frozen=True, slots=True)
class Heard:
    """All that was heard of a facility, the newest word on each code; `verified_on` is the last day it was asked."""

    verified_on: dt.date
    offers: frozenset[str]
    lacks: frozenset[str]

    def applied_to(self, listed: Iterable[str]) -> tuple[str, ...]:
        """The codes to show: those listed and those offered, without those denied."""
        return tuple(sorted((set(listed) | self.offers) - self.lacks))


def heard_of(session: Session, facility_ids: Sequence[int]) -> dict[int, Heard]:
    """What was heard of facilities; those nobody asked are left out."""
    heard: dict[int, Heard] = {}
    for start in range(0, len(facility_ids), _PORTION):
        some = facility_ids[start : start + _PORTION]
        rows = select(Verification).where(Verification.facility_id.in_(some))
        for row in session.scalars(rows.order_by(Verification.verified_on, Verification.id)):
            before = heard.get(row.facility_id, Heard(row.verified_on, frozenset(), frozenset()))
            heard[row.facility_id] = Heard(
                verified_on=row.verified_on,
                offers=(before.offers - set(row.lacks)) | set(row.offers),
                lacks=(before.lacks - set(row.offers)) | set(row.lacks),
            )
    return heard


def open_tasks(session: Session) -> list[tuple[VerificationTask, Facility]]:
    """What was said of facilities that somebody should ask them about, the oldest first."""
    rows = select(VerificationTask, Facility).join(Facility, Facility.id == VerificationTask.facility_id)
    found = session.execute(rows.where(VerificationTask.closed_at.is_(None)).order_by(VerificationTask.id))
    return [(task, facility) for task, facility in found]


def answer_task(session: Session, task_id: int, answer: ClinicAnswer, now: dt.datetime) -> int | None:
    """Keep what a clinic answered to a task and close it; the facility's id, or None where it was closed before.

    Raises VerificationError as `verify`.
    """
    task = session.get(VerificationTask, task_id)
    if task is None or task.closed_at is not None:
        return None
    verify(session, task.facility_id, answer)
    task.closed_at = now
    return task.facility_id
