"""SAMHSA's yearly directory: the workbook with its code reference, or its facilities list as csv."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from directory.catalogue.codes import code_list
from directory.catalogue.record import Batch, CodeRecord, ListingRecord, RefusedRow
from directory.config import DATA
from importers import clean, drift
from importers.findings import Findings
from importers.listing_file import FileKind, ListingFile, NotAListingError
from importers.row import RowReader
from importers.sheet import Row, Sheet, Table, find_table, normalised, sheets
from importers.sighting import CODED_ALIKE, Request, finish, sampled

KIND = "samhsa-workbook"
CODES = "service_code_info"
REQUIRED = ("name1", "city", "state", "zip", "service_code_info")
INTAKE = ("intake1", "intake2", "intake1a", "intake2a")
EXPECTED = ("name1", "name2", "street1", "street2", "city", "state", "zip", "phone", *INTAKE, "service_code_info")
OPTIONAL = ("website", "latitude", "longitude")
REFERENCE = ("category_code", "category_name", "service_code", "service_name")
SNIFFED_ROWS = 300
FEWEST_TELLING = 3
FEWEST_WORDS = 20
# In real editions 99.7 % of the rows end with one of the last two groups.
CUT_OFF_SHARE = 0.01


def open_batch(file: ListingFile, request: Request) -> Batch | None:
    """The facilities list of a file as a Batch, None where the file holds none; raises NotAListingError."""
    if file.kind is FileKind.JSON:
        return None
    found = sheets(file, frozenset(EXPECTED))
    table = _facilities(file, found)
    if table is None:
        return None
    _check_headings(file, table)
    codes = _reference(found)
    texts = (*(sheet.name for sheet in found), *table.titles)
    reading = Reading(file, table, codes, request)
    met = reading.first_codes()
    _check_codes(file, reading, met)
    batch = Batch(
        source_id=request.source(file, KIND, _source_of(reading, set(met))),
        edition=request.edition(file, texts),
        file_name=file.name,
        file_sha256=file.sha256,
        rows=iter(()),
        expected_rows=table.expected_rows,
        codes=codes,
        warnings=[*request.warnings, *table.sheet.warnings, *_column_warnings(table)],
    )
    batch.rows = reading.rows(batch)
    return batch


def _facilities(file: ListingFile, found: Sequence[Sheet]) -> Table | None:
    tables = [table for sheet in found if (table := find_table(sheet, frozenset(EXPECTED)))]
    whole = [table for table in tables if set(REQUIRED) <= set(table.columns)]
    whole = [table for table in whole if not table.sheet.hidden] or whole
    if len(whole) > 1:
        names = " and ".join(f'"{table.sheet.name}"' for table in whole)
        raise NotAListingError(f"{file.name} holds more than one list of facilities, in the sheets {names}; keep one.")
    return next(iter(whole or tables), None)


def _check_headings(file: ListingFile, table: Table) -> None:
    where = f'sheet "{table.sheet.name}" of {file.name}' if table.sheet.name else file.name
    repeated = [heading for heading in table.repeated if normalised(heading) in EXPECTED]
    if repeated:
        raise NotAListingError(f"In {where} the heading {repeated[0]} stands twice; name each column once.")
    unknown = [heading for heading in table.columns if heading not in EXPECTED]
    missing = drift.missing_columns(REQUIRED, table.columns, unknown)
    if missing:
        found = ", ".join(heading for heading in table.headings if heading)
        raise NotAListingError(
            f"In {where} the heading is missing of {missing}; found were {clean.shown_list(found)}. "
            f"Is it a list of your own, see directory import --map-wizard {file.name}."
        )


def _check_codes(file: ListingFile, reading: Reading, met: Counter[str]) -> None:
    unknown = [word for word in met if not reading.knows(word)]
    if met.total() >= FEWEST_WORDS and sum(met[word] for word in unknown) > met.total() / 2:
        raise NotAListingError(
            f"{file.name} does not hold what its headings say: "
            f'column service_code_info holds such as "{clean.shown(unknown[0])}"; check the headings.'
        )


def _column_warnings(table: Table) -> list[str]:
    known = {*EXPECTED, *OPTIONAL}
    unknown = [heading for heading in table.columns if heading not in known]
    missing = [heading for heading in EXPECTED if heading not in table.columns]
    warnings = []
    if unknown:
        warnings.append(f"Unknown columns, kept aside: {', '.join(unknown)}.")
    if missing:
        warnings.append(
            f"Columns of this kind of listing that are missing: {drift.missing_columns(missing, (), unknown)}."
        )
    if table.repeated:
        warnings.append(f"Columns named twice, the later not read: {', '.join(table.repeated)}.")
    return warnings


def _reference(found: Sequence[Sheet]) -> tuple[CodeRecord, ...]:
    for sheet in found:
        table = find_table(sheet, frozenset(REFERENCE), least=len(REFERENCE))
        if table is None:
            continue
        records: dict[str, CodeRecord] = {}
        for row in table.rows():
            if isinstance(row, RefusedRow):
                continue
            category, category_name, code, name = (clean.text(row[1][table.columns[column]]) for column in REFERENCE)
            if category and clean.CODE.fullmatch(code):
                records.setdefault(code, CodeRecord(category, category_name, code, name))
        return tuple(records.values())
    return ()


@cache
def _telling_codes() -> dict[str, frozenset[str]]:
    """Source id → the codes that only its listings have, from data/code_sources.csv."""
    with (DATA / "code_sources.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        source: frozenset(row["code"] for row in rows if [s for s in CODED_ALIKE if row[s] == "yes"] == [source])
        for source in CODED_ALIKE
    }


def _source_of(reading: Reading, first_codes: set[str]) -> str | None:
    """The edition's source by the codes only it has, first those of the reference, then those of the first rows."""
    reference = {record.code for record in reading.codes}
    for met in (reference, first_codes):
        counts = Counter({source: len(met & codes) for source, codes in _telling_codes().items()})
        (likeliest, most), (_, second) = counts.most_common(2)
        if most >= FEWEST_TELLING and most > 5 * second:
            return likeliest
        if most and not second:
            return likeliest
    return None


