"""Pairs of real listings to judge by eye: which pairs are worth a look, their strata, and the seeded draw.

Nothing here knows the matcher: what two rows share is told from their raw cells only, so that neither the draw nor the
halves move when a rule changes. How the pairs were judged is told in docs/matching-judged.md.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineWorkbook
from rapidfuzz import fuzz

SEED = 20261126
THIRD_SEED = 31415926
# How many pairs are drawn of a stratum for each half; strata that hold fewer are taken whole. More where rules decide
# much, few where nearly all pairs are alike or there are hardly any.
A_HALF = 4
MORE_A_HALF = {
    "edition letter-by-letter": 8,
    "source letter-by-letter": 8,
    "edition one-has-a-twin same-street": 6,
    "source one-has-a-twin same-street": 6,
    "edition one-has-a-twin other-street": 6,
    "source one-has-a-twin other-street": 6,
    "edition same-name same-street same-phone free": 6,
    "edition like-name same-street same-phone free": 16,
    "edition same-organisation same-street same-phone free": 16,
    "edition other-name same-street same-phone free": 16,
    "edition like-name same-street other-phone free": 10,
    "edition same-organisation same-street other-phone free": 10,
    "edition other-name same-street other-phone free": 10,
    "edition same-name same-house same-phone free": 8,
    "edition same-name other-street same-phone free": 14,
    "edition same-organisation other-street same-phone free": 14,
    "edition like-name other-street same-phone free": 12,
    "edition other-name other-street same-phone free": 8,
    "source like-name same-street same-phone free": 10,
    "source same-organisation same-street same-phone free": 10,
    "source other-name same-street same-phone free": 8,
    "source same-name same-house same-phone free": 6,
    "source same-name other-street same-phone free": 10,
    "source same-organisation other-street same-phone free": 8,
    "source like-name other-street same-phone free": 6,
}
PLAIN = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an edition as it stands in the file."""

    edition: str
    line: int
    cells: Mapping[str, str]

    @property
    def reference(self) -> str:
        """ "mh-2022:17": an edition and a line, counted from 1, headings included."""
        return f"{self.edition}:{self.line}"

    @property
    def withheld(self) -> bool:
        """The street is a cell of dashes or empty."""
        return not self.cells["street1"].strip("- ")

    @property
    def words(self) -> str:
        """Both names in plain words."""
        return plain(f"{self.cells['name1']} {self.cells['name2']}")

    @property
    def phone(self) -> str:
        """The phone without an extension."""
        return self.cells["phone"][:12]

    @property
    def house(self) -> str:
        """The first word of the street where it is a number."""
        first = plain(self.cells["street1"]).split()[:1]
        return first[0] if first and first[0][0].isdigit() else ""

    @property
    def exact(self) -> tuple[str, ...]:
        """Name, street and ZIP letter by letter; a withheld street equals none."""
        if self.withheld:
            return (self.reference,)
        return tuple(self.cells[name].casefold() for name in ("name1", "name2", "street1", "zip"))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows of two editions and what they share, in words."""

    one: Row
    other: Row
    stratum: str

    @property
    def references(self) -> tuple[str, str]:
        """Where the two rows stand."""
        return self.one.reference, self.other.reference

    @property
    def half(self) -> str:
        """ "tuning" or "examination", by the ZIP of the first row."""
        digest = hashlib.blake2b(f"{SEED} {self.one.cells['zip']}".encode(), digest_size=2).digest()
        return "tuning" if digest[0] % 2 else "examination"


def plain(text: str) -> str:
    """Lower-case words and nothing else."""
    return PLAIN.sub(" ", text.lower()).strip()


def rows(folder: Path, edition: str) -> list[Row]:
    """The rows of "mh-2022", "mh-2023" or "su-2023"."""
    cells = CalamineWorkbook.from_path(folder / f"{edition}.xlsx").get_sheet_by_index(0).to_python()
    names = [str(cell).strip().lower() for cell in cells[0]]
    return [
        Row(edition, line, {name: " ".join(str(cell).split()) for name, cell in zip(names, row, strict=True)})
        for line, row in enumerate(cells[1:], 2)
    ]


def pairs(ones: Sequence[Row], others: Sequence[Row], scope: str) -> list[Pair]:
    """All pairs worth a look: those that share a phone in one state, a house number in one town or ZIP, or much of
    the name in one town or ZIP."""
    exact = {row.exact for row in ones} & {row.exact for row in others}
    found = []
    for one, other in _candidates(ones, others):
        parts = _name_part(one, other), _street_part(one, other), _phone_part(one, other)
        near = parts[1] != "other-street" or parts[2] == "same-phone" or parts[0] != "other-name"
        if near and (parts[1] != "withheld" or parts[2] == "same-phone" or parts[0] != "other-name"):
            found.append(Pair(one, other, _stratum(scope, parts, one.exact in exact, other.exact in exact, one, other)))
    return found


def _stratum(scope: str, parts: tuple[str, str, str], taken: bool, other_taken: bool, one: Row, other: Row) -> str:
    if one.exact == other.exact:
        return f"{scope} letter-by-letter"
    if taken or other_taken:
        # One of the two has its twin letter by letter: hardly any of these pairs is one site.
        return f"{scope} one-has-a-twin {parts[1] if parts[2] == 'same-phone' else 'other-phone'}"
    return " ".join((scope, *parts, "free"))


def _candidates(ones: Sequence[Row], others: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    blocks: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for other in others:
        for block in _blocks(other):
            blocks[block].append(other)
    for one in ones:
        near = {other.line: other for block in _blocks(one) for other in blocks.get(block, ())}
        for line in sorted(near):
            yield one, near[line]


def _blocks(row: Row) -> Iterator[tuple[str, ...]]:
    cells = row.cells
    yield ("zip", cells["zip"])
    yield ("town", cells["city"].casefold(), cells["state"])
    if row.phone:
        yield ("phone", row.phone, cells["state"])


def _name_part(one: Row, other: Row) -> str:
    if sorted(one.words.split()) == sorted(other.words.split()):
        return "same-name"
    if plain(one.cells["name1"]) == plain(other.cells["name1"]):
        return "same-organisation"
    if fuzz.token_sort_ratio(one.words, other.words) >= 70 or fuzz.token_set_ratio(one.words, other.words) >= 90:
        return "like-name"
    return "other-name"


def _street_part(one: Row, other: Row) -> str:
    if one.withheld or other.withheld:
        return "withheld"
    street, other_street = plain(one.cells["street1"]), plain(other.cells["street1"])
    if street == other_street:
        suites = plain(one.cells["street2"]), plain(other.cells["street2"])
        return "same-street" if suites[0] == suites[1] else "other-suite"
    if one.house and one.house == other.house:
        return "same-house"
    return "other-street"


def _phone_part(one: Row, other: Row) -> str:
    return "same-phone" if one.phone and one.phone == other.phone else "other-phone"


def first_lot(found: Sequence[Pair]) -> list[Pair]:
    """The pairs judged before the rules were looked at: of each stratum and half as many as it says above."""
    return _sampled(found, "first", lambda stratum: MORE_A_HALF.get(stratum, A_HALF))


def second_lot(found: Sequence[Pair]) -> list[Pair]:
    """More of the examination half, drawn and judged after the last change of a rule: half as many, none twice."""
    seen = {pair.references for pair in first_lot(found)}
    unseen = [pair for pair in found if pair.half == "examination" and pair.references not in seen]
    return _sampled(unseen, "second", lambda stratum: MORE_A_HALF.get(stratum, A_HALF) // 2)


def third_lot(found: Sequence[Pair]) -> list[Pair]:
    """More of the examination half, for a reader who has never seen the rules: by the root of what a stratum holds, so
    that the weights are even, fewer where nearly all pairs are alike; none that an earlier lot has."""
    seen = {pair.references for pair in first_lot(found) + second_lot(found)}
    of_half = [pair for pair in found if pair.half == "examination"]
    holds = Counter(pair.stratum for pair in of_half)

    def size(stratum: str) -> int:
        return math.ceil(math.sqrt(holds[stratum]) / (2 if stratum.endswith(" free") else 4))

    return _sampled([pair for pair in of_half if pair.references not in seen], "third", size, THIRD_SEED)


def _sampled(found: Sequence[Pair], lot: str, size: Callable[[str], int], seed: int = SEED) -> list[Pair]:
    """In an order that tells nothing."""
    strata: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in found:
        strata[pair.stratum, pair.half].append(pair)
    chosen: list[Pair] = []
    for (stratum, half), members in sorted(strata.items()):
        chance = random.Random(f"{seed} {stratum} {half}" + ("" if lot == "first" else f" {lot}"))
        chosen += chance.sample(members, min(len(members), size(stratum)))
    random.Random(seed).shuffle(chosen)
    return chosen
