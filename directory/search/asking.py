"""How people ask: question or errand, small words, conditions, negation; from data/asking.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from directory.config import DATA
from directory.search.vocabulary import Phrases
from directory.search.wording import stem_of


@dataclass(frozen=True, slots=True)
class Danger:
    """What tells of danger beside the vocabulary's phrases: patterns, and words that do so when said of oneself."""

    spelling: dict[str, str]
    patterns: tuple[re.Pattern[str], ...]
    weak: frozenset[str]
    oneself: frozenset[str]
    not_oneself: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asking:
    """Phrases and words of data/asking.toml, ready for looking up."""

    question: Phrases[bool]
    errand: Phrases[bool]
    small: Phrases[bool]
    conditions: Phrases[bool]
    condition_page: str
    links: frozenset[str]
    carry_on: frozenset[str]
    of_the_person: frozenset[str]
    not_required: frozenset[str]
    person_categories: frozenset[str]
    facility: frozenset[str]
    after_a_town: frozenset[str]
    age_is: frozenset[str]
    age_who: frozenset[str]
    topics: dict[str, str]
    danger: Danger

    def is_question(self, text: str, stems: Sequence[str]) -> bool:
        """Whether a text asks for an answer rather than for a clinic."""
        if any(True for _ in self.errand.every(stems)):
            return False
        asked = "?" in text or "¿" in text
        return bool(stems) and (asked or self.question.at(stems, 0) is not None)


@cache
def asking() -> Asking:
    """The ways of asking of this installation, read once."""
    tables = tomllib.loads((DATA / "asking.toml").read_text(encoding="utf-8"))
    negation, crisis = tables["negation"], tables["crisis"]
    return Asking(
        _phrases(tables["question"]["begins"]),
        _phrases(tables["errand"]["says"]),
        _phrases([*tables["small_words"]["en"], *tables["small_words"]["es"]]),
        _phrases([*tables["conditions"]["en"], *tables["conditions"]["es"]]),
        tables["conditions"]["page"],
        frozenset(negation["links"]),
        frozenset(negation["carry_on"]),
        frozenset(negation["of_the_person"]),
        frozenset(negation["after"]),
        frozenset(negation["person_categories"]),
        frozenset(tables["facility"]["nouns"]),
        frozenset(tables["facility"]["after_a_town"]),
        frozenset(tables["age"]["is"]),
        frozenset(tables["age"]["who"]),
        {stem_of(word): page for page, words in tables["topics"].items() for word in words},
        Danger(
            crisis["spelling"],
            tuple(re.compile(pattern) for pattern in crisis["patterns"]),
            frozenset(crisis["weak"]),
            frozenset(crisis["oneself"]),
            frozenset(crisis["not_oneself"]),
        ),
    )


def _phrases(listed: list[str]) -> Phrases[bool]:
    phrases: Phrases[bool] = Phrases()
    for phrase in listed:
        phrases.add(phrase, True)
    return phrases
