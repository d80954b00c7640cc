"""History: the listings of an edition that newer ones had followed when it came. Nothing that is shown changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from directory.catalogue.editions import edition_runs, standing
from directory.catalogue.listing_rows import first_records, insert_facilities, insert_listings
from directory.catalogue.match import Profile, match
from directory.catalogue.models import Listing
from directory.catalogue.placing import Address, Point
from directory.catalogue.record import ListingRecord
from directory.catalogue.redraw import FACILITY, LISTING, PAST, redraw_withdrawn
from directory.catalogue.remembered import judged_apart, listing_key, remembered
from directory.catalogue.sites import SITE_COLUMNS, near_to, row_profile, site_profile, sites_of


@dataclass(frozen=True, slots=True)
class FilledIn:
    """How many listings went into the history, and how many facilities are known from them alone."""

    listings: int
    facilities: int


def knows_edition(session: Session, source_id: str, edition: str, digests: Iterable[str]) -> bool:
    """True where an edition of a source stands in the catalogue exactly so, shown or as history."""
    wanted = set(digests)
    for run in edition_runs(session, source_id):
        if run.edition == edition and wanted == set(session.scalars(select(LISTING.c.digest).where(standing(run)))):
            return True
    return False


def fill_in(
    session: Session,
    source_id: str,
    run_id: int,
    records: Mapping[str, ListingRecord],
    place_of: Callable[[Address], Point],
) -> FilledIn:
    """Write an older edition (digest → row) as history of the facilities it names.

    A facility that no other listing names is kept as withdrawn, so that a later edition finds it again.
    """
    facility_of, unknown = _facilities_of(session, source_id, records)
    ids = insert_facilities(session, run_id, first_records(facility_of, records))
    facility_of = {digest: ids.get(facility_id, facility_id) for digest, facility_id in facility_of.items()}
    insert_listings(session, source_id, run_id, records, facility_of, ended_run_id=run_id)
    redraw_withdrawn(session, run_id, _known_from_history_alone(session, run_id), place_of)
    return FilledIn(len(records), unknown)


def _facilities_of(
    session: Session, source_id: str, records: Mapping[str, ListingRecord]
) -> tuple[dict[str, int], int]:
    """Digest → facility id, negative for one that is new; and how many are."""
    known: dict[str, int] = dict(
        session.execute(
            select(LISTING.c.digest, Listing.home()).where(LISTING.c.source_id == source_id).order_by(LISTING.c.id)
        ).all()
    )
    facility_of = {digest: known[digest] for digest in records if digest in known}
    sites = sites_of(records)
    for key, digests in list(sites.items()):
        found = [facility_of[digest] for digest in digests if digest in facility_of]
        if found:
            facility_of |= {digest: facility_of.get(digest, found[0]) for digest in sites.pop(key)}
    heads = sorted(sites.values(), key=lambda digests: records[digests[0]].line)
    profiles = [site_profile(records, digests) for digests in heads]
    ours, others = _known_profiles(session, source_id, profiles, set(facility_of.values()))
    apart = _apart(session, source_id, records, heads)
    home = {join.row: join.facility_id for join in match(profiles, ours, others, apart=apart).joined}
    new = 0
    for row, digests in enumerate(heads):
        if row not in home:
            new += 1
        facility_of |= dict.fromkeys(digests, home.get(row, -new))
    return facility_of, new


def _known_profiles(
    session: Session, source_id: str, rows: list[Profile], taken: set[int]
) -> tuple[list[tuple[int, Profile]], list[tuple[int, Profile]]]:
    """What this source said of facilities in any edition, and what others say of those it never listed."""
    near, home = near_to(rows), Listing.home().label("facility_id")
    columns = ("source_id", "digest", "street_withheld", "codes", *SITE_COLUMNS, "phone")
    found = [row for row in session.execute(select(*(LISTING.c[name] for name in columns), home)) if near(row)]
    ours = [(row.facility_id, row_profile(row)) for row in found if row.source_id == source_id]
    listed = {facility_id for facility_id, _profile in ours} | taken
    others = [(row.facility_id, row_profile(row)) for row in found if row.facility_id not in listed]
    return [(facility_id, profile) for facility_id, profile in ours if facility_id not in taken], others


def _apart(
    session: Session, source_id: str, records: Mapping[str, ListingRecord], heads: Sequence[Sequence[str]]
) -> set[tuple[int, int]]:
    """The rows and facilities that people judged to be different."""
    decisions = remembered(session)
    if not decisions:
        return set()
    said = {row: frozenset(listing_key(source_id, records[i]) for i in digests) for row, digests in enumerate(heads)}
    known: dict[int, set[str]] = defaultdict(set)
    columns = ("source_id", "street_withheld", *SITE_COLUMNS, "phone")
    for row in session.execute(select(*(LISTING.c[name] for name in columns), Listing.home().label("home"))):
        known[row.home].add(listing_key(row.source_id, row))
    return judged_apart(decisions, said, {facility_id: frozenset(keys) for facility_id, keys in known.items()})


def _known_from_history_alone(session: Session, run_id: int) -> list[int]:
    """Of the facilities a run names, those with no listing that was ever shown."""
    shown = exists().where(LISTING.c.facility_id == FACILITY.c.id, LISTING.c.ended_run_id.is_(None) | ~PAST)
    named = select(LISTING.c.facility_id).where(LISTING.c.first_run_id == run_id)
    return list(session.scalars(select(FACILITY.c.id).where(FACILITY.c.id.in_(named), ~shown)))
