"""ClinicName: what a listing calls itself, and how alike two names are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import permutations

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
    NUMBERED = "names that share a telling word, one with a number"
    OPPOSED = "names that tell two clinics apart"


# "Unit 2" is another clinic than "Unit 3"; a number of three digits or more is a department's or a room's.
_NUMBERS = ("number", "code")
_CODE_DIGITS = 3
# A name cut off in the source is at least this long, and its last word may be a piece of one.
_CUT_OFF = 35


@dataclass(frozen=True, slots=True)
class ClinicName:
    """A name cleaned for comparison.

    `words` are all words of name and programme but numbers; `organisation` those of name1 and `program` those of
    name2; `marks` are (group, value) pairs such as ("gender", "women") or ("number", "2"); `pieces` are words that may
    be cut off; `town` those of the town's name; `letters` all of it without blanks.
    """

    words: frozenset[str]
    organisation: frozenset[str]
    program: frozenset[str]
    marks: frozenset[tuple[str, str]]
    pieces: frozenset[str]
    town: frozenset[str]
    letters: str


@lru_cache(maxsize=60_000)
def clinic_name(name1: str, name2: str, city: str, signs: frozenset[str] = frozenset()) -> ClinicName:
    """Clean a name; a programme that is only the town's name is none ("Centerstone", "Nashville").

    `signs` are numbers of the clinic's own address, which tell no two clinics there apart ("7th Street Clinic").
    """
    organisation, marks, pieces = _cleaned(name1, city, signs)
    program, program_marks, program_pieces = _cleaned(name2, city, signs)
    town = frozenset(_full_words(plain_words(city)))
    program = program - town
    all_marks = marks | program_marks
    values = frozenset(value for group, value in all_marks if group not in _NUMBERS)
    return ClinicName(
        words=organisation | program | values,
        organisation=organisation,
        program=program,
        marks=frozenset(all_marks),
        pieces=pieces | program_pieces,
        town=town,
        letters="".join(word for word in plain_words(f"{name1} {name2}") if word not in matching_words().silent),
    )


def name_part(one: ClinicName, other: ClinicName) -> NamePart:
    """How alike two names are. Other numbers, directions, ages, settings or genders tell two clinics apart."""
    if opposed(one, other):
        return NamePart.OPPOSED
    numbered = _one_numbered(one, other)
    if one.words == other.words and not numbered:
        return NamePart.SAME
    only_one, only_other, shared = _aligned(one, other)
    if one.letters == other.letters or not (only_one or only_other or numbered):
        return NamePart.SPELT
    telling = _telling(shared, one, other)
    if numbered:
        return NamePart.NUMBERED if telling else NamePart.OTHER
    more = only_one | only_other
    if telling and (
        not only_one or not only_other or (more <= matching_words().places and not _marks_apart(one, other))
    ):
        return _one_says_more(one, other, more)
    return _in_part(one, other, telling)


def _telling(shared: set[str], one: ClinicName, other: ClinicName) -> bool:
    """True where the shared words make a name: one that few clinics have, or three of any kind."""
    words = shared - {value for _group, value in one.marks & other.marks} - one.town - other.town
    return bool(words - matching_words().common) or len(words) > 2


def _in_part(one: ClinicName, other: ClinicName, telling: bool) -> NamePart:
    if _organisations_agree(one, other):
        return NamePart.SIBLING
    if not telling:
        return NamePart.OTHER
    return NamePart.MARKED_PART if _marks_apart(one, other) else NamePart.RELATED


def opposed(one: ClinicName, other: ClinicName) -> bool:
    """True where each has a number, a direction, an age, a setting or a gender that the other has not."""
    if one.marks == other.marks:
        return False
    for group in (*_NUMBERS, "direction", "gender", "age", "setting"):
        mine, theirs = _values(one, group), _values(other, group)
        if not (mine <= theirs or theirs <= mine):
            return True
    return False


def _one_numbered(one: ClinicName, other: ClinicName) -> bool:
    return _values(one, "number") != _values(other, "number")


def _marks_apart(one: ClinicName, other: ClinicName) -> bool:
    """One names people, a setting, a direction or a number that the other does not; a department's code is none."""
    return any(group != "code" for group, _value in one.marks ^ other.marks)


def _values(one: ClinicName, group: str) -> set[str]:
    return {value for g, value in one.marks if g == group}


def _one_says_more(one: ClinicName, other: ClinicName, more: set[str]) -> NamePart:
    if _marks_apart(one, other):
        return NamePart.MARKED_PART
    if more <= matching_words().common | one.town:
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
    _join_parted(only_one, only_other, shared)
    _join_parted(only_other, only_one, shared)
    return only_one, only_other, shared


def _join_parted(parted: set[str], whole: set[str], shared: set[str]) -> None:
    """Moves what one name writes as two words and the other as one to the shared ("Du Page", "DuPage")."""
    for first, second in permutations(sorted(parted), 2):
        if first + second in whole and {first, second} <= parted:
            parted -= {first, second}
            whole.discard(first + second)
            shared.add(first + second)


def _cut_off(piece: str, whole: str, name: ClinicName) -> bool:
    return piece in name.pieces and whole.startswith(piece)


def _cleaned(
    text: str, city: str, signs: frozenset[str]
) -> tuple[frozenset[str], set[tuple[str, str]], frozenset[str]]:
    plain = plain_words(text)
    words: set[str] = set()
    marks: set[tuple[str, str]] = set()
    known = matching_words()
    places = _places_of(plain, city)
    for word in _full_words(tuple(word for word in plain if word not in signs)):
        mark = known.marks.get(word)
        if mark and not (mark[0] == "direction" and word in places):
            marks.add(mark)
        elif any(letter.isdigit() for letter in word) or (len(word) == 1 and word not in "as"):
            marks.add(("code" if sum(letter.isdigit() for letter in word) >= _CODE_DIGITS else "number", word))
        elif word not in known.silent:
            words.add(word)
    if plain and plain[-1] == "a" and len(plain) > 1:
        marks.add(("number", "a"))
    pieces = frozenset(_full_words(plain[-1:])) if len(text) >= _CUT_OFF else frozenset()
    return frozenset(words), marks, pieces


def _places_of(plain: tuple[str, ...], city: str) -> frozenset[str]:
    """Words of the names of its town and of states in a name: "North Bend" and "West Virginia" are no directions."""
    text = f" {' '.join(plain)} "
    names = (" ".join(plain_words(city)), *matching_words().states)
    return frozenset(word for name in names if name and f" {name} " in text for word in name.split())


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
