"""Drift: whatever becomes of a file between two editions, it is refused, held or told; never quietly wrong."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_files import HEADINGS_2022, MH_CODES, SU_CODES, csv_text, locator_page, workbook_bytes
from made_up_hsds import listed, made_up_tables, nested_services, package

from bench import npi_file
from directory.catalogue.publish import Accepted, publish
from directory.catalogue.record import ListingRecord, RefusedRow
from directory.catalogue.report import ImportReport
from directory.catalogue.run import Decision
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.places.gazetteer import Gazetteer
from importers import nppes
from importers.recognise import NotAListingError, open_listing

Rows = list[dict[str, Any]]
ROWS = 120
TOWNS = (
    *(("Indianapolis", "IN", "46204", "39.77", "-86.16"), ("Fort Wayne", "IN", "46802", "41.07", "-85.15")),
    *(("Cleveland", "OH", "44113", "41.48", "-81.70"), ("Columbus", "OH", "43215", "39.97", "-83.00")),
    *(("Chicago", "IL", "60601", "41.89", "-87.62"), ("Louisville", "KY", "40202", "38.25", "-85.75")),
    *(("Detroit", "MI", "48226", "42.33", "-83.05"), ("Nashville", "TN", "37203", "36.15", "-86.79")),
    *(("Boston", "MA", "02108", "42.36", "-71.06"), ("Denver", "CO", "80202", "39.75", "-104.99")),
)
BEASTS = ("Giraffe", "Heron", "Otter", "Badger", "Lynx", "Walrus", "Ibis", "Marmot", "Tapir", "Newt", "Quokka", "Stoat")
COLOURS = (
    "Purple",
    "Amber",
    "Teal",
    "Crimson",
    "Ochre",
    "Violet",
    "Azure",
    "Umber",
    "Coral",
    "Indigo",
    "Sable",
    "Jade",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its columns in order, its rows, and how it is written with headings of some other names."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Rows]
    write: Callable[[Rows, Mapping[str, str]], tuple[bytes, str]]
    mapping: str = ""


def facility(number: int) -> dict[str, Any]:
    """A clinic nobody could take for real, with its columns filled as unevenly as real editions fill them."""
    town, state, zip_code, latitude, longitude = TOWNS[number % len(TOWNS)]
    phone = f"317-555-{100 + number % 100:04}"
    return {
        "name1": f"{COLOURS[number % 12]} {BEASTS[number // 12 % 12]} House",
        "name2": f"{BEASTS[(number + 5) % 12]} Wing" if number % 2 else "",
        "street1": f"{number * 7 + 1} Imaginary {('Lane', 'Street', 'Road')[number % 3]}",
        "street2": f"Suite {number}" if number % 4 == 0 else "",
        "city": town,
        "state": state,
        "zip": zip_code,
        "phone": phone,
        "intake1": f"800-555-{100 + number * 3 % 100:04}" if number % 5 < 2 else "",
        "intake2": f"888-555-{100 + number * 3 % 100:04}" if number % 5 == 0 else "",
        "intake1a": f"877-555-{100 + number * 3 % 100:04} x{number}" if number % 5 == 1 else "",
        "intake2a": f"866-555-{100 + number * 3 % 100:04} x{number}" if number % 5 == 2 else "",
        "website": f"https://{BEASTS[number % 12].lower()}-{number}.example",
        "latitude": latitude,
        "longitude": longitude,
    }


def workbook_rows(codes: str) -> Callable[[], Rows]:
    return lambda: [facility(number) | {"service_code_info": codes} for number in range(ROWS)]


def write_csv(columns: Sequence[str], name: str) -> Callable[[Rows, Mapping[str, str]], tuple[bytes, str]]:
    def write(rows: Rows, headings: Mapping[str, str]) -> tuple[bytes, str]:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        kept = [column for column in columns if headings.get(column, column)]
        writer.writerow([headings.get(column, column) for column in kept])
        writer.writerows([row.get(column, "") for column in kept] for row in rows)
        return out.getvalue().encode(), name

    return write


LOCATOR = (
    *("name1", "name2", "street1", "street2", "city", "state", "zip", "phone", "intake1", "hotline1"),
    *("website", "latitude", "longitude", "typeFacility", "services"),
)


def locator_rows() -> Rows:
    services = [
        {"f1": "Type of Care", "f2": "TC", "f3": "Mental health treatment"},
        {"f1": "Treatment Approaches", "f2": "TAP", "f3": "Ketamine Infusion Therapy; Group therapy"},
    ]
    more = {"typeFacility": "MH", "services": services}
    return [facility(number) | more | {"hotline1": facility(number)["intake2"]} for number in range(ROWS)]


def write_locator(rows: Rows, headings: Mapping[str, str]) -> tuple[bytes, str]:
    named = [{headings.get(key, key): row.get(key) for key in LOCATOR if headings.get(key, key)} for row in rows]
    return json.dumps(locator_page(named)).encode(), "page-2026-02-01.json"


LIST = {
    "name1": "Clinic", "name2": "Program", "street1": "Street", "street2": "Suite", "city": "Town", "state": "St",
    "zip": "ZIP", "phone": "Call", "intake1": "Referrals", "website": "Web", "infusion": "Infusion", "offers": "Offers",
}  # fmt: skip
MAPPING = "\n".join(
    [
        "[columns]",
        *(f'{name} = "{heading}"' for name, heading in LIST.items() if name not in ("infusion", "offers")),
        '[services]\nheadings = ["Offers"]\n[yes]\n"Infusion" = ["KIT"]\n',
    ]
)


def list_rows() -> Rows:
    return [
        {LIST[name]: said for name, said in facility(number).items() if name in LIST}
        | {"Infusion": "yes" if number % 2 else "no", "Offers": "Group therapy; Medicaid"}
        for number in range(ROWS)
    ]


NPI_PHONE = nppes.HEADINGS["phone"]
NPI = (*nppes.HEADINGS.values(), *nppes.TAXONOMIES[:2])


def npi_rows() -> Rows:
    rows = []
    for number in range(ROWS):
        one, practice = facility(number), "Provider {}Business Practice Location Address{}"
        rows.append(
            npi_file.made_up(number)
            | {
                npi_file.NAME: f"{one['name1']} Ketamine {number}".upper(),
                "Provider Other Organization Name": one["name2"].upper(),
                "Provider Other Organization Name Type Code": "3" if one["name2"] else "",
                practice.format("First Line ", ""): one["street1"].upper(),
                practice.format("Second Line ", ""): one["street2"].upper(),
                practice.format("", " City Name"): one["city"].upper(),
                practice.format("", " State Name"): one["state"],
                practice.format("", " Postal Code"): f"{one['zip']}1234",
                practice.format("", " Telephone Number"): one["phone"].replace("-", ""),
                npi_file.TAXONOMY: "207L00000X",
                nppes.TAXONOMIES[1]: "208VP0000X" if number % 3 == 0 else "",
                "NPI Deactivation Date": "05/01/2015" if number % 10 == 9 else "",
                "NPI Reactivation Date": "06/01/2015" if number % 10 == 9 else "",
            }
        )
    return rows


HSDS = tuple(
    f"{table}.{column}" for table, rows in made_up_tables(1).items() for column in rows[0] if table != "taxonomies"
)


def hsds_rows() -> Rows:
    """Each row a whole package's table row, marked by its table."""
    tables = made_up_tables(ROWS)
    for number, (organization, address) in enumerate(zip(tables["organizations"], tables["addresses"], strict=True)):
        one = facility(number)
        organization["name"] = one["name1"]
        address |= {"address_1": one["street1"], "address_2": one["street2"], "city": one["city"]}
        address |= {"state_province": one["state"], "postal_code": one["zip"]}
        tables["locations"][number] |= {"latitude": one["latitude"], "longitude": one["longitude"]}
    return [
        {f"{table}.{column}": said for column, said in row.items()} | {"table": table}
        for table, rows in tables.items()
        for row in rows
    ]


