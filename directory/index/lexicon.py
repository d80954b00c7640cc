"""The lexicon: every word clinics and pages use, how often, and the likeliest meant by a misspelt one."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, islice, takewhile
from pathlib import Path

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from directory.index.columns import FacilityRow
from directory.index.schema import PageText, facility_words
from directory.index.words import words_of

SHORTEST_MISSPELT = 3
# From this many letters on two slips are forgiven, below it one.
TWO_SLIPS_FROM = 8
MOST_GUESSES = 5
# Longer ones are no words that somebody mistyped.
LONGEST_MISSPELT = 24


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Words by how many clinics have them, and by language how many pages have them; words folded, not stemmed.

    `names` are the words of every facility's name and program, a line each, as UTF-8 with a blank before each word;
    `packed` is what a rebuild found of them, compressed, and `later` what changes brought since, so that a change need
    not pack all anew.
    """

    clinics: Mapping[str, int]
    pages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    packed: bytes = field(default_factory=lambda: zlib.compress(b""))
    later: bytes = b""

    @cached_property
    def names(self) -> bytes:
        return zlib.decompress(self.packed) + self.later

    @cached_property
    def _sorted_words(self) -> list[str]:
        return sorted(word for word in self.clinics if word.isalpha())

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        return _grouped(self._sorted_words)

    @cached_property
    def _pages_by_length(self) -> dict[str, dict[int, list[str]]]:
        return {language: _grouped(sorted(words)) for language, words in self.pages.items()}

    def __contains__(self, word: str) -> bool:
        return word in self.clinics

    def known(self, word: str) -> bool:
        """Whether a clinic has the word in its name, program or town."""
        return all(part in self.clinics for part in words_of(word))

    def name_frequency(self, words: Sequence[str]) -> int:
        """How many names and programs have the words, one right after the other."""
        return _occurrences(self, " ".join(words_of(" ".join(words))))

    def guesses(self, word: str) -> list[tuple[str, int]]:
        """Clinics' words that may be meant, with the number of slips between, fewest slips and commonest first."""
        found = _near(word, self._by_length)
        return sorted(found, key=lambda guess: (guess[1], -self.clinics[guess[0]], guess[0]))[:MOST_GUESSES]

    def beginning_with(self, beginning: str) -> list[str]:
        """Clinics' words with this beginning, commonest first."""
        first = bisect_left(self._sorted_words, beginning)
        found = list(takewhile(lambda word: word.startswith(beginning), islice(self._sorted_words, first, None)))
        return sorted(found, key=lambda word: (-self.clinics[word], word))

    def page_guess(self, word: str, language: str) -> str:
        """The word of the pages that is likeliest meant, "" where none is near."""
        words = self.pages.get(language, {})
        found = _near(word, self._pages_by_length.get(language, {}))
        return min(found, key=lambda guess: (guess[1], -words[guess[0]], guess[0]), default=("", 0))[0]

    def save(self, folder: Path) -> None:
        """Write the lexicon into a folder."""
        words = json.dumps({"clinics": self.clinics, "pages": self.pages}, ensure_ascii=False)
        (folder / "lexicon.json.z").write_bytes(zlib.compress(words.encode()))
        (folder / "names.txt.z").write_bytes(self.packed)
        (folder / "later.txt.z").write_bytes(zlib.compress(self.later))

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """Read the lexicon of a folder."""
        words = json.loads(zlib.decompress((folder / "lexicon.json.z").read_bytes()))
        later = zlib.decompress((folder / "later.txt.z").read_bytes())
        return cls(words["clinics"], words["pages"], (folder / "names.txt.z").read_bytes(), later)

    @classmethod
    def gather(cls, facilities: Sequence[FacilityRow], pages: Sequence[PageText]) -> Lexicon:
        """The lexicon of these facilities (streets left out) and pages."""
        languages = sorted({page.language for page in pages})
        return cls(
            _clinic_words(facilities),
            {language: _page_words(page for page in pages if page.language == language) for language in languages},
            zlib.compress(_name_lines(facilities)),
        )

    def joined(self, facilities: Sequence[FacilityRow]) -> Lexicon:
        """This lexicon and the words of further facilities; words nobody uses any longer go at the next rebuild."""
        words = Counter(self.clinics)
        words.update(_clinic_words(facilities))
        return Lexicon(dict(words), self.pages, self.packed, self.later + _name_lines(facilities))


@lru_cache(maxsize=4096)
def _occurrences(lexicon: Lexicon, phrase: str) -> int:
    return lexicon.names.count(f" {phrase} ".encode()) if phrase else 0


def _name_lines(facilities: Iterable[FacilityRow]) -> bytes:
    texts = (text for facility in facilities for text in (facility.name, facility.program) if text)
    return "".join(f" {' '.join(words_of(text))} \n" for text in texts).encode()


def _clinic_words(facilities: Iterable[FacilityRow]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for facility in facilities:
        words = facility_words(facility)
        counts.update({word for field in ("name", "program", "town") for word in words.get(field, ())})
    return dict(counts)


def _page_words(pages: Iterable[PageText]) -> dict[str, int]:
    return dict(
        Counter(
            chain.from_iterable(
                set(words_of(" ".join((page.title, page.summary, *page.headings, *page.questions, page.text))))
                for page in pages
            )
        )
    )


def _grouped(words: Iterable[str]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for word in words:
        groups.setdefault(len(word), []).append(word)
    return groups


def _near(word: str, words: Mapping[int, Sequence[str]]) -> list[tuple[str, int]]:
    """Words, given by their length, that differ by few enough slips, with the number of slips."""
    if not SHORTEST_MISSPELT <= len(word) <= LONGEST_MISSPELT or not word.isalpha():
        return []
    slips = 2 if len(word) >= TWO_SLIPS_FROM else 1
    alike = [other for length in range(len(word) - slips, len(word) + slips + 1) for other in words.get(length, ())]
    found = extract(word, alike, scorer=OSA.distance, score_cutoff=slips, limit=None)
    return [(guess, int(distance)) for guess, distance, _ in found if distance > 0]
