"""Clinics asked for by their name, with slips, with their town, with something asked of them, or by their phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_clinics import PAGES, add_clinics, clinic, empty_catalogue
from sqlalchemy import select

from directory.catalogue.models import Listing
from directory.config import load_settings
from directory.index.generation import rebuild
from directory.search.question import Intent
from directory.search.search import Search
from directory.search.shape import answer_as_dict

CLINICS = (
    ("Evansville Marmot Behav Health Servs", "Gary", "IN", 41.6, -87.34, "219-555-0101 x7"),
    ("Quokka Addiction and Recov", "Muncie", "IN", 40.19, -85.39, "765-555-0102"),
    ("2nd Otter Treatment Center", "Toledo", "OH", 41.66, -83.56, "419-555-0103"),
    ("Teapot Counseling", "Gary", "IN", 41.59, -87.35, "219-555-0104"),
)


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    folder: Path = tmp_path_factory.mktemp("names")
    settings = load_settings({"DIRECTORY_HOME": str(folder / "home")})
    catalogue = empty_catalogue(folder)
    add_clinics(
        catalogue,
        [
            clinic(name=name, city=city, state=state, latitude=north, longitude=east, phone=phone, codes=("MH", "OP"))
            for name, city, state, north, east, phone in CLINICS
        ],
    )
    with catalogue.writing() as session:
        session.scalars(select(Listing).where(Listing.line == 3)).one().intake_phones = {"intake1": "800-555-0142"}
    rebuild(catalogue, settings.index_dir, PAGES)
    return Search(catalogue, settings)


def first_found(search: Search, text: str) -> str:
    results = search.answer(search.understand(text)).results
    return results[0].name if results else ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("evansville marmot behavoral health gary", "Gary, IN"),
        ("evansville marmot behavioral health services", ""),
        ("phone number for evansville marmot behavioral health gary", "Gary, IN"),
        ("does Evansville Marmot Behavioral Health take medicaid", ""),
        ("is evansville marmot behavioral health in gary still open", "Gary, IN"),
    ],
)
def test_a_name_with_slips_is_a_name_and_only_the_clinics_own_town_a_place(
    search: Search, text: str, place: str
) -> None:
    question = search.understand(text)
    assert (question.place.label if question.place else "") == place
    assert "TC" not in question.filters
    assert question.intent is Intent.FIND
    assert first_found(search, text) == CLINICS[0][0]


def test_words_that_are_all_common_are_a_name_where_its_number_is_asked_for(search: Search) -> None:
    assert search.understand("phone number of mental health services").name == ""
    assert search.understand("what are the hours of Gary Counseling").name == "Gary Counseling"


def test_what_is_asked_of_a_named_clinic_stays_understood(search: Search) -> None:
    assert search.understand("does teapot counseling take medicaid").filters == {"PAY": ("MD",)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("quokka addiction and recovery muncie", "Quokka Addiction and Recov"),
        ("second otter treatment toledo ohio", "2nd Otter Treatment Center"),
        ("quokka adiction muncie", "Quokka Addiction and Recov"),
    ],
)
def test_the_ways_listings_clip_words_and_write_numbers_are_forgiven(search: Search, text: str, name: str) -> None:
    assert first_found(search, text) == name
    assert "TC" not in search.understand(text).filters


@pytest.mark.parametrize(
    "text", ["mental health services in Gary", "outpatient mental health Muncie", "is mental health care covered"]
)
def test_an_errand_in_common_words_names_no_clinic(search: Search, text: str) -> None:
    assert search.understand(text).name == ""


@pytest.mark.parametrize(
    "text",
    ["219-555-0101", "(219) 555 0101", "who is at 219.555.0101?", "+1 219 555 0101", "2195550101", "tel 219 555-0101"],
)
def test_a_phone_number_finds_the_clinic_that_has_it(search: Search, text: str) -> None:
    answer = search.answer(search.understand(text))
    assert [result.name for result in answer.results] == [CLINICS[0][0]]
    assert answer.results[0].reasons["phone"] == "219-555-0101"
    [chip] = answer_as_dict(answer)["question"]["understood"]
    assert (chip["kind"], chip["value"]) == ("phone", "219-555-0101")


def test_a_number_for_appointments_finds_its_clinic_too(search: Search) -> None:
    answer = search.answer(search.understand("800-555-0142"))
    assert [result.name for result in answer.results] == [CLINICS[1][0]]


def test_a_phone_number_nobody_has_finds_nobody_and_nothing_is_assumed(search: Search) -> None:
    answer = search.answer(search.understand("317-555-0199 near Gary IN"))
    assert answer.total == 0
    assert answer.question.filters == {}


def test_a_phone_number_taken_off_is_plain_words_again(search: Search) -> None:
    question = search.understand("219-555-0101", plain=("219-555-0101",))
    assert (question.phone, question.words) == ("", "219 555 0101")


@pytest.mark.parametrize("text", ["ketamine 46204-1234", "call 988", "ketamine 46802 20 miles", "123-456-7890"])
def test_other_numbers_are_no_phone_numbers(search: Search, text: str) -> None:
    assert search.understand(text).phone == ""
