"""NPPES: the registry of NPIs, a csv of millions of rows or the zip it comes in, streamed for the few of interest."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import re
import tomllib
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import cast

from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.config import DATA
from directory.errors import PlainError
from importers import archive, clean, drift
from importers.findings import Findings
from importers.listing_file import FileKind, ListingFile, NotAListingError, utf16_without_mark
from importers.row import RowReader
from importers.sheet import normalised
from importers.sieve import SHORTEST_NEEDLE, ByteSource, EndlessRowError, Sieve
from importers.sighting import Request, finish

KIND = "nppes"
PRACTICE = "Provider Business Practice Location Address"
HEADINGS: Mapping[str, str] = {
    "npi": "NPI",
    "entity": "Entity Type Code",
    "name1": "Provider Organization Name (Legal Business Name)",
    "other": "Provider Other Organization Name",
    "other_type": "Provider Other Organization Name Type Code",
    "street1": "Provider First Line Business Practice Location Address",
    "street2": "Provider Second Line Business Practice Location Address",
    "city": f"{PRACTICE} City Name",
    "state": f"{PRACTICE} State Name",
    "zip": f"{PRACTICE} Postal Code",
    "country": f"{PRACTICE} Country Code (If outside U.S.)",
    "phone": f"{PRACTICE} Telephone Number",
    "updated": "Last Update Date",
    "deactivated": "NPI Deactivation Date",
    "reactivated": "NPI Reactivation Date",
}
REQUIRED = ("npi", "name1", "street1", "city", "state", "zip", "deactivated")
TAXONOMIES = tuple(f"Healthcare Provider Taxonomy Code_{number}" for number in range(1, 16))
BY_HEADING = {normalised(heading): column for column, heading in HEADINGS.items()}
TAXONOMY_NUMBERS = {normalised(heading): number for number, heading in enumerate(TAXONOMIES, 1)}
FEWEST_KNOWN = 5
ORGANIZATION, PERSON = "2", "1"
FORMER_NAMES = ("1", "4")
WITHHELD = ("<unavail>", "unavail", "withheld", "redacted")
AT_HOME = ("", "US", "USA", "UNITED STATES")
TAXONOMY = re.compile(r"\d[0-9A-Z]{8}X", re.ASCII)
NPI = re.compile(r"[12]\d{9}", re.ASCII)
SPAN = re.compile(r"(20\d{6})-(20\d{6})(?!\d)", re.ASCII)
YEARS = range(2005, dt.datetime.now(dt.UTC).year + 2)
DATE_FORMS = ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d")
PREFIX = "80840"
SAMPLE_ROWS = 200
HEAD_BYTES = 1 << 16
TAXONOMIES_RIGHT = 0.8
DEACTIVATED_MOST = 0.25


class RulesError(PlainError):
    """data/nppes.toml cannot be used; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a row of interest: its entity type, one of the words in a name, one of the taxonomies.

    An empty `taxonomies` or a `words` of None asks for nothing.
    """

    id: str
    why: str
    entities: frozenset[str]
    words: re.Pattern[str] | None
    needles: tuple[str, ...]
    taxonomies: frozenset[str]

    def takes(self, entity: str, names: Sequence[str], taxonomies: Sequence[str]) -> bool:
        """Whether a row is of interest by this rule."""
        return (
            entity in self.entities
            and (self.words is None or any(map(self.words.search, names)))
            and (not self.taxonomies or not self.taxonomies.isdisjoint(taxonomies))
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of data/nppes.toml: `codes` by taxonomy, `begins` the first day of a whole file as YYYYMMDD."""

    begins: str
    rules: tuple[Rule, ...]
    codes: Mapping[str, tuple[str, ...]]

    def rule_for(self, entity: str, names: Sequence[str], taxonomies: Sequence[str]) -> Rule | None:
        """The first rule a row fulfils."""
        return next((rule for rule in self.rules if rule.takes(entity, names, taxonomies)), None)

    @property
    def needles(self) -> frozenset[str]:
        """What a row of interest must hold somewhere."""
        return frozenset(needle for rule in self.rules for needle in rule.needles)


