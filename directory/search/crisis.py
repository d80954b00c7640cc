"""Crisis: whether the words of a text are those of somebody in danger, and not an errand or a question about danger."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from directory.config import DATA
from directory.search.vocabulary import LONGEST_MISSPELT, Phrases, Vocabulary
from directory.search.wording import Token, stem_of, tokenise

BETWEEN = 2
ANYWHERE = 500
SHORTEST_MISSPELT = 5
SHORTEST_CLIPPED = 3
MOST_MISSPELT = 12
GUESSES = 3
BEFORE = "before"
YEAR_LED_BY = frozenset({"in", "since", "from", "of", "around", "en", "desde", "del"})
WIDE, TIGHT, END = "...", "~", "end"
# A year that is named is past: "I overdosed in 2015".
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE_ENDS = re.compile(r"[.;?!\n]")

Spans = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Classes of words in order, each with how many other words may stand before it in the same sentence."""

    classes: tuple[str, ...]
    between: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Danger:
    """data/crisis.toml, ready for looking up: how words are spelled, what class a phrase is of, patterns of classes."""

    spelling: tuple[tuple[str, str], ...]
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]
    words: frozenset[str]
    sure: tuple[Pattern, ...]
    always: tuple[Pattern, ...]
    unless_asked: tuple[Pattern, ...]
    weak: tuple[Pattern, ...]
    harmless: tuple[Pattern, ...]
    topics: Phrases[bool]
    oneself: Phrases[bool]


class CrisisError(ValueError):
    """data/crisis.toml names a class that it does not define; the message names the pattern."""


@cache
def danger() -> Danger:
    """The grammar of this installation, read once. Raises CrisisError."""
    tables = tomllib.loads((DATA / "crisis.toml").read_text(encoding="utf-8"))
    classes: dict[str, list[str]] = tables["classes"]
    phrases: dict[tuple[str, ...], list[str]] = {}
    for name, listed in classes.items():
        for phrase in listed:
            phrases.setdefault(
                tuple(token.stem for token in tokenise(_spelled(phrase, tables["spelling"]))), []
            ).append(name)
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for stems, names in phrases.items():
        by_first.setdefault(stems[0], []).append((stems, tuple(dict.fromkeys(names))))
    says = [(entry, _pattern(said, classes)) for entry in tables["danger"] for said in entry["says"]]
    return Danger(
        tuple(tables["spelling"].items()),
        by_first,
        frozenset(stem for stems in phrases for stem in stems),
        tuple(pattern for entry, pattern in says if entry.get("sure")),
        tuple(pattern for entry, pattern in says if not entry.keys() & {"sure", "weak", "question"}),
        tuple(pattern for entry, pattern in says if not entry.get("question", True)),
        tuple(pattern for entry, pattern in says if entry.get("weak")),
        tuple(_pattern(said, classes) for entry in tables["harmless"] for said in entry["says"]),
        _listed(classes["topic"]),
        _listed(classes["i"]),
    )


def in_crisis(tokens: Sequence[Token], vocabulary: Vocabulary, *, question: bool, errand: bool) -> bool:
    """Whether help must come first. Words of danger count unless harmless ones overlap them.

    When in doubt it does: a needless line about 988 costs less than a missing one.
    """
    grammar = danger()
    said = tokenise(_spelled(_sentences(tokens), dict(grammar.spelling)))
    forms = _forms(said, grammar, vocabulary)
    spans = _spans(forms, grammar)
    if not spans:
        return False
    if any(True for _ in _matches(grammar.sure, spans, said)):
        return True
    found = list(_matches(grammar.always, spans, said))
    found += [] if question else _matches(grammar.unless_asked, spans, said)
    weak = [] if question else list(_matches(grammar.weak, spans, said))
    if not found and not weak:
        return False
    harmless = list(_matches(grammar.harmless, spans, said))
    if _left(found, harmless):
        return True
    stems = [token.stem for token in said]
    return (
        bool(_left(weak, harmless))
        and not any(True for _ in grammar.topics.every(stems))
        and (not errand or any(True for _ in grammar.oneself.every(stems)))
    )


def _left(found: Iterable[tuple[int, int]], harmless: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(first, last) for first, last in found if not any(start < last and first < end for start, end in harmless)]


def _pattern(said: str, classes: dict[str, list[str]]) -> Pattern:
    names: list[str] = []
    between: list[int] = []
    allowed = BETWEEN
    for word in said.split():
        if word in (WIDE, TIGHT):
            allowed = ANYWHERE if word == WIDE else 0
            continue
        if word not in classes and word != END:
            raise CrisisError(f"crisis.toml: {said!r} names {word}, which is no class")
        names.append(word)
        between.append(allowed)
        allowed = BETWEEN
    return Pattern(tuple(names), tuple(between))


