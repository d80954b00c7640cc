"""A clinic list of the center's own: xlsx, ods or csv with headings of its choice, read by a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import usaddress

from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from importers import clean, drift
from importers.findings import Findings
from importers.hsds_terms import hsds_terms
from importers.listing_file import FileKind, ListingFile, NotAListingError
from importers.mapping import ListMapping, MappingError, read_mapping
from importers.mapping_proposal import answers
from importers.row import RowReader
from importers.sheet import Row, Table, find_table, normalised, sheets
from importers.sighting import Request, finish, sampled

KIND = "clinic-list"
INTAKE = ("intake1", "hotline1")
# A mapping with fewer of its headings in a file is another list's.
SHARE_OF_HEADINGS = 0.6
# Headings of listings that have an importer of their own; such a file only looks like a center's list.
OF_OTHERS = frozenset({"service_code_info", "npi"})
LABEL_BREAKS = re.compile(r"[,;|/\n]+")
TOWN_STATE_ZIP = re.compile(r"(?P<city>.+?),?\s+(?P<state>[A-Za-z][A-Za-z. ]*?)\.?,?\s+(?P<zip>\d{5}(?:-?\d{4})?)")
OF_THE_STREET = ("AddressNumber", "Street", "Intersection", "CornerOf", "USPSBox", "LandmarkName", "BuildingName")


def open_batch(file: ListingFile, request: Request) -> Batch | None:
    """The clinics of a list that a mapping fits as a Batch, None where none does; raises NotAListingError."""
    if file.kind not in (FileKind.WORKBOOK, FileKind.TABLE):
        if request.mapping is None:
            return None
        raise NotAListingError(f"{file.name} is no table; a mapping reads xlsx, ods and csv.")
    chosen = _chosen(file, request)
    if chosen is None:
        return None
    mapping, table = chosen
    if table.repeated:
        raise NotAListingError(f"In {file.name} the heading {table.repeated[0]} stands twice; name each column once.")
    batch = Batch(
        source_id=request.source(file, KIND, mapping.source),
        edition=request.edition(file, (table.sheet.name, *table.titles)),
        file_name=file.name,
        file_sha256=file.sha256,
        rows=iter(()),
        expected_rows=table.expected_rows,
        warnings=[*request.warnings, *table.sheet.warnings],
    )
    batch.rows = Reading(file, table, mapping, request).rows(batch)
    return batch


def _chosen(file: ListingFile, request: Request) -> tuple[ListMapping, Table] | None:
    """The mapping asked for, or the kept one that fits, with the table it fits."""
    asked = request.mapping
    likely: tuple[float, ListMapping, Table] | None = None
    for mapping in [read_mapping(asked)] if asked else _usable(request):
        known = frozenset(map(normalised, mapping.headings))
        for sheet in sheets(file, known):
            table = find_table(sheet, known, least=1 if asked else max(1, round(SHARE_OF_HEADINGS * len(known))))
            share = len(known & set(table.columns)) / len(known) if table else 0.0
            if table and (likely is None or share > likely[0]):
                likely = (share, mapping, table)
    if likely is None:
        if asked:
            raise NotAListingError(f"{file.name} has none of the headings that {asked.name} maps.")
        return None
    share, mapping, table = likely
    if not asked and share < 1 and OF_OTHERS & set(table.columns):
        return None
    _check_headings(file, mapping, table)
    return mapping, table


def _usable(request: Request) -> Iterator[ListMapping]:
    """The mappings kept, without those nobody has finished: these must not stop a listing of another kind."""
    for path in request.mappings:
        try:
            yield read_mapping(path)
        except MappingError as error:
            request.warnings.append(f"A mapping was not tried: {error}")


def _check_headings(file: ListingFile, mapping: ListMapping, table: Table) -> None:
    mapped = {normalised(heading): heading for heading in mapping.headings}
    unknown = [heading for heading in table.headings if heading and normalised(heading) not in mapped]
    missing = drift.missing_columns(
        list(mapped.values()), [mapped[key] for key in mapped if key in table.columns], unknown
    )
    if missing:
        raise NotAListingError(
            f"{file.name} lacks the headings {missing} that {mapping.name} maps; mend the list or the mapping."
        )


class Reading:
    """The rows of one clinic list on their way to listings."""

    def __init__(self, file: ListingFile, table: Table, mapping: ListMapping, request: Request) -> None:
        self._file = file
        self._table = table
        self._mapping = mapping
        self._findings = Findings()
        self._heading_of = {**mapping.columns, "address": mapping.columns.get("address", "address")}
        self._rows = RowReader(request, self._findings, INTAKE, self._heading_of)
        self._yes, self._no = answers()
        self._left = self._unmapped()

    def _unmapped(self) -> dict[str, int]:
        known = {normalised(heading) for heading in (*self._mapping.headings, *self._mapping.ignored)}
        columns = {
            heading: place
            for place, heading in enumerate(self._table.headings)
            if heading and normalised(heading) not in known
        }
        return columns | {name: place for name, place in self._table.unnamed.items() if not self._table.headings[place]}

    def rows(self, batch: Batch) -> Iterator[ListingRecord | RefusedRow]:
        """Every row read; fills `batch.warnings` when all are."""
        if self._left:
            told = ", ".join(self._left)
            batch.warnings.append(f"Columns that {self._mapping.name} maps to nothing, kept aside: {told}.")
        read = (self._read(row) for row in self._table.rows())
        yield from sampled(self._file, read, batch.warnings, self._rows.gazetteer)
        finish(batch, self._findings)

    def _read(self, row: Row | RefusedRow) -> ListingRecord | RefusedRow:
        if isinstance(row, RefusedRow):
            return row
        line, cells = row
        values: dict[str, object] = {**self._mapping.always}
        values |= {column: self._cell(cells, heading) for column, heading in self._mapping.columns.items()}
        for column, part in (("address", _address), ("town", _town)):
            said = clean.optional(values.pop(column, ""))
            parts = part(said) if said else {}
            if parts is None:
                reason = f'"{clean.shown(said)}" cannot be told into street, town, state and ZIP'
                return RefusedRow(line, self._heading_of[column], reason)
            values |= parts
        codes, unknown = self._codes(line, cells)
        unrecognised: dict[str, object] = {"labels": unknown} if unknown else {}
        columns = {heading: said for heading, place in self._left.items() if (said := clean.optional(cells[place]))}
        if columns:
            unrecognised["columns"] = columns
        return self._rows.read(line, values, codes, unrecognised)

    def _cell(self, cells: Sequence[object], heading: str) -> object:
        return cells[self._table.columns[normalised(heading)]]

    def _codes(self, line: int, cells: Sequence[object]) -> tuple[tuple[str, ...], dict[str, list[str]]]:
        codes: dict[str, None] = {}
        unknown: dict[str, list[str]] = {}
        for heading in self._mapping.services:
            if clean.is_lost(cell := clean.text(self._cell(cells, heading))):
                self._findings.note(f'"{clean.shown(cell)}" says nothing; left out', line, heading)
            for label in filter(None, map(clean.optional, LABEL_BREAKS.split(str(self._cell(cells, heading) or "")))):
                known = hsds_terms().named(label)
                codes.update(dict.fromkeys(known))
                if not known:
                    unknown.setdefault(heading, []).append(label)
                    self._findings.note(f'"{clean.shown(label)}" is no service known here; kept', line, heading)
        for heading, meant in self._mapping.yes.items():
            said = clean.text(self._cell(cells, heading)).casefold()
            if said in self._yes:
                codes.update(dict.fromkeys(meant))
            elif said and said not in self._no:
                unknown.setdefault(heading, []).append(said)
                self._findings.note(f'"{clean.shown(said)}" is neither yes nor no; taken as no', line, heading)
        return tuple(codes), unknown


def _town(said: str) -> Mapping[str, str] | None:
    """ "Cleveland, OH 44113" in its parts, None where it has not these three."""
    match = TOWN_STATE_ZIP.fullmatch(said)
    return {name: part.strip(" ,") for name, part in match.groupdict().items()} if match else None


def _address(said: str) -> Mapping[str, str] | None:
    """ "1 Elm St Ste 4, Cleveland, OH 44113" in its parts, None where one of them is missing."""
    parts = {"street1": "", "street2": "", "city": "", "state": "", "zip": ""}
    for token, label in usaddress.parse(said):
        column = {"PlaceName": "city", "StateName": "state", "ZipCode": "zip"}.get(label)
        column = column or ("street1" if label.startswith(OF_THE_STREET) else "street2")
        parts[column] = f"{parts[column]} {token}".strip()
    parts = {column: part.strip(" ,") for column, part in parts.items()}
    return parts if parts["city"] and parts["state"] and parts["zip"] else None
