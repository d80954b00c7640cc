"""A made-up NPI file as long as wanted, in the form of the registry's own: 330 quoted columns, most of them empty."""

from __future__ import annotations

import argparse
import random
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

MAILING = "Provider {}Business Mailing Address{}"
PRACTICE = "Provider {}Business Practice Location Address{}"
ADDRESS = (
    *(("First Line ", ""), ("Second Line ", ""), ("", " City Name"), ("", " State Name"), ("", " Postal Code")),
    *(("", " Country Code (If outside U.S.)"), ("", " Telephone Number"), ("", " Fax Number")),
)
HEADINGS = (
    *("NPI", "Entity Type Code", "Replacement NPI", "Employer Identification Number (EIN)"),
    *("Provider Organization Name (Legal Business Name)", "Provider Last Name (Legal Name)", "Provider First Name"),
    *("Provider Middle Name", "Provider Name Prefix Text", "Provider Name Suffix Text", "Provider Credential Text"),
    *("Provider Other Organization Name", "Provider Other Organization Name Type Code", "Provider Other Last Name"),
    *("Provider Other First Name", "Provider Other Middle Name", "Provider Other Name Prefix Text"),
    *("Provider Other Name Suffix Text", "Provider Other Credential Text", "Provider Other Last Name Type Code"),
    *(MAILING.format(*parts) for parts in ADDRESS),
    *(PRACTICE.format(*parts) for parts in ADDRESS),
    *("Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date"),
    *("NPI Reactivation Date", "Provider Gender Code", "Authorized Official Last Name"),
    *("Authorized Official First Name", "Authorized Official Middle Name", "Authorized Official Title or Position"),
    "Authorized Official Telephone Number",
    *(
        heading.format(number)
        for number in range(1, 16)
        for heading in (
            *("Healthcare Provider Taxonomy Code_{}", "Provider License Number_{}"),
            *("Provider License Number State Code_{}", "Healthcare Provider Primary Taxonomy Switch_{}"),
        )
    ),
    *(
        heading.format(number)
        for number in range(1, 51)
        for heading in (
            *("Other Provider Identifier_{}", "Other Provider Identifier Type Code_{}"),
            *("Other Provider Identifier State_{}", "Other Provider Identifier Issuer_{}"),
        )
    ),
    *("Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN"),
    *("Authorized Official Name Prefix Text", "Authorized Official Name Suffix Text"),
    "Authorized Official Credential Text",
    *(f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)),
    "Certification Date",
)
NAME = "Provider Organization Name (Legal Business Name)"
TAXONOMY = "Healthcare Provider Taxonomy Code_1"
TOWNS = (("INDIANAPOLIS", "IN", "462041234"), ("CLEVELAND", "OH", "441131234"), ("CHICAGO", "IL", "606011234"))
# One row in 200 is of interest, which is more than in the real registry.
OF_INTEREST = ((0, "MADE UP KETAMINE CLINIC", "207L00000X"), (1, "PRETEND INFUSION CENTER", "207LP2900X"))
BETWEEN = 400
ROWS_AT_ONCE = 20_000


def npi(number: int) -> str:
    """The NPI whose nine first digits are 1 and a number below a hundred million."""
    nine = f"1{number:08}"
    # 80840 in front adds 24 to the Luhn sum.
    total = 24 + sum(map(int, nine[1::2])) + sum(sum(divmod(2 * int(digit), 10)) for digit in nine[::2])
    return f"{nine}{-total % 10}"


def made_up(number: int, **changes: str) -> dict[str, str]:
    """A clinic's row nobody could take for real, by heading; only what differs from empty."""
    town, state, postal_code = TOWNS[number % len(TOWNS)]
    return {
        "NPI": npi(number),
        "Entity Type Code": "2",
        NAME: f"IMAGINARY HERON PRACTICE {number}",
        PRACTICE.format("First Line ", ""): f"{number % 9000 + 1} NOWHERE STREET",
        PRACTICE.format("", " City Name"): town,
        PRACTICE.format("", " State Name"): state,
        PRACTICE.format("", " Postal Code"): postal_code,
        PRACTICE.format("", " Country Code (If outside U.S.)"): "US",
        PRACTICE.format("", " Telephone Number"): f"317555{100 + number % 100:04}",
        "Provider Enumeration Date": "05/23/2005",
        "Last Update Date": "07/08/2020",
        TAXONOMY: "207Q00000X",
        "Healthcare Provider Primary Taxonomy Switch_1": "Y",
    } | changes


def line(row: Mapping[str, str], headings: Iterable[str] = HEADINGS) -> str:
    """A row as the registry writes it: every cell quoted."""
    cells = (row.get(heading, "").replace('"', '""') for heading in headings)
    return '"' + '","'.join(cells) + '"\n'


def _lines(rows: int) -> Iterator[bytes]:
    """The file in pieces. Rows between those of interest are one template each, so that two million take seconds."""
    yield line({heading: heading for heading in HEADINGS}).encode()
    chance = random.Random(2026)
    templates = [line(made_up(number, NPI="0123456789")) for number in range(97)]
    templates.append(line(made_up(98, NPI="0123456789") | {NAME: 'THE "PURPLE" HERON, LLC'}))
    for first in range(0, rows, ROWS_AT_ONCE):
        piece = []
        for number in range(first, min(first + ROWS_AT_ONCE, rows)):
            wanted = next(((name, code) for place, name, code in OF_INTEREST if number % BETWEEN == place), None)
            if wanted:
                named = {NAME: f"{wanted[0]} {number}", TAXONOMY: wanted[1]}
                piece.append(line(made_up(number) | named))
            else:
                piece.append(chance.choice(templates).replace("0123456789", npi(number), 1))
        yield "".join(piece).encode()


def write(path: Path, rows: int) -> Path:
    """Write a whole file of made-up rows as csv, or as the zip it comes in where the path ends so."""
    if path.suffix == ".zip":
        member = zipfile.ZipInfo("npidata_pfile_20050523-20261108.csv")
        member.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(path, "w") as packed, packed.open(member, "w", force_zip64=True) as stream:
            stream.writelines(_lines(rows))
    else:
        with path.open("wb") as stream:
            stream.writelines(_lines(rows))
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.npi_file", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    options = parser.parse_args()
    write(options.path, options.rows)
