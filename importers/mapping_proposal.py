"""MappingProposal: what the columns of a clinic list may hold, told by their headings and by what stands in them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

from rapidfuzz import fuzz

from directory.config import DATA
from directory.places.gazetteer import Gazetteer
from directory.places.spelling import folded
from importers import clean
from importers.hsds_terms import hsds_terms
from importers.labels import key
from importers.listing_file import FileKind, ListingFile, NotAListingError
from importers.mapping import PLACES
from importers.sheet import HEADING_ROWS, INDEX_COLUMN, Sheet, find_table, normalised, sheets

SAMPLE_ROWS = 300
# A place is read from one cell or from several, never from both.
WHOLE, PARTS = ("address", "town"), ("city", "state", "zip")
SAID_TWICE = ((WHOLE, PARTS), (PARTS, WHOLE), (("address",), ("street1", "town")), (("street1", "town"), ("address",)))
CALLED = 80.0
LOOKS = 0.6
SURE = 90.0
LEAST = 55.0
STREET = re.compile(r"(?:\d+[\w-]*\s+\S|p\.?\s?o\.?\s*box)", re.IGNORECASE)
ADDRESS = re.compile(r".*\d.*,\s*[A-Za-z. ]+,?\s+\d{5}(?:-\d{4})?", re.DOTALL)
TOWN_AND_STATE = re.compile(r"[^\d,]+,?\s+[A-Za-z. ]+\s+\d{5}(?:-\d{4})?")
ZIP = re.compile(r"\d{5}(?:-?\d{4})?(?:\.0)?|\d{3,4}(?:\.0)?")


@dataclass(slots=True)
class ColumnGuess:
    """A column of the list: what it is taken for, how surely (0 to 100), and some of its cells.

    `name` is one of ours, "services", "yes" or "doubtful" with `codes`, or nothing.
    """

    heading: str
    examples: list[str]
    name: str = ""
    codes: tuple[str, ...] = ()
    score: float = 0.0
    called: float = 0.0


@dataclass(slots=True)
class MappingProposal:
    """What is proposed for a list, in the order of its columns. `wrong` says what a mapping needs and nothing has."""

    file_name: str
    columns: list[ColumnGuess] = field(default_factory=list)

    @property
    def wrong(self) -> str:
        """What is still missing for a mapping that can be used, empty where nothing is."""
        has = {column.name for column in self.columns}
        missing = [] if "name1" in has else ["name1"]
        if not any(has.issuperset(place) for place in PLACES):
            missing += [name for name in ("city", "state", "zip") if name not in has]
        return f"No column was found for {', '.join(missing)}; write the headings in." if missing else ""

    def as_toml(self) -> str:
        """The mapping with comments, ready to be read through."""
        facts = facts_of_columns()
        lines = [
            f"# Which column of {self.file_name} holds what; proposed from its headings and cells. Read it through.",
            "# A source of its own lets a newer list replace the older one; describe it in data/sources.toml.",
            'source = "clinic-list"',
            "",
            "[columns]",
        ]
        lines += [
            f"{column.name} = {quoted(column.heading)}  # {facts[column.name]['says']}; {_told(column)}"
            for column in self._named(facts)
        ]
        if self.wrong:
            lines.append(f"# {self.wrong}")
        lines += [
            "",
            "# Columns that list services by name, parted by commas, semicolons, bars, slashes or line breaks",
        ]
        lines += ["[services]", "headings = ["]
        lines += [f"    {quoted(column.heading)},  # {_told(column)}" for column in self._named(["services"])]
        lines += ["]", "", '# Columns whose "yes" means a service code', "[yes]"]
        for column in self._named(["yes", "doubtful"]):
            mark = "# " if column.name == "doubtful" else ""
            doubt = "; only if this means infusion: take the # away" if column.name == "doubtful" else ""
            lines.append(f"{mark}{quoted(column.heading)} = {json.dumps(list(column.codes))}  # {_told(column)}{doubt}")
        lines += ["", '# Values for every row, such as state = "IN"', "[always]", ""]
        lines += [
            "# Headings left out on purpose; what stands neither here nor above is kept aside and told",
            "[ignored]",
        ]
        lines += ["headings = []"]
        lines += [f"# {quoted(column.heading)}  # {_told(column)}" for column in self._named([""])]
        return "\n".join(lines) + "\n"

    def _named(self, names: Iterable[str]) -> Iterator[ColumnGuess]:
        order = list(names)
        found = [column for column in self.columns if column.name in order]
        return iter(sorted(found, key=lambda column: order.index(column.name)))


def propose(file: ListingFile, gazetteer: Gazetteer) -> MappingProposal:
    """A mapping for a list; raises NotAListingError where it has no headings."""
    if file.kind not in (FileKind.WORKBOOK, FileKind.TABLE):
        raise NotAListingError(f"{file.name} is no table; a mapping is proposed for xlsx, ods and csv.")
    best: list[ColumnGuess] = []
    for sheet in sheets(file):
        columns = _columns(sheet)
        if len(columns) > len(best):
            best = columns
    if len(best) < 2:
        raise NotAListingError(f"{file.name} has no row of headings in its first {HEADING_ROWS} rows.")
    _check_headings(file, best, _shapes(gazetteer))
    proposal = MappingProposal(file.name, best)
    _assign(proposal, gazetteer)
    return proposal


def _check_headings(
    file: ListingFile, columns: Sequence[ColumnGuess], shapes: Mapping[str, Callable[[str], bool]]
) -> None:
    """Raises NotAListingError where a heading stands twice, or is a cell itself: a phone or a ZIP."""
    met: set[str] = set()
    for column in columns:
        if normalised(column.heading) in met:
            raise NotAListingError(f"In {file.name} the heading {column.heading} stands twice; name each column once.")
        met.add(normalised(column.heading))
        if re.fullmatch(r"\d{5}(?:-\d{4})?", column.heading) or shapes["phone"](column.heading):
            raise NotAListingError(
                f'{file.name} has no row of headings: "{clean.shown(column.heading)}" stands in its first row; '
                "write a row above it that names the columns."
            )


def _columns(sheet: Sheet) -> list[ColumnGuess]:
    """The columns under the row most like headings: most texts, all different, none a number."""
    above = [row for row in islice(sheet.open_rows(), HEADING_ROWS) if isinstance(row, tuple)]

    if not above:
        return []
    _, headings = max(above, key=lambda row: (_like_headings(row[1]), -row[0]))
    known = frozenset(normalised(cell) for cell in headings if clean.text(cell))
    table = find_table(sheet, known, least=1)
    if table is None:
        return []
    guesses = {
        place: ColumnGuess(heading, [])
        for place, heading in enumerate(table.headings)
        if heading and not INDEX_COLUMN.fullmatch(normalised(heading))
    }
    for row in islice(table.rows(), SAMPLE_ROWS):
        if isinstance(row, tuple):
            for place, guess in guesses.items():
                if said := clean.optional(row[1][place]):
                    guess.examples.append(said)
    return list(guesses.values())


def _like_headings(cells: Sequence[object]) -> int:
    texts = [said for said in map(clean.text, cells) if said and not said[0].isdigit()]
    repeated = len(texts) - len(set(texts))
    return len(set(texts)) - 2 * repeated + sum(_called(said) >= SURE for said in texts)


def _called(heading: str) -> float:
    return max(likeness(heading, fact["headings"]) for fact in facts_of_columns().values())


def likeness(heading: str, names: Iterable[str], *, whole: bool = False) -> float:
    """How like a heading is to the likest of some names, 0 to 100, accents and punctuation aside.

    A `whole` heading must be like the name; else a part of it may be, as "main phone of the clinic" is a phone.
    """
    said = plain(heading)
    alike = fuzz.token_sort_ratio if whole or len(said) <= 3 else fuzz.WRatio
    return max((alike(said, plain(name)) for name in names), default=0)


def plain(heading: str) -> str:
    """A heading as it is compared: "Teléfono (1):" → "telefono 1"."""
    return key(folded(heading))


def _assign(proposal: MappingProposal, gazetteer: Gazetteer) -> None:
    """Give each column its likeliest meaning, the surest first, none of ours twice."""
    shapes = _shapes(gazetteer)
    scored = []
    for place, column in enumerate(proposal.columns):
        if (meant := _service(column)) is not None:
            column.name, column.codes, column.score = meant
            continue
        for name, fact in facts_of_columns().items():
            called = likeness(column.heading, fact["headings"], whole=not fact["looks"])
            looks = _share(column.examples, shapes[fact["looks"]]) if fact["looks"] else 1.0
            # A heading alone may say "address" of e-mails; cells alone cannot tell a phone from a fax.
            score = called * (0.4 + 0.6 * looks) if fact["looks"] and column.examples else called
            scored.append((score, called, place, name))
    taken: set[str] = set()
    for score, called, place, name in sorted(scored, reverse=True):
        column = proposal.columns[place]
        if column.name or name in taken or score < LEAST or called < CALLED:
            continue
        if any(name in ours and taken & set(others) for ours, others in SAID_TWICE):
            continue
        column.name, column.score, column.called = name, score, called
        taken.add(name)
    _assign_by_cells(proposal, shapes, taken)


def _assign_by_cells(proposal: MappingProposal, shapes: Mapping[str, Callable[[str], bool]], taken: set[str]) -> None:
    """What no heading tells and only one kind of cell looks like: ZIPs, states, phones, websites, towns."""
    for name in ("address", "zip", "state", "phone", "website", "city", "street1"):
        if name in taken or any(name in ours and taken & set(others) for ours, others in SAID_TWICE):
            continue
        looks = facts_of_columns()[name]["looks"]
        free = [(_share(column.examples, shapes[looks]), column) for column in proposal.columns if not column.name]
        free = [(share, column) for share, column in free if share >= 0.9 and not _says_other(column, name)]
        if len(free) == 1:
            share, column = free[0]
            column.name, column.score = name, LEAST * share
            taken.add(name)


def _says_other(column: ColumnGuess, name: str) -> bool:
    """A fax looks like a phone, and what is called so is none."""
    others = {"phone": ("fax", "celular", "mobile", "tty"), "zip": ("id", "number", "npi", "license", "year")}
    return likeness(column.heading, others.get(name, ())) >= CALLED


def _service(column: ColumnGuess) -> tuple[str, tuple[str, ...], float] | None:
    """Columns of answers and of services: by their headings, and what stands in them."""
    facts, (yes, no) = facts_of_list(), answers()
    share = _share(column.examples, lambda said: said.casefold() in {*yes, *no})
    heading = plain(column.heading)
    if column.examples and share >= LOOKS:
        for table in ("yes", "doubtful"):
            named = {plain(name): tuple(codes) for name, codes in facts[table].items()}
            if codes := named.get(heading):
                return table, codes, SURE
        return ("yes", codes, SURE) if (codes := hsds_terms().named(column.heading)) else None
    if likeness(column.heading, facts["services"]["headings"]) >= SURE and not any(
        map(ADDRESS.fullmatch, column.examples)
    ):
        labels = [label for said in column.examples for label in re.split(r"[,;|/]+", said)]
        known = _share([label.strip() for label in labels], lambda label: bool(hsds_terms().named(label)))
        return "services", (), 100.0 * known
    return None


def _share(examples: Sequence[str], looks: Callable[[str], bool]) -> float:
    return sum(map(looks, examples)) / len(examples) if examples else 0.0


def _shapes(gazetteer: Gazetteer) -> dict[str, Callable[[str], bool]]:
    """What cells of a kind look like, by the kind's name in data/clinic_list.toml."""

    def reads(cleaner: Callable[[object], object]) -> Callable[[str], bool]:
        def looks(said: str) -> bool:
            try:
                return bool(cleaner(said))
            except clean.UncleanError:
                return False

        return looks

    def degrees(least: float, most: float) -> Callable[[str], bool]:
        return lambda said: bool(re.fullmatch(r"-?\d{1,3}\.\d+", said)) and least <= float(said) <= most

    return {
        "name": lambda said: not said[:1].isdigit() and "@" not in said and "://" not in said and len(said) > 3,
        "address": lambda said: bool(ADDRESS.fullmatch(said)),
        "street": lambda said: bool(STREET.match(said)) and not ADDRESS.fullmatch(said),
        "town and state": lambda said: bool(TOWN_AND_STATE.fullmatch(said)),
        "town": lambda said: not any(map(str.isdigit, said)) and bool(gazetteer.towns(key(said))),
        "state": reads(clean.state),
        "zip": lambda said: bool(ZIP.fullmatch(said)),
        "phone": reads(clean.phone),
        "website": reads(clean.website),
        "latitude": degrees(-20, 75),
        "longitude": degrees(-180, 150),
    }


def quoted(text: str) -> str:
    """A text as a key or value of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _told(column: ColumnGuess) -> str:
    examples = ", ".join(dict.fromkeys(clean.shown(said) for said in column.examples[:40]).keys())
    such = f"such as {clean.shown(examples)}" if examples else "empty in the first rows"
    return f"{column.score:.0f} % sure; {such}" if column.name else such


@cache
def facts_of_list() -> Mapping[str, Any]:
    """data/clinic_list.toml, read once."""
    return tomllib.loads((DATA / "clinic_list.toml").read_text(encoding="utf-8"))


@cache
def facts_of_columns() -> Mapping[str, Mapping[str, Any]]:
    """What is known of the columns a listing may have, by our name of them."""
    return {fact["name"]: fact for fact in facts_of_list()["column"]}


def answers() -> tuple[frozenset[str], frozenset[str]]:
    """The words that say yes and those that say no."""
    said = facts_of_list()["answers"]
    return frozenset(said["yes"]), frozenset(said["no"])
