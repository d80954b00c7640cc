"""Reading facilities: one with the origin of every value, many for the index, and the sources behind them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, Text, func, select, type_coerce
from sqlalchemy.orm import Session

from directory.catalogue.codes import code_list
from directory.catalogue.found_out import corrected_origins, found_out
from directory.catalogue.models import Facility, ImportRun, Listing, ServiceCategory, ServiceCode, Source
from directory.catalogue.run import RunState
from directory.catalogue.sources import source_facts

FACILITY = cast(Table, Facility.__table__)
LISTING = cast(Table, Listing.__table__)
_VALUES = (
    "name",
    "program",
    "street",
    "city",
    "state",
    "zip",
    "phone",
    "website",
    "latitude",
    "longitude",
)


@dataclass(frozen=True, slots=True)
class LiveFacility:
    """A facility that some source lists. `sources` are source ids with editions, "samhsa-mh 2023"."""

    id: int
    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    website: str
    latitude: float | None
    longitude: float | None
    precision: str
    codes: tuple[str, ...]
    verified_on: dt.date | None
    changed_run_id: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceEdition:
    """A source, its newest edition and how much it lists, for the page about the data."""

    id: str
    name: str
    publisher: str
    licence: str
    citation: str
    homepage: str
    edition: str
    imported_at: dt.datetime | None
    facilities: int
    with_ketamine: int


def live_facilities(session: Session, ids: Sequence[int] | None = None) -> Iterator[LiveFacility]:
    """Every facility in the results by id, or those of `ids` in one statement each; no withdrawn or closed ones."""
    sources = _sources_of(session, ids)
    columns = [FACILITY.c[name] for name in ("id", *_VALUES, "precision", "codes", "verified_on", "changed_run_id")]
    statement = select(*columns).where(Facility.in_results()).order_by(FACILITY.c.id)
    if ids is not None:
        statement = statement.where(FACILITY.c.id.in_(ids))
    for row in session.execute(statement):
        yield LiveFacility(**row._mapping, sources=sources.get(row[0], ()))


def facilities_by_id(session: Session, ids: Sequence[int]) -> dict[int, Facility]:
    """The facilities of a page of results, withdrawn ones too, in one statement; unknown ids are left out."""
    found = session.scalars(select(Facility).where(Facility.id.in_(ids)))
    return {facility.id: facility for facility in found}


def newest_editions(session: Session) -> dict[str, str]:
    """Source id → the newest edition imported of it, which all its current listings stand in."""
    published = ImportRun.state == RunState.PUBLISHED
    statement = select(ImportRun.source_id, func.max(ImportRun.edition)).where(published).group_by(ImportRun.source_id)
    return dict(session.execute(statement).all())


def source_editions(session: Session) -> list[SourceEdition]:
    """All sources with a run, in the order of data/sources.toml."""
    current = (
        select(LISTING.c.source_id, func.count(func.distinct(LISTING.c.facility_id)))
        .where(LISTING.c.ended_run_id.is_(None))
        .group_by(LISTING.c.source_id)
    )
    # The codes are one text, "CBT KIT MD"; as a column of codes, LIKE would be bound as one.
    has_ketamine = (" " + type_coerce(LISTING.c.codes, Text) + " ").contains(" KIT ")
    published = ImportRun.state == RunState.PUBLISHED
    runs = select(ImportRun.source_id, ImportRun.finished_at).where(published).order_by(ImportRun.edition, ImportRun.id)
    counts: dict[str, int] = dict(session.execute(current).all())
    ketamine: dict[str, int] = dict(session.execute(current.where(has_ketamine)).all())
    last = dict(session.execute(runs).all())
    newest = newest_editions(session)
    sources = sorted(session.scalars(select(Source)), key=lambda source: (source_facts(source.id).rank, source.id))
    return [
        SourceEdition(
            id=source.id,
            name=source.name,
            publisher=source.publisher,
            licence=source.licence,
            citation=source.citation,
            homepage=source.homepage,
            edition=newest.get(source.id, ""),
            imported_at=last.get(source.id),
            facilities=counts.get(source.id, 0),
            with_ketamine=ketamine.get(source.id, 0),
        )
        for source in sources
    ]


def facility_document(session: Session, facility_id: int, today: dt.date | None = None) -> dict[str, Any] | None:
    """All that is known of a facility, fit for JSON; None where there is no such facility.

    `values` maps a field to {"value", "origin"}; `services` groups the codes by category, each with plain names and
    the listings and verifications that say so; `listings` are all listings, newest edition first, with `current` true
    for those that hold and `past` for those of an edition that came after newer ones. What people found out is told by
    directory.catalogue.found_out, as of `today` (in UTC where left out); `merged_into` is the number to ask for instead
    where people decided that it is another.
    """
    facility = session.get(Facility, facility_id)
    if facility is None:
        return None
    history = _history(session, facility_id)
    current = [listing for listing in history if listing["current"]]
    origins = {listing["listing"]: _origin(listing) for listing in history}
    codes = {listing.id: listing.codes for listing in facility.listings}
    people = found_out(session, facility, today or dt.datetime.now(dt.UTC).date())
    corrected = corrected_origins(session, facility)
    said = [(origins[x["listing"]], codes[x["listing"]]) for x in current]
    said += [(_asked_origin(x), x["offers"]) for x in people["verifications"]]
    return {
        "id": facility.id,
        **{name: getattr(facility, name) for name in _VALUES},
        "precision": facility.precision,
        "codes": list(facility.codes),
        "withdrawn": facility.withdrawn,
        "street_withheld": any(listing["street_withheld"] for listing in current),
        "values": {
            name: {
                "value": getattr(facility, name),
                "origin": corrected.get(name) or origins.get(facility.origins.get(name, 0)),
            }
            for name in _VALUES
        },
        "services": _services(session, facility.codes, said),
        "denied": _denied(facility.codes, people["verifications"]),
        "sources": [f"{listing['source']} {listing['edition']}" for listing in current],
        "intake_phones": [
            {"name": name, "phone": phone, "origin": origins[listing["listing"]]}
            for listing in current
            for name, phone in sorted(listing["intake_phones"].items())
        ],
        "listings": history,
        "merged_into": facility.merged_into_id,
        **people,
    }


def _asked_origin(verification: dict[str, Any]) -> dict[str, Any]:
    """The origin of what a clinic answered: {"verification", "verified_on", "how"}."""
    return {key: verification[key] for key in ("verification", "verified_on", "how")}


def _denied(codes: Sequence[str], verifications: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the clinic said last that it does not offer, in the code list's order."""
    origins: dict[str, dict[str, Any]] = {}
    for verification in verifications:
        for code in verification["lacks"]:
            origins.setdefault(code, _asked_origin(verification))
    ours = code_list()
    return [
        {"code": code, "name": ours.services[code].plain, "origin": origins[code]}
        for grouped in ours.by_category(tuple(code for code in origins if code not in codes)).values()
        for code in grouped
    ]