def write_hsds(rows: Rows, headings: Mapping[str, str]) -> tuple[bytes, str]:
    tables: dict[str, Rows] = {}
    for row in rows:
        named = {key: headings.get(key, key) for key in row if key != "table"}
        kept = {name.rpartition(".")[2]: row[key] for key, name in named.items() if name}
        tables.setdefault(row["table"], []).append(kept)
    return package(tables), "package-2026-02-01.zip"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("mh", HEADINGS_2022, workbook_rows(MH_CODES), write_csv(HEADINGS_2022, "mh-2026.csv")),
        Kind("su", HEADINGS_2022, workbook_rows(SU_CODES), write_csv(HEADINGS_2022, "su-2026.csv")),
        Kind("findtreatment", LOCATOR, locator_rows, write_locator),
        Kind("nppes", NPI, npi_rows, write_csv(NPI, "npidata_pfile_20050523-20260208.csv")),
        Kind("list", tuple(LIST.values()), list_rows, write_csv(tuple(LIST.values()), "ours-2026-02-01.csv"), MAPPING),
        Kind("hsds", HSDS, hsds_rows, write_hsds),
    )
}
OUR_COUNTS = re.compile(r"rows could be read; at (?:least|most)|listings offer ketamine; at least")


@dataclass(slots=True)
class House:
    """A catalogue for each kind of file that holds a sound edition of it, against which the next one is tried."""

    folder: Path
    gazetteer: Gazetteer
    settings: Settings
    before: dict[str, tuple[Catalogue, list[ListingRecord], list[str]]]

    def read(self, kind: Kind, content: bytes, name: str) -> Any:
        (self.folder / name).write_bytes(content)
        mapping = self.folder / "ours.toml"
        mapping.write_text(kind.mapping)
        return open_listing(self.folder / name, gazetteer=self.gazetteer, mappings=(mapping,) if kind.mapping else ())

    def sound(self, kind: Kind) -> tuple[Catalogue, list[ListingRecord], list[str]]:
        """The catalogue with the sound edition, its listings and what was said of it."""
        if kind.name not in self.before:
            catalogue = Catalogue(f"sqlite:///{self.folder}/{kind.name}.sqlite3")
            upgrade(catalogue)
            content, name = kind.write(kind.rows(), {})
            batch = self.read(kind, content, name)
            batch.edition = "2025"
            accepted = Accepted(Decision("Ada Nobody", "made up"))
            report = publish(catalogue, batch, self.gazetteer, self.settings, checked=True, accepted=accepted)
            assert (report.refused, report.read) == ([], ROWS), report.as_text()
            again = self.read(kind, content, name)
            listings = [row for row in again.rows if isinstance(row, ListingRecord)]
            self.before[kind.name] = (catalogue, listings, report.warnings)
        return self.before[kind.name]

    def next_edition(self, kind: Kind, content: bytes, name: str) -> ImportReport | None:
        """What a dry run says of the next edition; None where the file is refused."""
        catalogue, _, _ = self.sound(kind)
        try:
            batch = self.read(kind, content, name)
            return publish(catalogue, batch, self.gazetteer, self.settings, dry_run=True, checked=True)
        except NotAListingError:
            return None

    def told(self, kind: Kind, report: ImportReport) -> list[str]:
        """What stands in a report that a sound edition's has not: held, refused, warned; counts of ours aside."""
        held = [said for said in report.held if not OUR_COUNTS.search(said)]
        refused = [f"line {row.line}, {row.column}: {row.reason}" for row in report.refused]
        return held + refused + [said for said in report.warnings if said not in self.sound(kind)[2]]

    def says_the_same(self, kind: Kind, content: bytes, name: str) -> bool:
        """Whether a file makes the listings that the sound one makes."""
        batch = self.read(kind, content, name)
        rows = [row.digest() for row in batch.rows if isinstance(row, ListingRecord)]
        return sorted(rows) == sorted(listing.digest() for listing in self.sound(kind)[1])


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, gazetteer: Gazetteer) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("drift"), gazetteer, load_settings(), {})
    yield made
    for catalogue, _, _ in made.before.values():
        catalogue.close()