@cache
def read_rules(path: Path = DATA / "nppes.toml") -> Rules:
    """The rules as they stand in a file; raises RulesError."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    rules = tuple(_rule(path, entry) for entry in said["rule"])
    return Rules(said["begins"], rules, {taxonomy: tuple(codes) for taxonomy, codes in said["codes"].items()})


def _rule(path: Path, entry: Mapping[str, object]) -> Rule:
    words = cast(list[str], entry["words"])
    taxonomies = cast(list[str], entry["taxonomies"])
    strange = [taxonomy for taxonomy in taxonomies if not TAXONOMY.fullmatch(taxonomy)]
    if strange or not (words or taxonomies):
        told = f'"{strange[0]}" is no taxonomy code' if strange else "it needs words or taxonomies"
        raise RulesError(f"{path.name}, rule {entry['id']}: {told}.")
    needles = [max(re.findall(r"[A-Za-z0-9]+", word), key=len, default="") for word in words] or taxonomies
    short = next((needle for needle in needles if len(needle) < SHORTEST_NEEDLE), None)
    if short is not None:
        raise RulesError(
            f'{path.name}, rule {entry["id"]}: "{short}" is too short to be found among millions of rows; '
            f"write a word of {SHORTEST_NEEDLE} letters at least."
        )
    pattern = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words)
    return Rule(
        id=str(entry["id"]),
        why=str(entry["why"]),
        entities=frozenset(cast(list[str], entry["entities"])),
        words=re.compile(pattern, re.IGNORECASE | re.ASCII) if words else None,
        needles=tuple(needles),
        taxonomies=frozenset(taxonomies),
    )


def has_check_digit(npi: str) -> bool:
    """Whether ten digits are an NPI: the Luhn sum over 80840 and the number is a multiple of ten."""
    if not NPI.fullmatch(npi):
        return False
    digits = [int(digit) for digit in reversed(PREFIX + npi)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def open_batch(file: ListingFile, request: Request) -> Batch | None:
    """The rows of interest of an NPI file as a Batch, None where the file is another's; raises NotAListingError."""
    if file.kind not in (FileKind.TABLE, FileKind.NPI_ARCHIVE):
        return None
    with _opened(file) as (stream, member):
        try:
            heading = Sieve(stream, ()).heading()
        except csv.Error:
            heading = []
    columns = Columns(heading)
    if columns.known < FEWEST_KNOWN:
        _check_commas(file)
        return None
    _check_text(file)
    columns.check(file)
    rules = read_rules()
    span = SPAN.search(member) or SPAN.search(file.name)
    batch = Batch(
        source_id=request.source(file, KIND, KIND),
        edition=request.edition(file, _last_day(span)),
        file_name=file.name,
        file_sha256=file.sha256,
        rows=iter(()),
        warnings=[*request.warnings, *columns.warnings()],
        partial=span is not None and span[1] != rules.begins,
    )
    if batch.partial:
        batch.warnings.append(
            f"{file.name} holds the changes of some days only, so nothing is withdrawn; "
            "clinics that gave up their NPI leave with the next whole file."
        )
    batch.rows = Reading(file, columns, rules, request).rows(batch)
    return batch


def _check_commas(file: ListingFile) -> None:
    """Raises NotAListingError for a copy of the registry whose columns a spreadsheet program parted in its own way."""
    first = _head(file).splitlines()[:1]
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        heading = next(csv.reader((line.decode("utf-8-sig", "replace") for line in first), delimiter=mark), [])
        if Columns(heading).known >= FEWEST_KNOWN:
            raise NotAListingError(f"{file.name} parts its columns by {name}; save it with commas, or fetch it again.")


def _check_text(file: ListingFile) -> None:
    """Raises NotAListingError where the text is not as the registry writes it, so that no line can be told."""
    head = _head(file)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or utf16_without_mark(head):
        raise NotAListingError(f"{file.name} is UTF-16; save it as UTF-8, or fetch it again.")
    if b"\r" in head and b"\n" not in head:
        raise NotAListingError(f"{file.name} has no line feeds (\\n) between its rows; save it as csv again.")


def _head(file: ListingFile) -> bytes:
    with _opened(file) as (stream, _member):
        return stream.read(HEAD_BYTES)


def _last_day(span: re.Match[str] | None) -> tuple[str, ...]:
    if span is None:
        return ()
    return (f"{span[2][:4]}-{span[2][4:6]}-{span[2][6:]}",)


