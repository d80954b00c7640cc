"""Merged facilities: where to find what is known of a facility that people decided is another."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.catalogue.models import Correction, Facility, Verification


def merged_facilities(session: Session) -> dict[int, int]:
    """Every merged facility → the one that stands for it, which is never itself merged."""
    rows = session.execute(select(Facility.id, Facility.merged_into_id).where(Facility.merged_into_id.is_not(None)))
    return {facility_id: into for facility_id, into in rows if into is not None}


def standing(session: Session, facility_id: int) -> Facility | None:
    """The facility of that id, or the one that stands for it; None where there is none."""
    facility = session.get(Facility, facility_id)
    if facility is not None and facility.merged_into_id is not None:
        return session.get(Facility, facility.merged_into_id)
    return facility


def with_merged(session: Session, facility_ids: Iterable[int]) -> dict[int, int]:
    """The facilities and all merged into them → the one asked for: whose verifications are whose."""
    asked = set(facility_ids)
    return {i: i for i in asked} | {i: into for i, into in merged_facilities(session).items() if into in asked}


def decided_by_people(session: Session) -> tuple[int, int, int, int]:
    """Four numbers of which one changes when people ask, correct or merge: whoever keeps a copy looks at them."""
    ended = select(func.count(Correction.id)).where(Correction.ended_at.is_not(None))
    numbers = (select(func.max(Verification.id)), select(func.max(Correction.id)), ended)
    asked, corrected, taken_back = (session.scalar(statement) or 0 for statement in numbers)
    return asked, corrected, taken_back, len(merged_facilities(session))
