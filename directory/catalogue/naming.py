"""ClinicName: what a listing calls itself, and how alike two names are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from directory.catalogue.address import is_misspelling
from directory.catalogue.likeness import matching_words, plain_words


class NamePart(StrEnum):
    """How alike two names are, from the same to nothing in common."""

    SAME = "same name"
    SPELT = "same name, spelt otherwise"
    FULLER = "same name, one with a common word more"
    PART = "same organisation, one names no programme"
    MARKED_PART = "same organisation, one names a programme for some people only"
    SIBLING = "same organisation, other programme"
    RELATED = "names that share a telling word"
    OTHER = "other names"
    OPPOSED = "names that tell two clinics apart"


# A name cut off in the source is at least this long, and its last word may be a piece of one.
_CUT_OFF = 35


@dataclass(frozen=True, slots=True)
class ClinicName:
    """A name cleaned for comparison.

    `words` are all words of name and programme but numbers; `organisation` those of name1 and `program` those of
    name2; `marks` are (group, value) pairs such as ("gender", "women") or ("number", "2"); `pieces` are words that may
    be cut off.
    """

    words: frozenset[str]
    organisation: frozenset[str]
    program: frozenset[str]
    marks: frozenset[tuple[str, str]]
    pieces: frozenset[str]


@lru_cache(maxsize=60_000)
def clinic_name(name1: str, name2: str, city: str) -> ClinicName:
    """Clean a name; a programme that is only the town's name is none ("Centerstone", "Nashville")."""
    organisation, marks, pieces = _cleaned(name1)
    program, program_marks, program_pieces = _cleaned(name2)
    program = program - frozenset(_full_words(plain_words(city)))
    all_marks = marks | program_marks
    values = frozenset(value for group, value in all_marks if group != "number")
    return ClinicName(
        organisation | program | values, organisation, program, frozenset(all_marks), pieces | program_pieces
    )


def name_part(one: ClinicName, other: ClinicName) -> NamePart:
    """How alike two names are. Numbers and directions must agree; opposite ages, settings or genders part."""
    if opposed(one, other):
        return NamePart.OPPOSED
    if one.words == other.words:
        return NamePart.SAME
    only_one, only_other, shared = _aligned(one, other)
    common = matching_words().common
    if not only_one and not only_other:
        return NamePart.SPELT
    telling = {word for word in shared if word not in common} or len(shared) > 2
    if telling and (not only_one or not only_other):
        return _one_says_more(one, other, only_one or only_other)
    if _organisations_agree(one, other):
        return NamePart.SIBLING
    return NamePart.RELATED if telling else NamePart.OTHER


def opposed(one: ClinicName, other: ClinicName) -> bool:
    """True where numbers or directions differ, or both name an age, a setting or a gender and not the same."""
    if one.marks == other.marks:
        return False
    for group in ("number", "direction", "gender", "age", "setting"):
        mine = {value for g, value in one.marks if g == group}
        theirs = {value for g, value in other.marks if g == group}
        must_agree = group in {"number", "direction"} or (mine and theirs)
        if must_agree and mine != theirs:
            return True
    return False


def _one_says_more(one: ClinicName, other: ClinicName, more: set[str]) -> NamePart:
    marked = {value for _group, value in one.marks ^ other.marks}
    if marked:
        return NamePart.MARKED_PART
    if more <= matching_words().common:
        return NamePart.FULLER
    fuller = one if more <= one.words else other
    if more <= fuller.program and not (one if fuller is other else other).program:
        return NamePart.PART
    return NamePart.RELATED


def _organisations_agree(one: ClinicName, other: ClinicName) -> bool:
    if not one.organisation or not other.organisation:
        return False
    common = matching_words().common
    differing = one.organisation ^ other.organisation
    return differing <= common and bool((one.organisation & other.organisation) - common)


def _aligned(one: ClinicName, other: ClinicName) -> tuple[set[str], set[str], set[str]]:
    """Words only in one, only in the other, and shared; a misspelt or cut-off word counts as shared."""
    shared = set(one.words & other.words)
    only_one, only_other = set(one.words - shared), set(other.words - shared)
    marks = matching_words().marks
    for word in sorted(only_one):
        for twin in sorted(only_other):
            if word in marks or twin in marks:
                continue
            if is_misspelling(word, twin) or _cut_off(word, twin, one) or _cut_off(twin, word, other):
                only_one.discard(word)
                only_other.discard(twin)
                shared.add(twin)
                break
    return only_one, only_other, shared


def _cut_off(piece: str, whole: str, name: ClinicName) -> bool:
    return piece in name.pieces and whole.startswith(piece)


def _cleaned(text: str) -> tuple[frozenset[str], set[tuple[str, str]], frozenset[str]]:
    plain = plain_words(text)
    words: set[str] = set()
    marks: set[tuple[str, str]] = set()
    known = matching_words()
    for word in _full_words(plain):
        mark = known.marks.get(word)
        if mark:
            marks.add(mark)
        elif any(letter.isdigit() for letter in word) or (len(word) == 1 and word not in "as"):
            marks.add(("number", word))
        elif word not in known.silent:
            words.add(word)
    if plain and plain[-1] == "a" and len(plain) > 1:
        marks.add(("number", "a"))
    pieces = frozenset(_full_words(plain[-1:])) if len(text) >= _CUT_OFF else frozenset()
    return frozenset(words), marks, pieces


def _full_words(words: tuple[str, ...]) -> tuple[str, ...]:
    same = matching_words().same
    full: list[str] = []
    for word in words:
        if word in same:
            full += same[word]
            continue
        single = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        full += same.get(single, (single,))
    return tuple(full)