def damages(kind: Kind) -> Iterator[tuple[str, Rows, Mapping[str, str]]]:
    """Every column in turn missing, renamed, in the place of its neighbour, and with another's values."""
    for column in kind.columns:
        yield f"{column} missing", kind.rows(), {column: ""}
        yield f"{column} renamed", kind.rows(), {column: f"{column}_x"}
    for one, other in pairwise(kind.columns):
        if one.rpartition(".")[0] == other.rpartition(".")[0]:
            yield f"{one} and {other} swapped", [swapped(row, one, other) for row in kind.rows()], {}
    for column in kind.columns:
        for other in kind.columns:
            if other != column and column.rpartition(".")[0] == other.rpartition(".")[0]:
                yield f"{column} with {other}'s values", [filled(row, column, other) for row in kind.rows()], {}


def swapped(row: dict[str, Any], one: str, other: str) -> dict[str, Any]:
    return row | {one: row.get(other, ""), other: row.get(one, "")} if one in row or other in row else row


def filled(row: dict[str, Any], column: str, other: str) -> dict[str, Any]:
    return row | {column: row[other]} if other in row else row


def quiet(house: House, kind: Kind, damage: tuple[str, Rows, Mapping[str, str]]) -> bool:
    """Whether a damaged edition would be published without a word though it says something else."""
    what, rows, headings = damage
    content, name = kind.write(rows, headings)
    report = house.next_edition(kind, content, name)
    if report is None or house.told(kind, report):
        return False
    assert what
    return not house.says_the_same(kind, content, name)


