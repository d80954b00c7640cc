"""StreetAddress: where a listing says it is, and how alike two such places are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import usaddress
from rapidfuzz.distance import OSA

from directory.catalogue.likeness import matching_words, plain_words

# "12", "25a", and what a grid of country roads has: "n5367", "w175n11117".
_HOUSE_NUMBER = re.compile(r"^(?:[nsew]?\d+)+[a-z]?$", re.ASCII)
_LEADING_NUMBER = re.compile(r"^\d[\d-]*[a-zA-Z]?\s+\D", re.ASCII)
_NUMBER_GOES_ON = re.compile(r"^\d+[a-z]?$", re.ASCII)
_LETTERED = re.compile(r"^([\d-]+)([a-z])$", re.ASCII)
_RANGE = re.compile(r"^(\d+)-(\d+)$", re.ASCII)
_WIDEST_RANGE = 100
_STREET_LABELS = ("Street", "Intersection", "CornerOf", "USPSBox", "LandmarkName", "Recipient", "NotAddress", "Place")
_NOT_PLAIN = re.compile(r"[,#(]|\b(suite|ste|unit|apt|room|rm|building|bldg|floor|fl)\b", re.IGNORECASE)


class SitePart(StrEnum):
    """How alike two addresses are."""

    SAME = "same address"
    UNIT = "same building, other suite"
    NEAR = "nearly the same address"
    NUMBER = "the same house number, the street written quite otherwise"
    ALONG = "another house in the same street"
    ELSEWHERE = "another address in the same town or ZIP"
    WITHHELD = "street withheld, same ZIP"
    RETOWNED = "same address, under another town and ZIP"
    FAR = "another town"


@dataclass(frozen=True, slots=True)
class StreetAddress:
    """A street cleaned for comparison: "1 N. Elm St Ste 4" → "1", ("north", "elm", "street"), {"4"}."""

    number: str
    street: tuple[str, ...]
    units: frozenset[str]

    @property
    def signs(self) -> Iterator[str]:
        """Numbers that a clinic may be named after: "209 East 7th Street" → "209", "7th"."""
        for word in (self.number, *self.street):
            if len(word) > 2 and word[0].isdigit():
                yield word


@dataclass(frozen=True, slots=True)
class Site:
    """Where a listing is: its street (None where withheld or not given), town, state and ZIP."""

    address: StreetAddress | None
    city: str
    state: str
    zip: str


@lru_cache(maxsize=60_000)
def street_address(street1: str, street2: str) -> StreetAddress:
    """Take a street apart. usaddress parts suites from streets where one line holds both."""
    street1, street2 = _street_first(street1, street2)
    units = set(_unit_words(plain_words(street2)))
    number_words: list[str] = []
    street_words: list[str] = []
    if not _NOT_PLAIN.search(street1):
        street_words = list(plain_words(street1))
        number_words = _taken_number(street_words)
    else:
        for token, label in usaddress.parse(street1):
            words = list(plain_words(token))
            if label.startswith("AddressNumber"):
                number_words += words
            elif label.startswith(_STREET_LABELS):
                street_words += words
            else:
                units.update(_unit_words(tuple(words)))
    number = "-".join(number_words)
    if lettered := _LETTERED.match(number):
        number, letter = lettered.groups()
        units.add(letter)
    elif number and _leads_a_street(street_words):
        units.add(street_words.pop(0))
    return StreetAddress(number, _street_words(street_words), frozenset(units))


def _street_first(street1: str, street2: str) -> tuple[str, str]:
    """Changes a building that stands before its street with it: "Elm Plaza" and "12 Elm Street"."""
    if any(letter.isdigit() for letter in street1) or not _LEADING_NUMBER.match(street2):
        return street1, street2
    same, kinds = matching_words().street_same, matching_words().street_kinds
    street, *rest = street2.split(",")
    if kinds.isdisjoint(same.get(word, word) for word in plain_words(street)):
        return street1, street2
    return street, " ".join((street1, *rest))


def _taken_number(words: list[str]) -> list[str]:
    """Takes the house number off the front of a street: "75-59 263rd Street" and "12 1/2 Elm Street" have two words."""
    if not words:
        return []
    first = matching_words().street_same.get(words[0], words[0])
    if not _HOUSE_NUMBER.match(first):
        return []
    del words[0]
    number = [first]
    while len(words) > 2 and words[1] != "mile" and (_NUMBER_GOES_ON.match(words[0]) or words[0] == "and"):
        if words[0] == "and" and not words[1].isdigit():
            break
        word = words.pop(0)
        number += [word] if word != "and" else []
    return number


def _leads_a_street(words: list[str]) -> bool:
    """True for the letter of "1524 B Elm Road", false for those of "12 B Street" and "12 N Elm Street"."""
    lettered = len(words) > 2 and len(words[0]) == 1 and words[0].isalpha() and not words[1].isdigit()
    return lettered and words[0] not in "nsew"


def site_part(one: Site, other: Site) -> SitePart:
    """How alike two places are; a withheld street is like no street, whatever else agrees."""
    here = one.zip == other.zip or (one.city == other.city and one.state == other.state)
    if not here:
        both = one.address and other.address and one.state == other.state
        agree = both and one.address and other.address and _address_part(one.address, other.address) is SitePart.SAME
        return SitePart.RETOWNED if agree else SitePart.FAR
    if one.address is None or other.address is None:
        return SitePart.WITHHELD if one.zip == other.zip else SitePart.FAR
    part = _address_part(one.address, other.address)
    return SitePart.ELSEWHERE if part is SitePart.ALONG and one.zip != other.zip else part


def _address_part(one: StreetAddress, other: StreetAddress) -> SitePart:
    if not one.street or not other.street:
        return SitePart.ELSEWHERE
    alike = _alike(one.street, other.street)
    if not _same_house(one.number, other.number):
        return SitePart.ALONG if one.number and other.number and alike else SitePart.ELSEWHERE
    if not one.number and len(one.street) < 2:
        return SitePart.ELSEWHERE
    if one.street == other.street or (one.number and alike):
        return SitePart.UNIT if _units_apart(one.units, other.units) else SitePart.SAME
    if not one.number or _directions_apart(one.street, other.street):
        return SitePart.ELSEWHERE
    return SitePart.NEAR if _nearly(one.street, other.street) else SitePart.NUMBER


def _units_apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Other numbers or letters, or other names of a building; a number and a name say nothing of each other."""
    here, there = (frozenset(u for u in units if len(u) == 1 or any(map(str.isdigit, u))) for units in (one, other))
    if here and there:
        return here.isdisjoint(there)
    return bool(one and other) and not here and not there and one.isdisjoint(other)


