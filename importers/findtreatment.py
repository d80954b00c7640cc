"""FindTreatment.gov locator answers: a page, an array of pages, a bare rows object or an array of rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import ijson

from directory.catalogue.codes import code_list
from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from importers import clean, drift
from importers.findings import Findings
from importers.json_document import JsonObject, broken, check_limits
from importers.json_text import JsonText
from importers.labels import label_table
from importers.listing_file import FileKind, ListingFile, NotAListingError
from importers.row import RowReader
from importers.sheet import text_encoding
from importers.sighting import Request, finish, sampled

KIND = "findtreatment"
REQUIRED = ("name1", "city", "state", "zip", "services")
NEEDED_IN_A_ROW = ("name1", "city", "state", "zip")
INTAKE = ("intake1", "intake2", "intake1a", "intake2a", "hotline1")
USED = frozenset({*REQUIRED, *INTAKE, "name2", "street1", "street2", "phone", "website", "latitude", "longitude"})
# `_irow` and `miles` belong to the query, not to the facility: kept, they would make every import look changed.
OF_THE_QUERY = frozenset({"_irow", "miles"})
KIND_OF_FACILITY = re.compile(r"SA|MH|OTP|BUP|BUPREN|HRSA|BOTH")
KEPT_QUIETLY: Mapping[str, re.Pattern[str]] = {
    "frid": re.compile(r"[0-9a-f]{64}"),
    "typefacility": KIND_OF_FACILITY,
    "type_facility": KIND_OF_FACILITY,
}
ROW_MARKS = frozenset({"name1", "services", "zip", "typefacility", "type_facility", "city", "state", "street1"})
OF_THE_PAGE = frozenset({"page", "totalPages", "recordCount"})
MOST_EVENTS = 50_000


@dataclass(slots=True)
class Shape:
    """Where a document keeps its rows, and what it says of its pages before the first of them."""

    rows_at: str
    keys: tuple[str, ...] = ()
    about: dict[str, int] = field(default_factory=dict)


def open_batch(file: ListingFile, request: Request) -> Batch | None:
    """The rows of a locator answer as a Batch, None where the file is no such answer; raises NotAListingError."""
    if file.kind is not FileKind.JSON:
        return None
    shape = _shape(file)
    if shape is None:
        return None
    missing = drift.missing_columns(REQUIRED, shape.keys, [key for key in shape.keys if key not in USED])
    if missing:
        found = clean.shown_list(", ".join(shape.keys))
        raise NotAListingError(f"In {file.name} the rows lack {missing}; found were {found}.")
    batch = Batch(
        source_id=request.source(file, KIND, KIND),
        edition=request.edition(file, ()),
        file_name=file.name,
        file_sha256=file.sha256,
        rows=iter(()),
        expected_rows=None if shape.about.get("totalPages", 1) > 1 else shape.about.get("recordCount"),
        warnings=[*request.warnings],
    )
    batch.rows = Reading(file, shape, request).rows(batch)
    return batch


def _shape(file: ListingFile) -> Shape | None:
    """Follow the document up to its first row; None where it holds no rows of a locator."""
    check_limits(file)
    with file.path.open("rb") as stream:
        try:
            shape = _first_row(islice(ijson.parse(JsonText(stream, text_encoding(file)[0])), MOST_EVENTS))
        except (ijson.JSONError, UnicodeDecodeError, RecursionError, OverflowError) as error:
            raise broken(file, 0, error) from None
    if shape.rows_at.endswith("rows.item") and not shape.keys:
        raise NotAListingError(f"{file.name} holds a page without rows; fetch the listing again.")
    return shape if ROW_MARKS.intersection(key.lower() for key in shape.keys) else None


def _first_row(events: Iterable[tuple[str, str, Any]]) -> Shape:
    shape = Shape("item")
    keys: list[str] = []
    for prefix, event, value in events:
        field_name = prefix.rpartition(".")[2]
        if event == "number" and field_name in OF_THE_PAGE:
            shape.about.setdefault(field_name, int(value))
        elif event == "start_array" and prefix in ("rows", "item.rows"):
            shape.rows_at = f"{prefix}.item"
            keys.clear()
        elif event == "map_key" and prefix == shape.rows_at:
            keys.append(value)
        elif event == "end_map" and prefix == shape.rows_at and not OF_THE_PAGE.issuperset(keys):
            break
    shape.keys = tuple(keys)
    return shape


class Reading:
    """The rows of one locator answer on their way to listings."""

    def __init__(self, file: ListingFile, shape: Shape, request: Request) -> None:
        self._file = file
        self._shape = shape
        self._findings = Findings()
        self._rows = RowReader(request, self._findings, INTAKE)
        self._labels = label_table()
        self._categories = code_list().categories
        self._read_labels: dict[tuple[str, str, str], tuple[str, tuple[str, ...], tuple[str, ...]]] = {}

    def rows(self, batch: Batch) -> Iterator[ListingRecord | RefusedRow]:
        """Every row read; fills `batch.warnings` and `batch.partial` when all are."""
        read = 0
        with self._file.path.open("rb") as stream:
            encoding, warnings = text_encoding(self._file)
            batch.warnings.extend(warnings)
            rows = self._listings(JsonText(stream, encoding))
            for row in sampled(self._file, rows, batch.warnings, self._rows.gazetteer):
                read += 1
                yield row
        expected = self._shape.about.get("recordCount")
        if expected is not None and read < expected:
            batch.partial = True
            batch.warnings.append(
                f"{self._file.name} holds {read} of {expected} records: a part of the listing, so nothing is withdrawn."
            )
        elif expected is not None and read > expected:
            batch.warnings.append(f"{self._file.name} holds {read} rows where it announces {expected} records.")
        finish(batch, self._findings)

    def _listings(self, stream: JsonText) -> Iterator[ListingRecord | RefusedRow]:
        line = 0
        try:
            for line, row in enumerate(ijson.items(stream, self._shape.rows_at, map_type=JsonObject), 1):
                yield self._read(line, row)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError, OverflowError) as error:
            raise broken(self._file, line, error) from None

    def _read(self, line: int, row: Any) -> ListingRecord | RefusedRow:
        if not isinstance(row, JsonObject):
            return RefusedRow(line, "", "the row is not an object with the fields of a facility")
        lacking = [key for key in NEEDED_IN_A_ROW if key not in row]
        if lacking:
            return RefusedRow(line, lacking[0], f"the row has no field {lacking[0]}")
        nested = next((key for key in USED - {"services"} if isinstance(row.get(key), dict | list | bool)), "")
        if nested:
            return RefusedRow(line, nested, f"the field {nested} holds neither text nor a number")
        services = _services(row.get("services"))
        if services is None:
            return RefusedRow(line, "services", "the services are not a list of f1, f2 and f3")
        repeated = [*row.repeated, *("services" for service in services if service.repeated)]
        for key in repeated:
            self._findings.note("stands twice in the row and says two things; the last was taken", line, key)
        if not services:
            self._findings.note("lists no service", line, "services")
        codes, unknown = self._services(line, services)
        unrecognised: dict[str, object] = {}
        if unknown:
            unrecognised["labels"] = unknown
        columns = self._unknown_columns(line, row)
        if columns:
            unrecognised["columns"] = columns
        return self._rows.read(line, row, codes, unrecognised)

    def _unknown_columns(self, line: int, row: Mapping[str, Any]) -> dict[str, str]:
        columns = {}
        for key, value in row.items():
            if key in USED or key in OF_THE_QUERY or value is None:
                continue
            said = clean.text(json.dumps(value, default=str) if isinstance(value, dict | list) else value)
            if clean.is_lost(said):
                self._findings.note(f'"{clean.shown(said)}" says nothing; left out', line, key)
            if not clean.optional(said):
                continue
            columns[key] = said
            form = KEPT_QUIETLY.get(key.lower())
            if form and not form.fullmatch(said):
                self._findings.note(f'"{clean.shown(said)}" is not what stands here elsewhere; kept aside', line, key)
            if form is None:
                self._findings.note(f"The field {key} is unknown; kept aside", line)
        return columns

    def _services(self, line: int, services: list[JsonObject]) -> tuple[tuple[str, ...], dict[str, list[str]]]:
        codes: dict[str, None] = {}
        unknown: dict[str, list[str]] = {}
        for service in services:
            labels = service.get("f3")
            said = "; ".join(map(str, labels)) if isinstance(labels, list) else clean.text(labels)
            f2, f1 = str(service.get("f2") or ""), str(service.get("f1") or "")
            category, known, strange = self._read_group(f2, f1, said)
            category = category or clean.text(f1)
            codes.update(dict.fromkeys(known))
            for label in strange:
                unknown.setdefault(category, []).append(label)
                self._findings.note(
                    f'The label "{clean.shown(label)}" of {category} is unknown; kept aside', line, "services"
                )
        return tuple(codes), unknown

    def _read_group(self, f2: str, f1: str, labels: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        group = (f2, f1, labels)
        if group not in self._read_labels:
            if len(self._read_labels) > 50_000:
                self._read_labels.clear()
            category = self._labels.category(f2, f1)
            self._read_labels[group] = (category, *self._labels.read(category, labels))
        return self._read_labels[group]


def _services(said: Any) -> list[JsonObject] | None:
    """The services of a row, none where nothing is said; None for what is no list of services."""
    if said is None or (isinstance(said, str) and not clean.optional(said)):
        return []
    if not isinstance(said, list):
        return None
    services = [service for service in said if service is not None]
    well = all(isinstance(s, JsonObject) and "f3" in s and ("f2" in s or "f1" in s) for s in services)
    return services if well else None