def _listed(listed: Sequence[str]) -> Phrases[bool]:
    phrases: Phrases[bool] = Phrases()
    for phrase in listed:
        phrases.add(phrase, True)
    return phrases


def _sentences(tokens: Sequence[Token]) -> str:
    """The folded words again, with a full stop where a sentence ends."""
    parts: list[str] = []
    for token in tokens:
        parts.append(" . " if parts and _SENTENCE_ENDS.search(token.gap) else " ")
        parts.append(token.fold)
    return "".join(parts).strip()


def _spelled(said: str, spelling: dict[str, str]) -> str:
    said = f" {said} "
    for wrong, right in spelling.items():
        if wrong in said:
            said = said.replace(f" {wrong} ", f" {right} ")
    return said.strip()


def _forms(tokens: Sequence[Token], grammar: Danger, vocabulary: Vocabulary) -> list[tuple[str, ...]]:
    """Each token's stem, and what it may be a misspelling of where nobody knows it."""
    forms: list[tuple[str, ...]] = []
    tried = 0
    for token in tokens:
        stem = token.stem
        known = stem in grammar.words or stem in vocabulary.words or stem in vocabulary.ordinary
        if known or tried == MOST_MISSPELT or not SHORTEST_CLIPPED <= len(stem) <= LONGEST_MISSPELT:
            forms.append((stem,))
            continue
        tried += 1
        forms.append((stem, *_meant(stem)))
    return forms


@cache
def _by_first() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in sorted(danger().words):
        if len(word) > SHORTEST_CLIPPED and word.isalpha():
            found.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in found.items()}


@lru_cache(maxsize=8192)
def _meant(stem: str) -> tuple[str, ...]:
    """Short words may only lack a letter or swap two: "kil" is "kill" and "wnat" "want", while "bill" is not."""
    words: Sequence[str] = _by_first().get(stem[0], ())
    cutoff = 1 if len(stem) < 8 else 2
    if len(stem) < SHORTEST_MISSPELT:
        words = [word for word in words if len(word) == len(stem) + 1 or sorted(word) == sorted(stem)]
    matches = process.extract(stem, words, scorer=OSA.distance, score_cutoff=cutoff, limit=GUESSES)
    return tuple(stem_of(word) for word, _, _ in matches)


def _spans(forms: Sequence[tuple[str, ...]], grammar: Danger) -> Spans:
    """Where each class occurs, as (first, last exclusive)."""
    spans: Spans = {}
    count = len(forms)
    for first in range(count):
        if first and _YEAR.fullmatch(forms[first][0]) and forms[first - 1][0] in YEAR_LED_BY:
            spans.setdefault(BEFORE, []).append((first, first + 1))
        for form in forms[first]:
            for phrase, names in grammar.phrases.get(form, ()):
                last = first + len(phrase)
                if last <= count and all(phrase[step] in forms[first + step] for step in range(1, len(phrase))):
                    for name in names:
                        spans.setdefault(name, []).append((first, last))
    return spans


def _matches(patterns: Sequence[Pattern], spans: Spans, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for pattern in patterns:
        if all(name in spans or name == END for name in pattern.classes):
            yield from _matched(pattern, spans, tokens)


def _matched(pattern: Pattern, spans: Spans, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    reached = spans[pattern.classes[0]]
    for name, between in zip(pattern.classes[1:], pattern.between[1:], strict=True):
        if name == END:
            reached = [(first, last) for first, last in reached if _ends(tokens, last)]
        else:
            reached = [
                (start, stop)
                for start, end in reached
                for first, stop in spans[name]
                if end <= first <= end + between and not _parted(tokens, end, first)
            ]
        reached = list(dict.fromkeys(reached))
        if not reached:
            break
    return reached


def _ends(tokens: Sequence[Token], last: int) -> bool:
    """Whether what is said ends before a token: with the text, a sentence, a comma or a word that begins anew."""
    return last >= len(tokens) or tokens[last].gap.strip() != "" or tokens[last].fold in NEW_CLAUSE


def _parted(tokens: Sequence[Token], first: int, last: int) -> bool:
    return any("." in token.gap for token in tokens[first : last + 1])


NEW_CLAUSE = frozenset(
    {"and", "but", "because", "so", "please", "pls", "help", "i", "im", "y", "pero", "porque", "ayuda"}
)
