"""Drawings of our own: one shape, words in both languages, told in words too, and nothing the browser would refuse."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from directory.education.body import EducationPageError, read_body
from directory.education.diagram import drawing, drawings
from directory.education.page import load_pages

DATA = Path(__file__).resolve().parents[2] / "data"
WORDS: dict[str, Any] = tomllib.loads((DATA / "diagrams.toml").read_text(encoding="utf-8"))
PAGES = {language: load_pages(DATA / "education" / language, language) for language in ("en", "es")}

every_drawing = pytest.mark.parametrize("name", drawings())
in_both_languages = pytest.mark.parametrize("language", ["en", "es"])


def picture(name: str, language: str) -> ET.Element:
    svg = re.search(r"<svg.*</svg>", drawing(name, "A made-up title", language), re.DOTALL)
    assert svg
    return ET.fromstring(svg[0])  # noqa: S314 - our own drawing


def lines(value: Any) -> list[str]:
    return [line for each in value for line in (lines(each) if isinstance(each, list) else [each])]


@every_drawing
@in_both_languages
def test_a_drawing_stands_on_exactly_one_page(name: str, language: str) -> None:
    assert sum(f'id="{name}-title"' in page.html for page in PAGES[language].values()) == 1


@every_drawing
def test_a_drawing_has_the_same_words_in_both_languages(name: str) -> None:
    english, spanish = WORDS[name]["en"], WORDS[name]["es"]
    assert list(english) == list(spanish)
    assert len(english["told"]) == len(spanish["told"])
    figures = [re.findall(r"\d+", " ".join(words["told"])) for words in (english, spanish)]
    assert figures[0] == figures[1]


@every_drawing
@in_both_languages
def test_a_drawing_is_named_described_and_told_in_words(name: str, language: str) -> None:
    svg = picture(name, language)
    assert svg.get("role") == "img"
    named = {element.get("id"): element.text for element in svg.iter() if element.get("id")}
    assert named[svg.get("aria-labelledby")] == "A made-up title"
    assert named[svg.get("aria-describedby")] == WORDS[name][language]["short"]
    figure = drawing(name, "A made-up title", language)
    assert all(f"<li>{sentence}</li>" in figure for sentence in WORDS[name][language]["told"])


@every_drawing
def test_a_drawing_holds_no_style_that_the_policy_refuses(name: str) -> None:
    for element in picture(name, "en").iter():
        assert element.tag != "style"
        assert element.get("style") is None


@every_drawing
@in_both_languages
def test_no_line_of_a_drawing_is_longer_than_a_phone_can_show(name: str, language: str) -> None:
    drawn = {key: value for key, value in WORDS[name][language].items() if key not in {"short", "told"}}
    assert all(len(line) <= 28 for line in lines(list(drawn.values())))


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("![A title](no-such-drawing)\n", "there is no such drawing; known are how-it-acts"),
        ("Words ![A title](series)\n", "'series' must stand alone, between blank lines"),
        ("## ![A title](series)\n", "'series' must stand alone, between blank lines"),
    ],
)
def test_a_wrong_drawing_is_named(markdown: str, said: str) -> None:
    with pytest.raises(EducationPageError, match=r"^here: ") as caught:
        read_body(markdown, "en", "here")
    assert said in str(caught.value)
