"""Whole answers: clinics read from the catalogue, pages with excerpts, suggestions, and the JSON they become."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import zipcodes
from geopy.distance import geodesic
from made_up_clinics import PAGES, add_clinics, clinic, empty_catalogue, many_clinics

from directory.catalogue.models import Facility, Verification
from directory.config import Settings, load_settings
from directory.index.generation import rebuild
from directory.places.place import Place, PlaceKind
from directory.search.question import Intent, Question, Understood
from directory.search.search import Search
from directory.search.shape import answer_as_dict, answer_as_text

CENTRE = Place("46204", PlaceKind.ZIP, 39.77, -86.16, "IN")
KIT = {"TAP": ("KIT",)}


def opened(folder: Path, clinics: list[Facility]) -> tuple[Search, Settings]:
    settings = load_settings({"DIRECTORY_HOME": str(folder / "home")})
    catalogue = empty_catalogue(folder)
    add_clinics(catalogue, clinics)
    rebuild(catalogue, settings.index_dir, PAGES)
    return Search(catalogue, settings), settings


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    return opened(tmp_path_factory.mktemp("whole"), many_clinics(400, seed=5))[0]


def places_of(state: str | None = None) -> list[Place]:
    return [
        Place(entry["zip_code"], PlaceKind.ZIP, float(entry["lat"]), float(entry["long"]), entry["state"])
        for entry in zipcodes.list_all()
        if entry["lat"] and float(entry["lat"]) and (state is None or entry["state"] == state)
    ]


def offering(search: Search) -> list[tuple[int, float, float]]:
    with search.catalogue.reading() as session:
        return [
            (facility.id, facility.latitude, facility.longitude)
            for facility in session.query(Facility)
            if "KIT" in facility.codes and facility.latitude is not None and facility.longitude is not None
        ]


def test_the_nearest_ten_of_three_hundred_zips_are_those_of_a_brute_force_ranking(search: Search) -> None:
    clinics = offering(search)
    for place in random.Random(1).sample(places_of(), 300):
        here = (place.latitude, place.longitude)
        ranked = sorted(
            (geodesic(here, (latitude, longitude)).miles, number) for number, latitude, longitude in clinics
        )
        answer = search.answer(Question(place=place, filters=KIT, per_page=10))
        assert [result.id for result in answer.results] == [number for _, number in ranked[: len(answer.results)]]
        assert [result.miles for result in answer.results] == [miles for miles, _ in ranked[: len(answer.results)]]
        assert len(answer.results) == 10 or not answer.widened


def test_from_every_zip_of_indiana_there_are_at_least_five_clinics_and_widening_is_said(search: Search) -> None:
    zips = places_of("IN")
    assert len(zips) > 900
    for place in zips[::9]:
        answer = search.answer(Question(place=place, filters=KIT))
        assert len(answer.results) >= 5
        within = [result for result in answer.results if result.miles is not None and result.miles <= 50]
        assert [result.beyond_radius for result in answer.results[: len(within)]] == [False] * len(within)
        assert answer.widened == (len(within) < 5) == any(result.beyond_radius for result in answer.results)


def test_the_json_of_an_answer_has_the_keys_that_are_promised(search: Search) -> None:
    question = Question(text="ketamine 46204", place=CENTRE, filters=KIT)
    given = json.loads(json.dumps(answer_as_dict(search.answer(question))))
    assert {"question", "total", "widened", "results", "pages", "facets", "crisis"} <= set(given)
    assert given["question"]["place"] == {"label": "46204", "kind": "zip", "latitude": 39.77, "longitude": -86.16}
    assert given["question"]["radius_miles"] == 50
    assert given["question"]["filters"] == {"TAP": ["KIT"]}
    first = given["results"][0]
    assert {"id", "name", "program", "street", "city", "state", "zip", "phone"} <= set(first)
    assert {"latitude", "longitude", "precision", "miles", "beyond_radius", "codes", "sources"} <= set(first)
    assert "KIT" in first["codes"]
    assert first["sources"] == ["made-up 2026"]
    assert first["beyond_radius"] in (True, False)


def test_a_clinic_withdrawn_since_the_index_was_built_is_not_shown(tmp_path: Path) -> None:
    search, _ = opened(tmp_path, [clinic(name="Still There"), clinic(name="Gone")])
    with search.catalogue.writing() as session:
        session.get_one(Facility, 2).withdrawn_run_id = 2
    assert [result.name for result in search.answer(Question(place=CENTRE)).results] == ["Still There"]


def test_an_errand_shows_pages_too_and_leaves_its_place_out_of_their_search(search: Search) -> None:
    chip = Understood("place", "Quokka, IN", "Quokka, IN", "Quokka", 10, 16)
    answer = search.answer(Question(text="infusions Quokka", place=CENTRE, understood=(chip,)))
    assert "quokka" not in answer.pages[0].excerpt.lower().split("<mark>")[1]
    assert {page.slug for page in answer.pages} == {"cost", "side-effects"}


def test_excerpts_mark_the_words_and_escape_everything_else(search: Search) -> None:
    answer = search.answer(Question(text="nausea"))
    assert [page.slug for page in answer.pages] == ["side-effects"]
    assert answer.pages[0].excerpt == "Dizziness &amp; &lt;<mark>nausea</mark>&gt; may come after an infusion."


def test_a_misspelt_word_finds_its_page(search: Search) -> None:
    assert [page.slug for page in search.answer(Question(text="dizzyness")).pages] == ["side-effects"]


def test_words_that_no_clinic_has_make_an_errand_a_question(search: Search) -> None:
    asked = Question(text="ketamine with xylophone", words="xylophone", filters={"TAP": ("KIT",)})
    answer = search.answer(asked)
    assert (answer.question.intent, answer.total) == (Intent.LEARN, search.answer(replace(asked, words="")).total)
    assert answer.total


def test_pages_the_understanding_is_sure_of_come_first(search: Search) -> None:
    answer = search.answer(Question(text="infusions cost", page_hints=("side-effects", "no-such-page")))
    assert [page.slug for page in answer.pages] == ["side-effects", "cost"]


def test_a_better_spelling_is_offered_in_the_words_that_were_typed(tmp_path: Path) -> None:
    search, _ = opened(tmp_path, [clinic(name="Quokka Recovery")])
    question = Question(text="Qoukka please", words="Qoukka")
    assert search.answer(question).did_you_mean == "quokka please"


def test_a_treatment_that_begins_with_what_is_typed_stands_before_places(search: Search) -> None:
    kinds = [found.kind for found in search.suggest("ket")]
    assert kinds[:2] == ["treatment", "place"]
    assert search.suggest("spra")[0].value == "ESK"


def test_suggestions_are_places_treatments_clinics_and_pages(search: Search) -> None:
    assert ("treatment", "KIT") in {(found.kind, found.value) for found in search.suggest("ketam")}
    assert ("treatment", "ESK") in {(found.kind, found.value) for found in search.suggest("sprav")}
    assert ("clinic", "Quokka Recovery Center") in {(found.kind, found.label) for found in search.suggest("quokka rec")}
    assert ("clinic", "Quokka Recovery Center") in {(found.kind, found.label) for found in search.suggest("recov")}
    assert ("place", "Indianapolis, IN") in {(found.kind, found.label) for found in search.suggest("indianapol")}
    assert ("page", "side-effects") in {(found.kind, found.value) for found in search.suggest("side")}


@pytest.mark.parametrize("typed", ["", " ", "q", "\x00", "' OR 1=1 --", "{{7*7}}", "مرحبا", "a" * 5000, "🦘🦘", "*?~^"])
def test_odd_beginnings_get_a_list_all_the_same(search: Search, typed: str) -> None:
    assert len(search.suggest(typed)) <= 8


@pytest.mark.parametrize(
    "typed", ["\x00\x1f", "name:quokka AND (", "' OR 1=1 --", "{{7*7}}", "مرحبا", "x " * 5000, "🦘"]
)
def test_odd_words_get_an_answer_all_the_same(search: Search, typed: str) -> None:
    answer = search.answer(Question(text=typed, words=typed, place=CENTRE))
    assert answer.total >= len(answer.results)
    assert answer_as_text(answer)


def test_an_understood_text_is_answered(search: Search) -> None:
    answer = search.answer(search.understand("ketamine near 46204"))
    assert answer.question.place is not None
    assert answer.question.place.label == "46204"
    assert answer.results


def test_json_names_the_answers_that_are_older_than_their_shelf_life_those_of_a_merged_clinic_too(
    tmp_path: Path,
) -> None:
    today = dt.datetime.now(dt.UTC).date()
    search, _ = opened(tmp_path, [clinic(verified_on=today), clinic(status="merged", merged_into_id=1)])
    with search.catalogue.writing() as session:
        for facility_id, days, answers in ((1, 1, {"wait_days": 7}), (2, 60, {"wait_days": 14})):
            asked = {"verified_on": today - dt.timedelta(days), "verified_by": "A. Nobody", "how": "phone"}
            session.add(Verification(facility_id=facility_id, **asked, offers=("KIT",), lacks=(), answers=answers))
    [result] = answer_as_dict(search.answer(Question(place=CENTRE)))["results"]
    assert [(said["answers"], said["faded"]) for said in result["said"]] == [
        ({"wait_days": 7}, []),
        ({"wait_days": 14}, ["wait_days"]),
    ]
