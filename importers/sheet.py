"""Sheets: rows of xlsx and csv files with their line numbers."""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import python_calamine

from directory.catalogue.record import RefusedRow
from importers import clean
from importers.listing_file import FileKind, ListingFile, NotAListingError, utf16_without_mark

Row = tuple[int, Sequence[object]]
HEADING_ROWS = 20
LINES_PER_ROW = 100
LONGEST_CELL = 1_000_000
# What Python's csv reader says, and what it means to who wrote the file.
NO_CELLS = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "expected after": 'a quotation mark stands within a cell; write it twice ("")',
    "field larger than": "a cell is longer than any listing's",
    "new-line character": "a line break stands within a cell that has no quotation marks",
}
INDEX_COLUMN = re.compile(r"(?:unnamed(?:_\d+)+(?:_level_\d+)?|index|level_\d+|row(?:_(?:no|number|id))?|no|nr)?")


class RowError(ValueError):
    """A row of a csv file cannot be told into cells; the message is for the owner of the file."""


@dataclass(slots=True)
class Sheet:
    """One sheet of a file. `open_rows` starts reading anew; a row is (line, cells) or a RefusedRow.

    `height` is the number of rows where it can be told without reading them; `hidden` sheets are not shown to people.
    """

    name: str
    open_rows: Callable[[], Iterator[Row | RefusedRow]]
    warnings: list[str] = field(default_factory=list)
    height: Callable[[], int | None] = lambda: None
    hidden: bool = False


@dataclass(slots=True)
class Table:
    """The rows under a sheet's headings.

    `columns` maps a normalised heading ("Service code info" → "service_code_info") to its place; `titles` are the
    texts above the headings; `unnamed` are columns without a heading, which programs put there for row numbers.
    """

    sheet: Sheet
    line: int
    headings: tuple[str, ...]
    titles: tuple[str, ...]
    columns: dict[str, int]
    repeated: tuple[str, ...]
    unnamed: dict[str, int]

    @property
    def expected_rows(self) -> int | None:
        """How many rows there are below the headings, where that is known."""
        height = self.sheet.height()
        return height - self.line if height else None

    def rows(self, needed: Iterable[str] = ()) -> Iterator[Row | RefusedRow]:
        """Rows below the headings that hold anything; one with cells beyond the headings is refused.

        Spreadsheets leave out empty cells at the end of a row; it is refused where a `needed` column is among them.
        """
        width = len(self.headings)
        least = max((self.columns[column] + 1 for column in needed), default=width)
        named = sorted({*self.columns.values()})
        for row in self.sheet.open_rows():
            if isinstance(row, RefusedRow):
                if row.line > self.line:
                    yield row
                continue
            line, cells = row
            if line <= self.line or not any(cell is not None and str(cell).strip() for cell in cells):
                continue
            if len(cells) < least or any(clean.text(cell) for cell in cells[width:]):
                count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
                yield RefusedRow(line, "", f"the row has {count} where the headings have {width}")
                continue
            if len(cells) < width:
                cells = (*cells, *[""] * (width - len(cells)))
            if any(cells[place] not in ("", None) for place in named):
                yield line, cells


def sheets(file: ListingFile, known: frozenset[str] = frozenset()) -> list[Sheet]:
    """The sheets of an xlsx or csv file; raises NotAListingError where it is damaged.

    By the `known` headings the delimiter of a csv file is told, whatever its cells hold.
    """
    return _workbook(file) if file.kind is FileKind.WORKBOOK else [_text_sheet(file, known)]


def normalised(heading: object) -> str:
    """A heading as it is compared: "Service Code Info " → "service_code_info"."""
    return re.sub(r"[^a-z0-9]+", "_", clean.text(heading).casefold()).strip("_")


def column_name(heading: object, known: Iterable[str]) -> str:
    """The known column a heading means, blanks and underscores aside ("Name 1" → "name1"), else the heading."""
    key = normalised(heading)
    squeezed = key.replace("_", "")
    return next((column for column in known if column.replace("_", "") == squeezed), key)


def find_table(sheet: Sheet, known: frozenset[str], least: int = 3) -> Table | None:
    """The table under the row among the first 20 that has most of the known headings, None where none has `least`."""
    above: list[tuple[int, Sequence[object]]] = []
    best: tuple[int, int] | None = None
    for row in sheet.open_rows():
        if isinstance(row, RefusedRow):
            continue
        score = len(known & {column_name(cell, known) for cell in row[1]})
        if score >= least and (best is None or score > best[0]):
            best = (score, len(above))
        above.append((row[0], row[1]))
        if len(above) == HEADING_ROWS:
            break
    if best is None:
        return None
    return _table(sheet, above, best[1], known)


