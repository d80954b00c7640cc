"""Words explained where they stand: each once, in plain language, in both languages, and nothing that nobody reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from directory.education.body import read_body
from directory.education.glossary import Word, glossary
from directory.education.page import load_pages
from directory.education.reading import EASE_SPANISH, GRADE, reading_ease_spanish, reading_grade

FOLDER = Path(__file__).resolve().parents[2] / "data" / "education"
PAGES = {language: load_pages(FOLDER / language, language) for language in ("en", "es")}

in_both_languages = pytest.mark.parametrize("language", ["en", "es"])


def explained(markdown: str, language: str = "en") -> tuple[str, tuple[Word, ...]]:
    body = read_body(markdown, language, "here")
    return body.html, body.words


def test_a_word_is_explained_at_its_first_place_only() -> None:
    html, words = explained("Glutamate is one. NMDA receptors take **glutamate** up.\n")
    assert [word.code for word in words] == ["glutamate", "nmda-receptor"]
    assert html.count('popovertarget="word-glutamate"') == 1
    assert html.index("word-glutamate") < html.index("word-nmda-receptor")


def test_a_word_opens_its_meaning_by_a_button_that_needs_no_script() -> None:
    html, (word,) = explained("They call it dissociation. It passes.\n")
    assert f'<button type="button" class="word" popovertarget="word-{word.code}">dissociation</button>' in html
    assert re.search(rf'<span class="word-note" id="word-{word.code}" popover role="note">.*{word.meaning}', html)


def test_brackets_and_a_full_stop_stay_with_the_word() -> None:
    html, _words = explained("It is (off-label). Really.\n")
    assert '<span class="word-place">(<button' in html
    assert ").</span> Really" in html


@pytest.mark.parametrize(
    "markdown",
    [
        "## What is glutamate?\n",
        "[glutamate](how-it-works)\n",
        "| glutamate |\n| - |\n| glutamate |\n",
        "glutamates\n",
    ],
    ids=["heading", "link", "table", "longer word"],
)
def test_headings_links_tables_and_longer_words_are_left_alone(markdown: str) -> None:
    assert explained(markdown)[1] == ()


def test_off_label_is_not_taken_for_label() -> None:
    assert [word.code for word in explained("An off-label use. It is not on its label.\n")[1]] == ["off-label", "label"]


def test_a_meaning_is_no_part_of_what_is_searched() -> None:
    body = read_body("They call it dissociation.\n", "en", "here")
    assert body.lines == ("They call it dissociation.",)


@in_both_languages
def test_every_word_is_one_a_page_explains(language: str) -> None:
    used = {word.code for page in PAGES[language].values() for word in page.words}
    assert {word.code for word in glossary(language).words} - used == set()


def test_both_languages_explain_the_same_words() -> None:
    assert {word.code for word in glossary("en").words} == {word.code for word in glossary("es").words}


@in_both_languages
def test_no_two_words_are_written_alike(language: str) -> None:
    ways = [way.lower() for word in glossary(language).words for way in (word.term, *word.also)]
    assert len(set(ways)) == len(ways)


@in_both_languages
def test_the_list_of_words_is_in_alphabetical_order_with_accents_aside(language: str) -> None:
    words = [word.term for word in glossary(language).words]
    assert len(words) > 30
    assert words.index("copago" if language == "es" else "copay") < words.index("FDA")


def test_meanings_are_as_plain_as_the_pages() -> None:
    assert reading_grade("\n".join(word.meaning for word in glossary("en").words)) <= GRADE
    assert reading_ease_spanish("\n".join(word.meaning for word in glossary("es").words)) >= EASE_SPANISH
    for language in ("en", "es"):
        assert all(len(word.meaning) <= 200 for word in glossary(language).words)
