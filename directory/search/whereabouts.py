"""Where a text says: its places, its radius, and "near me"."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from directory.config import DATA
from directory.places.distance import MILES_PER_KILOMETRE
from directory.places.gazetteer import COUNTY_WORDS, WELL_KNOWN_WEIGHT, Gazetteer, names_county
from directory.places.place import Place, PlaceKind
from directory.places.spelling import key_of_words
from directory.search.asking import asking
from directory.search.named import Named
from directory.search.question import LARGEST_RADIUS_MILES
from directory.search.vocabulary import LONGEST_MISSPELT, Phrases, Vocabulary
from directory.search.wording import Token

LONGEST_TOWN = 5
# Words that names of towns and counties are written with, apart or in one.
PARTICLES = frozenset({"de", "des", "du", "la", "le", "el", "mc", "mac", "van", "o"})
LONGEST_STATE = 4
COUNTY_CLIPPED = frozenset({"co", "cnty"})
# So long a name of several words is hardly spelled by chance.
LONG_NAME = 10
# Two letters of a state that are also a word: only a town before them, a capital or the end of the text tells.
WORD_LETTERS = frozenset(
    {"in", "or", "me", "de", "la", "mi", "as", "hi", "ok", "oh", "pa", "ma", "al", "co", "id", "so"}
)
MEANT_OTHERWISE = frozenset({"md", "va", "ms", "mt", "ct", "pr", "vi", "mp", "gu", "ar", "ne", "sc", "sd"})
INSIDE_SENTENCE = frozenset({"in", "or", "me", "de", "la", "mi", "as", "a"})
SHORT_STATE_NAMES = 5
DENIED = 100.0
WEAK_TOWN = 10.0
KNOWN_WEIGHT = 4
CITY_WEIGHT = 20
WORD_FOR_A_SLIP = 5
# A sentence holds few misspelled words; gibberish holds nothing else.
MOST_MISSPELT = 10


class Lexicon(Protocol):
    """What the index knows of words."""

    def name_frequency(self, words: Sequence[str]) -> int:
        """How many facilities have the words, one after the other, in name or programme."""

    def known(self, word: str) -> bool:
        """Whether the word occurs in the index at all."""

    def clinics_by_state(self, town: str) -> Mapping[str, int]:
        """How many facilities a town of this looked-up name has, by the letters of the states that have one."""

    def named(self, text: str) -> Named | None:
        """Where the facilities are that a text names, a slip forgiven; None where it names none."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place seen at tokens first to last (exclusive). `strength` tells how sure; `others` share the name."""

    place: Place
    first: int
    last: int
    strength: float
    others: tuple[Place, ...] = ()
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """A radius in miles, said at tokens first to last (exclusive)."""

    miles: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Wordings:
    titles: frozenset[str]
    kin: frozenset[str]
    strong: Phrases[bool]
    weak: Phrases[bool]
    near_me: Phrases[bool]
    nearest: Phrases[bool]
    units: dict[str, float]
    timed: frozenset[str]
    before: Phrases[bool]
    after: Phrases[bool]
    numbers: dict[str, float]


@cache
def _wordings() -> _Wordings:
    tables = tomllib.loads((DATA / "place_names.toml").read_text(encoding="utf-8"))
    distance = tables["distance"]
    units = dict.fromkeys(distance["miles"], 1.0)
    units |= dict.fromkeys(distance["kilometres"], MILES_PER_KILOMETRE)
    units |= dict.fromkeys(distance["hours"], float(distance["miles_an_hour"]))
    units |= dict.fromkeys(distance["minutes"], distance["miles_an_hour"] / 60)
    return _Wordings(
        frozenset(tables["people"]["titles"]),
        frozenset(tables["people"]["kin"]),
        _phrases(tables["prepositions"]["strong"]),
        _phrases(tables["prepositions"]["weak"]),
        _phrases([*tables["near_me"]["en"], *tables["near_me"]["es"]]),
        _phrases(tables["near_me"]["nearest"]),
        units,
        frozenset([*distance["hours"], *distance["minutes"]]),
        _phrases(distance["before"]),
        _phrases(distance["after"]),
        {word: float(number) for word, number in tables["numbers"].items()},
    )


