"""Cards: what a page of results shows of each clinic, read from the catalogue by primary key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import BindParameter, Table, bindparam, func, or_, select
from sqlalchemy.orm import Session

from directory.catalogue.models import Facility, ImportRun, Listing, Verification
from directory.search.answer import ClinicSaid


@dataclass(frozen=True, slots=True)
class Card:
    """The catalogue's values of a facility; `sources` are source ids with their newest editions."""

    id: int
    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    latitude: float | None
    longitude: float | None
    precision: str
    codes: tuple[str, ...]
    verified_on: dt.date | None
    sources: tuple[str, ...]
    said: tuple[ClinicSaid, ...]


_OF_FACILITY = tuple(name for name in Card.__dataclass_fields__ if name not in ("sources", "said"))
# Tables and not classes, written down once: for the few rows of a page SQLAlchemy's own work is what costs time.
_FACILITY = cast(Table, Facility.__table__).c
_LISTING = cast(Table, Listing.__table__).c
_RUN = cast(Table, ImportRun.__table__).c
_VERIFICATION = cast(Table, Verification.__table__).c
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_CARDS = select(*(_FACILITY[name] for name in _OF_FACILITY)).where(_FACILITY.id.in_(_IDS), Facility.in_results())
# Ended listings are left out below and not here: SQLite would go through all that have not ended.
_LISTED = select(_LISTING.facility_id, _LISTING.source_id, _LISTING.ended_run_id).where(_LISTING.facility_id.in_(_IDS))
_EDITIONS = select(_RUN.source_id, func.max(_RUN.edition)).where(_RUN.state == "published").group_by(_RUN.source_id)
# What was answered under a number merged into another is said of the one that stands for it.
_SAID = (
    select(
        func.coalesce(_FACILITY.merged_into_id, _FACILITY.id),
        *(_VERIFICATION[name] for name in ("verified_on", "how", "offers", "lacks", "answers")),
    )
    .join_from(Verification.__table__, Facility.__table__, _FACILITY.id == _VERIFICATION.facility_id)
    .where(or_(_FACILITY.id.in_(_IDS), _FACILITY.merged_into_id.in_(_IDS)))
    .order_by(_VERIFICATION.verified_on.desc(), _VERIFICATION.id.desc())
)


def read_cards(session: Session, ids: Sequence[int]) -> dict[int, Card]:
    """The cards of facilities by id; those withdrawn since the index was built are left out."""
    if not ids:
        return {}
    connection = session.connection()
    editions: dict[str, str] = {row[0]: row[1] for row in connection.execute(_EDITIONS)}
    sources: dict[int, set[str]] = {}
    for facility_id, source_id, ended_run_id in connection.execute(_LISTED, {"ids": ids}):
        if ended_run_id is None:
            # A listing that nothing ended stands in its source's newest edition.
            sources.setdefault(facility_id, set()).add(f"{source_id} {editions.get(source_id, '')}".rstrip())
    facilities = [dict(zip(_OF_FACILITY, row, strict=True)) for row in connection.execute(_CARDS, {"ids": ids})]
    said = _said(session, [facility["id"] for facility in facilities if facility["verified_on"] is not None])
    return {
        facility["id"]: Card(
            **facility, sources=tuple(sorted(sources.get(facility["id"], ()))), said=said.get(facility["id"], ())
        )
        for facility in facilities
    }


def _said(session: Session, ids: Sequence[int]) -> dict[int, tuple[ClinicSaid, ...]]:
    """What clinics answered, newest first, in one statement; none where nobody was asked."""
    said: dict[int, tuple[ClinicSaid, ...]] = {}
    if ids:
        for facility_id, *said_then in session.connection().execute(_SAID, {"ids": ids}):
            said[facility_id] = (*said.get(facility_id, ()), ClinicSaid(*said_then))
    return said
