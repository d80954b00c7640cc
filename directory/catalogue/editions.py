"""Editions: what a source listed at one time, and how two of them differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from directory.catalogue.changes import Changes, changes_between, note_of
from directory.catalogue.models import ImportRun
from directory.catalogue.placing import Address, Point
from directory.catalogue.redraw import LISTED_COLUMNS, LISTING
from directory.catalogue.report import FacilityNote
from directory.catalogue.run import RunError, RunState
from directory.catalogue.shown import SourceListing, shown_values
from directory.sentence import Sentence


@dataclass(slots=True)
class Comparison:
    """How a newer edition differs from an older one; every list names facilities."""

    older: ImportRun
    newer: ImportRun
    in_both: int
    changes: Changes
    withdrawn: list[FacilityNote]
    new: list[FacilityNote]


def edition_runs(session: Session, source_id: str) -> list[ImportRun]:
    """The runs of a source that can be compared, newest edition first."""
    kept = ImportRun.state.in_((RunState.PUBLISHED, RunState.HISTORY))
    runs = select(ImportRun).where(ImportRun.source_id == source_id, kept)
    return list(session.scalars(runs.order_by(ImportRun.edition.desc(), ImportRun.id.desc())))


def standing(run: ImportRun) -> ColumnElement[bool]:
    """The listings that stood once a run was done; of one that filled in history, those it brought."""
    if run.state == RunState.HISTORY:
        return LISTING.c.first_run_id == run.id
    later = or_(LISTING.c.ended_run_id.is_(None), LISTING.c.ended_run_id > run.id)
    return and_(LISTING.c.source_id == run.source_id, LISTING.c.first_run_id <= run.id, later)


def compare(session: Session, one: ImportRun, other: ImportRun, place_of: Callable[[Address], Point]) -> Comparison:
    """Compare two editions of one source, whichever is named first. Raises RunError for runs of two sources."""
    if one.source_id != other.source_id:
        raise RunError(
            Sentence(
                "run %(one)s and run %(other)s are of two sources; compare editions of one", one=one.id, other=other.id
            )
        )
    older, newer = sorted((one, other), key=lambda run: (run.edition, run.id))
    before, after = (_values(session, run, place_of) for run in (older, newer))
    return Comparison(
        older,
        newer,
        in_both=len(before.keys() & after.keys()),
        changes=changes_between(before, after),
        withdrawn=[note_of(i, before[i]) for i in sorted(before.keys() - after.keys())],
        new=[note_of(i, after[i]) for i in sorted(after.keys() - before.keys())],
    )


def _values(session: Session, run: ImportRun, place_of: Callable[[Address], Point]) -> dict[int, dict[str, Any]]:
    """Facility id → what would be shown of it if nobody else said anything."""
    found: dict[int, list[SourceListing]] = defaultdict(list)
    columns = (LISTING.c.facility_id, LISTING.c.id, *(LISTING.c[name] for name in LISTED_COLUMNS))
    for facility_id, listing_id, *values in session.execute(select(*columns).where(standing(run))):
        said = dict(zip(LISTED_COLUMNS, values, strict=True))
        found[facility_id].append(SourceListing(id=listing_id, edition=run.edition, rank=0, **said))
    return {facility_id: shown_values(listings, place_of).columns for facility_id, listings in found.items()}
