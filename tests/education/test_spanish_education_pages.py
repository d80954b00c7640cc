"""The Spanish pages say what the English ones say, as plainly, and lead to help in Spanish."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from directory.education.page import EducationPage, load_pages
from directory.education.reading import EASE_SPANISH, reading_ease_spanish

FOLDER = Path(__file__).resolve().parents[2] / "data" / "education"
ENGLISH = load_pages(FOLDER / "en", "en")
SPANISH = load_pages(FOLDER / "es", "es")
NEVER_SAID = re.compile(
    r"\bcura\b|garantiza|milagro|ofrecemos (?:ketamina|Spravato|infusiones)|\bdrogadict", re.IGNORECASE
)
INFORMAL = re.compile(r"\b(?:tú|tienes|puedes|debes|quieres|llámanos|contigo|eres|estás)\b", re.IGNORECASE)

every_page = pytest.mark.parametrize("page", SPANISH.values(), ids=lambda page: page.slug)


def numbers(page: EducationPage) -> set[str]:
    return set(re.findall(r"\d+", page.text))


def test_every_page_exists_in_both_languages_in_the_same_order() -> None:
    assert list(SPANISH) == list(ENGLISH)


@every_page
def test_a_spanish_page_cites_the_same_sources_and_leads_on_alike(page: EducationPage) -> None:
    english = ENGLISH[page.slug]
    assert (page.sources, page.next, page.reviewed, page.part) == (
        english.sources,
        english.next,
        english.reviewed,
        english.part,
    )


@every_page
def test_a_spanish_page_links_to_the_same_pages_and_telephones(page: EducationPage) -> None:
    english = ENGLISH[page.slug]
    assert set(page.links) == set(english.links)
    assert set(re.findall(r'href="((?:tel|sms):\d+)"', page.html)) == set(
        re.findall(r'href="((?:tel|sms):\d+)"', english.html)
    )


@every_page
def test_a_spanish_page_has_as_many_parts_as_the_english_one(page: EducationPage) -> None:
    assert [heading.level for heading in page.contents] == [heading.level for heading in ENGLISH[page.slug].contents]
    assert all(re.fullmatch(r".*¿.+\?", heading.text) for heading in page.contents)


@every_page
def test_a_spanish_page_has_as_many_paragraphs_list_items_rows_and_drawings_as_the_english_one(
    page: EducationPage,
) -> None:
    blocks = [re.findall(r"<(p|li|tr|svg)\b", each.html) for each in (page, ENGLISH[page.slug])]
    assert blocks[0] == blocks[1]


@every_page
def test_the_figures_of_studies_are_the_same_in_both_languages(page: EducationPage) -> None:
    large = {number for number in numbers(ENGLISH[page.slug]) if len(number) >= 2}
    assert large <= numbers(page)


@every_page
def test_a_spanish_page_is_easy_to_read(page: EducationPage) -> None:
    assert reading_ease_spanish(page.text) >= EASE_SPANISH
    assert reading_ease_spanish(page.answer) >= EASE_SPANISH


@every_page
def test_a_spanish_page_says_usted_and_promises_nothing(page: EducationPage) -> None:
    assert not INFORMAL.findall(page.text)
    assert not NEVER_SAID.findall(page.text)
    assert re.search(r"no ofrece (?:tratamiento con ketamina|Spravato ni otro\s+tratamiento)", page.text)


def test_help_in_a_crisis_leads_to_a_counselor_who_speaks_spanish() -> None:
    text = SPANISH["crisis-help"].text
    assert "oprima 2" in text
    assert "AYUDA" in text


def test_no_spanish_question_is_given_to_two_pages() -> None:
    questions = [question.lower() for page in SPANISH.values() for question in page.questions]
    assert len(set(questions)) == len(questions)
    assert all(6 <= len(page.questions) <= 12 for page in SPANISH.values())
