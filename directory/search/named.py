"""Named clinics: those whose very name was typed, perhaps with their town, however the words could be read besides."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from directory.catalogue.likeness import matching_words
from directory.index.columns import Rows
from directory.index.generation import Generation
from directory.index.words import words_of
from directory.search.ranking import (
    FACILITY_BOOSTS,
    MOST_NAMED,
    NAME_COVERED,
    PART_OF_NAME,
    SERVICE_BOOST,
    SLIP_IN_NAME,
    TEXT_COVERED,
)

FEWEST_WORDS, MOST_WORDS = 2, 12
SHORTEST_PART = 3
# A name is seldom misspelt more than once, a sentence has many words that no clinic has.
MOST_UNKNOWN = 2
# Listings cut long names off in the middle of a word: "Addiction and Recov".
SHORTEST_CUT_OFF = 5
NAME = (1.0, 0.0, 0.0, 0.0)
TOWN = (0.0, 0.0, 1.0, 0.0)
NOBODY: Rows = np.empty(0, dtype=np.int32)

Floats = NDArray[np.float64]
Variants = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Named:
    """Where the clinics are that a text names: (latitude, longitude) of each in degrees, and their states' letters."""

    points: tuple[tuple[float, float], ...]
    states: frozenset[str]


def whereabouts_of_named(generation: Generation, text: str) -> Named | None:
    """Where the clinics are that a text names, None where it names none."""
    rows, columns = named_clinics(generation, text, of_name=PART_OF_NAME), generation.columns
    if not len(rows):
        return None
    points = zip(columns.latitudes[rows].tolist(), columns.longitudes[rows].tolist(), strict=True)
    return Named(
        tuple(point for point in points if not math.isnan(point[0])),
        frozenset(columns.state_names[number] for number in columns.states[rows].tolist()),
    )


def clinics_by_state(generation: Generation, town: str) -> Mapping[str, int]:
    """How many clinics a town of this name has, by the letters of the states that have one."""
    words = tuple(words_of(town))
    return generation.kept(("clinics by state", words), lambda: _counted_by_state(generation, words))


def _counted_by_state(generation: Generation, words: Sequence[str]) -> Mapping[str, int]:
    having = [set(generation.match(word, TOWN).rows.tolist()) for word in words]
    rows = sorted(set.intersection(*having)) if having else []
    names = generation.columns.state_names
    return Counter(names[number] for number in generation.columns.states[rows].tolist())


def named_clinics(generation: Generation, text: str, *, of_name: float = NAME_COVERED) -> Rows:
    """The rows of clinics that a text names, best first; hardly ever any.

    Nearly all of the text, rare words weighing more, must stand in a clinic's name, program, town or state, and so
    large a part of its name in the text; a slip in a word and a missing blank are forgiven.
    """
    words = tuple(_parted(generation, words_of(text)[: MOST_WORDS + 1]))
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS or not generation.columns.count:
        return NOBODY
    return generation.kept(("named", words, of_name), lambda: _named(generation, words, of_name))


def _named(generation: Generation, words: tuple[str, ...], of_name: float) -> Rows:
    unknown = [
        word for word in words if word not in generation.lexicon and word.upper() not in generation.columns.state_names
    ]
    if len(unknown) > MOST_UNKNOWN:
        return NOBODY
    exactly = {word: [(word, 0)] for word in words}
    share, weight = _share(generation, exactly)
    clipped = {word: found for word in words if (found := _clipped(generation, word))}
    # Spelling is asked only where right spelling could make somebody of it.
    if share.max() + sum(weight[word] for word in {*unknown, *clipped}) < TEXT_COVERED:
        return NOBODY
    guessed = {word: generation.lexicon.guesses(word) for word in unknown}
    forgiving = {word: [(word, 0), *clipped.get(word, ()), *guessed.get(word, ())] for word in words}
    if guessed or clipped:
        share = _share(generation, forgiving)[0]
    return _best(generation, forgiving, share, of_name)


def _clipped(generation: Generation, word: str) -> Variants:
    """How listings write a word besides: "behav" for "behavioral", and its beginning where a name was cut off."""
    lexicon = generation.lexicon
    written = [(other, 0) for other in _written_alike().get(word, ()) if other in lexicon]
    begun = [word[:length] for length in range(SHORTEST_CUT_OFF, len(word))] if word.isalpha() else []
    return written + [(start, 1) for start in begun if start in lexicon and (start, 0) not in written]


@cache
def _written_alike() -> Mapping[str, tuple[str, ...]]:
    """Each single word of data/matching.toml's ways to write a word or number, with those that stand for the same."""
    groups: dict[str, set[str]] = {}
    for word, full in matching_words().same.items():
        if len(full) == 1:
            groups.setdefault(full[0], {full[0]}).add(word)
    for word, (group, value) in matching_words().marks.items():
        if group == "number":
            groups.setdefault(f"number {value}", set()).add(word)
    alike = {form: words for words in groups.values() for form in (*words, *(f"{word}s" for word in words))}
    return {form: tuple(sorted({*words, *(f"{word}s" for word in words)} - {form})) for form, words in alike.items()}


def _best(generation: Generation, variants: Mapping[str, Variants], share: Floats, least: float) -> Rows:
    rows = np.flatnonzero(share >= TEXT_COVERED)
    if not len(rows):
        return NOBODY
    hits = sum((_having(generation, found, NAME)[rows] for found in variants.values()), np.zeros(len(rows)))
    of_name = np.minimum(hits / np.maximum(generation.name_lengths[rows], 1.0), 1.0)
    chosen = of_name >= least
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
