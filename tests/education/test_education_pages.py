"""The pages families read: complete, plain, honest, and in our own words."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest

from directory.education.page import LONGEST_SUMMARY, EducationPage, load_pages
from directory.education.reading import reading_grade

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "brief" / "seed-ketamine-treatment.txt"
PAGES = load_pages(ROOT / "data" / "education" / "en", "en")
SLUGS = {
    "how-it-works",
    "ways-it-is-given",
    "fda-approval-and-off-label",
    "cost-and-insurance",
    "benefits",
    "risks-and-side-effects",
    "compared-with-other-treatments",
    "what-it-may-help",
    "who-may-not-be-a-candidate",
    "what-a-series-looks-like",
    "spravato",
    "research-ahead",
    "before-you-decide",
    "crisis-help",
}
NEVER_SAID = re.compile(
    r"\bcures?\b|\bguarantee|\bmiracle|life-changing|game.?changer|breakthrough|\bproven to\b|risk-free|100%|"
    r"we (?:can )?(?:offer|provide|give|administer)s? (?:you )?(?:ketamine|spravato|infusions)|"
    r"you (?:should|must) (?:take|get|try) ketamine|you (?:probably )?have depression|\bjunkie|\baddicts?\b|"
    r"commit(?:ted|s)? suicide",
    re.IGNORECASE,
)

every_page = pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.slug)


def runs_of_eight(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("’", "'").replace("'", ""))
    return {tuple(words[start : start + 8]) for start in range(len(words) - 7)}


def everything_said(page: EducationPage) -> str:
    return "\n".join((page.title, page.summary, page.text, *page.questions))


def test_every_topic_has_its_page() -> None:
    assert set(PAGES) == SLUGS


def test_pages_stand_in_reading_order_from_how_it_works_to_help_in_a_crisis() -> None:
    assert [page.order for page in PAGES.values()] == list(range(1, 15))
    assert next(iter(PAGES)) == "how-it-works"
    assert list(PAGES)[-1] == "crisis-help"


@every_page
def test_a_page_is_complete(page: EducationPage) -> None:
    assert len(page.summary) <= LONGEST_SUMMARY
    assert page.reviewed >= date(2026, 11, 26)
    assert 6 <= len(page.questions) <= 12
    assert len(set(page.questions)) == len(page.questions)
    assert len(page.next) == 3
    assert page.slug not in page.next


@every_page
def test_a_page_has_a_short_answer_of_two_to_four_sentences(page: EducationPage) -> None:
    assert 2 <= len(re.findall(r"[.!?](?:\s|$)", page.answer)) <= 4
    assert len(page.answer.split()) <= 60


@every_page
def test_a_page_is_neither_a_leaflet_nor_a_book(page: EducationPage) -> None:
    assert 350 <= len(page.text.split()) <= 800


@every_page
def test_no_clinic_and_no_search_is_pushed_inside_a_page(page: EducationPage) -> None:
    assert not re.search(r'href="(?:/|https?://[^"]*/)?(?:search|clinic)\b', page.html)


@every_page
def test_a_page_reads_at_eighth_grade_or_below(page: EducationPage) -> None:
    assert reading_grade(page.text) <= 8.0
    assert reading_grade(page.answer) <= 8.5


@every_page
def test_every_source_can_be_followed_and_is_cited_once(page: EducationPage) -> None:
    addresses = [source.address for source in page.sources]
    assert len(set(addresses)) == len(addresses)
    for source in page.sources:
        assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]{2,}(/\S*)?", source.address)
        assert source.year is None or 1990 <= source.year <= page.reviewed.year
        assert not source.doi or (source.year and source.issue), "a paper is cited with its year and place"


def test_one_source_is_cited_alike_on_every_page() -> None:
    cited = {source for page in PAGES.values() for source in page.sources}
    assert len(cited) == len({source.address for source in cited})


def test_facts_about_facilities_cite_the_study_they_come_from() -> None:
    naming = [page for page in PAGES.values() if "134" in page.text]
    assert naming
    for page in naming:
        ware = [source for source in page.sources if source.doi == "10.1037/pha0000686"]
        assert [(source.authors, source.issue) for source in ware] == [("Ware OD", "32(3):263-269")]


@every_page
def test_a_page_promises_nothing_and_blames_nobody(page: EducationPage) -> None:
    assert not NEVER_SAID.findall(everything_said(page))


@every_page
def test_a_page_says_that_the_center_does_not_offer_ketamine(page: EducationPage) -> None:
    assert re.search(r"(Our center|it) does not offer (ketamine|Spravato or any\s+other ketamine) treatment", page.text)


@pytest.mark.parametrize("slug", ["benefits", "risks-and-side-effects", "before-you-decide", "crisis-help"])
def test_pages_on_heavy_matters_name_988_and_911(slug: str) -> None:
    assert "988" in PAGES[slug].text
    assert "911" in PAGES[slug].text


def test_help_in_a_crisis_names_every_line_with_a_number_to_tap() -> None:
    for address in ("tel:988", "sms:988", "tel:911", "tel:18002221222", "tel:18006624357", "https://988lifeline.org/"):
        assert f'href="{address}"' in PAGES["crisis-help"].html
    assert "press 1" in PAGES["crisis-help"].text
    assert "press 2" in PAGES["crisis-help"].text


def test_the_points_that_may_rule_ketamine_out_are_questions_and_never_a_score() -> None:
    text = PAGES["who-may-not-be-a-candidate"].text
    for point in ("psychosis", "blood pressure", "alcohol", "PCP", "seizures", "medicines", "pregnant"):
        assert point in text
    assert text.count("?") >= 20
    assert not re.search(r"\b\d+ points?\b|add up|if you answered", text, re.IGNORECASE)


@every_page
def test_headings_are_what_people_ask(page: EducationPage) -> None:
    assert len(page.contents) >= 5
    assert all(heading.text.endswith("?") for heading in page.contents)


@every_page
def test_a_page_renders_as_valid_html_without_empty_or_skipping_headings(page: EducationPage) -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parseFragment(page.html)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert [element.get("id") for element in tree.iter() if element.tag in {"h2", "h3"}] == [
        heading.id for heading in page.contents
    ]
    levels = [heading.level for heading in page.contents]
    assert levels[0] == 2
    assert all(after <= before + 1 for before, after in pairwise(levels))


@every_page
def test_links_lead_to_pages_telephones_or_safe_addresses(page: EducationPage) -> None:
    for href in re.findall(r'href="([^"]*)"', page.html):
        assert href in PAGES or re.match(r"(tel|sms):\d+$|https://", href)
    assert page.html.count('rel="noreferrer"') == page.html.count('href="https://')


@every_page
def test_no_table_cell_is_longer_than_a_phone_can_show(page: EducationPage) -> None:
    assert all(len(cell) <= 60 for cell in re.findall(r"<t[dh]>(.*?)</t[dh]>", page.html))


def test_no_question_is_given_to_two_pages() -> None:
    questions = [question.lower() for page in PAGES.values() for question in page.questions]
    assert len(set(questions)) == len(questions)


@pytest.mark.skipif(not SEED.exists(), reason="the text the facts come from is not on this machine")
@every_page
def test_a_page_shares_no_eight_words_in_a_row_with_the_text_its_facts_come_from(page: EducationPage) -> None:
    assert not runs_of_eight(everything_said(page)) & runs_of_eight(SEED.read_text(encoding="utf-8"))
