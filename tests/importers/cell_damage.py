"""Damage done to single cells in the ways files are damaged, and what became of each in a reading."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from made_up_kinds import Rows

from directory.catalogue.record import Batch, RefusedRow
from importers.recognise import NotAListingError


def cut(said: str, chance: random.Random) -> str:
    return said[: chance.randrange(len(said))] if said else said


def letters_swapped(said: str, chance: random.Random) -> str:
    places = [place for place in range(len(said) - 1) if said[place] != said[place + 1]]
    if not places:
        return said
    place = chance.choice(places)
    return said[:place] + said[place + 1] + said[place] + said[place + 2 :]


def one_letter(said: str, chance: random.Random, becomes: str) -> str:
    place = chance.randrange(len(said)) if said else 0
    return said[:place] + becomes + said[place + 1 :] if said else said


def as_number(said: str, _chance: random.Random) -> str:
    """What a spreadsheet makes of digits: "02138" → "2138.0", "317-555-0101" → "3175550101.0"."""
    digits = said.replace("-", "")
    return f"{int(digits)}.0" if digits.isascii() and digits.isdigit() else said


Scar = Callable[[str, random.Random], str]
SCARS: Mapping[str, Scar] = {
    "emptied": lambda _said, _chance: "",
    "cut off": cut,
    "letters swapped": letters_swapped,
    "a letter lost": lambda said, chance: one_letter(said, chance, "\ufffd"),
    "a letter misread": lambda said, chance: one_letter(said, chance, "Ã©"),
    "a letter as a question mark": lambda said, chance: one_letter(said, chance, "?"),
    "another letter": lambda said, chance: one_letter(said, chance, chance.choice("aeinrst0123456789")),
    "an error of a spreadsheet": lambda _said, chance: chance.choice(["#REF!", "#VALUE!", "########"]),
    "markup": lambda said, _chance: f"<td>{said}</td>",
    "noise": lambda said, chance: "¤" + "".join(chance.choice("!§$%x7q") for _ in said),
    "a number": lambda _said, chance: str(chance.randrange(10**6)),
    "made a number": as_number,
}
NEXT_COLUMN, NEXT_ROW = "the next column's", "the next row's"
KINDS_OF_DAMAGE = (*SCARS, NEXT_COLUMN, NEXT_ROW)


@dataclass(frozen=True, slots=True)
class DamagedCell:
    """One spoilt cell: the lines under which a reader may name it, and what it was and became."""

    lines: tuple[int, ...]
    column: str
    damage: str
    was: Any
    now: Any

    def __str__(self) -> str:
        return f"line {self.lines[0]}, {self.column}, {self.damage}: {self.was!r} → {self.now!r}"


@dataclass(slots=True)
class Reading:
    """What a file was read as: the digests of its listings by line, and what was said of each line."""

    refused_whole: str = ""
    listings: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    names: dict[int, tuple[str, str]] = field(default_factory=dict)


def reading_of(open_batch: Callable[[], Batch]) -> Reading:
    found = Reading()
    try:
        batch = open_batch()
        for row in batch.rows:
            if isinstance(row, RefusedRow):
                found.told[row.line].add((row.column, row.reason))
            else:
                found.listings[row.line].append(row.digest())
                found.names[row.line] = (row.name1, row.name2)
    except NotAListingError as error:
        found.refused_whole = str(error)
        return found
    for odd in batch.oddities:
        for line in odd.lines:
            found.told[line].add((odd.column, odd.reason))
    return found


def spoilt(value: Any, damage: str, chance: random.Random) -> Any:
    """A value after damage; of a list of services one of its texts."""
    if isinstance(value, list):
        if damage == "emptied" or not value:
            return None
        value = copy.deepcopy(value)
        service = chance.choice(value)
        key = chance.choice([key for key in service if service[key]])
        service[key] = spoilt(service[key], damage, chance)
        return value
    return SCARS[damage]("" if value is None else str(value), chance)


def damage_cells(
    rows: Rows, columns: Sequence[str], lines_of: Sequence[tuple[int, ...]], share: float, chance: random.Random
) -> list[DamagedCell]:
    """Spoil a share of all cells of the rows, at most one in those that share a line."""
    cells = [(place, column) for place, row in enumerate(rows) for column in columns if column in row]
    hit: list[DamagedCell] = []
    taken: set[int] = set()
    for place, column in chance.sample(cells, len(cells)):
        if len(hit) >= share * len(cells):
            break
        if taken.isdisjoint(lines_of[place]):
            damage, now = _damaged(rows, place, columns, column, chance)
            was = rows[place][column]
            if now != was and not (now in (None, "") and was in (None, "")):
                hit.append(DamagedCell(lines_of[place], column, damage, was, now))
                rows[place] = rows[place] | {column: now}
                taken.update(lines_of[place])
    return hit


def _damaged(rows: Rows, place: int, columns: Sequence[str], column: str, chance: random.Random) -> tuple[str, Any]:
    damage, row = chance.choice(KINDS_OF_DAMAGE), rows[place]
    if damage == NEXT_COLUMN:
        following = [other for other in columns[columns.index(column) + 1 :] if other in row]
        return damage, row[following[0]] if following else row[column]
    if damage == NEXT_ROW:
        other = rows[(place + 1) % len(rows)]
        return damage, other.get(column, row[column])
    return damage, spoilt(row[column], damage, chance)


def untold(hit: Sequence[DamagedCell], sound: Reading, now: Reading) -> Iterator[DamagedCell]:
    """The damaged cells that changed what is stored and are named by no line; none where the file is refused."""
    if now.refused_whole:
        return
    for cell in hit:
        if any(now.told.get(line, set()) - sound.told.get(line, set()) for line in cell.lines):
            continue
        if any(f"line {line}" in reason for _, reason in chain(*now.told.values()) for line in cell.lines):
            continue
        if any(now.listings.get(line, []) != sound.listings.get(line, []) for line in cell.lines):
            yield cell
