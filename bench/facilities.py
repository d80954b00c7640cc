"""Facilities for the measurements: the real editions, or the made-up demo listing, grown to any number by a seed.

The first facilities are listed ones in shuffled order. Those beyond are made of parts: the first half of one name and
the second half of another, a programme of a third, town and ZIP of a fourth, street of a fifth, service codes of a
sixth, so that every column keeps its own real distribution. Listings bear no coordinates: a facility stands where its
ZIP's point is, moved by up to two miles.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import python_calamine

from directory.index.words import words_of
from directory.places.gazetteer import Gazetteer

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared" / "samhsa"
EDITIONS = ("mh-2023.xlsx", "su-2023.xlsx")
SHEET = "Facilities List"
LONGEST_MOVE_DEGREES = 0.03


@dataclass(frozen=True, slots=True)
class Facility:
    """One facility as every engine is given it. Degrees; the word columns are cut by our own rule, so all agree."""

    id: int
    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    latitude: float
    longitude: float
    codes: tuple[str, ...]
    name_words: tuple[str, ...]
    place_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The columns of a listing that facilities are made of."""

    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    codes: tuple[str, ...]


@cache
def gazetteer() -> Gazetteer:
    """Every ZIP's point; loading takes seconds."""
    return Gazetteer.load()


def listing_files() -> tuple[list[Path], str]:
    """The files to grow from and what to call them in the tables."""
    real = [REAL / name for name in EDITIONS if (REAL / name).exists()]
    if len(real) == len(EDITIONS):
        return real, "real editions MH 2023 and SU 2023"
    demo = sorted(path for path in (ROOT / "data" / "demo").glob("*") if path.suffix in {".csv", ".xlsx"})
    if not demo:
        raise SystemExit("There is no listing to grow facilities from: neither real editions nor data/demo.")
    return demo, "the made-up demo listing, for the real editions are not on this machine"


def read(path: Path) -> Iterator[Listed]:
    """The facilities of a workbook or CSV in the annual directory's format."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    else:
        book = python_calamine.CalamineWorkbook.from_path(path)
        rows = [[str(cell) for cell in row] for row in book.get_sheet_by_name(SHEET).to_python()]
    column = {heading.strip().casefold(): index for index, heading in enumerate(rows[0])}
    for row in rows[1:]:
        cell = {name: " ".join(row[index].split()) for name, index in column.items()}
        codes = tuple(dict.fromkeys(code for code in cell["service_code_info"].split() if code != "*"))
        street = cell["street1"] if cell["street1"].strip("- ") else ""
        yield Listed(
            cell["name1"], cell["name2"], street, cell["city"], cell["state"], cell["zip"], cell["phone"], codes
        )


def grow(count: int, seed: int = 1, files: list[Path] | None = None) -> list[Facility]:
    """That many facilities, the same for the same seed and files."""
    chance = random.Random(f"{seed} facilities")
    listed = list(dict.fromkeys(row for path in files or listing_files()[0] for row in read(path)))
    points = {row.zip: gazetteer().zip(row.zip) for row in listed}
    listed = [row for row in listed if points[row.zip] is not None]
    chance.shuffle(listed)
    facilities = []
    for number in range(1, count + 1):
        row = listed[number - 1] if number <= len(listed) else _made_of_parts(listed, chance)
        point = points[row.zip]
        assert point is not None  # noqa: S101  listed keeps placed rows only
        latitude, longitude = (
            round(degrees + chance.uniform(-LONGEST_MOVE_DEGREES, LONGEST_MOVE_DEGREES), 6)
            for degrees in (point.latitude, point.longitude)
        )
        facilities.append(_facility(number, row, latitude, longitude))
    return facilities


def _facility(number: int, row: Listed, latitude: float, longitude: float) -> Facility:
    return Facility(
        id=number,
        name=row.name,
        program=row.program,
        street=row.street,
        city=row.city,
        state=row.state,
        zip=row.zip,
        phone=row.phone,
        latitude=latitude,
        longitude=longitude,
        codes=row.codes,
        name_words=tuple(words_of(f"{row.name} {row.program}")),
        place_words=tuple(words_of(f"{row.street} {row.city} {row.zip}")),
    )


def _made_of_parts(listed: list[Listed], chance: random.Random) -> Listed:
    head, tail, program, town, street, services = chance.choices(listed, k=6)
    heads, tails = head.name.split(), tail.name.split()
    name = " ".join(heads[: (len(heads) + 1) // 2] + tails[len(tails) // 2 :])
    way = " ".join(street.street.split()[1:])
    return Listed(
        name=name,
        program=program.program,
        street=f"{chance.randrange(1, 9999)} {way}" if way else "",
        city=town.city,
        state=town.state,
        zip=town.zip,
        phone=f"{chance.randrange(201, 989)}-555-01{chance.randrange(100):02}",
        codes=services.codes,
    )
