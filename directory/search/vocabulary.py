"""Vocabulary: what people say, in English and Spanish, and which service codes they mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Generic, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from directory.catalogue.codes import code_list
from directory.config import DATA
from directory.search.wording import tokenise

Meaning = TypeVar("Meaning")
_ALTERNATIVES = re.compile(r"[{}]")
LANGUAGES = ("en", "es")
LONGEST_MISSPELT = 20
SHORTEST_JOINED = 4


class VocabularyError(ValueError):
    """data/vocabulary.toml names a code we do not know or lacks something; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Service:
    """One thing people ask for: any of the codes, with the words of its chip.

    One that `yields` is said in so general words that it means nothing where another of its category is named.
    """

    codes: tuple[str, ...]
    label: str
    label_es: str = ""
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Substance:
    """What people take: the service that treats it, and the one that withdraws it where there is one of its own."""

    treatment: Service
    detox: Service | None


@dataclass(frozen=True, slots=True)
class Phrases(Generic[Meaning]):
    """Phrases by their first stem, longest first, each with a meaning."""

    by_first: dict[str, list[tuple[tuple[str, ...], Meaning]]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)

    def add(self, phrase: str, meaning: Meaning) -> None:
        """Add a phrase; of two alike the first stays."""
        stems = tuple(token.stem for token in tokenise(phrase))
        if stems and all(known != stems for known, _ in self.by_first.get(stems[0], ())):
            entries = self.by_first.setdefault(stems[0], [])
            entries.append((stems, meaning))
            self._words.update(stems)
            entries.sort(key=lambda entry: -len(entry[0]))

    def run_together(self, ordinary: Container[str]) -> None:
        """Hear two words without the blank between them, as phones type them: "ketamineclinic"."""
        pairs = [(stems, meaning) for listed in self.by_first.values() for stems, meaning in listed if len(stems) == 2]
        for stems, meaning in pairs:
            joined = "".join(stems)
            if min(map(len, stems)) >= SHORTEST_JOINED and joined.isalpha() and joined not in ordinary:
                self.add(joined, meaning)

    def at(self, stems: Sequence[str], start: int) -> tuple[int, Meaning] | None:
        """The longest phrase that begins at a position: its number of stems and its meaning."""
        for phrase, meaning in self.by_first.get(stems[start], ()):
            if tuple(stems[start : start + len(phrase)]) == phrase:
                return len(phrase), meaning
        return None

    def every(self, stems: Sequence[str]) -> Iterator[tuple[int, int, Meaning]]:
        """The longest phrase at every position, overlapping ones too, as (start, end, meaning)."""
        for start in range(len(stems)):
            if match := self.at(stems, start):
                yield start, start + match[0], match[1]

    def words(self) -> set[str]:
        """Every stem that occurs in a phrase."""
        return self._words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything data/vocabulary.toml and data/plain_words.txt say, ready for looking up.

    `learn` gives the slug of an education page or ""; `radius` gives miles; `ordinary` are stems of words that are
    neither towns nor typing errors.
    """

    services: Phrases[Service]
    substances: Phrases[Substance]
    learn: Phrases[str]
    filler: Phrases[bool]
    radius: Phrases[float]
    negation: Phrases[bool]
    ordinary: frozenset[str]
    words: frozenset[str]
    _by_length: Mapping[int, tuple[str, ...]]
    _corrections: dict[str, str] = field(default_factory=dict)

    def corrected(self, stem: str) -> str:
        """The word of a service that a stem is a misspelling of, or the stem itself."""
        if not 5 <= len(stem) <= LONGEST_MISSPELT or stem in self.words or stem in self.ordinary or not stem.isalpha():
            return stem
        known = self._corrections.get(stem)
        if known is None:
            known = self._nearest(stem)
            if len(self._corrections) < 10_000:
                self._corrections[stem] = known
        return known

    def _nearest(self, stem: str) -> str:
        cutoff = 1 if len(stem) < 8 else 2
        choices = [
            word
            for length in range(len(stem) - cutoff, len(stem) + cutoff + 1)
            for word in self._by_length.get(length, ())
        ]
        matches = process.extract(stem, choices, scorer=OSA.distance, score_cutoff=cutoff, limit=3)
        best = [(errors, word[0] != stem[0], word) for word, errors, _ in matches]
        return min(best)[2] if best else stem


def load_vocabulary(path: Path | None = None) -> Vocabulary:
    """Read a vocabulary file, this installation's own where none is named. Raises VocabularyError naming the entry."""
    return _own_vocabulary() if path is None else _read(path)


@cache
def _own_vocabulary() -> Vocabulary:
    return _read(DATA / "vocabulary.toml")


def _read(path: Path) -> Vocabulary:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    services: Phrases[Service] = Phrases()
    for entry in tables.get("service", ()):
        service = _service(entry)
        for phrase in _said(entry):
            services.add(phrase, service)
    labelled = {service.codes: service for service in map(_service, tables.get("service", ()))}
    substances: Phrases[Substance] = Phrases()
    for entry in tables.get("substance", ()):
        treatment = labelled[entry["treatment"],]
        substance = Substance(treatment, labelled.get((entry.get("detox", ""),)))
        for phrase in _said(entry):
            substances.add(phrase, substance)
    learn: Phrases[str] = Phrases()
    for entry in tables.get("learn", ()):
        for phrase in _said(entry):
            learn.add(phrase, entry.get("page", ""))
    radius: Phrases[float] = Phrases()
    for phrase, miles in tables.get("radius", {}).items():
        radius.add(phrase, float(miles))
    filler, negation = _flags(tables.get("filler", {})), _flags(tables.get("negation", {}))
    plain = DATA / "plain_words.txt"
    lines = (line for line in plain.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    words = frozenset(services.words())
    ordinary = {token.stem for line in lines for token in tokenise(line)} | filler.words() | negation.words()
    services.run_together(ordinary)
    by_length: dict[int, list[str]] = {}
    for word in sorted(word for word in words if len(word) > 4 and word.isalpha()):
        by_length.setdefault(len(word), []).append(word)
    return Vocabulary(
        services,
        substances,
        learn,
        filler,
        radius,
        negation,
        frozenset(ordinary),
        words,
        {length: tuple(entries) for length, entries in by_length.items()},
    )


def _service(entry: Mapping[str, Any]) -> Service:
    codes = tuple(entry.get("codes", ()))
    label = entry.get("label", "")
    if unknown := [code for code in codes if code not in code_list()]:
        raise VocabularyError(f"vocabulary.toml: {label or entry!r} names {unknown[0]}, which is no service code")
    if not label:
        raise VocabularyError(f"vocabulary.toml: the entry of {' '.join(codes)} needs a label")
    return Service(codes, label, entry.get("label_es", ""), entry.get("yields", False))


def _said(entry: Mapping[str, Any]) -> list[str]:
    return [each for language in LANGUAGES for phrase in entry.get(language, ()) for each in expanded(phrase)]


def expanded(phrase: str) -> list[str]:
    """Every phrase that one with alternatives stands for: "{a|my} vet" is "a vet" and "my vet"."""
    parts = _ALTERNATIVES.split(phrase)
    return ["".join(chosen) for chosen in product(*(part.split("|") for part in parts))]


def _flags(table: Any) -> Phrases[bool]:
    """Phrases of a table of language lists, or of an array of such tables."""
    phrases: Phrases[bool] = Phrases()
    for entry in [table] if isinstance(table, dict) else table:
        for listed in entry.values():
            for phrase in listed if isinstance(listed, list) else ():
                for said in expanded(phrase):
                    phrases.add(said, True)
    return phrases
