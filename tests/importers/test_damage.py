"""Damage: of one spoilt cell in a hundred each is refused, told by its line, harmless, or of a kind no reader can tell.

What no reader can tell from a true value is named facility by facility beside the edition before.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cell_damage import SCARS, DamagedCell, Reading, damage_cells, reading_of, spoilt, untold
from made_up_files import HEADINGS_2022, locator_page
from made_up_kinds import KINDS, ROWS, House, Kind, Rows, write_csv

from directory.catalogue.report import ImportReport
from importers.listing_file import inspect
from importers.nppes import HEADINGS as NPI
from importers.nppes import TAXONOMIES
from importers.sheet import find_table, sheets

NEVER_EMPTY = frozenset(
    {
        *("name1", "street1", "city", "state", "zip", "phone", "service_code_info", "services"),
        *("Clinic", "Street", "Town", "St", "ZIP", "Call"),
        *(NPI[column] for column in ("npi", "street1", "city", "state", "zip", "phone", "updated")),
        *("organizations.name", "addresses.address_1", "addresses.city", "addresses.postal_code"),
    }
)
# Of these a reader knows every value there may be.
KNOWN_VALUES = frozenset({"state", "St", NPI["state"], NPI["entity"], "addresses.state_province"})
# What leaves a true-looking value: half a name, two letters the wrong way round, another clinic's phone.
LIKE_TRUE = frozenset({"cut off", "letters swapped", "another letter", "the next row's"})
LIKE_EMPTY = frozenset({"emptied", "cut off", "the next column's", "the next row's"})
# A row of the registry is read for the words and taxonomies in it: spoilt, it is one of the millions not of interest.
OF_INTEREST = frozenset({NPI["name1"], NPI["other"], TAXONOMIES[0]})
# Kept beside the listing, never shown: no report names what becomes of it.
TERMS = "taxonomy_terms."
KEPT_ASIDE = frozenset(
    {"frid", "typeFacility", "services.assured_date", NPI["updated"], NPI["other_type"], *TAXONOMIES}
)


def no_reader_can_tell(cell: DamagedCell) -> bool:
    """Whether a true edition could hold the spoilt value just as well."""
    if cell.column in OF_INTEREST:
        return True
    if cell.now in (None, "", []):
        return cell.damage in LIKE_EMPTY and cell.column not in NEVER_EMPTY
    if cell.damage == "a letter as a question mark" and str(cell.was).startswith("http"):
        return "/" in str(cell.now).partition("://")[2].partition("?")[0]
    if cell.damage == "the next column's":
        return is_alike(str(cell.was), str(cell.now))
    return cell.damage in LIKE_TRUE and cell.column not in KNOWN_VALUES


def is_alike(one: str, other: str) -> bool:
    """Whether two values have the form of one column: two phones, two dates."""
    forms = [
        "".join("0" if letter.isdigit() else letter for letter in said.partition(" x")[0]) for said in (one, other)
    ]
    return forms[0] == forms[1] or not one


@dataclass(slots=True)
class Tally:
    """Cells that were damaged, and those that only a person or the edition before can tell, by damage."""

    damaged: int = 0
    refused_whole: int = 0
    beyond: Counter[str] = field(default_factory=Counter)
    quiet: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def as_words(self) -> str:
        kinds = ", ".join(f"{damage} {count:,}" for damage, count in self.beyond.most_common())
        told = self.damaged - self.beyond.total() - len(self.quiet)
        return (
            f"{self.damaged:,} damaged cells: {told:,} refused, told by line or harmless, {len(self.quiet)} quietly "
            f"wrong; {self.beyond.total():,} that no reader can tell ({kinds})"
        )


def lines_of(kind: Kind, rows: Rows) -> list[tuple[int, ...]]:
    """The lines under which a row may be named: in a package its own in its table, and that of its service."""
    if kind.name != "hsds":
        first = 1 if kind.name.startswith("findtreatment") else 2
        return [(place + first,) for place in range(len(rows))]
    counts = Counter(row["table"] for row in rows)
    met: Counter[str] = Counter()
    lines = []
    for row in rows:
        number = met[row["table"]]
        met[row["table"]] += 1
        lines.append((number // max(1, counts[row["table"]] // ROWS) + 2, number + 2))
    return lines


def cells_of(kind: Kind) -> list[str]:
    """The columns whose cells belong to one row: a term of a package belongs to many, and is tried by itself."""
    return [column for column in kind.columns if not column.startswith(TERMS)]


def read(house: House, kind: Kind, rows: Rows) -> Reading:
    content, name = kind.write(rows, {})
    return reading_of(lambda: house.read(kind, content, name))


def try_damage(house: House, kind: Kind, sound: Reading, seeds: Sequence[int], *, beside: bool) -> Tally:
    """Spoil a hundredth of the cells of a file once for each seed; `beside` compares with the edition before too."""
    tally = Tally()
    for seed in seeds:
        rows = kind.rows()
        hit = damage_cells(rows, cells_of(kind), lines_of(kind, rows), 0.01, random.Random(seed))
        now = read(house, kind, rows)
        tally.damaged += len(hit)
        tally.refused_whole += bool(now.refused_whole)
        passed = list(untold(hit, sound, now))
        tally.quiet += [str(cell) for cell in passed if not no_reader_can_tell(cell)]
        tally.beyond.update(cell.damage for cell in passed if no_reader_can_tell(cell))
        report = house.next_edition(kind, *kind.write(rows, {})) if beside else None
        if report is not None:
            tally.unnamed += [str(cell) for cell in passed if not is_named(cell, report, sound, now)]
    return tally


def is_named(cell: DamagedCell, report: ImportReport, sound: Reading, now: Reading) -> bool:
    """Whether a report beside the edition before names the facility of a cell, or counts its field."""
    notes = [*report.changes, *report.withdrawals, *report.mergers, *report.gained, *report.lost]
    named = {(note.name, note.program) for note in notes}
    named |= {
        (note.fields.get("name", [note.name])[0], note.fields.get("program", [note.program])[0]) for note in notes
    }
    names = {found for line in cell.lines for found in (sound.names.get(line), now.names.get(line)) if found}
    counted = {"Referrals": "intake1"}.get(cell.column, cell.column) in report.fields_changed
    return bool(names & named) or counted or cell.column in KEPT_ASIDE or cell.column.startswith("schedules.")


@pytest.mark.parametrize("name", KINDS)
def test_each_damaged_cell_is_refused_told_or_beyond_any_reader_and_then_named(house: House, name: str) -> None:
    kind = KINDS[name]
    tally = try_damage(house, kind, read(house, kind, kind.rows()), range(2 if name == "hsds" else 4), beside=True)
    assert tally.damaged > 50
    assert (tally.quiet, tally.unnamed, tally.refused_whole) == ([], [], 0)


@pytest.mark.parametrize("column", [column for column in KINDS["hsds"].columns if column.startswith(TERMS)])
def test_a_damaged_term_of_a_package_is_told_or_harmless(house: House, column: str) -> None:
    kind, chance = KINDS["hsds"], random.Random(column)
    sound = read(house, kind, kind.rows())
    for damage in SCARS:
        rows = kind.rows()
        row = chance.choice([row for row in rows if column in row])
        row[column] = spoilt(row[column], damage, chance)
        now = read(house, kind, rows)
        same = now.listings == sound.listings
        assert same or damage in LIKE_TRUE or now.refused_whole or now.told != sound.told, (damage, row)


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_each_damaged_cell_of_fifty_files_is_refused_told_or_beyond_any_reader(
    house: House, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = KINDS[name]
    tally = try_damage(house, kind, read(house, kind, kind.rows()), range(50), beside=False)
    with capsys.disabled():
        print(f"\n{name}: {tally.as_words()}")
    assert tally.quiet == []


def real_workbook(path: Path) -> Kind:
    """A real edition as the csv that a spreadsheet program saves of it."""
    table = next(found for sheet in sheets(inspect(path)) if (found := find_table(sheet, frozenset(HEADINGS_2022))))
    rows = [
        {column: str(cells[place]) for column, place in table.columns.items() if column in HEADINGS_2022}
        for _line, cells in table.rows()
    ]
    return Kind(path.stem, HEADINGS_2022, lambda: list(rows), write_csv(HEADINGS_2022, f"{path.stem}.csv"))


def real_page(path: Path) -> Kind:
    rows: Rows = json.loads(path.read_text())["rows"]

    def write(rows: Rows, _headings: Mapping[str, str]) -> tuple[bytes, str]:
        return json.dumps(locator_page(rows)).encode(), path.name

    columns = tuple(key for key in rows[0] if key not in ("_irow", "miles"))
    return Kind("findtreatment-page", columns, lambda: [dict(row) for row in rows], write)


@pytest.mark.soak
@pytest.mark.real
@pytest.mark.parametrize("file", ["mh-2022.xlsx", "mh-2023.xlsx", "su-2023.xlsx", "findtreatment-page-2019.json"])
def test_each_damaged_cell_of_the_real_editions_is_refused_told_or_beyond_any_reader(
    house: House, real_listings: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = real_listings / file
    kind: Any = real_page(path) if path.suffix == ".json" else real_workbook(path)
    seeds = range(50 if path.suffix == ".json" else 2)
    tally = try_damage(house, kind, read(house, kind, kind.rows()), seeds, beside=False)
    with capsys.disabled():
        print(f"\n{file}: {tally.as_words()}")
    assert tally.damaged > 100
    assert tally.quiet == []