def _origin(listing: dict[str, Any]) -> dict[str, Any]:
    return {key: listing[key] for key in ("source", "source_name", "edition", "imported_at", "listing", "line", "file")}


def _history(session: Session, facility_id: int) -> list[dict[str, Any]]:
    newest = newest_editions(session)
    runs = {run.id: run for run in session.scalars(select(ImportRun))}
    names = {source.id: source.name for source in session.scalars(select(Source))}
    rows = list(session.scalars(select(Listing).where(Listing.facility_id == facility_id).order_by(Listing.id.desc())))
    rows.sort(key=lambda row: runs[row.first_run_id].edition, reverse=True)
    rows.sort(key=lambda row: row.ended_run_id is not None)
    history = []
    for row in rows:
        first = runs[row.first_run_id]
        past = row.ended_run_id == row.first_run_id
        ended = None if past else runs.get(row.ended_run_id or 0)
        current = row.ended_run_id is None
        history.append(
            {
                "listing": row.id,
                "source": row.source_id,
                "source_name": names[row.source_id],
                "edition": newest[row.source_id] if current else first.edition,
                "since_edition": first.edition,
                "until_edition": ended.edition if ended else None,
                "current": current,
                "past": past,
                "imported_at": first.started_at.isoformat(),
                "file": first.file_name,
                "line": row.line,
                "name1": row.name1,
                "name2": row.name2,
                "street1": row.street1,
                "street2": row.street2,
                "street_withheld": row.street_withheld,
                "city": row.city,
                "state": row.state,
                "zip": row.zip,
                "phone": row.phone,
                "intake_phones": row.intake_phones,
                "website": row.website,
                "codes": list(row.codes),
                "unrecognised": row.unrecognised,
            }
        )
    return history


def _services(
    session: Session, codes: tuple[str, ...], listed: Sequence[tuple[dict[str, Any], Sequence[str]]]
) -> list[dict[str, Any]]:
    """The facility's codes by category in the code list's order; codes of no list come last under their own names."""
    origins: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for origin, said in listed:
        for code in said:
            origins[code].append(origin)
    ours = code_list()
    grouped = ours.by_category(codes)
    groups = [
        {
            "category": category,
            "name": ours.categories[category].plain,
            "services": [
                {"code": code, "name": ours.services[code].plain, "known": True, "origins": origins[code]}
                for code in grouped[category]
            ],
        }
        for category in grouped
    ]
    return groups + _unlisted_services(session, [code for code in codes if code not in ours], origins)


def _unlisted_services(
    session: Session, codes: Sequence[str], origins: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    if not codes:
        return []
    rows = session.execute(
        select(ServiceCode.category_code, ServiceCategory.name, ServiceCode.code, ServiceCode.name)
        .join(ServiceCategory, ServiceCategory.code == ServiceCode.category_code)
        .where(ServiceCode.code.in_(codes))
        .order_by(ServiceCode.category_code, ServiceCode.code)
    )
    groups: dict[str, dict[str, Any]] = {}
    for category, category_name, code, name in rows:
        group = groups.setdefault(category, {"category": category, "name": category_name, "services": []})
        group["services"].append({"code": code, "name": name, "known": False, "origins": origins[code]})
    return list(groups.values())


def _sources_of(session: Session, ids: Sequence[int] | None) -> dict[int, tuple[str, ...]]:
    newest = newest_editions(session)
    statement = (
        select(LISTING.c.facility_id, LISTING.c.source_id)
        .where(LISTING.c.ended_run_id.is_(None))
        .distinct()
        .order_by(LISTING.c.facility_id, LISTING.c.source_id)
    )
    if ids is not None:
        statement = statement.where(LISTING.c.facility_id.in_(ids))
    sources: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for facility_id, source_id in session.execute(statement):
        sources[facility_id] += (f"{source_id} {newest[source_id]}",)
    return sources
