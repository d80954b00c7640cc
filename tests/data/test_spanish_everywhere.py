"""Nothing that people read in English lacks its Spanish: sentences of the interface, and facts that are words."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

from directory.catalogue.codes import code_list
from directory.catalogue.sources import known_sources
from directory.config import DATA
from directory.education.page import load_pages
from directory.translations.sentences import read_catalogue, sentences

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|</?(\w+)|href=\"([^\"]*)\"")


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    return read_catalogue("es")


@pytest.fixture(scope="module")
def said() -> list[Message]:
    return [message for message in sentences() if message.id]


def forms(text: Any) -> tuple[str, ...]:
    """A sentence in one form, or in its singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text)


def parts(text: str) -> set[str]:
    """What a sentence is filled in with, and its markup."""
    fields = {field for _, field, _, _ in string.Formatter().parse(text) if field} if "{" in text else set()
    return fields | {"".join(found) for found in PLACEHOLDER.findall(text)}


def fits(message: Message, text: str) -> bool:
    """Whether a translation is filled in with the same; a singular may do without its number."""
    wanted = set().union(*map(parts, forms(message.id)))
    return parts(text) == wanted or (len(forms(message.id)) == 2 and parts(text) < wanted)


def test_every_sentence_has_its_spanish(said: list[Message], spanish: Catalog) -> None:
    kept = [(message, spanish.get(message.id, message.context)) for message in said]
    missing = [message.id for message, found in kept if found is None or not all(forms(found.string or ""))]
    assert missing == [], "translate them: python -m directory.translations.sentences puts them into the catalogue"


def test_no_translation_is_a_guess(spanish: Catalog) -> None:
    assert [message.id for message in spanish if message.id and message.fuzzy] == []


def test_a_translation_is_filled_in_with_what_its_sentence_is(said: list[Message], spanish: Catalog) -> None:
    found = [(message, spanish.get(message.id, message.context)) for message in said]
    wrong = [(one.id, text) for one, kept in found if kept for text in forms(kept.string) if not fits(one, text)]
    assert wrong == []


def test_the_catalogue_keeps_nothing_that_nobody_says(said: list[Message], spanish: Catalog) -> None:
    known = {(message.id, message.context) for message in said}
    assert [message.id for message in spanish if message.id and (message.id, message.context) not in known] == []


def test_sentences_end_alike_in_both_languages(said: list[Message], spanish: Catalog) -> None:
    ends = re.compile(r"[.?!:…]$")
    odd = []
    for message in said:
        found = spanish.get(message.id, message.context)
        for english, translated in zip(forms(message.id), forms(found.string or "") if found else (), strict=False):
            mark = ends.search(english)
            if translated and (mark[0] if mark else "") != (match[0] if (match := ends.search(translated)) else ""):
                odd.append((english, translated))
    assert odd == []


def test_spanish_has_one_kind_of_quotation_mark(spanish: Catalog) -> None:
    sentences = [text for message in spanish if message.id for text in forms(message.string)]
    files = [DATA / "glossary.toml", DATA / "consent" / "es.toml", *(DATA / "education" / "es").glob("*.md")]
    # Those of HTML are not the reader's, those of TOML not either, and a doubled one is what a file must hold.
    assert [text for text in sentences if re.search(r"[«»\"]", re.sub(r'<[^>]*>|""', "", text))] == []
    assert [path.name for path in files if re.search("[«»]", path.read_text(encoding="utf-8"))] == []


def test_a_count_that_stands_before_its_noun_has_a_singular_and_a_plural(said: list[Message]) -> None:
    counts = "num|days|weeks|months|minutes"
    counted = re.compile(rf"%\((?:{counts})\)[sd] (?!is |was |has )[a-z]+s\b")
    assert [message.id for message in said if isinstance(message.id, str) and counted.search(message.id)] == []


def test_services_and_categories_have_their_spanish() -> None:
    named = [*code_list(), *code_list().categories.values()]
    assert [one.code for one in named if not one.plain_es] == []


def test_what_is_understood_has_its_spanish() -> None:
    tables = tomllib.loads((DATA / "vocabulary.toml").read_text(encoding="utf-8"))
    assert [entry["label"] for entry in tables["service"] if not entry.get("label_es")] == []


def test_sources_are_named_in_spanish() -> None:
    for source in known_sources().values():
        assert source.more.get("name_es")
        assert source.more.get("licence_es") or not source.licence


def test_every_page_to_read_is_there_in_spanish() -> None:
    english, spanish = (load_pages(DATA / "education" / language, language) for language in ("en", "es"))
    assert english.keys() == spanish.keys()


def pairs(table: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Every table that says something in English, wherever it stands."""
    if isinstance(table, dict):
        if isinstance(table.get("en"), str):
            yield table, table["en"]
        for value in table.values():
            yield from pairs(value)
    elif isinstance(table, list):
        for value in table:
            yield from pairs(value)


@pytest.mark.parametrize("name", ["needs.toml", "reasons.toml"])
def test_choices_of_staff_and_clinics_have_their_spanish(name: str) -> None:
    said = list(pairs(tomllib.loads((DATA / name).read_text(encoding="utf-8"))))
    assert said
    assert [english for table, english in said if not table.get("es")] == []