@contextmanager
def _opened(file: ListingFile) -> Iterator[tuple[ByteSource, str]]:
    """The csv's bytes and its own name, inside its zip or plain."""
    try:
        if file.kind is FileKind.NPI_ARCHIVE:
            with zipfile.ZipFile(file.path) as packed:
                member = archive.npi_member(packed)
                with packed.open(member) as stream:
                    yield archive.Capped(stream), Path(member).name
        else:
            with file.path.open("rb") as stream:
                yield archive.Capped(stream), file.name
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise NotAListingError(f"{file.name} is a damaged or cut-off zip; fetch it again.") from None
    except RuntimeError as error:
        if "password" not in str(error):
            raise
        raise NotAListingError(f"{file.name} is protected by a password; save a copy without one.") from None
    except (EndlessRowError, archive.ArchiveError) as error:
        raise NotAListingError(f"{file.name} {error}") from None


class Columns:
    """Where the columns stand that are read, by our own names, and the taxonomies, the first one first."""

    def __init__(self, heading: Sequence[str]) -> None:
        self.heading = tuple(map(clean.text, heading))
        self.places: dict[str, int] = {}
        taxonomies: dict[int, int] = {}
        self._repeated: list[str] = []
        self._unknown: list[str] = []
        met: set[str] = set()
        for place, said in enumerate(self.heading):
            key = normalised(said)
            if key in met and (key in BY_HEADING or key in TAXONOMY_NUMBERS):
                self._repeated.append(said)
            elif key in BY_HEADING:
                self.places[BY_HEADING[key]] = place
            elif key in TAXONOMY_NUMBERS:
                taxonomies[TAXONOMY_NUMBERS[key]] = place
            else:
                self._unknown.append(said)
            met.add(key)
        self._has_first = 1 in taxonomies
        self.taxonomies = [place for _number, place in sorted(taxonomies.items())]

    @property
    def known(self) -> int:
        """How many headings are those of an NPI file."""
        return len(self.places) + len(self.taxonomies)

    def check(self, file: ListingFile) -> None:
        """Raises NotAListingError where a column that is needed is missing or stands twice."""
        if self._repeated:
            raise NotAListingError(
                f'In {file.name} the heading "{self._repeated[0]}" stands twice; name each column once.'
            )
        found = {HEADINGS[column] for column in self.places}
        found |= {TAXONOMIES[0]} if self._has_first else set()
        required = [*(HEADINGS[column] for column in REQUIRED), TAXONOMIES[0]]
        missing = drift.missing_columns(required, found, self._unknown)
        if missing:
            raise NotAListingError(f"In {file.name} the heading is missing of {missing}.")

    def warnings(self) -> list[str]:
        """What an NPI file usually has and this one lacks."""
        missing = [heading for column, heading in HEADINGS.items() if column not in self.places]
        if len(self.taxonomies) < len(TAXONOMIES):
            missing.append(f"{len(TAXONOMIES) - len(self.taxonomies)} of the {len(TAXONOMIES)} taxonomy codes")
        return [f"Columns of this kind of listing that are missing: {', '.join(missing)}."] if missing else []

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """The cells of a row by our names of their columns."""
        return {column: cells[place] for column, place in self.places.items()}

    def taxonomies_of(self, cells: Sequence[str]) -> tuple[str, ...]:
        """What stands in a row's columns of taxonomies, each once."""
        said = (cells[place].strip().upper() for place in self.taxonomies)
        return tuple(dict.fromkeys(taxonomy for taxonomy in said if taxonomy))


