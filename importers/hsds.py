"""HSDS 3.0 (Open Referral): services, organizations or sites as JSON, alone or in lists, and packages of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import ijson

from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from importers.findings import Findings
from importers.hsds_object import Tidying
from importers.hsds_schema import hsds_schema
from importers.hsds_site import FIELDS_READ, Site, SiteReader
from importers.hsds_tables import HsdsTables, is_table_document, read_document, read_package
from importers.json_document import JsonObject, broken, check_limits
from importers.json_text import JsonText
from importers.listing_file import FileKind, ListingFile, NotAListingError
from importers.sheet import text_encoding
from importers.sighting import Request, finish, sampled

KIND = "hsds"
MOST_EVENTS = 200_000
OF_THE_LIST = ("total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty")
# What tells an object of HSDS, the likeliest first: keys of which it has one, besides its id.
MARKS: Mapping[str, frozenset[str]] = {
    "taxonomy_term": frozenset({"term_uri", "taxonomy_detail"}),
    "taxonomy": frozenset({"version"}),
    "service": frozenset({"service_at_locations", "assured_date", "interpretation_services", "fees_description"}),
    "organization": frozenset({"organization_identifiers", "legal_status", "tax_status", "locations", "services"}),
    "service_at_location": frozenset({"service", "service_id"}),
    "location": frozenset({"location_type"}),
}
LISTED = ("service", "organization", "service_at_location")


@dataclass(slots=True)
class Shape:
    """Where a JSON document keeps its objects, what the first of them is, and what the list says of its pages."""

    at: str = ""
    name: str = ""
    keys: tuple[str, ...] = ()
    about: dict[str, int] = field(default_factory=dict)


def open_batch(file: ListingFile, request: Request) -> Batch | None:
    """The sites of an HSDS file as a Batch, None where the file is another's; raises NotAListingError."""
    shape = Shape()
    if file.kind is FileKind.JSON:
        found = _shape(file)
        if found is None:
            return None
        shape = found
    elif file.kind is not FileKind.TABLE_ARCHIVE:
        return None
    batch = Batch(
        source_id=request.source(file, KIND, KIND),
        edition=request.edition(file, ()),
        file_name=file.name,
        file_sha256=file.sha256,
        rows=iter(()),
        warnings=[*request.warnings],
    )
    batch.rows = Reading(file, shape, request).rows(batch)
    return batch


def _shape(file: ListingFile) -> Shape | None:
    """Follow the document up to its first object; None where it holds none of HSDS."""
    check_limits(file)
    with file.path.open("rb") as stream:
        try:
            events = ijson.parse(JsonText(stream, text_encoding(file)[0]))
            shape = _first_object(islice(events, MOST_EVENTS))
        except (ijson.JSONError, UnicodeDecodeError, RecursionError, OverflowError) as error:
            raise broken(file, 0, error) from None
    if is_table_document(shape.keys, hsds_schema()):
        return Shape("tables")
    if shape.at.endswith("contents.item") and not shape.keys:
        raise NotAListingError(f"{file.name} holds a list without contents; fetch it again.")
    shape.name = _name_of(shape.keys)
    if shape.name and shape.name not in LISTED:
        raise NotAListingError(
            f"{file.name} holds HSDS objects of the kind {shape.name}, which say of no service where it is; "
            "import services or organizations."
        )
    return shape if shape.name else None


def _first_object(events: Iterable[tuple[str, str, Any]]) -> Shape:
    shape = Shape()
    keys: list[str] = []
    for prefix, event, value in events:
        if event == "number" and prefix.rpartition(".")[2] in OF_THE_LIST:
            shape.about.setdefault(prefix.rpartition(".")[2], int(value))
        elif event == "start_array" and prefix == "":
            shape.at = "item"
        elif event == "start_array" and prefix in ("contents", "item.contents"):
            shape.at = f"{prefix}.item"
            keys.clear()
        elif event == "map_key" and prefix == shape.at:
            keys.append(value)
        elif event == "end_map" and prefix == shape.at and not set(keys) <= {*OF_THE_LIST, "contents"}:
            break
    shape.keys = tuple(keys)
    return shape


def _name_of(keys: Iterable[str]) -> str:
    """The kind of object that has such keys, nothing where it is none of HSDS."""
    met = set(keys)
    if "name1" in met or "id" not in met:
        return ""
    found = next((name for name, marks in MARKS.items() if marks & met), "")
    if not found and {"name", "status"} <= met:
        return "service"
    return found or ("organization" if {"name", "description"} <= met else "")


