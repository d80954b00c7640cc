"""How people ask: question or errand, small words, conditions, negation; from data/asking.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from directory.config import DATA
from directory.search.vocabulary import Phrases, expanded

SHORTEST_BEGINNING = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """Phrases and words of data/asking.toml, ready for looking up."""

    question: Phrases[bool]
    errand: Phrases[bool]
    small: Phrases[bool]
    conditions: Phrases[bool]
    condition_page: str
    other_care: Phrases[bool]
    other_care_codes: frozenset[str]
    links: frozenset[str]
    carry_on: frozenset[str]
    of_the_person: frozenset[str]
    not_required: frozenset[str]
    person_categories: frozenset[str]
    facility: frozenset[str]
    about_a_name: frozenset[str]
    before_a_name: Phrases[bool]
    after_a_name: Phrases[bool]
    after_a_town: frozenset[str]
    age_is: frozenset[str]
    age_who: frozenset[str]
    age_kin: frozenset[str]
    comparing: frozenset[str]
    topics: Phrases[str]
    beginnings: dict[str, str]

    def topics_of(self, stems: Sequence[str]) -> list[str]:
        """The pages that words speak of, in the order of the words."""
        pages = []
        for start, stem in enumerate(stems):
            if found := self.topics.at(stems, start):
                pages.append(found[1])
                continue
            roots = (stem[:length] for length in range(len(stem), SHORTEST_BEGINNING - 1, -1))
            pages += [self.beginnings[root] for root in roots if root in self.beginnings][:1]
        return pages

    def is_question(self, text: str, stems: Sequence[str]) -> bool:
        """Whether a text asks for an answer rather than for a clinic."""
        if any(True for _ in self.errand.every(stems)):
            return False
        asked = "?" in text or "¿" in text
        return bool(stems) and (asked or self.question.at(stems, 0) is not None)


def _topics(tables: dict[str, list[str]]) -> Phrases[str]:
    phrases: Phrases[str] = Phrases()
    for page, words in tables.items():
        for word in words:
            if not word.endswith("*"):
                phrases.add(word, page)
    return phrases


@cache
def asking() -> Asking:
    """The ways of asking of this installation, read once."""
    tables = tomllib.loads((DATA / "asking.toml").read_text(encoding="utf-8"))
    negation = tables["negation"]
    return Asking(
        _phrases(tables["question"]["begins"]),
        _phrases(tables["errand"]["says"]),
        _phrases([*tables["small_words"]["en"], *tables["small_words"]["es"]]),
        _phrases([*tables["conditions"]["en"], *tables["conditions"]["es"]]),
        tables["conditions"]["page"],
        _phrases([*tables["other_care"]["en"], *tables["other_care"]["es"]]),
        frozenset(tables["other_care"]["codes"]),
        frozenset(negation["links"]),
        frozenset(negation["carry_on"]),
        frozenset(negation["of_the_person"]),
        frozenset(negation["after"]),
        frozenset(negation["person_categories"]),
        frozenset(tables["facility"]["nouns"]),
        frozenset(tables["facility"]["asked_of"]),
        _before_a_name(tables["facility"]),
        _phrases(tables["facility"]["after"]),
        frozenset(tables["facility"]["after_a_town"]),
        frozenset(tables["age"]["is"]),
        frozenset(tables["age"]["who"]),
        frozenset(tables["age"]["kin"]),
        frozenset(tables["comparing"]["words"]),
        _topics(tables["topics"]),
        {word[:-1]: page for page, words in tables["topics"].items() for word in words if word.endswith("*")},
    )


def _before_a_name(table: dict[str, list[str]]) -> Phrases[bool]:
    """What stands before a name, with whether a name surely follows."""
    phrases: Phrases[bool] = Phrases()
    for surely in ("sure", "perhaps"):
        for phrase in table[surely]:
            for said in expanded(phrase):
                phrases.add(said, surely == "sure")
    return phrases


def _phrases(listed: list[str]) -> Phrases[bool]:
    phrases: Phrases[bool] = Phrases()
    for phrase in listed:
        for said in expanded(phrase):
            phrases.add(said, True)
    return phrases
