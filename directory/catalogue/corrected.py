"""Corrected values: what staff know better than every source, laid over what the sources say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from directory.catalogue.models import Correction
from directory.catalogue.placing import Address, Point

STATUS = "status"
FIELDS = ("name", "program", "street", "city", "state", "zip", "phone", "website", STATUS)
STATUSES = ("closed", "moved")
# Whoever corrects one of these says that the coordinates of the sources are those of another place.
PLACED_BY = frozenset({"street", "state", "zip"})
_TOLD_OF_A_CLINIC = ("name", "program", "street", "city", "phone")
_CORRECTION = cast(Table, Correction.__table__)


def corrections_of(session: Session, facility_ids: Iterable[int]) -> dict[int, list[Correction]]:
    """The corrections that stand, by facility, one for each field, in the order of FIELDS."""
    asked = set(facility_ids)
    found: dict[int, dict[str, Correction]] = defaultdict(dict)
    # All of them, for there are few, and an import asks for every facility.
    rows = select(Correction).where(Correction.ended_at.is_(None)).order_by(Correction.id)
    for row in session.scalars(rows.execution_options(populate_existing=True)):
        if row.facility_id in asked:
            found[row.facility_id][row.field] = row
    return {i: [by_field[name] for name in FIELDS if name in by_field] for i, by_field in found.items()}


def told_by_sources(columns: Mapping[str, Any], field: str, *, listed: bool) -> str:
    """What the sources say of a field; of the status, all that tells whether it is the clinic as it was."""
    if field != STATUS:
        return str(columns[field])
    return ", ".join(str(columns[name]) for name in _TOLD_OF_A_CLINIC if columns[name]) if listed else ""


def news(correction: Correction, told: str) -> str | None:
    """What the sources say now, where it is neither what they said, nor the correction itself, nor silence."""
    return told if told not in ("", correction.against, correction.value) else None


def lay_over(columns: dict[str, Any], corrections: Sequence[Correction], place: Callable[[Address], Point]) -> None:
    """Put corrected values above those of the sources, in place; without a status correction the clinic is open."""
    columns[STATUS] = "open"
    origins = dict(columns["origins"])
    for correction in corrections:
        columns[correction.field] = correction.value
        origins.pop(correction.field, None)
    if any(correction.field in PLACED_BY for correction in corrections):
        at = Address(columns["street"], columns["city"], columns["state"], columns["zip"], None, None)
        point = place(at)
        columns |= {"latitude": point.latitude, "longitude": point.longitude, "precision": point.precision}
        origins = {name: listing for name, listing in origins.items() if name not in ("latitude", "longitude")}
    columns["origins"] = origins


def keep_news(session: Session, told: Mapping[int, str | None]) -> None:
    """Note on corrections (by id) what the sources newly say, so that a steward is asked; None: nothing new."""
    rows = [{"b_id": correction_id, "b_told": value} for correction_id, value in told.items()]
    if rows:
        statement = update(_CORRECTION).where(_CORRECTION.c.id == bindparam("b_id"))
        session.connection().execute(statement.values(asked_value=bindparam("b_told")), rows)
