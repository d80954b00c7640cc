"""Cards: what a page of results shows of each clinic, read from the catalogue by primary key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.catalogue.models import Facility, ImportRun, Listing


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
    sources: tuple[str, ...]


_COLUMNS = tuple(getattr(Facility, name) for name in Card.__dataclass_fields__ if name != "sources")


def read_cards(session: Session, ids: Sequence[int]) -> dict[int, Card]:
    """The cards of facilities by id; those withdrawn since the index was built are left out."""
    if not ids:
        return {}
    sources: dict[int, set[str]] = {}
    editions = _editions(session)
    # Ended listings are left out here and not in the query: SQLite would go through all that have not ended.
    listed = select(Listing.facility_id, Listing.source_id, Listing.ended_run_id).where(Listing.facility_id.in_(ids))
    for facility_id, source_id, ended_run_id in session.execute(listed):
        if ended_run_id is None:
            sources.setdefault(facility_id, set()).add(f"{source_id} {editions.get(source_id, '')}".rstrip())
    found = select(*_COLUMNS).where(Facility.id.in_(ids), Facility.withdrawn_run_id.is_(None))
    rows = session.execute(found).all()
    return {row.id: Card(**row._mapping, sources=tuple(sorted(sources.get(row.id, ())))) for row in rows}


def _editions(session: Session) -> dict[str, str]:
    """The newest edition of each source: a listing that nothing ended stands in it."""
    newest = select(func.max(ImportRun.id)).group_by(ImportRun.source_id)
    runs = session.execute(select(ImportRun.source_id, ImportRun.edition).where(ImportRun.id.in_(newest)))
    return {run.source_id: run.edition for run in runs}
