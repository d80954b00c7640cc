"""Words are cut the same way from a sign, a listing and a question."""

from __future__ import annotations

import pytest

from directory.index.pages import stems_of
from directory.index.words import folded, words_of


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Saint Nowhere's Hospital", "st. nowheres hospital"),
        ("Clínica Peñuelas", "clinica penuelas"),
        ("The Center for Hope", "center of hope"),
        ("Quokka-Marmot Programme", "quokka marmot program"),
    ],
)
def test_two_ways_of_writing_a_name_are_the_same_words(written: str, typed: str) -> None:
    assert words_of(written) == words_of(typed)


def test_words_of_one_letter_are_kept() -> None:
    assert words_of("Plan B") == ["plan", "b"]


@pytest.mark.parametrize(
    "word", ["cirugía", "psiquiatría", "infusión", "depresión", "advirtió", "también", "años", "qué"]
)
def test_a_spanish_word_is_found_with_its_accents_or_without(word: str) -> None:
    assert stems_of(word, "es") == stems_of(folded(word), "es")
