"""Kinds of made-up files of every source, and a house that holds a sound edition of each."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from made_up_files import HEADINGS_2022, MH_CODES, SU_CODES, locator_page
from made_up_hsds import made_up_tables, package

from bench import npi_file
from directory.catalogue.publish import Accepted, publish
from directory.catalogue.record import ListingRecord
from directory.catalogue.report import ImportReport
from directory.catalogue.run import Decision
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings
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
            told = [*report.warnings, *(odd.as_words() for odd in report.oddities)]
            self.before[kind.name] = (catalogue, listings, told)
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
        warned = [*report.warnings, *(odd.as_words() for odd in report.oddities)]
        return held + refused + [said for said in warned if said not in self.sound(kind)[2]]

    def says_the_same(self, kind: Kind, content: bytes, name: str) -> bool:
        """Whether a file makes the listings that the sound one makes."""
        batch = self.read(kind, content, name)
        rows = [row.digest() for row in batch.rows if isinstance(row, ListingRecord)]
        return sorted(rows) == sorted(listing.digest() for listing in self.sound(kind)[1])
