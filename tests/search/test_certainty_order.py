"""Certainty in the order of results: what it may bend, what it leaves alone, and the order by who was asked last."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path

import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_clinics import PAGES, add_clinics, clinic, empty_catalogue, many_clinics

from directory.catalogue.models import Facility
from directory.index.generation import Generation, rebuild
from directory.places.place import Place, PlaceKind
from directory.search.question import Question, Sort
from directory.search.ranking import MILES_FOR_CERTAINTY, SHARE_FOR_CERTAINTY, SHELF_LIFE_DAYS
from directory.search.selection import Selection, select

TODAY = dt.date(2026, 11, 23)
DAY_NUMBER = (TODAY - dt.date(1970, 1, 1)).days
CENTRE = Place("46204", PlaceKind.ZIP, 39.77, -86.16, "IN")
MILES_A_DEGREE = 69.0


class Reach:
    radius_miles = 50.0
    fewest_within_radius = 5
    widen_to = 10


def ask(generation: Generation, question: Question) -> Selection:
    return select(generation, question, Reach(), today=DAY_NUMBER)


def ids_of(generation: Generation, question: Question) -> list[int]:
    found: list[int] = generation.columns.ids[ask(generation, question).rows].tolist()
    return found


def built(folder: Path, clinics: list[Facility]) -> Generation:
    catalogue = empty_catalogue(folder)
    add_clinics(catalogue, clinics)
    return rebuild(catalogue, folder / "index", PAGES)


def at(miles: float, asked_days_ago: int | None = None, **values: object) -> Facility:
    """A clinic so many miles north of the place."""
    asked = None if asked_days_ago is None else TODAY - dt.timedelta(days=asked_days_ago)
    usual = {"latitude": 39.77 + miles / MILES_A_DEGREE, "verified_on": asked, "precision": "street"}
    return clinic(**(usual | values))


@pytest.mark.parametrize(
    ("asked_clinic", "order"),
    [
        (at(13, 0), [2, 1]),
        (at(14, 0), [1, 2]),
        (at(13, SHELF_LIFE_DAYS // 2), [1, 2]),
        (at(11, SHELF_LIFE_DAYS // 2), [2, 1]),
        (at(10.5, SHELF_LIFE_DAYS), [1, 2]),
        (at(10.5, None), [1, 2]),
        (at(13, 0, precision="zip"), [1, 2]),
        (at(11, 0, precision="zip"), [2, 1]),
    ],
)
def test_an_answer_brings_a_clinic_a_little_nearer_and_fades(
    tmp_path: Path, asked_clinic: Facility, order: list[int]
) -> None:
    assert ids_of(built(tmp_path, [at(10), asked_clinic]), Question(place=CENTRE)) == order


def test_an_answer_is_worth_no_more_than_a_share_of_the_distance(tmp_path: Path) -> None:
    generation = built(tmp_path, [at(1), at(2, 0)])
    assert ids_of(generation, Question(place=CENTRE)) == [1, 2]


def test_clinics_asked_on_one_day_lie_in_the_order_of_their_distance(tmp_path: Path) -> None:
    generation = built(tmp_path, [at(miles, 7) for miles in (30, 0.1, 20.1, 4, 20)])
    assert ids_of(generation, Question(place=CENTRE)) == [2, 4, 5, 3, 1]


def test_an_order_that_was_chosen_is_not_bent(tmp_path: Path) -> None:
    generation = built(tmp_path, [at(10), at(12, 0)])
    assert ids_of(generation, Question(place=CENTRE, sort=Sort.DISTANCE)) == [1, 2]


def test_certainty_bends_the_order_of_words_too(tmp_path: Path) -> None:
    generation = built(tmp_path, [at(10), at(12, 0)])
    assert ids_of(generation, Question(place=CENTRE, words="quokka")) == [2, 1]


def test_who_was_asked_last_comes_first_then_who_is_nearer(tmp_path: Path) -> None:
    generation = built(tmp_path, [at(1), at(30, 3), at(20, 3), at(40, 2), at(5, 400), at(0.5)])
    assert ids_of(generation, Question(place=CENTRE, sort=Sort.VERIFIED)) == [4, 3, 2, 5, 6, 1]


def test_without_a_place_who_was_asked_last_comes_first_then_the_name(tmp_path: Path) -> None:
    clinics = [at(1, name="Zebra"), at(1, 3, name="Teapot"), at(1, 3, name="Marmot"), at(1, 2, name="Quokka")]
    assert ids_of(built(tmp_path, clinics), Question(sort=Sort.VERIFIED)) == [4, 3, 2, 1]


def test_only_clinics_asked_lately_pass_where_that_was_chosen_and_its_counts_ignore_the_choice(tmp_path: Path) -> None:
    generation = built(tmp_path, [at(1), *(at(miles, miles * 20) for miles in range(2, 9)), at(12, 366)])
    for place in (CENTRE, None):
        lately = ask(generation, Question(place=place, verified_days=90, filters={"TAP": ("KIT",)}))
        assert lately.total == 3
        assert lately.facets["TAP"] == {"KIT": 3}
        assert lately.facets["VERIFIED"] == {"90": 3, "365": 7}


def test_where_nobody_was_ever_asked_there_is_no_such_filter(tmp_path: Path) -> None:
    assert "VERIFIED" not in ask(built(tmp_path, [at(1)]), Question(place=CENTRE)).facets


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Facility], Generation]:
    """Clinics of which a third were asked within the last 500 days, a third of all known only by their ZIP."""
    dice = random.Random(20)
    clinics = many_clinics(700, seed=20)
    for one in clinics:
        one.precision = "zip" if dice.random() < 0.3 else "street"
        one.verified_on = TODAY - dt.timedelta(days=dice.randrange(500)) if dice.random() < 0.3 else None
    generation = built(tmp_path_factory.mktemp("country"), clinics)
    return clinics, generation


def bent_by_hand(facility: Facility, place: Place) -> tuple[float, float]:
    """Miles less what certainty is worth, and the miles."""
    miles = geodesic((place.latitude, place.longitude), (facility.latitude, facility.longitude)).miles
    sure = 0.0
    if facility.verified_on is not None:
        sure = max(1 - (TODAY - facility.verified_on).days / SHELF_LIFE_DAYS, 0)
    if facility.precision != "street":
        sure *= 0.5
    return miles - sure * min(MILES_FOR_CERTAINTY, SHARE_FOR_CERTAINTY * miles), miles


@settings(max_examples=25)
@given(
    latitude=st.floats(25, 49),
    longitude=st.floats(-124, -67),
    radius=st.floats(20, 3000),
    per_page=st.integers(1, 90),
)
def test_every_page_is_that_of_a_brute_force_ranking_by_distance_less_certainty(
    country: tuple[list[Facility], Generation], latitude: float, longitude: float, radius: float, per_page: int
) -> None:
    clinics, generation = country
    place = Place("your location", PlaceKind.POINT, latitude, longitude)
    bent = {c.id: bent_by_hand(c, place) for c in clinics if c.latitude is not None}
    by_miles = sorted(bent, key=lambda number: (bent[number][1], number))
    within = [number for number in by_miles if bent[number][1] <= radius]
    beyond = by_miles[len(within) : Reach.widen_to] if len(within) < Reach.fewest_within_radius else []
    ranked = [number for part in (within, beyond) for number in sorted(part, key=lambda n: (bent[n][0], n))]
    question = Question(place=place, radius_miles=radius, per_page=per_page)
    read: list[int] = []
    for page in range(1, len(ranked) // per_page + 2):
        read += ids_of(generation, replace(question, page=page))
    assert read == ranked


@settings(max_examples=15)
@given(
    place=st.none() | st.just(CENTRE),
    words=st.sampled_from(["", "recovery"]),
    sort=st.none() | st.sampled_from(list(Sort)),
    per_page=st.integers(1, 60),
)
def test_pages_follow_each_other_without_gap_or_repeat_whoever_was_asked(
    country: tuple[list[Facility], Generation], place: Place | None, words: str, sort: Sort | None, per_page: int
) -> None:
    _, generation = country
    question = Question(words=words, place=place, radius_miles=900.0 if place else None, sort=sort, per_page=per_page)
    whole = ids_of(generation, replace(question, per_page=1000))
    read: list[int] = []
    for page in range(1, len(whole) // per_page + 2):
        read += ids_of(generation, replace(question, page=page))
    assert read == whole
    assert len(set(read)) == ask(generation, question).total
