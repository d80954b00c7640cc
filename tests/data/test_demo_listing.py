"""The demonstration listing is unmistakably made up, and anyone can make it again."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zipcodes

from directory.catalogue.codes import code_list
from directory.config import DATA, ROOT

LISTING = DATA / "demo" / "facilities.csv"
WITHHELD = re.compile(r"-+( -+)*")


@pytest.fixture(scope="module")
def clinics() -> list[dict[str, str]]:
    with LISTING.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_listing_can_be_made_again_to_the_byte(tmp_path: Path) -> None:
    again = tmp_path / "facilities.csv"
    subprocess.run([sys.executable, str(ROOT / "bench" / "demo_listing.py"), str(again)], check=True)
    assert again.read_bytes() == LISTING.read_bytes()


def test_no_name_could_be_taken_for_real(clinics: list[dict[str, str]]) -> None:
    assert [clinic["Name1"] for clinic in clinics if not clinic["Name1"].endswith("(made up)")] == []
    assert len({clinic["Name1"] for clinic in clinics}) == len(clinics)


def test_no_phone_could_reach_anybody(clinics: list[dict[str, str]]) -> None:
    phones = [clinic[key] for clinic in clinics for key in ("Phone", "Intake1", "Intake2") if clinic[key]]
    assert [phone for phone in phones if not re.fullmatch(r"\d{3}-555-01\d\d", phone)] == []


def test_streets_are_examples_or_withheld(clinics: list[dict[str, str]]) -> None:
    streets = [clinic["Street1"] for clinic in clinics]
    withheld = [street for street in streets if WITHHELD.fullmatch(street)]
    assert len(withheld) >= 5
    assert all(re.fullmatch(r"\d+ Example Street", street) for street in set(streets) - set(withheld))


def test_clinics_stand_at_real_zips_in_most_states(clinics: list[dict[str, str]]) -> None:
    points = {entry["zip_code"]: (entry["city"], entry["state"]) for entry in zipcodes.list_all()}
    assert [c["Zip"] for c in clinics if points.get(c["Zip"]) != (c["City"], c["State"])] == []
    assert len({clinic["State"] for clinic in clinics}) >= 45
    assert sum(clinic["State"] == "IN" for clinic in clinics) >= 20


def test_codes_stand_in_one_category_a_group_in_the_order_of_the_list(clinics: list[dict[str, str]]) -> None:
    order = {service.code: (service.category, number) for number, service in enumerate(code_list())}
    for clinic in clinics:
        groups = [group.split() for group in clinic["Service_code_info"].split(" * ")]
        assert all(len({order[code][0] for code in group}) == 1 for group in groups)
        assert len({order[group[0]][0] for group in groups}) == len(groups)
        places = [order[code][1] for group in groups for code in group]
        assert all(group == sorted(group, key=lambda code: order[code][1]) for group in groups)
        assert len(places) == len(set(places))


def test_about_a_third_offer_ketamine_with_a_mix_of_everything_else(clinics: list[dict[str, str]]) -> None:
    codes = [set(clinic["Service_code_info"].replace("*", " ").split()) for clinic in clinics]
    assert len(clinics) == 300
    assert 100 <= sum("KIT" in listed for listed in codes) <= 140
    for code in (
        "TMS",
        "ECT",
        "MD",
        "MC",
        "PI",
        "MI",
        "SF",
        "SS",
        "PA",
        "SP",
        "AH",
        "CHLD",
        "VET",
        "PTSD",
        "RES",
        "HI",
    ):
        assert sum(code in listed for listed in codes) >= 3, code
