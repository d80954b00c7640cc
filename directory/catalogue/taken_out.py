"""Taken out: why a clinic is not among the results that people ask for, and who says so; for staff only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from directory.catalogue.corrected import STATUS, corrections_of
from directory.catalogue.heard import verifications_of

NO_KETAMINE = "no ketamine"
_KETAMINE = "KIT"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """`what` is a status of corrected.STATUSES or NO_KETAMINE; `why` is what was written down, "" where nothing was."""

    what: str
    by: str
    on: dt.date
    why: str


def taken_out(session: Session, facility_id: int) -> list[TakenOut]:
    """That a facility has closed or moved, and that it said last that it has no ketamine infusion."""
    corrected = corrections_of(session, [facility_id]).get(facility_id, [])
    told = [
        TakenOut(row.value, row.made_by, row.made_at.date(), row.reason) for row in corrected if row.field == STATUS
    ]
    asked = verifications_of(session, [facility_id]).get(facility_id, [])
    answered = [row for row in asked if _KETAMINE in (*row.offers, *row.lacks)]
    if answered and _KETAMINE in answered[-1].lacks:
        last = answered[-1]
        told.append(TakenOut(NO_KETAMINE, last.verified_by, last.verified_on, last.note))
    return told