class Reading:
    """The rows of one NPI file on their way to listings."""

    def __init__(self, file: ListingFile, columns: Columns, rules: Rules, request: Request) -> None:
        self._file = file
        self._columns = columns
        self._rules = rules
        self._gazetteer = request.gazetteer
        self._findings = Findings()
        self._reader = RowReader(request, self._findings, (), HEADINGS)
        self._line_of: dict[str, int] = {}
        self._taken: Counter[str] = Counter()
        self._deactivated = 0
        self._first_taxonomies: list[str] = []

    def rows(self, batch: Batch) -> Iterator[ListingRecord | RefusedRow]:
        """Every row of interest; fills `batch.warnings` when all are read."""
        with _opened(self._file) as (stream, _):
            sieve = Sieve(stream, self._rules.needles)
            sieve.heading()
            read = self._read_all(sieve)
            first = list(islice(read, SAMPLE_ROWS))
            self._check_sample(first)
            yield from first
            yield from read
            self._check_end(sieve)
        batch.warnings.extend(self._counts(sieve.lines - 1))
        finish(batch, self._findings)

    def _check_sample(self, first: Sequence[ListingRecord | RefusedRow]) -> None:
        strange = self._strange_taxonomies() or self._strange_dates(len(first))
        strange = strange or drift.strange_columns(
            first, lambda city, state: self._gazetteer.town(city, state) is not None
        )
        if strange:
            raise NotAListingError(f"{self._file.name} does not hold what its headings say: {strange}.")

    def _strange_taxonomies(self) -> str:
        """Rows of interest without a taxonomy where taxonomies belong: the columns hold something else."""
        said = [taxonomy for taxonomy in self._first_taxonomies if taxonomy]
        right = sum(bool(TAXONOMY.fullmatch(taxonomy)) for taxonomy in said)
        if len(self._first_taxonomies) < drift.FEWEST_TO_JUDGE or right >= TAXONOMIES_RIGHT * len(said) > 0:
            return ""
        wrong = next((taxonomy for taxonomy in said if not TAXONOMY.fullmatch(taxonomy)), "")
        return f'column {TAXONOMIES[0]} does not hold taxonomy codes but such as "{clean.shown(wrong)}"'

    def _strange_dates(self, taken: int) -> str:
        """The registry empties the row of an NPI it deactivates, so that hardly any is of interest."""
        if self._deactivated < drift.FEWEST_TO_JUDGE or self._deactivated < DEACTIVATED_MOST * taken:
            return ""
        return f"column {HEADINGS['deactivated']} says that most NPIs are deactivated; check the headings"

    def _check_end(self, sieve: Sieve) -> None:
        name = self._file.name
        if sieve.is_cut_off(len(self._columns.heading)):
            raise NotAListingError(f"{name} breaks off within line {sieve.lines}; fetch it again.")
        if sieve.lines <= 1:
            raise NotAListingError(f"{name} holds headings but no rows; fetch the listing again.")
        if not self._line_of and not self._deactivated:
            raise NotAListingError(
                f"{name} holds no row of interest in {sieve.lines:,} lines; data/nppes.toml says which are."
            )

    def _counts(self, lines: int) -> list[str]:
        told = [f"{lines:,} lines were looked through; {self._taken.total():,} rows are of interest."]
        told += [
            f"{self._taken[rule.id]:,} taken by the rule {rule.id}: {rule.why}."
            for rule in self._rules.rules
            if self._taken[rule.id]
        ]
        if self._deactivated:
            told.append(f"{self._deactivated:,} of interest are left out, for their NPI is deactivated.")
        return told

    def _read_all(self, sieve: Sieve) -> Iterator[ListingRecord | RefusedRow]:
        for found in sieve:
            row = found if isinstance(found, RefusedRow) else self._read(*found)
            if row is not None:
                yield row

    def _read(self, line: int, cells: list[str]) -> ListingRecord | RefusedRow | None:
        width = len(self._columns.heading)
        if len(cells) != width:
            count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
            return RefusedRow(line, "", f"the row has {count} where the headings have {width}")
        values = self._columns.values(cells)
        taxonomies = self._columns.taxonomies_of(cells)
        if len(self._first_taxonomies) < SAMPLE_ROWS:
            self._first_taxonomies.append(cells[self._columns.taxonomies[0]].strip())
        entity = clean.text(values.get("entity")).removesuffix(".0") or ORGANIZATION
        names = _names(values)
        rule = self._rules.rule_for(entity if entity in (ORGANIZATION, PERSON) else ORGANIZATION, names, taxonomies)
        self._note_taxonomies(line, cells, taken=rule is not None)
        if rule is None:
            return None
        try:
            if entity not in (ORGANIZATION, PERSON):
                raise ColumnError("entity", f'"{clean.shown(entity)}" is neither 1 nor 2')
            if _is_deactivated(values):
                self._deactivated += 1
                return None
            npi = self._npi(line, values["npi"])
            self._check_location(values)
        except ColumnError as error:
            return RefusedRow(line, HEADINGS[error.column], str(error))
        self._taken[rule.id] += 1
        self._note_update(line, values)
        return self._listing(line, values | _as_name1_and_2(names), taxonomies, self._kept(npi, rule, names, values))

    def _note_update(self, line: int, values: Mapping[str, str]) -> None:
        try:
            if "updated" in values and _date("updated", values) is None:
                self._findings.note("is empty, where every NPI has a date", line, HEADINGS["updated"])
        except ColumnError as error:
            self._findings.note(f"{error}; kept as it is", line, HEADINGS["updated"])

    def _note_taxonomies(self, line: int, cells: Sequence[str], *, taken: bool) -> None:
        for place in self._columns.taxonomies:
            said = clean.text(cells[place]).upper()
            if said and not TAXONOMY.fullmatch(said):
                became = "the row was not taken for it" if taken else "the row was left out"
                reason = f'"{clean.shown(said)}" is no taxonomy code; {became}'
                self._findings.note(reason, line, self._columns.heading[place])
        if taken and not cells[self._columns.taxonomies[0]].strip():
            self._findings.note("is empty, where every NPI has a taxonomy", line, TAXONOMIES[0])

    def _npi(self, line: int, cell: str) -> str:
        npi = clean.text(cell)
        if not has_check_digit(npi):
            raise ColumnError("npi", f'"{clean.shown(npi)}" is no NPI: ten digits of which the last is the check digit')
        if npi in self._line_of:
            raise ColumnError("npi", f"the NPI {npi} stands already in line {self._line_of[npi]}")
        self._line_of[npi] = line
        return npi

    @staticmethod
    def _check_location(values: Mapping[str, str]) -> None:
        country = clean.text(values.get("country")).upper()
        if country not in AT_HOME and country != clean.text(values["state"]).upper():
            raise ColumnError("country", f'the practice location is outside the United States ("{country}")')
        street, withheld = clean.street(values["street1"])
        if withheld or not street or street.casefold() in WITHHELD:
            raise ColumnError("street1", "the practice location is withheld")

    def _kept(self, npi: str, rule: Rule, names: Sequence[str], values: Mapping[str, str]) -> dict[str, object]:
        """What NPPES says beyond a listing's columns. `lead` is our own mark: why to ask, not what is offered."""
        kept: dict[str, object] = {"npi": npi}
        if rule.words:
            said = (match for name in names for match in rule.words.findall(name))
            kept["lead"] = {"rule": rule.id, "words": sorted({word.lower() for word in said})}
        updated = clean.optional(values.get("updated"))
        return kept | ({"updated": updated} if updated else {})

    def _listing(
        self, line: int, values: Mapping[str, str], taxonomies: tuple[str, ...], kept: dict[str, object]
    ) -> ListingRecord | RefusedRow:
        kept["taxonomies"] = list(taxonomies)
        codes = dict.fromkeys(code for taxonomy in taxonomies for code in self._rules.codes.get(taxonomy, ()))
        return self._reader.read(line, values, tuple(codes), kept)


class ColumnError(ValueError):
    """A cell for which its row is refused, with our name of its column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def _names(values: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the organization in use, the legal one first; a former name is no name of a clinic any more."""
    names = [values["name1"]]
    if values.get("other_type", "").strip() not in FORMER_NAMES:
        names.append(values.get("other", ""))
    return tuple(name for name in names if clean.optional(name))


def _as_name1_and_2(names: Sequence[str]) -> dict[str, str]:
    return {"name1": names[0] if names else "", "name2": names[1] if len(names) > 1 else ""}


def _is_deactivated(values: Mapping[str, str]) -> bool:
    """Whether an NPI was given up and not taken up again since."""
    given_up = _date("deactivated", values)
    taken_up = _date("reactivated", values)
    return given_up is not None and (taken_up is None or taken_up < given_up)


def _date(column: str, values: Mapping[str, str]) -> dt.date | None:
    said = clean.optional(values.get(column))
    if not said:
        return None
    for form in DATE_FORMS:
        try:
            day = dt.datetime.strptime(said, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        if day.year in YEARS:
            return day
    raise ColumnError(column, f'"{clean.shown(said)}" is not a date')
