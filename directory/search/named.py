"""Named clinics: those whose very name was typed, perhaps with their town, however the words could be read besides."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from directory.index.columns import Rows
from directory.index.generation import Generation
from directory.index.words import words_of
from directory.search.ranking import (
    FACILITY_BOOSTS,
    MOST_NAMED,
    NAME_COVERED,
    SERVICE_BOOST,
    SLIP_IN_NAME,
    TEXT_COVERED,
)

FEWEST_WORDS, MOST_WORDS = 2, 12
SHORTEST_PART = 3
# A name is seldom misspelt more than once, a sentence has many words that no clinic has.
MOST_UNKNOWN = 2
NAME = (1.0, 0.0, 0.0, 0.0)
NOBODY: Rows = np.empty(0, dtype=np.int32)

Floats = NDArray[np.float64]
Variants = list[tuple[str, int]]


def named_clinics(generation: Generation, text: str) -> Rows:
    """The rows of clinics that a text names, best first; hardly ever any.

    Nearly all of the text, rare words weighing more, must stand in a clinic's name, program, town or state, and nearly
    all of its name in the text; a slip in a word and a missing blank are forgiven.
    """
    words = tuple(_parted(generation, words_of(text)[: MOST_WORDS + 1]))
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS or not generation.columns.count:
        return NOBODY
    return generation.kept(("named", words), lambda: _named(generation, words))


def _named(generation: Generation, words: tuple[str, ...]) -> Rows:
    unknown = [
        word for word in words if word not in generation.lexicon and word.upper() not in generation.columns.state_names
    ]
    if len(unknown) > MOST_UNKNOWN:
        return NOBODY
    exactly = {word: [(word, 0)] for word in words}
    share, weight = _share(generation, exactly)
    # Spelling is asked only where right spelling could make somebody of it.
    if share.max() + sum(weight[word] for word in unknown) < TEXT_COVERED:
        return NOBODY
    forgiving = exactly | {word: [(word, 0), *generation.lexicon.guesses(word)] for word in unknown}
    return _best(generation, forgiving, share if not unknown else _share(generation, forgiving)[0])


def _best(generation: Generation, variants: Mapping[str, Variants], share: Floats) -> Rows:
    rows = np.flatnonzero(share >= TEXT_COVERED)
    if not len(rows):
        return NOBODY
    hits = sum((_having(generation, found, NAME)[rows] for found in variants.values()), np.zeros(len(rows)))
    of_name = np.minimum(hits / np.maximum(generation.name_lengths[rows], 1.0), 1.0)
    chosen = of_name >= NAME_COVERED
    rows, of_name = rows[chosen], of_name[chosen]
    best = np.lexsort((generation.columns.ids[rows], -(share[rows] * of_name)))
    return rows[best[:MOST_NAMED]].astype(np.int32)


def _share(generation: Generation, variants: Mapping[str, Variants]) -> tuple[Floats, dict[str, float]]:
    """How much of the words each row has, 0 to 1, and the part that each word is."""
    columns = generation.columns
    covered = np.zeros(columns.count)
    weights: dict[str, float] = {}
    for word, found in variants.items():
        having = _having(generation, found, FACILITY_BOOSTS)
        if word.upper() in columns.state_names:
            bits = columns.state_bits(word.upper())
            having[np.unpackbits(bits.view(np.uint8), count=columns.count, bitorder="little").view(np.bool_)] = 1.0
        weights[word] = math.log(columns.count / (np.count_nonzero(having) + 1)) + 1
        covered += weights[word] * having
    total = sum(weights.values())
    return covered / total, {word: weight / total for word, weight in weights.items()}


def _having(generation: Generation, variants: Variants, boosts: tuple[float, ...]) -> Floats:
    """1 for each row that has the word, less for each slip, 0 for the others."""
    having = np.zeros(generation.columns.count)
    for word, slips in variants:
        rows = generation.match(word, boosts, SERVICE_BOOST if boosts is FACILITY_BOOSTS else 0.0).rows
        having[rows] = np.maximum(having[rows], SLIP_IN_NAME**slips)
    return having


def _parted(generation: Generation, words: Iterable[str]) -> Iterable[str]:
    """Words, those parted in two that nobody has and whose parts somebody has: "sunrisechildrens"."""
    for word in words:
        yield from _parts(generation, word)


def _parts(generation: Generation, word: str) -> list[str]:
    lexicon = generation.lexicon
    if word in lexicon or lexicon.guesses(word):
        return [word]
    for gap in (0, 1):
        for place in range(SHORTEST_PART, len(word) - SHORTEST_PART - gap + 1):
            parts = [word[:place], word[place + gap :]]
            if all(part in lexicon for part in parts):
                return parts
    return [word]
