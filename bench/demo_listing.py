"""Make data/demo/facilities.csv: about 300 clinics that do not exist, in the form of the SAMHSA workbook.

usage: python bench/demo_listing.py [FILE]
The same versions of this file, the code list and `zipcodes` give the same bytes again.
"""

from __future__ import annotations

import csv
import io
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import zipcodes

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "demo" / "facilities.csv"
SEED = 20260101
HEADINGS = (
    "Name1", "Name2", "Street1", "Street2", "City", "State", "Zip", "Phone", "Intake1", "Intake2", "Intake1a",
    "Intake2a", "Service_code_info",
)  # fmt: skip
FIRST_WORDS = ("Example", "Imaginary", "Pretend", "Make-Believe", "Fictional", "Sample", "Storybook", "Invented")
MIDDLE_WORDS = (
    "Lantern", "Harbor", "Teacup", "Paper Boat", "Blue Kite", "Marble", "Acorn", "Rocking Chair", "Lighthouse",
    "Pinwheel", "Snow Globe", "Music Box", "Patchwork", "Weathervane", "Firefly", "Pebble", "Wind Chime", "Umbrella",
)  # fmt: skip
KETAMINE_WORDS = ("Infusion Clinic", "Mood Center", "Wellness Clinic", "Ketamine Clinic", "Psychiatry Group")
OTHER_WORDS = ("Behavioral Health", "Counseling Center", "Recovery House", "Family Clinic", "Mental Health Center")
PROGRAMS = ("", "", "", "", "Outpatient program", "Evening program", "North office", "Adult services")
WITHHELD = ("- - -", "---", "----", "--")
NEAR_HOME = (
    "46204", "46220", "46032", "46140", "46250", "46802", "46825", "46544", "47401", "47708", "47906", "46060",
)  # fmt: skip
OTHER_CITIES = (
    "44114", "45202", "43215", "45402", "43604", "60602", "60614", "61602", "62701", "40202", "40507", "42101",
    "48226", "49503", "48933", "53202", "53703", "55402", "55101", "50309", "63101", "64105", "65201", "68102",
    "66603", "67202", "73102", "74103", "75201", "77002", "78205", "78701", "79901", "78501", "70112", "70801",
    "72201", "39201", "35203", "36602", "37203", "38103", "37902", "30303", "31401", "32202", "33101", "33602",
    "32801", "32301", "29201", "29401", "28202", "27601", "23219", "23510", "22314", "20001", "21201", "19103",
    "15222", "17101", "08608", "07102", "10001", "11201", "12207", "14202", "13202", "06103", "06510", "02903",
    "02108", "01608", "03101", "05401", "04101", "04401", "25301", "26505", "19801", "80202", "80903", "81501",
    "82001", "59101", "59801", "58102", "57104", "57701", "83702", "84101", "84601", "85004", "85701", "87102",
    "87501", "89101", "89501", "90012", "90033", "92101", "92701", "93721", "94102", "95814", "94601", "97204",
    "97401", "98101", "98501", "99201", "99501", "99701", "96813", "96720", "00901", "96910",
)  # fmt: skip
BASE_CODES = ("MH", "YAD", "ADLT", "IPT", "SMON", "VAPN", "STU")
SHARES = {
    "SUMH": 0.7, "SA": 0.35, "CBT": 0.85, "DBT": 0.5, "GT": 0.7, "CFT": 0.55, "EMDR": 0.25, "TELE": 0.7, "IDD": 0.5,
    "CRT": 0.05, "AT": 0.3, "ANTPYCH": 0.5, "ARIPI": 0.35, "QUETI": 0.35, "CLOZA": 0.25, "NRT": 0.2,
    "MC": 0.6, "PI": 0.85, "MI": 0.4, "SI": 0.4, "VAF": 0.2, "PA": 0.25, "SS": 0.4, "ITU": 0.06,
    "TAY": 0.3, "SE": 0.3, "GL": 0.35, "VET": 0.35, "ADM": 0.15, "MF": 0.2, "CO": 0.55, "HV": 0.12, "DV": 0.15,
    "TRMA": 0.5, "TBI": 0.1, "ALZ": 0.08, "PED": 0.15, "PEFP": 0.1, "PTSD": 0.5, "SED": 0.15, "SMI": 0.45,
    "CHLD": 0.45, "SNR": 0.7, "AH": 0.35, "FX": 0.1, "PEON": 0.15, "CIT": 0.25, "WI": 0.2,
    "CM": 0.5, "SPS": 0.6, "FPSY": 0.45, "COOT": 0.25, "IPC": 0.2, "PEER": 0.3, "HS": 0.15, "TCC": 0.3,
}  # fmt: skip
LANGUAGES = ("F4", "F17", "F19", "F25", "F28", "F36", "F47", "F66", "F67", "F70", "F81", "F92")
SPANISH_SPEAKING = {"TX", "CA", "FL", "AZ", "NM", "NY", "NJ", "PR", "NV", "IL"}
KETAMINE_EVERY = 5
CLINICS_NEAR_HOME, CLINICS = 24, 300


