from __future__ import annotations

from dataclasses import replace

import pytest
from made_up_clinics import PAGES
from made_up_people import CLINICS, JANE, NEED

from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.index.generation import rebuild
from directory.referrals.needs import need_label, options
from directory.referrals.talk_through import points
from directory.referrals.wishes import clinics_for, question_for
from directory.search.search import Search


@pytest.fixture
def search(catalogue: Catalogue, settings: Settings, clinics: list[int]) -> Search:
    assert clinics
    rebuild(catalogue, settings.index_dir, PAGES)
    return Search(catalogue, settings)


def test_the_question_is_made_of_codes_and_the_zip_alone(search: Search) -> None:
    question = question_for(search, JANE, NEED, narrow=True)
    assert (question.text, question.words) == ("", "")
    assert question.place is not None
    assert question.place.label == "46204"
    assert question.filters == {"TAP": ("KIT",), "PAY": ("MD",), "SL": ("SP",)}


def test_clinics_that_meet_every_wish_come_first_and_unmet_wishes_are_told(search: Search) -> None:
    found = clinics_for(search, JANE, NEED)
    assert {clinic.result.name for clinic in found} == set(CLINICS)
    assert found[0].result.name == "Quokka Infusion Center"
    told = {clinic.result.name: [fit.plain for fit in clinic.fits] for clinic in found}
    assert told["Quokka Infusion Center"] == [
        "offers ketamine infusion: yes",
        "takes Medicaid: yes",
        "language: Spanish spoken: yes",
    ]
    assert "takes Medicaid: not listed" in told["Teapot Ketamine Clinic"]


def test_without_coverage_self_pay_is_looked_for(search: Search) -> None:
    found = clinics_for(search, JANE, replace(NEED, coverage="none", language="EN"))
    assert found[0].result.name == "Left-Handed Wellness"


def test_every_choice_has_words_in_both_languages() -> None:
    known = options()
    for group in (known.needs, known.urgencies, known.coverages, known.languages):
        assert all(option.en and option.es for option in group.values())
    assert need_label(["ESK", "KIT"]) == "Esketamine nasal spray (Spravato), Ketamine infusion"


def test_the_talk_through_asks_in_both_languages_and_names_its_source() -> None:
    assert list(points()) == [
        "psychosis",
        "blood_pressure",
        "substance_use",
        "dissociatives",
        "neurological",
        "medicines",
    ]
    for point in points().values():
        assert point.source
        for words in (point.en, point.es):
            assert "?" in words.question
            assert words.why