class Reading:
    """The sites of one file on their way to listings, gathered whole: a site is told by all its services."""

    def __init__(self, file: ListingFile, shape: Shape, request: Request) -> None:
        self._file = file
        self._shape = shape
        self._request = request
        self._findings = Findings()
        self._tidying = Tidying(hsds_schema(), self._findings.note)
        self._sites: dict[tuple[str, str], Site] = {}
        self._refused: list[RefusedRow] = []
        self._services = 0
        self._closed: list[int] = []

    def rows(self, batch: Batch) -> Iterator[ListingRecord | RefusedRow]:
        """Every site that says treatment, and what was refused; fills `batch.warnings` when all are read."""
        if self._file.kind is FileKind.TABLE_ARCHIVE or self._shape.at == "tables":
            self._read_tables(batch)
        else:
            self._read_objects(batch)
        reader = SiteReader(self._request, self._findings)
        listings = [row for site in self._sites.values() if (row := reader.read(site)) is not None]
        if not self._sites and not self._refused and len(self._closed) == self._services > 0:
            raise NotAListingError(
                f"{self._file.name} says of none of its {self._services} services that it is active; "
                "ask its publisher for those that are."
            )
        if not self._sites and not self._refused:
            raise NotAListingError(
                f"{self._file.name} names no location of any of its {self._services} services; fetch it with full=true."
            )
        if not listings and not self._refused:
            raise NotAListingError(
                f"{self._file.name} holds {len(self._sites)} sites, none of which says mental health or addiction; "
                "data/hsds_terms.toml says which words do."
            )
        batch.warnings.extend(self._counts(reader, len(listings)))
        yield from sampled(self._file, iter([*self._refused, *listings]), batch.warnings, self._request.gazetteer)
        finish(batch, self._findings)

    def _read_tables(self, batch: Batch) -> None:
        tables = HsdsTables(self._file, hsds_schema(), self._tidying, batch.warnings, self._refused)
        if self._shape.at == "tables":
            for _, document in self._objects("", batch):
                read_document(self._file, document, tables)
        else:
            read_package(self._file, tables)
        for line, service in tables.services():
            self._add_service(line, service, service["organization"])

    def _read_objects(self, batch: Batch) -> None:
        for line, value in self._objects(self._shape.at, batch):
            tidy, refused = self._tidying.whole(self._shape.name, value, line)
            self._refused += refused
            if tidy is None:
                continue
            if self._shape.name == "organization":
                for service in tidy.get("services", ()):
                    self._add_service(line, service, tidy)
            elif self._shape.name == "service":
                self._add_service(line, tidy, tidy.get("organization"))
            else:
                service = tidy.get("service", {})
                self._add_site(line, service, tidy, service.get("organization"))
        self._note_pages(batch)

    def _objects(self, at: str, batch: Batch) -> Iterator[tuple[int, Any]]:
        line = 0
        with self._file.path.open("rb") as stream:
            encoding, warnings = text_encoding(self._file)
            batch.warnings.extend(warnings)
            try:
                for line, value in enumerate(
                    ijson.items(JsonText(stream, encoding), at, use_float=True, map_type=JsonObject), 1
                ):
                    yield line, value
            except (ijson.JSONError, UnicodeDecodeError, RecursionError, OverflowError) as error:
                raise broken(self._file, line, error) from None

    def _note_pages(self, batch: Batch) -> None:
        """One page of many is a part of its edition; several in one array are taken as all."""
        about = self._shape.about
        if self._shape.at == "contents.item" and about.get("total_pages", 1) > 1:
            batch.partial = True
            batch.warnings.append(
                f"{self._file.name} holds page {about.get('page_number', 1)} of {about['total_pages']}: "
                "a part of the listing, so nothing is withdrawn."
            )
        elif not self._shape.at:
            batch.partial = True
            batch.warnings.append(f"{self._file.name} holds one {self._shape.name} alone, so nothing is withdrawn.")

    def _add_service(self, line: int, service: dict[str, Any], organization: dict[str, Any] | None) -> None:
        sites = service.get("service_at_locations", [])
        if not sites:
            self._services += 1
            self._findings.note("A service names no location, so nobody can go there; left out", line)
        for site in sites:
            self._add_site(line, service, site, organization)

    def _add_site(
        self, line: int, service: dict[str, Any], site: dict[str, Any], organization: dict[str, Any] | None
    ) -> None:
        self._services += 1
        location = site.get("location")
        if location is None:
            self._refused.append(RefusedRow(line, "service_at_locations.location", "the location is missing"))
        elif organization is None:
            self._refused.append(RefusedRow(line, "organization", "the organization of the service is missing"))
        elif service.get("status") != "active":
            self._closed.append(line)
            self._findings.note(f'A service is "{service.get("status")}"; left out', line)
        else:
            key = (organization["id"], location["id"])
            known = self._sites.setdefault(key, Site(line, organization, location))
            known.services.append((service, site))

    def _counts(self, reader: SiteReader, taken: int) -> list[str]:
        told = [f"{self._services:,} services at {len(self._sites):,} sites were read; {taken:,} sites say treatment."]
        told += [f"{count:,} taken by the rule {rule.id}: {rule.why}." for rule, count in reader.by_words()]
        unfilled = [f"{name}.{key}" for name, keys in FIELDS_READ.items() for key in keys]
        unfilled = [said for said in unfilled if tuple(said.split(".")) not in self._tidying.seen]
        if unfilled:
            told.append(f"Nothing here fills the fields {', '.join(unfilled)}.")
        return told