def _phrases(listed: list[str]) -> Phrases[bool]:
    phrases: Phrases[bool] = Phrases()
    for phrase in listed:
        phrases.add(phrase, True)
    return phrases


def near_me(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Where the text says "near me": tokens first to last (exclusive), None where it does not."""
    stems = [token.stem for token in tokens]
    for first, last, _ in _wordings().near_me.every(stems):
        if not any("," in token.gap or "." in token.gap for token in tokens[first + 1 : last]):
            return first, last
    return None


def nearest(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Where the text says "nearest" without "me": tokens first to last (exclusive), None where it does not."""
    stems = [token.stem for token in tokens]
    return next(((first, last) for first, last, _ in _wordings().nearest.every(stems)), None)


def spoken_number(tokens: Sequence[Token], first: int) -> tuple[float, int] | None:
    """The whole number that begins at a token, in digits or in words, and how many tokens it has: "seventy two"."""
    if (number := tokens[first].number) is not None:
        return number, 1
    known = _wordings().numbers
    tens = known.get(tokens[first].fold)
    if tens is None or tens < 1:
        return None
    joint = 1 if first + 1 < len(tokens) and tokens[first + 1].fold == "y" else 0
    after = first + 1 + joint
    ones = known.get(tokens[after].fold) if after < len(tokens) and 20 <= tens < 100 else None
    return (tens + ones, after + 1 - first) if ones is not None and 1 <= ones < 10 else (tens, 1)


def reach(tokens: Sequence[Token], vocabulary: Vocabulary) -> Reach | None:
    """The radius a text asks for: a number with a unit, or words such as "walking distance"."""
    stems = [token.stem for token in tokens]
    for first, last, miles in vocabulary.radius.every(stems):
        return Reach(miles, first, last + _begins_at(_wordings().after, stems, last))
    for index in range(1, len(tokens)):
        if found := _measured(tokens, stems, index):
            return found
    return None


def _measured(tokens: Sequence[Token], stems: Sequence[str], index: int) -> Reach | None:
    """The radius whose unit stands at a position; a time is one only where the words round it speak of a way."""
    words = _wordings()
    unit = words.units.get(tokens[index].fold)
    if unit is None:
        return None
    number, first = _number_before(tokens, index)
    if number is None or not 0 < number * unit <= LARGEST_RADIUS_MILES:
        return None
    before, after = _ends_at(words.before, stems, first), _begins_at(words.after, stems, index + 1)
    if tokens[index].fold in words.timed and not before and (not after or tokens[index + 1].fold == "de"):
        return None
    return Reach(round(number * unit, 1), first - before, index + 1 + after)


def _begins_at(phrases: Phrases[bool], stems: Sequence[str], start: int) -> int:
    match = phrases.at(stems, start) if start < len(stems) else None
    return match[0] if match else 0


def _number_before(tokens: Sequence[Token], index: int) -> tuple[float | None, int]:
    """The number that ends just before a position, and where it begins; "twenty five" and "half an" included."""
    first = index - 1
    number = tokens[first].number
    if number is not None:
        return number, first
    known = _wordings().numbers
    number = known.get(tokens[first].fold)
    if number is None:
        return None, first
    before = known.get(tokens[first - 1].fold) if first else None
    if before is None:
        return number, first
    if tokens[first].fold in {"hundred", "an", "a"}:
        return before * number, first - 1
    return (before + number, first - 1) if before >= 20 > number else (number, first)


def _ends_at(phrases: Phrases[bool], stems: Sequence[str], end: int) -> int:
    """The length of the longest phrase that ends just before a position."""
    for length in range(min(5, end), 0, -1):
        match = phrases.at(stems[:end], end - length)
        if match and match[0] == length:
            return length
    return 0


def likeliest_by_clinics(places: tuple[Place, ...], gazetteer: Gazetteer, lexicon: Lexicon | None) -> tuple[Place, ...]:
    """Places by one name, likeliest first: a town with many clinics is larger than its number of ZIPs tells.

    A town of the home state that has a clinic stays first, and so does a name that means one town, such as a nickname.
    """
    if lexicon is None or len(places) < 2 or any(place.kind is not PlaceKind.TOWN for place in places):
        return places
    name = places[0].label.rpartition(",")[0]
    if any(place.label.rpartition(",")[0] != name for place in places):
        return places
    clinics = lexicon.clinics_by_state(name)
    if places[0].state == gazetteer.home_state and clinics.get(places[0].state):
        return places

    def likelihood(town: Place) -> float:
        return gazetteer.likelihood(town) * (1.0 + math.log2(1 + clinics.get(town.state, 0)))

    return tuple(sorted(places, key=likelihood, reverse=True))


class Whereabouts:
    """Finds the place of a text against the gazetteer."""

    def __init__(self, gazetteer: Gazetteer, vocabulary: Vocabulary, lexicon: Lexicon | None) -> None:
        self._gazetteer = gazetteer
        self._vocabulary = vocabulary
        self._lexicon = lexicon
        self._words = _wordings()

    def sightings(self, tokens: Sequence[Token], taken: Sequence[bool], served: Sequence[bool]) -> list[Sighting]:
        """Places at tokens that are not taken, surest first; `served` marks words that name a service."""
        search = _Search(self._gazetteer, self._vocabulary, self._lexicon, self._words, tokens, taken, served)
        return search.run()


class _Search:
    """One text's search for places."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        vocabulary: Vocabulary,
        lexicon: Lexicon | None,
        words: _Wordings,
        tokens: Sequence[Token],
        taken: Sequence[bool],
        served: Sequence[bool],
    ) -> None:
        self.gazetteer, self.vocabulary, self.lexicon, self.words = gazetteer, vocabulary, lexicon, words
        self.tokens, self.taken, self.served = tokens, taken, served
        self.stems = [token.stem for token in tokens]
        letters = [token for token in tokens if token.text[0].isalpha()]
        capitals = sum(token.capital for token in letters)
        self.capitals_tell = capitals <= 0.6 * len(letters)
        self.upper_tells = sum(token.upper for token in letters if len(token.text) > 1) <= 0.5 * len(letters)
        self.spanish = any(
            token.fold in {"clinica", "clinicas", "ketamina", "cerca", "para", "donde"} for token in tokens
        )

    def run(self) -> list[Sighting]:
        found = [*self._zips(), *self._named()]
        towns = [sighting.strength for sighting in found if sighting.place.kind is not PlaceKind.STATE]
        if max(towns, default=0.0) < WEAK_TOWN:
            found.extend(self._misspelled(found))
        kept: list[Sighting] = []
        found = [sighting for sighting in map(self._unless_denied, found) if sighting.strength > 0]
        for sighting in sorted(found, key=lambda seen: (-(seen.last - seen.first), -seen.strength)):
            if not any(other.first < sighting.last and sighting.first < other.last for other in kept):
                kept.append(sighting)
        kept.sort(key=lambda seen: (-seen.strength, seen.first))
        return self._joined(kept)

    def _zips(self) -> list[Sighting]:
        found = []
        for index, token in enumerate(self.tokens):
            if self.taken[index] or len(token.text) != 5 or not token.text.isascii() or not token.text.isdigit():
                continue
            if token.gap.endswith(("$", "#")) or (place := self.gazetteer.zip(token.text)) is None:
                continue
            after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
            further = after is not None and after.gap == "-" and len(after.text) == 4 and after.text.isdigit()
            found.append(Sighting(place, index, index + 1 + further, 200.0))
        return found

    def _named(self) -> list[Sighting]:
        found: list[Sighting] = []
        for first in range(len(self.tokens)):
            for last in range(first + 1, min(len(self.tokens), first + LONGEST_TOWN) + 1):
                if self.taken[last - 1] or not self.tokens[last - 1].fold[0].isalpha():
                    break
                if last - first > 1 and re.search(r"[^\s.'’-]", self.tokens[last - 1].gap):
                    break
                found.extend(self._at(first, last))
        return found

    def _at(self, first: int, last: int) -> list[Sighting]:
        words = [token.fold for token in self.tokens[first:last]]
        if words[0] in {"condado", "parroquia"} and len(words) > 2 and words[1] in {"de", "del"}:
            words = [*words[2:], "county"]
        county = len(words) > 1 and (names_county(words) or words[-1] in COUNTY_CLIPPED)
        key = self._key(words, county=county)
        named = self.gazetteer.is_town(key)
        letters = self.gazetteer.state_letters(key)
        found = []
        if (named or county) and (state := self._state_at(last)) is not None:
            place = self.gazetteer.county(key, state[0]) if county else None
            place = place or self.gazetteer.town(key, state[0])
            slip = 0 if place is not None else 1
            if place is None and len(key) > WORD_FOR_A_SLIP:
                place = next((near for _, near in self.gazetteer.resembling(key, state[0], cutoff=1)), None)
            if place is not None and self._letters_meant(last, state[1], bare_town=not letters):
                found.append(Sighting(place, first, last + state[1], 120.0 + len(words) - 20 * slip, errors=slip))
        if county and (counties := self.gazetteer.counties(key)):
            found.append(Sighting(counties[0], first, last, 90.0 + self._led(first), counties[1:]))
        if letters:
            found.extend(self._state_named(first, last, words))
        elif named:
            found.extend(self._town_alone(first, last, key, words))
        elif len(words) == 1 and len(words[0]) == 2:
            found.extend(self._letters_alone(first))
        return found

    def _key(self, words: list[str], *, county: bool) -> str:
        """The key of a name; "De Kalb County" is found as "DeKalb County" where nothing is called as it was typed."""
        key = key_of_words(words)
        if len(words) < 2 or words[0] not in PARTICLES:
            return key
        if self.gazetteer.counties(key) if county else self.gazetteer.is_town(key):
            return key
        joined = key_of_words([words[0] + words[1], *words[2:]])
        return joined if (self.gazetteer.counties(joined) if county else self.gazetteer.is_town(joined)) else key

    def _state_at(self, index: int) -> tuple[str, int] | None:
        """The state that begins at a token, as letters and number of tokens."""
        if index >= len(self.tokens) or self.taken[index] or re.search(r"[^\s.,()-]", self.tokens[index].gap):
            return None
        for length in range(min(LONGEST_STATE, len(self.tokens) - index), 0, -1):
            said = " ".join(token.fold for token in self.tokens[index : index + length])
            if state := self.gazetteer.state(said):
                return state.label, length
        if index and self._unknown(index) and (letters := self.gazetteer.state_resembling(self.tokens[index].fold)):
            return letters, 1
        return None

    def _letters_meant(self, index: int, length: int, *, bare_town: bool) -> bool:
        """Whether two letters after a town are its state, and not a little word of the sentence."""
        token = self.tokens[index]
        if length > 1 or token.fold not in INSIDE_SENTENCE or "," in token.gap:
            return True
        if index + 1 == len(self.tokens) or re.search(r"[,.;?!]", self.tokens[index + 1].gap):
            return True
        if token.upper and self.upper_tells:
            return True
        return bare_town and token.fold == "in" and self.served[index + 1]

    def _state_named(self, first: int, last: int, words: list[str]) -> list[Sighting]:
        places = self.gazetteer.find(" ".join(words))
        led = self._led(first)
        if not places or (
            len(words) == 1 and len(words[0]) <= SHORT_STATE_NAMES and places[0].label in _clipped(words[0]) and not led
        ):
            return []
        return [Sighting(places[0], first, last, 35.0 + led, places[1:])]

    def _town_alone(self, first: int, last: int, key: str, words: list[str]) -> list[Sighting]:
        if words == ["la"] or (len(words) == 1 and words[0] in WORD_LETTERS):
            return self._letters_alone(first)
        towns = self.gazetteer.towns(key)
        if not towns or self.gazetteer.is_elsewhere(key):
            return []
        towns = likeliest_by_clinics(towns, self.gazetteer, self.lexicon)
        strength = self._town_strength(first, last, towns[0], words)
        return [Sighting(towns[0], first, last, strength, towns[1:])] if strength > 0 else []

    def _town_strength(self, first: int, last: int, town: Place, words: list[str]) -> float:
        tokens = self.tokens[first:last]
        nickname = " ".join(words) != key_of_words([*words]) or self.gazetteer.is_nickname(key_of_words(words))
        strength = self._led(first) + min(20.0, 4.0 * math.log2(1.0 + self.gazetteer.likelihood(town)))
        strength += 10.0 if len(words) > 1 else 0.0
        before = self.tokens[first - 1].fold if first else ""
        titled = before in self.words.titles and not self.served[first - 1]
        strength -= 40.0 if titled else 15.0 if before in self.words.kin else 0.0
        if last < len(self.tokens) and self.tokens[last].fold in asking().after_a_town:
            strength -= 20.0
        if self.capitals_tell and first > 0 and all(token.capital for token in tokens):
            strength += 15.0
        if all(token.stem in self.vocabulary.ordinary for token in tokens):
            several = 5.0 if town.weight >= WELL_KNOWN_WEIGHT else 15.0
            strength -= 55.0 if len(words) == 1 else several
        if any(self.served[first:last]):
            strength -= 55.0
        if len(words) == 1 and len(words[0]) < 4 and not nickname:
            strength -= 20.0
        return strength

    def _letters_alone(self, index: int) -> list[Sighting]:
        token = self.tokens[index]
        letters = token.fold
        led = self._led(index)
        at_end = index + 1 == len(self.tokens) or bool(re.search(r"[,.;?!)]", self.tokens[index + 1].gap))
        upper = token.upper and self.upper_tells
        if letters in {"la", "dc", "sf"} and not self.served[index]:
            sure = letters == "dc" or upper or (led >= 40 and at_end)
            place = self.gazetteer.towns({"la": "l a"}.get(letters, letters)) if sure else ()
            state = self.gazetteer.state(letters)
            others = (state,) if state and letters == "la" else ()
            return [Sighting(place[0], index, index + 1, 30.0 + led, others)] if place else []
        state = self.gazetteer.state(letters)
        if state is None or self.served[index]:
            return []
        before = self.tokens[index - 1].fold if index else ""
        after_service = index > 0 and self.served[index - 1] and at_end and letters not in MEANT_OTHERWISE
        if letters in INSIDE_SENTENCE:
            meant = (at_end and before == "in") or (upper and (bool(led) or at_end))
        elif letters in WORD_LETTERS or letters in MEANT_OTHERWISE:
            meant = upper or (led >= 40 and at_end) or after_service
        else:
            meant = True
        if not meant:
            return []
        return [Sighting(state, index, index + 1, 30.0 + led)]

    def _misspelled(self, found: Sequence[Sighting]) -> list[Sighting]:
        """Towns and states with typing errors, among words nobody knows."""
        seen = []
        unknown = [index for index in range(len(self.tokens)) if self._unknown(index)][:MOST_MISSPELT]
        for first in range(max(0, unknown[0] - 2) if unknown else 0, unknown[-1] + 1 if unknown else 0):
            for last in range(first + 1, min(len(self.tokens), first + 3) + 1):
                if self.taken[last - 1] or (last - first > 1 and re.search(r"[^\s.'’-]", self.tokens[last - 1].gap)):
                    break
                if any(first <= index < last for index in unknown):
                    seen.extend(self._resembling(first, last, found))
        return seen

    def _unknown(self, index: int) -> bool:
        token = self.tokens[index]
        return (
            3 < len(token.fold) <= LONGEST_MISSPELT
            and token.fold.isalpha()
            and token.fold.isascii()
            and not self.served[index]
            and token.stem not in self.vocabulary.ordinary
            and token.stem not in self.vocabulary.words
        )

    def _resembling(self, first: int, last: int, found: Sequence[Sighting]) -> list[Sighting]:
        words = [token.fold for token in self.tokens[first:last]]
        if any(self.served[first:last]) or words[0] in self.words.strong.by_first or len(words[0]) < 2:
            return []
        key = key_of_words(words)
        cutoff = 1 if len(key) < 8 else 2
        led = self._led(first)
        state = self._state_at(last)
        if state is not None and self._letters_meant(last, state[1], bare_town=True):
            for errors, place in self.gazetteer.resembling(key, state[0], cutoff=cutoff)[:1]:
                return [Sighting(place, first, last + state[1], 100.0 - 5 * errors, errors=errors)]
        in_state = any(seen.place.kind is PlaceKind.STATE and seen.first < last and first < seen.last for seen in found)
        named = None if in_state else self.gazetteer.state(self.gazetteer.state_resembling(key))
        if named is not None:
            return [Sighting(named, first, last, 30.0 + led, errors=1)]
        return self._town_resembling(first, last, key)

    def _town_resembling(self, first: int, last: int, key: str) -> list[Sighting]:
        """A town with typing errors that is told by no state: a slip from a city, or led to, or written as a name."""
        if len(key) < 5 or self.gazetteer.is_town(key):
            return []
        led = self._led(first)
        close = self.gazetteer.resembling(key, cutoff=1 if len(key) < 8 else 2)
        if not led and self._known(first, last) and not (len(key) > 7 and _a_slip_from_a_city(close)):
            return []
        if not led and not (self.capitals_tell and self.tokens[first].capital and first):
            home = self.gazetteer.home_state
            close = tuple(
                each
                for each in close
                if each[1].weight >= KNOWN_WEIGHT
                or (each[1].state == home and last - first == 1)
                or (len(key) >= LONG_NAME and last - first > 1)
            )
        if not close:
            return []
        errors, place = close[0]
        others = tuple(other for _, other in close[1:])
        return [Sighting(place, first, last, 30.0 + led - 8 * errors + last - first, others, errors)]

    def _known(self, first: int, last: int) -> bool:
        """Whether a word alone stands in some clinic's name."""
        return self.lexicon is not None and last - first == 1 and self.lexicon.known(self.tokens[first].fold)

    def _unless_denied(self, seen: Sighting) -> Sighting:
        """ "not in Chicago but near Gary": the first is no place to search round."""
        start = seen.first - _ends_at(self.words.strong, self.stems, seen.first)
        denied = start > 0 and self.stems[start - 1] in {"not", "no", "never"}
        return replace(seen, strength=seen.strength - DENIED) if denied else seen

    def _led(self, first: int) -> float:
        """How surely the words before a token lead to a place."""
        if _ends_at(self.words.strong, self.stems, first):
            return 40.0
        return 12.0 if _ends_at(self.words.weak, self.stems, first) else 0.0

    def _joined(self, kept: list[Sighting]) -> list[Sighting]:
        """A town and a state said apart belong together where the state has such a town."""
        states = [seen for seen in kept if seen.place.kind is PlaceKind.STATE]
        if not states or kept[0].place.kind is PlaceKind.ZIP:
            return kept
        for seen in kept:
            if seen.place.kind not in {PlaceKind.TOWN, PlaceKind.COUNTY}:
                continue
            for candidate in (seen.place, *seen.others):
                if candidate.state == states[0].place.state and candidate.kind is seen.place.kind:
                    rest = [other for other in kept if other is not seen and other is not states[0]]
                    joined = Sighting(candidate, seen.first, seen.last, seen.strength + 50.0)
                    return [joined, *rest, states[0]]
        return kept


def _a_slip_from_a_city(close: Sequence[tuple[int, Place]]) -> bool:
    """Listings are misspelled, too: what is one letter from a city's name is that city, even if a listing has it."""
    return bool(close) and close[0][0] == 1 and close[0][1].weight >= CITY_WEIGHT


def _clipped(word: str) -> frozenset[str]:
    """Letters of states whose traditional abbreviation a short word is: "mass", "wash" are words as well."""
    from directory.places.names import place_names  # noqa: PLC0415

    letters = place_names().states.get(word, "")
    full = place_names().state_names.get(letters, "").casefold()
    return frozenset({letters}) if letters and full != word else frozenset()


__all__ = ["COUNTY_WORDS", "Lexicon", "Reach", "Sighting", "Whereabouts", "near_me", "reach"]
