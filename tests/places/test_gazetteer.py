"""A person can name a place in many ways; the gazetteer knows which one is meant."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import zipcodes
from hypothesis import given
from hypothesis import strategies as st

from directory.places.compiled import compile_zipcodes
from directory.places.gazetteer import Gazetteer
from directory.places.place import PlaceKind
from directory.places.spelling import name_key

ROWS = [
    row
    for row in zipcodes.list_all()
    if row["zip_code_type"] == "STANDARD" and row["state"] not in {"FM", "MH", "PW"} and float(row["lat"])
]


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return Gazetteer.load(tmp_path_factory.mktemp("places"), "IN")


def likeliest(gazetteer: Gazetteer, text: str) -> str:
    return next((place.label for place in gazetteer.find(text)), "")


def test_every_zip_finds_itself_at_its_own_point(gazetteer: Gazetteer) -> None:
    for row in ROWS:
        place = gazetteer.zip(row["zip_code"])
        assert place is not None
        assert (place.label, place.kind, place.state) == (row["zip_code"], PlaceKind.ZIP, row["state"])
        assert (place.latitude, place.longitude) == (float(row["lat"]), float(row["long"]))


def test_a_zip_with_its_four_further_digits_is_the_zip(gazetteer: Gazetteer) -> None:
    assert likeliest(gazetteer, "46204-1234") == "46204"


@pytest.mark.parametrize("code", ["09001", "00000", "99999", "4620", "462045", "46204-12"])
def test_what_is_no_zip_of_the_country_is_not_placed(gazetteer: Gazetteer, code: str) -> None:
    assert gazetteer.zip(code) is None


def spellings(town: str, state: str, name: str) -> list[str]:
    return [
        f"{town}, {state}",
        f"{town} {state.lower()}",
        f"  {town.upper()}   {name} ",
        f"{town.lower()},{name.lower()}",
        f"{town.replace('Saint ', 'St. ').replace('Fort ', 'Ft ').replace('Mount ', 'Mt. ')}, {state}",
        f"{town.replace('North ', 'N. ').replace('West ', 'W ')} {state}",
    ]


def test_every_town_finds_itself_in_any_usual_spelling(gazetteer: Gazetteer) -> None:
    towns = sorted({(row["city"], row["state"]) for row in ROWS if row["city"] not in {"Apo", "Dpo", "Fpo", "Dhs"}})
    for town, state in random.Random(3).sample(towns, 500):
        for spelling in spellings(town, state, gazetteer.state_name(state)):
            found = gazetteer.find(spelling)
            assert any(name_key(place.label) == name_key(f"{town} {state}") for place in found), spelling


def test_a_town_lies_among_its_own_zips(gazetteer: Gazetteer) -> None:
    for row in random.Random(5).sample(ROWS, 500):
        place = gazetteer.town(row["city"], row["state"])
        own = [other for other in ROWS if (other["city"], other["state"]) == (row["city"], row["state"])]
        assert place is not None
        assert min(float(r["lat"]) for r in own) - 0.01 <= place.latitude <= max(float(r["lat"]) for r in own) + 0.01


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("St. Louis", "Saint Louis, MO"),
        ("Saint Louis, Missouri", "Saint Louis, MO"),
        ("ft. wayne", "Fort Wayne, IN"),
        ("N. Charleston", "North Charleston, SC"),
        ("O'Fallon, MO", "O'Fallon, MO"),
        ("ofallon mo", "O'Fallon, MO"),
        ("Coeur d’Alene", "Coeur d'Alene, ID"),
        ("McLean VA", "McLean, VA"),
        ("Peñuelas", "Penuelas, PR"),
        ("NYC", "New York, NY"),
        ("new york city", "New York, NY"),
        ("Philly", "Philadelphia, PA"),
        ("Queens", "Queens, NY"),
        ("Brooklyn", "Brooklyn, NY"),
        ("Baltimore City", "Baltimore, MD"),
        ("Winston-Salem", "Winston-Salem, NC"),
    ],
)
def test_a_town_is_known_by_what_people_call_it(gazetteer: Gazetteer, text: str, label: str) -> None:
    assert likeliest(gazetteer, text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("indianoplis", "Indianapolis, IN"),
        ("cincinatti", "Cincinnati, OH"),
        ("pheonix", "Phoenix, AZ"),
        ("ft wyne", "Fort Wayne, IN"),
        ("evansvile", "Evansville, IN"),
        ("los angelos", "Los Angeles, CA"),
        ("pittsburg", "Pittsburgh, PA"),
        ("clevland ohio", "Cleveland, OH"),
        ("indianapolis indianna", "Indianapolis, IN"),
        ("kentuky", "KY"),
    ],
)
def test_a_misspelled_place_is_still_found(gazetteer: Gazetteer, text: str, label: str) -> None:
    assert likeliest(gazetteer, text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Utah", "UT"),
        ("IN", "IN"),
        ("Indiana", "IN"),
        ("Indiana, PA", "Indiana, PA"),
        ("Nevada, MO", "Nevada, MO"),
        ("Kansas City", "Kansas City, MO"),
        ("Oklahoma City", "Oklahoma City, OK"),
        ("Virginia Beach", "Virginia Beach, VA"),
        ("West Virginia", "WV"),
        ("Carolina del Norte", "NC"),
        ("New York", "New York, NY"),
        ("Washington state", "WA"),
        ("Washington", "WA"),
        ("Washington, IN", "Washington, IN"),
        ("washington d.c.", "Washington, DC"),
        ("DC", "Washington, DC"),
        ("Puerto Rico", "PR"),
    ],
)
def test_states_and_towns_named_like_states_are_told_apart(gazetteer: Gazetteer, text: str, label: str) -> None:
    assert likeliest(gazetteer, text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Marion County, Indiana", "Marion County, IN"),
        ("marion county", "Marion County, IN"),
        ("Orleans Parish", "Orleans Parish, LA"),
        ("Orleans County, LA", "Orleans Parish, LA"),
        ("st louis county mo", "St. Louis County, MO"),
        ("Nome Census Area AK", "Nome Census Area, AK"),
        ("Ponce Municipio, PR", "Ponce Municipio, PR"),
    ],
)
def test_counties_go_by_their_own_words(gazetteer: Gazetteer, text: str, label: str) -> None:
    assert likeliest(gazetteer, text) == label


def test_an_ambiguous_town_is_the_one_nearer_home() -> None:
    compiled = compile_zipcodes()
    assert likeliest(Gazetteer(compiled, "IN"), "Bloomington") == "Bloomington, IN"
    assert likeliest(Gazetteer(compiled, "IL"), "Bloomington") == "Bloomington, IL"
    assert likeliest(Gazetteer(compiled, "WI"), "Columbus") == "Columbus, OH"
    assert likeliest(Gazetteer(compiled), "Portland") == "Portland, OR"


def test_the_other_towns_of_the_name_are_offered(gazetteer: Gazetteer) -> None:
    labels = [place.label for place in gazetteer.find("Springfield")]
    assert {"Springfield, IL", "Springfield, MA", "Springfield, MO"} <= set(labels)


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    Gazetteer.load(tmp_path)
    (cache,) = tmp_path.glob("*.npz")
    cache.write_bytes(cache.read_bytes()[:1000])
    assert likeliest(Gazetteer.load(tmp_path), "Muncie") == "Muncie, IN"
    with np.load(cache, allow_pickle=False) as stored:
        assert "zip_codes" in stored


def test_a_cache_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert likeliest(Gazetteer.load(tmp_path / "file" / "cache"), "Muncie") == "Muncie, IN"


def test_suggestions_begin_with_what_is_typed_likeliest_first(gazetteer: Gazetteer) -> None:
    assert next(place.label for place in gazetteer.suggest("indianap")) == "Indianapolis, IN"
    assert next(place.label for place in gazetteer.suggest("st lo")) == "Saint Louis, MO"
    assert [place.label for place in gazetteer.suggest("springfield, m")][:2] == ["Springfield, MA", "Springfield, MO"]
    assert next(place.label for place in gazetteer.suggest("4620")) == "46201"
    assert gazetteer.suggest("  ") == ()


@given(st.text(max_size=60))
def test_any_text_is_looked_up_without_an_error(gazetteer: Gazetteer, text: str) -> None:
    for place in (*gazetteer.find(text), *gazetteer.suggest(text)):
        assert -90 <= place.latitude <= 90
        assert -180 <= place.longitude <= 180