def _table(sheet: Sheet, above: list[tuple[int, Sequence[object]]], place: int, known: frozenset[str]) -> Table:
    line, cells = above[place]
    headings = [clean.text(cell) for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    columns: dict[str, int] = {}
    unnamed: dict[str, int] = {}
    repeated = []
    for column, heading in enumerate(headings):
        key = column_name(heading, known)
        if INDEX_COLUMN.fullmatch(key):
            unnamed[heading or f"column {column + 1}"] = column
        elif key in columns:
            repeated.append(heading)
        else:
            columns[key] = column
    titles = tuple(text for _, row in above[:place] for text in map(clean.text, row) if text)
    return Table(sheet, line, tuple(headings), titles, columns, tuple(repeated), unnamed)


def _workbook(file: ListingFile) -> list[Sheet]:
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(file.path)
        worksheets = [meta for meta in workbook.sheets_metadata if "Work" in str(meta.typ)]
    except python_calamine.PasswordError:
        raise NotAListingError(f"{file.name} is protected by a password; save a copy without one.") from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(file, error) from None
    found = [(meta, _WorkbookRows(file, workbook, meta.name)) for meta in worksheets]
    return [Sheet(meta.name, rows, height=rows.height, hidden="Hidden" in str(meta.visible)) for meta, rows in found]


class _WorkbookRows:
    """Rows of one sheet of a workbook, which is taken from the file once and read as often as needed."""

    def __init__(self, file: ListingFile, workbook: python_calamine.CalamineWorkbook, name: str) -> None:
        self._file = file
        self._workbook = workbook
        self._name = name

    def __call__(self) -> Iterator[Row | RefusedRow]:
        return enumerate(self._sheet.iter_rows(), 1)

    def height(self) -> int:
        """The number of rows down to the last one."""
        return self._sheet.end[0] + 1 if self._sheet.end else 0

    @cached_property
    def _sheet(self) -> python_calamine.CalamineSheet:
        try:
            return self._workbook.get_sheet_by_name(self._name)
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise _damaged(self._file, error) from None


def _damaged(file: ListingFile, error: Exception) -> NotAListingError:
    return NotAListingError(f"{file.name} is a damaged xlsx file ({clean.shown(str(error))}); fetch it again.")


def _text_sheet(file: ListingFile, known: frozenset[str]) -> Sheet:
    encoding, warnings = text_encoding(file)
    delimiter = _delimiter(file.path, encoding, known)
    sheet = Sheet("", lambda: _text_rows(file.path, encoding, delimiter), warnings)
    if not _ends_with_line_break(file.path):
        warnings.append(f"{file.name} does not end with a line break: its last line may be cut off.")
    return sheet


def text_encoding(file: ListingFile) -> tuple[str, list[str]]:
    """The encoding of a text file and what to say of it; raises NotAListingError where it is damaged."""
    with file.path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        candidates = ["utf-32"]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif encoding := utf16_without_mark(head):
        candidates = [encoding]
    else:
        candidates = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in candidates:
        if _decodes(file.path, encoding):
            warnings = []
            if encoding in ("cp1252", "latin-1"):
                warnings = [f"{file.name} is not UTF-8 and was read as Windows-1252; look at names with accents."]
            return encoding, warnings
    raise NotAListingError(f"{file.name} is damaged text ({candidates[0]}); save it as UTF-8 and import that.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(path: Path, encoding: str, known: frozenset[str]) -> str:
    with path.open(encoding=encoding, newline="") as stream:
        head = [stream.readline(LONGEST_CELL) for _ in range(HEADING_ROWS)]

    def likely(mark: str) -> tuple[int, int]:
        headings = max(len(known & {column_name(cell.strip('"'), known) for cell in line.split(mark)}) for line in head)
        return headings, max(line.count(mark) for line in head)

    return max(",\t;|", key=likely)


def _ends_with_line_break(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4))
        return stream.read().rstrip(b"\0").endswith((b"\n", b"\r"))


class _Lines:
    """Physical lines of a csv file that can be taken back, so that one open quote cannot swallow the rest."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self._row: list[str] = []
        self.first = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self._row) >= LINES_PER_ROW:
            raise RowError(f"a quotation mark is not closed within {LINES_PER_ROW} lines")
        line = self._back.popleft() if self._back else next(self._stream)
        if len(line) > LONGEST_CELL:
            self._row.append("")
            raise RowError("the line is longer than any listing's")
        self._row.append(line)
        return line

    def begin_row(self) -> None:
        self.first += len(self._row)
        self._row = []

    def give_back_all_but_first(self) -> None:
        self._back.extendleft(reversed(self._row[1:]))
        del self._row[1:]


def why_no_cells(error: Exception) -> str:
    """Why a row of a csv cannot be told into cells, in words for the owner of the file."""
    said = str(error)
    why = next((words for sign, words in NO_CELLS.items() if sign in said), said)
    return f"the row cannot be told into cells: {why}"


def _text_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row | RefusedRow]:
    with path.open(encoding=encoding, newline="") as stream:
        lines = _Lines(iter(stream))
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, RowError) as error:
                lines.give_back_all_but_first()
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                yield RefusedRow(lines.first, "", why_no_cells(error))
                continue
            if cells:
                yield lines.first, cells
