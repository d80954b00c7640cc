"""Crisis: whether the words of a text are those of somebody in danger, and not an errand or a question about danger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from directory.search.asking import Danger
from directory.search.vocabulary import Phrases, Vocabulary
from directory.search.wording import Token, tokenise

SHORTEST_MISSPELT = 5
SHORTEST_CLIPPED = 3
GUESSES = 3


def in_crisis(tokens: Sequence[Token], vocabulary: Vocabulary, danger: Danger, *, question: bool, errand: bool) -> bool:
    """Whether help must come first. A phrase of crisis counts unless a longer harmless phrase covers it.

    When in doubt it does: a needless line about 988 costs less than a missing one.
    """
    said = f" {' '.join(token.fold for token in tokens)} "
    for wrong, right in danger.spelling.items():
        said = said.replace(f" {wrong} ", f" {right} ")
    said = said.strip()
    stems = [token.stem for token in tokenise(said)]
    harmless = [(first, last) for first, last, _ in vocabulary.not_crisis.every(stems)]
    for spelled in _spellings(stems, vocabulary.crisis):
        for first, last, _ in vocabulary.crisis.every(spelled):
            weak = last == first + 1 and spelled[first] in danger.weak
            if not weak and not any(start <= first and last <= end for start, end in harmless):
                return True
    if not harmless and any(pattern.search(said) for pattern in danger.patterns):
        return True
    if harmless or question:
        return False
    return any(_weakly(spelled, danger, errand=errand) for spelled in _spellings(stems, vocabulary.crisis))


def _weakly(stems: Sequence[str], danger: Danger, *, errand: bool) -> bool:
    if not danger.weak.intersection(stems) or danger.not_oneself.intersection(stems):
        return False
    return not errand or bool(danger.oneself.intersection(stems))


def _spellings(stems: Sequence[str], phrases: Phrases[bool]) -> Iterator[list[str]]:
    """The stems as typed, then with unknown ones replaced by the likeliest, second and third likeliest word meant."""
    yield list(stems)
    words = phrases.words()
    doubtful = [stem for stem in dict.fromkeys(stems) if len(stem) >= SHORTEST_CLIPPED and stem not in words]
    if not doubtful:
        return
    longer = sorted(word for word in words if len(word) > SHORTEST_CLIPPED)
    meant = {stem: _meant(stem, tuple(longer)) for stem in doubtful}
    for guess in range(max(len(guesses) for guesses in meant.values())):
        yield [meant[stem][guess] if guess < len(meant.get(stem, ())) else stem for stem in stems]


@lru_cache(maxsize=2048)
def _meant(stem: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Short words may only lack a letter or swap two: "kil" is "kill" and "wnat" "want", while "bill" is not."""
    cutoff = 1 if len(stem) < 8 else 2
    if len(stem) < SHORTEST_MISSPELT:
        words = tuple(word for word in words if len(word) == len(stem) + 1 or sorted(word) == sorted(stem))
    matches = process.extract(stem, words, scorer=OSA.distance, score_cutoff=cutoff, limit=GUESSES)
    return tuple(word for word, _, _ in matches if word[0] == stem[0])