class Reading:
    """The rows of one facilities list on their way to listings."""

    def __init__(self, file: ListingFile, table: Table, codes: tuple[CodeRecord, ...], request: Request) -> None:
        self.codes = codes
        self._file = file
        self._table = table
        self._findings = Findings()
        self._rows = RowReader(request, self._findings, INTAKE)
        known = {*EXPECTED, *OPTIONAL}
        self._kept_aside = {heading: place for heading, place in table.columns.items() if heading not in known}
        self._categories = {service.code: service.category for service in code_list()}
        self._categories |= {
            record.code: record.category_code for record in codes if record.code not in self._categories
        }
        self._unknown: dict[str, CodeRecord] = {}
        self._lines_by_last: dict[str, list[int]] = defaultdict(list)

    def knows(self, code: str) -> bool:
        """Whether the code list or the file's own reference has a code."""
        return self._spelt(code) in self._categories

    def _spelt(self, word: str) -> str:
        return word if word in self._categories else word.upper()

    def first_codes(self) -> Counter[str]:
        """Every word in the code cells of the first rows, with its count."""
        place = self._table.columns["service_code_info"]
        rows = (row for row in islice(self._table.rows(REQUIRED), SNIFFED_ROWS) if not isinstance(row, RefusedRow))
        return Counter(
            self._spelt(word) if self.knows(word) else word
            for row in rows
            for group in clean.code_groups(row[1][place])
            for word in group
        )

    def rows(self, batch: Batch) -> Iterator[ListingRecord | RefusedRow]:
        """Every row read; fills `batch.warnings` and `batch.codes` when all are."""
        read = (self._read(row) for row in self._table.rows(REQUIRED))
        yield from sampled(self._file, read, batch.warnings, self._rows.gazetteer)
        known = {record.code for record in self.codes}
        self._note_codes_cut_off()
        batch.codes = (*self.codes, *(record for code, record in self._unknown.items() if code not in known))
        finish(batch, self._findings)

    def _read(self, row: Row | RefusedRow) -> ListingRecord | RefusedRow:
        if isinstance(row, RefusedRow):
            return row
        line, cells = row
        values = {column: cells[place] for column, place in self._table.columns.items()}
        try:
            codes, unreadable = self._codes(line, values["service_code_info"])
        except clean.UncleanError as error:
            return RefusedRow(line, "service_code_info", str(error))
        unrecognised: dict[str, object] = {}
        if unreadable:
            unrecognised["codes"] = unreadable
        columns = self._unknown_columns(line, cells)
        if columns:
            unrecognised["columns"] = columns
        listing = self._rows.read(line, values, codes, unrecognised)
        if isinstance(listing, ListingRecord):
            self._note_phones(listing)
            if codes:
                self._lines_by_last[self._categories.get(codes[-1], codes[-1])].append(line)
        if not codes and isinstance(listing, ListingRecord):
            self._findings.note("A row lists no service code", line, CODES)
        return listing

    def _note_codes_cut_off(self) -> None:
        """The groups of codes have one order and one of a few last ones: a cell that ends sooner was cut off."""
        rows = sum(map(len, self._lines_by_last.values()))
        for category, lines in self._lines_by_last.items():
            if len(lines) < CUT_OFF_SHARE * rows:
                for line in lines:
                    self._findings.note(f"ends with the group {category}, where hardly any row ends", line, CODES)

    def _note_phones(self, listing: ListingRecord) -> None:
        """No edition repeats a number within a row: a cell that does holds its neighbour's."""
        met = {listing.phone: "phone"} if listing.phone else {}
        for column, phone in listing.intake_phones.items():
            first = met.setdefault(phone, column)
            if first != column:
                self._findings.note(f"says the same as {first}", listing.line, column)

    def _unknown_columns(self, line: int, cells: Sequence[object]) -> Mapping[str, str]:
        columns = {
            heading: said for heading, place in self._kept_aside.items() if (said := clean.optional(cells[place]))
        }
        for heading, place in self._table.unnamed.items():
            said = clean.optional(cells[place])
            if said and not clean.WHOLE.fullmatch(said) and not said.isdigit():
                columns[heading] = said
                self._findings.note(f'The column "{heading}" without a name of its own holds texts; kept aside', line)
        return columns

    def _codes(self, line: int, cell: object) -> tuple[tuple[str, ...], list[str]]:
        groups = clean.code_groups(cell)
        codes: dict[str, None] = {}
        unreadable = []
        for group in groups:
            categories = {self._categories[self._spelt(word)] for word in group if self.knows(word)}
            # Codes without any ` * ` between them were parted by another program, which is no fault of a row.
            if len(categories) > 1 and len(groups) > 1:
                self._findings.note(
                    f"A group of codes mixes the categories {', '.join(sorted(categories))}", line, CODES
                )
            for word in group:
                code = self._spelt(word)
                if code in self._categories:
                    codes[code] = None
                elif clean.CODE.fullmatch(word):
                    codes[word] = None
                    self._note_unknown(line, word, categories)
                else:
                    unreadable.append(word)
        if unreadable and not any(code in self._categories for code in codes):
            raise clean.UncleanError(f'"{clean.shown(clean.text(cell))}" holds no service code')
        for word in unreadable:
            self._findings.note(f'"{clean.shown(word)}" among the codes is no code; kept aside', line, CODES)
        return tuple(codes), unreadable

    def _note_unknown(self, line: int, code: str, categories: set[str]) -> None:
        category = next(iter(categories)) if len(categories) == 1 else ""
        if code not in self._unknown or (category and not self._unknown[code].category_code):
            known = code_list().categories.get(category)
            self._unknown[code] = CodeRecord(category, known.name if known else "", code, code)
        self._findings.note(f"The service code {code} is unknown; kept", line, CODES)
