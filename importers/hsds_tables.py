"""HsdsTables: the tables of an HSDS package, row by row, put together into organizations with all they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from directory.catalogue.record import RefusedRow
from importers import archive, drift
from importers.hsds_object import Tidying
from importers.hsds_schema import HsdsSchema
from importers.listing_file import FileKind, ListingFile, NotAListingError
from importers.sheet import Table, find_table, sheets

NEEDED = ("organizations", "services", "locations", "service_at_location", "addresses")
DESCRIPTOR = "datapackage.json"
# A table of the specification that describes tables, not services.
ABOUT_TABLES = "meta_table_descriptions"
# Which objects a row belongs to, by the field that names them; of several the first that is filled.
OWNERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "address": (("location_id", "location"),),
    "phone": (
        *(("service_at_location_id", "service_at_location"), ("location_id", "location"), ("contact_id", "contact")),
        *(("service_id", "service"), ("organization_id", "organization")),
    ),
    "schedule": (
        *(("service_at_location_id", "service_at_location"), ("location_id", "location"), ("service_id", "service")),
    ),
    "language": (("location_id", "location"), ("service_id", "service"), ("phone_id", "phone")),
    "contact": (
        *(("service_at_location_id", "service_at_location"), ("location_id", "location")),
        *(("service_id", "service"), ("organization_id", "organization")),
    ),
    "attribute": (
        *(("link_id", "service"), ("link_id", "location"), ("link_id", "service_at_location")),
        ("link_id", "organization"),
    ),
}
# The list in its owner that a row goes to.
LISTS = {"address": "addresses", "phone": "phones", "schedule": "schedules", "language": "languages"} | {
    "contact": "contacts",
    "attribute": "attributes",
}

Numbered = tuple[int, dict[str, Any]]


@dataclass(slots=True)
class HsdsTables:
    """Tidied rows by object and id, each with its line, and what was refused."""

    file: ListingFile
    schema: HsdsSchema
    tidying: Tidying
    warnings: list[str] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    rows: dict[str, dict[str, Numbered]] = field(default_factory=dict)

    def add(self, table: str, numbered: Iterator[tuple[int, Mapping[str, Any]]]) -> None:
        """Take in the rows of a table by its name, as "services"."""
        name = self.schema.tables[table]
        kept = self.rows.setdefault(name, {})
        for line, values in numbered:
            row, refused = self.tidying.row(name, values, line)
            self.refused += refused
            if row is None:
                continue
            if row["id"] in kept:
                said = f"the id {row['id']} stands already in line {kept[row['id']][0]}"
                self.refused.append(RefusedRow(line, f"{table}.id", said))
                continue
            kept[row["id"]] = (line, row)

    def services(self) -> Iterator[Numbered]:
        """Every service with its organization, program, locations and all that belongs to these, by its line."""
        self._link_terms()
        for name in ("language", "phone", "schedule", "address", "contact", "attribute"):
            self._hand_out(name)
        self._hand_out_sites()
        for line, service in self.rows.get("service", {}).values():
            organization = self._named("organization", service["organization_id"])
            if organization is None:
                self._refuse("service", line, "organization_id", service["organization_id"])
                continue
            program = self._named("program", service.get("program_id", ""))
            yield line, service | {"organization": organization} | ({"program": program} if program else {})

    def _named(self, name: str, id_: str) -> dict[str, Any] | None:
        found = self.rows.get(name, {}).get(id_)
        return found[1] if found else None

    def _refuse(self, name: str, line: int, key: str, id_: str) -> None:
        table = self.schema.facts[name]["table"]
        self.refused.append(RefusedRow(line, f"{table}.{key}", f"{id_} is in no other table of the package"))

    def _link_terms(self) -> None:
        for _, term in self.rows.get("taxonomy_term", {}).values():
            taxonomy = self._named("taxonomy", term.get("taxonomy_id", ""))
            if taxonomy:
                term["taxonomy_detail"] = taxonomy
        for line, attribute in self.rows.get("attribute", {}).values():
            meant = self._named("taxonomy_term", attribute["taxonomy_term_id"])
            if meant is None:
                self._refuse("attribute", line, "taxonomy_term_id", attribute["taxonomy_term_id"])
            else:
                attribute["taxonomy_term"] = meant

    def _hand_out(self, name: str) -> None:
        table = self.schema.facts[name]["table"]
        for line, row in self.rows.get(name, {}).values():
            named = [(key, owner) for key, owner in OWNERS[name] if row.get(key)]
            owner = next((found for key, owner in named if (found := self._named(owner, row[key]))), None)
            if owner is not None:
                owner.setdefault(LISTS[name], []).append(row)
            else:
                reason = f"A row of {table} belongs to no service, site or organization of the package; not read"
                self.tidying.note(reason, line, f"{table}.{named[0][0]}" if named else "")

    def _hand_out_sites(self) -> None:
        for line, site in self.rows.get("service_at_location", {}).values():
            service, location = (self._named(name, site[f"{name}_id"]) for name in ("service", "location"))
            for name, found in (("service", service), ("location", location)):
                if found is None:
                    self._refuse("service_at_location", line, f"{name}_id", site[f"{name}_id"])
            if service is not None and location is not None:
                service.setdefault("service_at_locations", []).append(site | {"location": location})


def read_package(file: ListingFile, tables: HsdsTables) -> None:
    """Every table of a zipped package; raises NotAListingError where the package is broken or lacks what is needed."""
    with _unpacked(file) as folder:
        found = {path.stem.lower(): path for path in sorted(folder.glob("*.csv"))}
        _check_descriptor(file, folder, set(found), tables.warnings)
        missing = drift.missing_columns(NEEDED, found, list(found))
        if missing:
            raise NotAListingError(f"{file.name} lacks the tables {missing} of an HSDS package.")
        unknown = [name for name in found if name not in tables.schema.tables and name != ABOUT_TABLES]
        if unknown:
            tables.warnings.append(f"Tables that HSDS does not have were not read: {', '.join(unknown)}.")
        for name, path in found.items():
            if name in tables.schema.tables:
                _read_table(file, name, path, tables)


def _read_table(file: ListingFile, name: str, path: Path, tables: HsdsTables) -> None:
    kind = tables.schema.tables[name]
    known = tables.schema.fields(kind)
    (sheet,) = sheets(ListingFile(path, FileKind.TABLE, ""), known)
    table = find_table(sheet, known, least=1)
    if table is None:
        raise NotAListingError(f"In {file.name} the table {name} has no headings of HSDS; the first is its id.")
    if table.repeated:
        raise NotAListingError(f"In {file.name} the heading {table.repeated[0]} of {name} stands twice.")
    unknown = [heading for heading in table.columns if heading not in known]
    missing = drift.missing_columns(tables.schema.needed_in_row(kind), table.columns, unknown)
    if missing:
        raise NotAListingError(f"In {file.name} the table {name} lacks {missing}.")
    tables.warnings.extend(f"In {name}: {warning}" for warning in sheet.warnings)
    tables.add(name, _values(name, table, tables.refused))


def _values(name: str, table: Table, refused: list[RefusedRow]) -> Iterator[tuple[int, dict[str, Any]]]:
    for row in table.rows():
        if isinstance(row, RefusedRow):
            refused.append(RefusedRow(row.line, name, row.reason))
        else:
            yield row[0], {column: row[1][place] for column, place in table.columns.items()}


def _check_descriptor(file: ListingFile, folder: Path, found: set[str], warnings: list[str]) -> None:
    """A descriptor announces its tables; one that is missing was lost on the way."""
    path = folder / DESCRIPTOR
    if not path.exists():
        return
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
        announced = [PurePosixPath(str(resource["path"])).stem.lower() for resource in said["resources"]]
    except (ValueError, KeyError, TypeError):
        warnings.append(f"{DESCRIPTOR} of {file.name} announces no tables that can be read; taken as the tables are.")
        return
    lost = [name for name in announced if name not in found]
    if lost:
        raise NotAListingError(
            f"{file.name} lacks the tables {', '.join(lost)} that its {DESCRIPTOR} announces; fetch it again."
        )


@contextmanager
def _unpacked(file: ListingFile) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        try:
            archive.unpack_tables(file.path, Path(folder), DESCRIPTOR)
        except archive.ArchiveError as error:
            raise NotAListingError(f"{file.name} {error}") from None
        yield Path(folder)


def is_table_document(keys: tuple[str, ...], schema: HsdsSchema) -> bool:
    """Whether the keys of a JSON document are names of tables, as "services.csv"."""
    return bool(keys) and all(key.removesuffix(".csv") in {*schema.tables, ABOUT_TABLES} for key in keys)


def read_document(file: ListingFile, document: Mapping[str, Any], tables: HsdsTables) -> None:
    """The tables of a JSON document by their names; a line is a row's place in its table from 1."""
    found = {name: rows for key, rows in document.items() if (name := key.removesuffix(".csv")) != ABOUT_TABLES}
    missing = drift.missing_columns(NEEDED, found, list(found))
    if missing:
        raise NotAListingError(f"{file.name} lacks the tables {missing} of an HSDS package.")
    for name, rows in found.items():
        if not isinstance(rows, list):
            raise NotAListingError(f"In {file.name} {name} is no list of rows.")
        wrong = [line for line, row in enumerate(rows, 1) if not isinstance(row, dict)]
        tables.refused += [RefusedRow(line, name, "the row is no object with fields") for line in wrong]
        tables.add(name, ((line, row) for line, row in enumerate(rows, 1) if isinstance(row, dict)))
