"""Heard: what clinics answered so far, the newest word on each question and code, fresh or faded."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.merged import with_merged
from directory.catalogue.models import Facility, Verification, VerificationCall
from directory.catalogue.questions import asking

KETAMINE = "ketamine"
REACHED = "reached"
_PORTION = 500


class Outcome(StrEnum):
    """What came of trying to reach a clinic."""

    ANSWERED = "answered"
    MISSED = "missed"
    WRONG_NUMBER = "wrong number"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest answer to a question: `faded` where it is older than its shelf life."""

    question: str
    value: Any
    on: dt.date
    by: str
    how: str
    faded: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How a clinic was reached at the number it has now: calls missed since it last answered, and the last attempt."""

    missed: int
    last_called_at: dt.datetime
    last_called_by: str

    @property
    def unreachable(self) -> bool:
        """True where so many calls were missed in a row that this is the answer."""
        return self.missed >= asking().calling["missed_calls"]


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
    """What was heard of facilities and of those merged into them; those nobody asked are left out."""
    heard: dict[int, Heard] = {}
    for facility_id, rows in verifications_of(session, facility_ids).items():
        for row in rows:
            before = heard.get(facility_id, Heard(row.verified_on, frozenset(), frozenset()))
            heard[facility_id] = Heard(
                verified_on=row.verified_on,
                offers=(before.offers - set(row.lacks)) | set(row.offers),
                lacks=(before.lacks - set(row.offers)) | set(row.lacks),
            )
    return heard


def verifications_of(session: Session, facility_ids: Sequence[int]) -> dict[int, list[Verification]]:
    """The verifications of facilities and of those merged into them, oldest first."""
    owner = with_merged(session, facility_ids)
    found: dict[int, list[Verification]] = defaultdict(list)
    for some in _portions(sorted(owner)):
        for row in session.scalars(select(Verification).where(Verification.facility_id.in_(some))):
            found[owner[row.facility_id]].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.verified_on, row.id))
    return found


def answers_of(session: Session, facility_ids: Sequence[int], today: dt.date) -> dict[int, list[Answer]]:
    """The newest answer to each question, in the order of the questions; who never answered anything is left out.

    That a clinic could not be reached in several calls is an answer too, until it answers.
    """
    newest: dict[int, dict[str, Answer]] = defaultdict(dict)
    questions = asking().questions
    for facility_id, rows in verifications_of(session, facility_ids).items():
        for row in rows:
            for name, value in answered(row.offers, row.lacks, row.answers).items():
                if name in questions:
                    faded = questions[name].faded(row.verified_on, today)
                    told = Answer(name, value, row.verified_on, row.verified_by, row.how, faded)
                    newest[facility_id][name] = told
    for facility_id, reach in reach_of(session, facility_ids).items():
        if reach.unreachable:
            day = reach.last_called_at.date()
            faded = questions[REACHED].faded(day, today)
            newest[facility_id][REACHED] = Answer(REACHED, False, day, reach.last_called_by, "phone", faded)
    return {i: [answers[name] for name in questions if name in answers] for i, answers in newest.items()}


def answered(offers: Iterable[str], lacks: Iterable[str], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a verification answers, by question; one kept with codes alone answers whether ketamine is offered."""
    if "KIT" in offers or "KIT" in lacks:
        return {KETAMINE: "KIT" in offers, **answers}
    return dict(answers)


def reach_of(session: Session, facility_ids: Sequence[int]) -> dict[int, Reach]:
    """How facilities were reached; those nobody tried are left out.

    What was missed at a number that the clinic has no longer says nothing of the one it has.
    """
    owner = with_merged(session, facility_ids)
    calls: dict[int, list[VerificationCall]] = defaultdict(list)
    phones: dict[int, str] = {}
    for some in _portions(sorted(owner)):
        phones |= dict(session.execute(select(Facility.id, Facility.phone).where(Facility.id.in_(some))).all())
    for some in _portions(sorted(owner)):
        for call in session.scalars(select(VerificationCall).where(VerificationCall.facility_id.in_(some))):
            facility_id = owner[call.facility_id]
            if call.outcome == Outcome.ANSWERED or call.phone in ("", phones.get(facility_id)):
                calls[facility_id].append(call)
    reached: dict[int, Reach] = {}
    for facility_id, tried in calls.items():
        missed = 0
        for call in sorted(tried, key=lambda call: (call.called_at, call.id)):
            missed = missed + 1 if call.outcome in (Outcome.MISSED, Outcome.WRONG_NUMBER) else 0
            reached[facility_id] = Reach(missed, call.called_at, call.called_by)
    return reached


def _portions(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION))