@pytest.mark.parametrize("name", KINDS)
def test_a_sound_edition_is_neither_held_nor_told_of(house: House, name: str) -> None:
    kind = KINDS[name]
    rows = kind.rows()
    phone = next(column for column in kind.columns if column in ("phone", "Call", "phones.number", NPI_PHONE))
    next(row for row in rows if phone in row)[phone] = "317-555-0199"
    for content, file_name in (kind.write(kind.rows(), {}), kind.write(rows, {})):
        report = house.next_edition(kind, content, file_name)
        assert report
        assert house.told(kind, report) == []
    assert report.changed == 1


@pytest.mark.parametrize("name", KINDS)
def test_a_column_that_drifts_is_refused_held_or_told(house: House, name: str) -> None:
    kind = KINDS[name]
    some = random.Random(len(name)).sample(list(damages(kind)), 4 if name == "hsds" else 12)
    assert [damage[0] for damage in some if quiet(house, kind, damage)] == []


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_every_column_that_drifts_is_refused_held_or_told(
    house: House, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = KINDS[name]
    every = list(damages(kind))
    found = [damage[0] for damage in every if quiet(house, kind, damage)]
    with capsys.disabled():
        print(f"\n{name}: {len(every)} drifted columns, {len(found)} quietly wrong")
    assert found == []


def check_truncated(house: House, kind: Kind, share: float) -> None:
    content, name = kind.write(kind.rows(), {})
    report = house.next_edition(kind, content[: int(len(content) * share)], name)
    if report is not None:
        lost = ROWS - (report.read - len(report.refused))
        assert house.told(kind, report) or report.withdrawn >= lost > 0


@pytest.mark.parametrize("name", KINDS)
def test_a_file_cut_off_is_refused_held_or_told(house: House, name: str) -> None:
    chance = random.Random(name)
    for _ in range(8):
        check_truncated(house, KINDS[name], chance.random())


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_a_file_cut_off_at_fifty_places_is_refused_held_or_told(house: House, name: str) -> None:
    chance = random.Random(50)
    for _ in range(50):
        check_truncated(house, KINDS[name], chance.random())


def scarred(said: str, chance: random.Random) -> str:
    """A cell as damage leaves it."""
    scars = [
        *("", "#REF!", f"{said}\ufffd\x07", said[: len(said) // 2], f"<td>{said}</td>", "x" * 60),
        *("".join(chance.sample(said, len(said))), str(chance.randrange(10**6))),
    ]
    return chance.choice(scars)


def check_cells(house: House, kind: Kind, seed: int) -> tuple[int, list[str]]:
    """Damage one cell in a hundred; how many were damaged, and which damage is told nowhere."""
    chance = random.Random(seed)
    rows, hit = kind.rows(), []
    for row in rows:
        for column in [column for column in kind.columns if column in row]:
            if chance.random() < 0.01:
                was = row[column]
                row[column] = scarred("x" if isinstance(was, list) else str(was), chance)
                if row[column] != was:
                    hit.append(f"{column}: {was!r} → {row[column]!r}")
    content, name = kind.write(rows, {})
    report = house.next_edition(kind, content, name)
    if report is None or not hit:
        return len(hit), []
    batch = house.read(kind, content, name)
    now = {row.digest() for row in batch.rows if isinstance(row, ListingRecord)}
    changed = len({listing.digest() for listing in house.sound(kind)[1]} - now)
    named = {row.line for row in report.refused} | set(lines_named(report.warnings))
    named_facilities = len(report.changes) + report.withdrawn + sum(report.fields_changed.values())
    wrong = changed > len(named) + named_facilities and not house.told(kind, report)
    return len(hit), hit if wrong else []


def lines_named(warnings: Sequence[str]) -> Iterator[int]:
    for warning in warnings:
        if match := re.search(r"\(lines? ([\d, ]+)", warning):
            yield from (int(line) for line in match[1].split(",") if line.strip())


@pytest.mark.parametrize("name", KINDS)
def test_damaged_cells_are_refused_told_or_named_as_changes(house: House, name: str) -> None:
    assert [check_cells(house, KINDS[name], seed)[1] for seed in range(2)] == [[], []]


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_damaged_cells_of_many_files_are_refused_told_or_named_as_changes(
    house: House, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = [check_cells(house, KINDS[name], seed) for seed in range(50)]
    with capsys.disabled():
        print(f"\n{name}: {sum(count for count, _ in tried)} damaged cells in 50 files")
    assert [wrong for _, wrong in tried if wrong] == []


any_text = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(["46204", "IN", "Indianapolis", "- - -", MH_CODES, "nan", "317-555-0101", "=1+1"]),
)
any_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
sound_services = nested_services(made_up_tables(2))


def check_any(house: House, content: bytes, name: str, rows: int) -> None:
    """Any file is refused whole, or each of its rows is a listing or a refusal; nothing else is raised."""
    path = house.folder / name
    path.write_bytes(content)
    try:
        read = list(open_listing(path, gazetteer=house.gazetteer).rows)
    except NotAListingError:
        return
    assert len(read) <= rows
    for row in read:
        if isinstance(row, RefusedRow):
            assert row.reason
        else:
            assert row.name1
            assert (len(row.state), len(row.zip)) == (2, 5)


any_rows = st.lists(st.fixed_dictionaries(dict.fromkeys(HEADINGS_2022, any_text)), min_size=1, max_size=6)
printable = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(HEADINGS_2022, any_text.filter(lambda said: said is None or said.isprintable()))
    ),
    min_size=1,
    max_size=6,
)
any_page = st.lists(
    st.dictionaries(st.sampled_from(LOCATOR), st.one_of(any_text, any_json), max_size=len(LOCATOR)), max_size=6
)


@st.composite
def any_services(draw: st.DrawFn) -> list[Any]:
    services = json.loads(json.dumps(sound_services))
    for _ in range(draw(st.integers(1, 6))):
        holder: Any = services
        for _ in range(draw(st.integers(1, 6))):
            if not isinstance(holder, dict | list) or not holder:
                break
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = draw(st.sampled_from(keys))
            if draw(st.booleans()) or not isinstance(holder[key], dict | list):
                holder[key] = draw(any_json)
                break
            holder = holder[key]
    return services


def examples(count: int) -> Callable[[Any], Any]:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@examples(15)
@given(printable)
def test_any_workbook_is_refused_or_read_row_by_row(house: House, rows: Rows) -> None:
    check_any(house, workbook_bytes(rows), "any-2026.xlsx", len(rows))


@examples(30)
@given(any_page, any_services())
def test_any_json_page_is_refused_or_read_row_by_row(house: House, rows: Rows, services: list[Any]) -> None:
    check_any(house, json.dumps(locator_page(rows)).encode(), "any-2026.json", len(rows))
    check_any(house, json.dumps(listed(services)).encode(), "any-2026.json", 20)


@pytest.mark.soak
@examples(700)
@given(printable)
def test_seven_hundred_workbooks_are_refused_or_read(house: House, rows: Rows) -> None:
    check_any(house, workbook_bytes(rows), "any-2026.xlsx", len(rows))


@pytest.mark.soak
@examples(300)
@given(any_rows)
def test_three_hundred_texts_are_refused_or_read(house: House, rows: Rows) -> None:
    check_any(house, csv_text(rows).encode("utf-8", "replace"), "any-2026.csv", 200)


@pytest.mark.soak
@examples(1000)
@given(any_page, any_services())
def test_a_thousand_pages_and_as_many_packages_are_refused_or_read(
    house: House, rows: Rows, services: list[Any]
) -> None:
    check_any(house, json.dumps(locator_page(rows)).encode(), "any-2026.json", len(rows))
    check_any(house, json.dumps(listed(services)).encode(), "any-2026.json", 20)
