"""Suggestions while somebody types: places, treatments, clinics and pages that begin with what stands there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np

from directory.catalogue.codes import code_list
from directory.index.columns import rows_of
from directory.index.generation import Generation
from directory.index.words import folded, words_of
from directory.places.gazetteer import Gazetteer
from directory.search.ranking import FACILITY_BOOSTS
from directory.search.selection import ASKED_INSTEAD, ESKETAMINE

Thing = TypeVar("Thing")

LONGEST_PREFIX = 80
SHORTEST_PREFIX = 2
# Of the kinds before the last so many at most, while others have something to offer.
EACH = 3
ENDINGS = 20
# A name stands for many sites; so many are looked at for each suggestion.
ROWS_A_NAME = 40
TREATMENTS = ("TAP", "OURS")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to pick. `kind` is "place", "treatment", "clinic" or "page"; `value` a label, code, name or slug."""

    kind: str
    label: str
    value: str


def suggest(generation: Generation, gazetteer: Gazetteer, text: str, *, limit: int, language: str) -> list[Suggestion]:
    """At most `limit` suggestions; each kind gets its share, and what is left over goes to the others.

    A treatment that begins with the text comes first: "spra" is Spravato before it is a hamlet.
    """
    text = " ".join(text.split())[:LONGEST_PREFIX]
    if len(text) < SHORTEST_PREFIX:
        return []
    treatments = list(_treatments(generation, text, language))
    begun = [treatment for treatment in treatments if folded(treatment.label).startswith(folded(text))]
    kinds = (
        begun,
        list(_places(gazetteer, text, limit)),
        treatments[len(begun) :],
        list(_clinics(generation, text, limit)),
        list(_pages(generation, text, language)),
    )
    chosen = [found[:EACH] for found in kinds]
    spare = limit - sum(len(found) for found in chosen)
    for number, found in enumerate(kinds):
        more = found[EACH : EACH + max(spare, 0)]
        chosen[number] = chosen[number] + more
        spare -= len(more)
    return [suggestion for found in chosen for suggestion in found][:limit]


def _places(gazetteer: Gazetteer, text: str, limit: int) -> Iterator[Suggestion]:
    for place in gazetteer.suggest(text, limit):
        yield Suggestion("place", place.label, place.label)


def _treatments(generation: Generation, text: str, language: str) -> Iterator[Suggestion]:
    listed = [service for service in code_list() if service.category in TREATMENTS]
    # No listing has esketamine; until somebody is confirmed for it, ketamine clinics are its answer.
    having = generation.columns.code_index.keys() | (
        {ESKETAMINE} if ASKED_INSTEAD in generation.columns.code_index else set()
    )
    met = [service for service in listed if service.code in having]
    names = {service.code: service.plain_es if language == "es" else service.plain for service in met}
    for service in _begun(met, text, lambda service: names[service.code]):
        yield Suggestion("treatment", names[service.code], service.code)


def _pages(generation: Generation, text: str, language: str) -> Iterator[Suggestion]:
    pages = generation.page_titles.get(language, {}).values()
    for page in _begun(pages, text, lambda page: page.title):
        yield Suggestion("page", page.title, page.slug)


def _begun(things: Iterable[Thing], text: str, label: Callable[[Thing], str]) -> list[Thing]:
    """The things whose label has a word that the text, or its last word, begins; whole beginnings first."""
    beginning, words = folded(text), words_of(text)
    ranked = []
    for thing in things:
        name = folded(label(thing))
        if name.startswith(beginning):
            ranked.append((0, name, thing))
        elif words and _has_words(words_of(name), words):
            ranked.append((1, name, thing))
    return [thing for _, _, thing in sorted(ranked, key=lambda entry: entry[:2])]


def _has_words(having: Sequence[str], words: Sequence[str]) -> bool:
    return set(words[:-1]) <= set(having) and any(word.startswith(words[-1]) for word in having)


def _clinics(generation: Generation, text: str, limit: int) -> Iterator[Suggestion]:
    keys, names = generation.names
    beginning = folded(text)
    seen: set[str] = set()
    for place in range(bisect_left(keys, beginning), len(keys)):
        if len(seen) >= limit or not keys[place].startswith(beginning):
            break
        seen.add(keys[place])
        yield Suggestion("clinic", names[place], names[place])
    for name in _with_words(generation, text, limit):
        if folded(name) not in seen:
            seen.add(folded(name))
            yield Suggestion("clinic", name, name)


def _with_words(generation: Generation, text: str, limit: int) -> Iterable[str]:
    """Names that have all the words anywhere, the last one perhaps unfinished."""
    words = words_of(text)
    if not words or len(words[-1]) < SHORTEST_PREFIX + 1:
        return []
    only_name = (FACILITY_BOOSTS[0], 0.0, 0.0, 0.0)
    endings = [words[-1], *generation.lexicon.beginning_with(words[-1])[:ENDINGS]]
    last = reduce(np.bitwise_or, [generation.match(ending, only_name).bits for ending in endings])
    rows = rows_of(reduce(np.bitwise_and, [generation.match(word, only_name).bits for word in words[:-1]], last))
    ranks = np.sort(generation.columns.name_order[rows])[: limit * ROWS_A_NAME]
    lines = generation.name_lines
    return dict.fromkeys(lines[rank] for rank in ranks.tolist())
