"""Spelling: matches that forgive a slip of the keys, an unfinished last word, or a word too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from directory.index.generation import Generation, WordMatch
from directory.search.ranking import FACILITY_BOOSTS, LEAST_WORDS, SERVICE_BOOST, SLIP

SHORTEST_PREFIX = 3
MOST_ENDINGS = 10
# Of all words together: a long text is hardly one clinic's name, and every guess must be looked up.
MOST_GUESSES = 16
# Of more strange words than this nobody can tell what was meant; each costs a walk through the lexicon.
MOST_STRANGE = 4


class Forgiven(NamedTuple):
    """A match for each word that counts near words too, slips discounted; the likeliest word for each unknown one; and
    one match of the facilities that have most of the words."""

    matches: tuple[WordMatch, ...]
    corrected: dict[str, str]
    most: tuple[WordMatch]


def forgiving_matches(generation: Generation, words: tuple[str, ...]) -> Forgiven:
    """Forgive slips in words; the answer is kept with the generation."""
    return generation.kept(("forgiven", words), lambda: _forgive(generation, words))


def _forgive(generation: Generation, words: tuple[str, ...]) -> Forgiven:
    corrected: dict[str, str] = {}
    matches = []
    strange = 0
    for number, word in enumerate(words):
        strange += word not in generation.lexicon
        guesses = generation.lexicon.guesses(word) if strange <= MOST_STRANGE else []
        if guesses and word not in generation.lexicon and word not in generation.service_words:
            corrected[word] = guesses[0][0]
        some = guesses[: max(1, MOST_GUESSES // len(words))]
        variants = [(word, 1.0), *((guess, SLIP**slips) for guess, slips in some)]
        if number == len(words) - 1:
            variants += [(ending, SLIP) for ending in _endings(generation, word)]
        matches.append(_any_of(generation, variants))
    return Forgiven(tuple(matches), corrected, (most_words(generation, matches),))


def most_words(generation: Generation, matches: Sequence[WordMatch]) -> WordMatch:
    """The facilities that have at least half of the words, rarer words weighing more, with their summed scores."""
    count = generation.columns.count
    scores = np.zeros(count, dtype=np.float32)
    share = np.zeros(count, dtype=np.float64)
    weights = [float(np.log(count / (len(match.rows) + 1)) + 1) if len(match.rows) else 0.0 for match in matches]
    for match, weight in zip(matches, weights, strict=True):
        scores[match.rows] += match.scores
        share[match.rows] += weight
    enough = share >= max(sum(weights) * LEAST_WORDS, 1e-9)
    return WordMatch.of(np.where(enough, scores, np.float32(0)))


def _endings(generation: Generation, word: str) -> list[str]:
    if len(word) < SHORTEST_PREFIX:
        return []
    return generation.lexicon.beginning_with(word)[:MOST_ENDINGS]


def _any_of(generation: Generation, variants: Sequence[tuple[str, float]]) -> WordMatch:
    if len(variants) == 1:
        return generation.match(variants[0][0], FACILITY_BOOSTS, SERVICE_BOOST)
    scores = np.zeros(generation.columns.count, dtype=np.float32)
    for word, weight in variants:
        match = generation.match(word, FACILITY_BOOSTS, SERVICE_BOOST)
        scores[match.rows] = np.maximum(scores[match.rows], match.scores * np.float32(weight))
    return WordMatch.of(scores)
