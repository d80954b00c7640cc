"""Listing rows: what a run brings, written as rows of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.orm import Session

from directory.catalogue.merged import merged_facilities
from directory.catalogue.record import ListingRecord
from directory.catalogue.redraw import FACILITY, LISTING
from directory.catalogue.sites import SITE_COLUMNS

_RECORD_COLUMNS = ("line", *SITE_COLUMNS, "street_withheld", "phone", "website", "latitude", "longitude", "codes")


def first_records(facility_of: Mapping[str, int], records: Mapping[str, ListingRecord]) -> dict[int, ListingRecord]:
    """Provisional (negative) facility number → the first row of it."""
    first: dict[int, ListingRecord] = {}
    for digest, facility_id in facility_of.items():
        if facility_id < 0:
            first.setdefault(facility_id, records[digest])
    return first


def insert_facilities(session: Session, run_id: int, first: Mapping[int, ListingRecord]) -> dict[int, int]:
    """Write new facilities in the order of their provisional numbers; returns provisional numbers → ids."""
    numbers = sorted(first, reverse=True)
    rows = [
        {
            "name": first[number].name1,
            "city": first[number].city,
            "state": first[number].state,
            "zip": first[number].zip,
            "first_run_id": run_id,
            "changed_run_id": run_id,
            "origins": {},
        }
        for number in numbers
    ]
    if not rows:
        return {}
    statement = insert(FACILITY).returning(FACILITY.c.id, sort_by_parameter_order=True)
    return dict(zip(numbers, session.execute(statement, rows).scalars(), strict=True))


def insert_listings(
    session: Session,
    source_id: str,
    run_id: int,
    records: Mapping[str, ListingRecord],
    facility_of: Mapping[str, int],
    *,
    ended_run_id: int | None = None,
) -> None:
    """Write the rows of a run below the facilities that stand for those of `facility_of`.

    `ended_run_id` ends them at once, as those of an edition that others followed.
    """
    stands = merged_facilities(session)
    rows = [
        {name: getattr(record, name) for name in _RECORD_COLUMNS}
        | {
            "intake_phones": dict(record.intake_phones),
            "unrecognised": dict(record.unrecognised),
            "source_id": source_id,
            "facility_id": stands.get(facility_of[digest], facility_of[digest]),
            "home_id": facility_of[digest] if facility_of[digest] in stands else None,
            "first_run_id": run_id,
            "ended_run_id": ended_run_id,
            "digest": digest,
        }
        for digest, record in records.items()
    ]
    if rows:
        session.execute(insert(LISTING), rows)