def _directions_apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Each street names a direction that the other does not: "North Elm Street", "South Elm Street"."""
    marks = matching_words().marks
    here, there = ({w for w in street if marks.get(w, ("",))[0] == "direction"} for street in (one, other))
    return not (here <= there or there <= here)


def _same_house(one: str, other: str) -> bool:
    """The same number, or one within the other's range: "24" and "22-24"."""
    if one == other:
        return True
    first, last = _numbers(one)
    other_first, other_last = _numbers(other)
    return bool(first and other_first) and first <= other_last and other_first <= last


def _numbers(number: str) -> tuple[int, int]:
    """First and last house of a number; (0, 0) for what is neither. "75-59" is one house, and so is "140-15"."""
    if number.isdigit():
        return int(number), int(number)
    if (found := _RANGE.match(number)) and len(found[1]) == len(found[2]):
        first, last = int(found[1]), int(found[2])
        return (first, last) if first < last <= first + _WIDEST_RANGE else (0, 0)
    return 0, 0


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """The same words in any order or written together, or but for a street's kind that one leaves out."""
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return True
    kinds = matching_words().street_kinds
    bare, other_bare = (sorted(word for word in street if word not in kinds) for street in (one, other))
    return bool(bare) and bare == other_bare and len(bare) in {len(one), len(other)}


def _nearly(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Another kind of street, one typing error in a long word, or a direction left out by one: one of these only."""
    words = matching_words()
    bare, other_bare = (tuple(word for word in street if word not in words.street_kinds) for street in (one, other))
    if bare == other_bare:
        return bool(bare)
    if len(bare) == len(other_bare):
        wrong = [(a, b) for a, b in zip(bare, other_bare, strict=True) if a != b]
        return all(is_misspelling(a, b) for a, b in wrong) and len(wrong) == 1
    shorter, longer = sorted((bare, other_bare), key=len)
    without = tuple(word for word in longer if words.marks.get(word, ("",))[0] != "direction")
    return bool(shorter) and shorter == without and len(longer) == len(shorter) + 1


def is_misspelling(one: str, other: str) -> bool:
    """One letter wrong, missing, doubled or swapped in words of six letters or more with the same first letter."""
    return (
        min(len(one), len(other)) >= 6
        and one[0] == other[0]
        and one.isalpha()
        and other.isalpha()
        and OSA.distance(one, other, score_cutoff=1) <= 1
    )


def _street_words(words: list[str]) -> tuple[str, ...]:
    same = matching_words().street_same
    full = [same.get(word, word) for word in words]
    if full[:1] == ["street"] and len(full) > 1:
        full[0] = "saint"
    elif len(full) > 2 and full[1] == "street" and words[1] == "st" and full[-1] in matching_words().street_kinds:
        full[1] = "saint"
    return _plain_roads(full)


def _plain_roads(words: list[str]) -> tuple[str, ...]:
    """Highways and routes without whose they are: "U.S. Highway 70" and "State Highway 70" are "highway", "70"."""
    full: list[str] = []
    for word in words:
        if word == "s" and full[-1:] == ["u"]:
            full[-1] = "us"
        else:
            full.append(word)
    if "highway" in full or "route" in full:
        full = [word for word in full if word not in {"us", "state"}]
    return tuple(full)


def _unit_words(words: tuple[str, ...]) -> tuple[str, ...]:
    units = matching_words().street_units
    return tuple(_bare_ordinal(word) for word in words if word not in units)


def _bare_ordinal(word: str) -> str:
    return re.sub(r"^(\d+)(st|nd|rd|th)$", r"\1", word)
