"""Redrawing: the values of facilities drawn anew from their listings, whatever made them change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from directory.catalogue.corrected import FIELDS, STATUS, corrections_of, keep_news, lay_over, news, told_by_sources
from directory.catalogue.heard import heard_of
from directory.catalogue.merged import merged_facilities
from directory.catalogue.models import Facility, ImportRun, Listing
from directory.catalogue.placing import Address, Point
from directory.catalogue.run import RunState
from directory.catalogue.shown import SourceListing, shown_values
from directory.catalogue.sources import source_facts

FACILITY = cast(Table, Facility.__table__)
LISTING = cast(Table, Listing.__table__)
# A listing of an edition that newer ones had followed when it came: it was never shown.
PAST = LISTING.c.ended_run_id == LISTING.c.first_run_id
# Statements with a list of ids stay below the number of variables that SQLite and PostgreSQL take.
IDS_A_STATEMENT = 5_000
_SHOWN = ("name1", "name2", "street1", "street2", "city", "state", "zip", "street_withheld", "phone", "website")
LISTED_COLUMNS = (*_SHOWN, "latitude", "longitude", "codes")


@dataclass(slots=True)
class Redrawn:
    """Facility id → its new columns, for those with a current listing; `astray` counts coordinates refused.

    Which those are, importers tell by line (importers.row).
    """

    columns: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    astray: int = 0


def redraw(session: Session, run_id: int, touched: Iterable[int], place_of: Callable[[Address], Point]) -> Redrawn:
    """Draw the values of facilities anew; those without a current listing are withdrawn by this run as they were.

    What clinics answered stands above every listing (directory.catalogue.verification), what staff corrected above all
    (directory.catalogue.corrected). A merged facility has no listings of its own and stays as it is.
    """
    merged = merged_facilities(session)
    ids = sorted(facility_id for facility_id in touched if facility_id > 0 and facility_id not in merged)
    _hold(session, ids)
    listings = _listings_of(session, ids, LISTING.c.ended_run_id.is_(None))
    drawn = _drawn(session, listings, place_of)
    _write(session, {i: {"changed_run_id": run_id, "withdrawn_run_id": None, **c} for i, c in drawn.columns.items()})
    gone = {i: {"changed_run_id": run_id, "withdrawn_run_id": run_id} for i in ids if i not in drawn.columns}
    _write(session, gone)
    return drawn


def redraw_withdrawn(session: Session, run_id: int, ids: Iterable[int], place_of: Callable[[Address], Point]) -> None:
    """Draw facilities that nobody lists from the listings that ended last; the run they ended in withdraws them."""
    merged = merged_facilities(session)
    for facility_id in sorted(set(ids) - set(merged)):
        columns = _last_drawn(session, facility_id, run_id, place_of)
        _write(session, {facility_id: {**columns, "changed_run_id": run_id}})


def redraw_as_decided(session: Session, touched: Iterable[int], place_of: Callable[[Address], Point]) -> None:
    """Draw facilities anew because people decided something of them; no run changed them."""
    ids = sorted(set(touched) - set(merged_facilities(session)))
    # Decisions are made through the session, the drawing goes beside it.
    session.flush()
    _hold(session, ids)
    drawn = _drawn(session, _listings_of(session, ids, LISTING.c.ended_run_id.is_(None)), place_of)
    columns: dict[int, Mapping[str, Any]] = {
        i: {"withdrawn_run_id": None, **values} for i, values in drawn.columns.items()
    }
    for facility_id in ids:
        if facility_id not in columns:
            born = session.scalar(select(FACILITY.c.first_run_id).where(FACILITY.c.id == facility_id)) or 0
            columns[facility_id] = _last_drawn(session, facility_id, born, place_of)
    _write(session, columns)
    session.expire_all()


def sources_say(session: Session, facility_id: int, place_of: Callable[[Address], Point]) -> dict[str, str]:
    """What the sources say of each field that staff can correct, whatever staff corrected."""
    current = _listings_of(session, [facility_id], LISTING.c.ended_run_id.is_(None))
    found = current or _listings_of(session, [facility_id], LISTING.c.ended_run_id == _last_end(session, facility_id))
    if not found:
        return dict.fromkeys(FIELDS, "")
    columns = shown_values(found[facility_id], place_of).columns
    return {name: told_by_sources(columns, name, listed=bool(current)) for name in FIELDS}


def _hold(session: Session, ids: Sequence[int]) -> None:
    """Let whoever writes what a clinic answered, or corrects it, wait for the drawing, or the drawing for them."""
    for some in portions(ids):
        session.execute(select(FACILITY.c.id).where(FACILITY.c.id.in_(some)).order_by(FACILITY.c.id).with_for_update())


def _last_drawn(
    session: Session, facility_id: int, otherwise: int, place_of: Callable[[Address], Point]
) -> Mapping[str, Any]:
    """The columns of a facility that nobody lists; `otherwise` withdrew it where it has no listing at all."""
    last = _last_end(session, facility_id)
    listings = _listings_of(session, [facility_id], LISTING.c.ended_run_id == last)
    drawn = _drawn(session, listings, place_of, listed=False)
    return {STATUS: "open", **drawn.columns.get(facility_id, {}), "withdrawn_run_id": last or otherwise}


def _last_end(session: Session, facility_id: int) -> int | None:
    """The run that ended the last of a facility's listings; the newest edition where it stands in past ones only."""
    its = LISTING.c.facility_id == facility_id
    last: int | None = session.scalar(select(func.max(LISTING.c.ended_run_id)).where(its, ~PAST))
    if last is not None:
        return last
    past = select(ImportRun.id).join(Listing, PAST & (LISTING.c.first_run_id == ImportRun.id)).where(its)
    newest: int | None = session.scalar(past.order_by(ImportRun.edition.desc(), ImportRun.id.desc()).limit(1))
    return newest


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids in parts small enough for one statement."""
    for start in range(0, len(ids), IDS_A_STATEMENT):
        yield ids[start : start + IDS_A_STATEMENT]


def _drawn(
    session: Session,
    listings: Mapping[int, Sequence[SourceListing]],
    place_of: Callable[[Address], Point],
    *,
    listed: bool = True,
) -> Redrawn:
    drawn = Redrawn()
    heard = heard_of(session, sorted(listings))
    corrections = corrections_of(session, listings)
    told: dict[int, str | None] = {}
    for facility_id in sorted(listings):
        shown = shown_values(listings[facility_id], place_of)
        shown.columns["verified_on"] = None
        if facility_id in heard:
            shown.columns["codes"] = heard[facility_id].applied_to(shown.columns["codes"])
            shown.columns["verified_on"] = heard[facility_id].verified_on
        standing = corrections.get(facility_id, [])
        for one in standing:
            told[one.id] = news(one, told_by_sources(shown.columns, one.field, listed=listed))
        lay_over(shown.columns, standing, place_of)
        drawn.columns[facility_id] = shown.columns
        drawn.astray += shown.astray
    keep_news(session, told)
    return drawn


def _write(session: Session, columns: Mapping[int, Mapping[str, Any]]) -> None:
    updates = [{"b_id": facility_id, **values} for facility_id, values in columns.items()]
    if updates:
        session.connection().execute(update(FACILITY).where(FACILITY.c.id == bindparam("b_id")), updates)


def _listings_of(session: Session, ids: Sequence[int], which: ColumnElement[bool]) -> dict[int, list[SourceListing]]:
    published = select(ImportRun.source_id, ImportRun.edition).where(ImportRun.state == RunState.PUBLISHED)
    editions = {row.source_id: row.edition for row in session.execute(published.order_by(ImportRun.edition))}
    facts = {source_id: source_facts(source_id) for source_id in editions}
    found: dict[int, list[SourceListing]] = defaultdict(list)
    for some in portions(ids):
        columns = (
            LISTING.c.facility_id,
            LISTING.c.source_id,
            LISTING.c.id,
            *(LISTING.c[name] for name in LISTED_COLUMNS),
        )
        for facility_id, source_id, listing_id, *values in session.execute(
            select(*columns).where(LISTING.c.facility_id.in_(some), which)
        ):
            said = dict(zip(LISTED_COLUMNS, values, strict=True))
            source = facts.get(source_id) or source_facts(source_id)
            said |= {"id": listing_id, "edition": editions.get(source_id, ""), "rank": source.rank}
            found[facility_id].append(SourceListing(lead=bool(source.more.get("leads")), **said))
    return found
