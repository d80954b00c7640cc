"""ListingRecord: the one shape in which importers hand listings to the catalogue."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

LINES_IN_A_SENTENCE = 10


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """One cleaned row of a source.

    `codes` are service codes (known or not); `unrecognised` keeps what we have no column for, such as
    {"labels": {"TAP": ["New therapy"]}, "columns": {"fax": "219-555-0101"}}. Latitude and longitude in degrees,
    as the source gives them, unchecked. An empty string means the source says nothing.
    """

    line: int
    name1: str
    city: str
    state: str
    zip: str
    name2: str = ""
    street1: str = ""
    street2: str = ""
    street_withheld: bool = False
    phone: str = ""
    intake_phones: Mapping[str, str] = field(default_factory=dict)
    website: str = ""
    latitude: float | None = None
    longitude: float | None = None
    codes: tuple[str, ...] = ()
    unrecognised: Mapping[str, object] = field(default_factory=dict)

    def digest(self) -> str:
        """32 hex digits over every value but the line: equal digests are exact repeats."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "line"}
        values["codes"] = sorted(set(self.codes))
        text = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that could not become a listing, and what to mend. `line` counts from 1, headings included."""

    line: int
    column: str
    reason: str

    def as_words(self) -> str:
        """Line, column and reason: "line 3, column zip: the ZIP is missing"."""
        where = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.reason}"


def lines_in_words(lines: Sequence[int]) -> str:
    """Lines of a file as a sentence names them, the first ten: "lines 3, 7 and 9 more"."""
    told = ", ".join(map(str, lines[:LINES_IN_A_SENTENCE]))
    left = len(lines) - LINES_IN_A_SENTENCE
    more = f" and {left:,} more" if left > 0 else ""
    return f"line{'s' if len(lines) > 1 else ''} {told}{more}"


@dataclass(slots=True)
class Oddity:
    """What is odd about cells that are no reason to refuse their rows; `column` is empty for the row as a whole."""

    column: str
    reason: str
    lines: list[int]

    def as_words(self) -> str:
        """One sentence that names the first ten lines."""
        where = f"Column {self.column}: " if self.column else ""
        return f"{where}{self.reason} ({lines_in_words(self.lines)})."


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """A service code as a source defines it."""

    category_code: str
    category_name: str
    code: str
    name: str


@dataclass(slots=True)
class Batch:
    """A listing file being read: who publishes it, which edition, and its rows as they stream by.

    `rows` yields a ListingRecord for each good row and a RefusedRow for each bad one, in file order.
    While rows are read `warnings` fills with sentences on the file as a whole, `oddities` with what is odd about its
    rows and cells by line (`oddities_untold` counts those beyond any list), `codes` with the unknown ones
    (category_code "" where nothing tells it). `partial` is known once rows are read: the file holds only a part of its
    edition, such as one page of many, so what it lacks is not withdrawn.
    """

    source_id: str
    edition: str
    file_name: str
    file_sha256: str
    rows: Iterator[ListingRecord | RefusedRow]
    expected_rows: int | None = None
    codes: tuple[CodeRecord, ...] = ()
    warnings: list[str] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    oddities_untold: int = 0
    partial: bool = False