def rows() -> Iterator[list[str]]:
    """The made-up clinics, one row each, in the order of HEADINGS."""
    chance = random.Random(SEED)
    points = {entry["zip_code"]: entry for entry in zipcodes.list_all()}
    used: set[str] = set()
    for number in range(CLINICS):
        pool = NEAR_HOME if number < CLINICS_NEAR_HOME else OTHER_CITIES
        place = points[pool[number % len(pool)]]
        ketamine = (number + number // len(pool)) % KETAMINE_EVERY < 2
        yield _row(chance, number, place, ketamine, used)


def _row(chance: random.Random, number: int, place: dict[str, Any], ketamine: bool, used: set[str]) -> list[str]:
    name = _name(chance, ketamine, used)
    street = f"{100 + number} Example Street"
    if number % 29 == 7:
        street = chance.choice(WITHHELD)
    suite = f"Suite {chance.randint(1, 20)}" if chance.random() < 0.2 and street[0] != "-" else ""
    phone = f"{_area_code(place)}-555-01{number % 100:02d}"
    intake = f"{_area_code(place)}-555-01{(number + 37) % 100:02d}" if chance.random() < 0.25 else ""
    return [
        name, chance.choice(PROGRAMS), street, suite, str(place["city"]), str(place["state"]), str(place["zip_code"]),
        phone, intake, "", "", "", _grouped(_codes(chance, number, str(place["state"]), ketamine)),
    ]  # fmt: skip


def _area_code(place: dict[str, Any]) -> str:
    codes: Sequence[str] = sorted(place["area_codes"])
    return codes[0] if codes else "317"


def _name(chance: random.Random, ketamine: bool, used: set[str]) -> str:
    kinds = KETAMINE_WORDS if ketamine else OTHER_WORDS
    while True:
        name = f"{chance.choice(FIRST_WORDS)} {chance.choice(MIDDLE_WORDS)} {chance.choice(kinds)} (made up)"
        if name not in used:
            used.add(name)
            return name


def _codes(chance: random.Random, number: int, state: str, ketamine: bool) -> set[str]:
    codes = set(BASE_CODES) | {code for code, share in SHARES.items() if chance.random() < share}
    codes.add("KIT" if ketamine else "CBT")
    codes.add("OP" if ketamine or chance.random() < 0.8 else "RES")
    codes |= {code for code, share in (("PHDT", 0.15), ("HI", 0.1)) if chance.random() < share}
    codes.add("OMH" if "OP" in codes else "RTCA")
    codes.add("PVTP" if chance.random() < (0.7 if ketamine else 0.3) else "PVTN")
    codes |= {code for code, share in (("TMS", 0.3 if ketamine else 0.05), ("ECT", 0.08)) if chance.random() < share}
    codes |= {code for code, share in (("MD", 0.45 if ketamine else 0.85), ("SF", 0.9)) if chance.random() < share}
    if chance.random() < (0.6 if state in SPANISH_SPEAKING else 0.2):
        codes.add("SP")
    if "FX" in codes:
        codes.add(LANGUAGES[number % len(LANGUAGES)])
    return codes


def _grouped(codes: set[str]) -> str:
    """Codes as the workbook writes them: one category a group, both in the code list's order."""
    with (ROOT / "data" / "service_codes.csv").open(encoding="utf-8", newline="") as file:
        known = [(row["category"], row["code"]) for row in csv.DictReader(file)]
    groups: dict[str, list[str]] = {}
    for category, code in known:
        if code in codes:
            groups.setdefault(category, []).append(code)
    return " * ".join(" ".join(group) for group in groups.values())


def listing() -> str:
    """The whole file as text with line feeds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows())
    return text.getvalue()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO
    target.write_text(listing(), encoding="utf-8", newline="\n")
