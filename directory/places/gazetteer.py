"""Gazetteer: ZIPs, towns, counties and states of the country by name, offline."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from directory.places.compiled import OTHER_NAME, PRIMARY, Compiled, lines, read_or_compile
from directory.places.distance import unit_vectors
from directory.places.names import place_names
from directory.places.place import Place, PlaceKind
from directory.places.spelling import folded, key_of_words, name_key

COUNTY_WORDS = ("county", "parish", "borough", "municipio", "census area", "municipality")
HOME_STATE_FACTOR = 5.0
NEARNESS_MILES = 300.0
WELL_KNOWN_WEIGHT = 8
LARGER_FACTOR = 12.0
LONGEST_NAME = 8
_ZIP = re.compile(r"\s*(\d{5})(?:[-\s]?\d{4})?\s*\Z")


class Gazetteer:
    """Every place a person can name. Names are found under any usual spelling, likeliest place first.

    `home_state` (two letters) makes towns there and nearby likelier.
    """

    def __init__(self, compiled: Compiled, home_state: str = "") -> None:
        self._table = compiled
        self._states: list[str] = lines(compiled.states)
        self._town_keys = lines(compiled.town_keys)
        self._town_row = {key: index for index, key in enumerate(self._town_keys)}
        self._county_row = {key: index for index, key in enumerate(lines(compiled.county_keys))}
        self._names = place_names()
        self._state_number = {letters: index for index, letters in enumerate(self._states)}
        self.home_state = home_state.upper() if home_state.upper() in self._state_number else ""
        self.likely = lru_cache(maxsize=4096)(self._likely)
        self._known_state = lru_cache(maxsize=4096)(self._state)
        self._alike = lru_cache(maxsize=4096)(self._spelled_alike)
        self._begun = lru_cache(maxsize=1024)(self._keys_begun)
        self._nearness: dict[str, float] = self._nearness_of_states()

    @classmethod
    def load(cls, cache: Path | None = None, home_state: str = "") -> Gazetteer:
        """The gazetteer of the installed `zipcodes` release.

        `cache` is a folder for the compiled table (then 60 ms instead of 2 s); without it nothing is written.
        """
        return cls(read_or_compile(cache), home_state)

    @property
    def zip_points(self) -> NDArray[np.float64]:
        """Latitude and longitude of every ZIP, n×2."""
        return np.asarray(self._table.zip_points, dtype=np.float64)

    def zip(self, code: str) -> Place | None:
        """The place of a five-digit ZIP or ZIP+4, None where there is no such ZIP or it is military."""
        match = _ZIP.match(code)
        if match is None:
            return None
        codes = self._table.zip_codes
        row = int(np.searchsorted(codes, int(match[1])))
        if row == len(codes) or codes[row] != int(match[1]):
            return None
        latitude, longitude = self._table.zip_points[row]
        state = self._states[self._table.zip_states[row]]
        return Place(match[1], PlaceKind.ZIP, float(latitude), float(longitude), state)

    def points_by_state(self) -> dict[str, list[tuple[float, float]]]:
        """Two letters of each state and territory → the points of its ZIPs, in degrees."""
        found: dict[str, list[tuple[float, float]]] = {}
        for row, (latitude, longitude) in zip(self._table.zip_states, self._table.zip_points, strict=True):
            letters = self._states[row]
            if letters in self._names.state_names:
                found.setdefault(letters, []).append((float(latitude), float(longitude)))
        return found

    def zip_around(self, latitude: float, longitude: float) -> Place | None:
        """The ZIP whose middle is nearest to a point in degrees."""
        points = np.radians(self._table.zip_points)
        here = np.radians([latitude, longitude])
        north, east = points[:, 0] - here[0], (points[:, 1] - here[1]) * np.cos(here[0])
        return self.zip(f"{int(self._table.zip_codes[int(np.argmin(north**2 + east**2))]):05d}")

    def state(self, name_or_letters: str) -> Place | None:
        """A state or territory by its two letters or any of its names."""
        return self._known_state(name_or_letters)

    def _state(self, name_or_letters: str) -> Place | None:
        letters = name_or_letters.strip().upper()
        if letters not in self._names.state_names:
            letters = self._names.states.get(name_key(name_or_letters), "")
        row = self._state_number.get(letters)
        if row is None or letters not in self._names.state_names:
            return None
        latitude, longitude = self._table.state_points[row]
        weight = int(self._table.state_weights[row])
        return Place(letters, PlaceKind.STATE, float(latitude), float(longitude), letters, weight)

    def state_name(self, letters: str) -> str:
        """The full English name of a state or territory, the letters themselves where unknown."""
        return self._names.state_names.get(letters, letters)

    def town(self, name: str, state: str) -> Place | None:
        """A town, suburb or other name the post knows, in a state given by letters or name."""
        found = self.state(state)
        if found is None:
            return None
        key = name_key(name)
        if (meant := self._meant(key)) and meant.state == found.state:
            return meant
        spellings = (key, *self._other_endings(key))
        return next((place for each in spellings for _, place in self._towns(each) if place.state == found.state), None)

    def county(self, name: str, state: str) -> Place | None:
        """A county, parish, borough, municipio or independent city, with or without that word."""
        found = self.state(state)
        if found is None:
            return None
        return next((place for place in self.counties(name_key(name)) if place.state == found.label), None)

    def counties(self, key: str) -> tuple[Place, ...]:
        """Counties of a looked-up name (as made by name_key), in every state, largest first."""
        base = key
        for word in COUNTY_WORDS:
            base = base.removesuffix(f" {word}")
        keys = [key, *(f"{base} {word}" for word in COUNTY_WORDS), f"{base} city"]
        found: dict[str, Place] = {}
        for each in keys:
            for place in self._counties(each):
                found.setdefault(place.label, place)
        ordered = sorted(found.values(), key=lambda place: (place.label.endswith("city"), -self._score(place)))
        return tuple(ordered)

    def towns(self, key: str) -> tuple[Place, ...]:
        """Towns of a looked-up name (as made by name_key) in every state, likeliest first.

        Names the post merely tolerates are left out: "Manhattan" is found in Kansas, and in New York only when asked.
        """
        ranked = [(rank, place) for rank, place in self._towns(key) if rank != OTHER_NAME]
        ranked.sort(key=lambda found: (-self._score(found[1]) / (1 + found[0]), found[1].label))
        towns = [place for _, place in ranked]
        if (meant := self._meant(key)) is not None:
            return (meant, *(place for place in towns if place.state != meant.state))
        if towns and len(key) > 7 and (known := self._better_known(key, towns[0])) is not None:
            return (known, *towns)
        return tuple(towns)

    def _better_known(self, key: str, town: Place) -> Place | None:
        """A far larger town whose name has one letter more or less: "Pittsburg" is most often Pittsburgh, PA."""
        if town.weight >= WELL_KNOWN_WEIGHT:
            return None
        spellings = [key[:spot] + key[spot + 1 :] for spot in range(1, len(key))]
        choices = self._blocks.get((key[0], len(key) + 1), [])
        larger = [word for word, _, _ in process.extract(key, choices, scorer=OSA.distance, score_cutoff=1, limit=None)]
        places = [place for word in (*spellings, *larger) for rank, place in self._towns(word) if rank == PRIMARY]
        best = max(places, key=self._score, default=None)
        return best if best is not None and self._score(best) > LARGER_FACTOR * self._score(town) else None

    def resembling(self, key: str, state: str = "", *, cutoff: int = 2) -> tuple[tuple[int, Place], ...]:
        """Towns spelled like a key, each with the number of single typing errors, likeliest first.

        A swap of neighbours is one error. Without a state only towns of some size, or in the home state, are taken.
        """
        return self._alike(key, state, cutoff)

    def _spelled_alike(self, key: str, state: str, cutoff: int) -> tuple[tuple[int, Place], ...]:
        choices = self._begun(key[0], len(key))
        matches = process.extract(key, choices, scorer=OSA.distance, score_cutoff=cutoff, limit=12)
        found: dict[str, tuple[float, int, Place]] = {}
        for spelled, errors, _ in matches:
            for rank, place in self._towns(spelled):
                if rank == OTHER_NAME or (state and place.state != state):
                    continue
                if not state and place.weight < 2 and place.state != self.home_state:
                    continue
                likely = self._score(place) / (1 + rank) / 12.0 ** int(errors)
                if place.label not in found or found[place.label][0] < likely:
                    found[place.label] = (likely, int(errors), place)
        ordered = sorted(found.values(), key=lambda entry: (-entry[0], entry[2].label))
        return tuple((errors, place) for _, errors, place in ordered)

    def find(self, text: str) -> tuple[Place, ...]:
        """The places a text may mean that is nothing but a place, likeliest first: ZIP, town, county or state.

        "Fort Wayne IN", "ft. wayne", "Marion County, Indiana", "46204", "Utah", "indianoplis". Empty where none fits.
        """
        return self.likely(text)

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Place, ...]:
        """Places whose name begins so, likeliest first; for suggestions while a person types."""
        typed = prefix.strip()
        if not typed:
            return ()
        if typed.isascii() and typed.isdigit():
            return self._suggested_zips(typed, limit)
        name, comma, state = typed.partition(",")
        key = name_key(name)
        if not key:
            return ()
        keys = self._town_keys
        first, last = bisect_left(keys, key), bisect_left(keys, key + "\U0010ffff")
        rows = slice(int(self._table.town_key_rows[first]), int(self._table.town_key_rows[last]))
        places = [self._meant(said) for said in (*self._names.towns, *self._names.areas) if said.startswith(key)]
        states = [self.state(letters) for said, letters in self._names.states.items() if said.startswith(key)]
        likely = np.argsort(-self._suggested_scores(rows), kind="stable")[: 4 * limit]
        towns = [self._town_at(rows.start + int(row)) for row in likely if self._rank(rows.start + int(row)) == PRIMARY]
        found = {place.label: place for place in (*states, *places, *towns) if place is not None}
        wanted = folded(state.strip())
        return tuple(
            place
            for place in found.values()
            if not comma or (self._state_begins(place, wanted) and place.kind is not PlaceKind.STATE)
        )[:limit]

    def is_town(self, key: str) -> bool:
        """Whether some town, suburb or nickname has this looked-up name."""
        return self._row_of(key) is not None or key in self._names.towns or key in self._names.areas

    def is_elsewhere(self, key: str) -> bool:
        """Whether a looked-up name is another country's rather than the little town's named for it."""
        return key in self._names.elsewhere

    def _row_of(self, key: str) -> int | None:
        """The row of a name, also under the other spelling of its ending: "greensborough" is Greensboro."""
        spellings = (key, *self._other_endings(key))
        return next((self._town_row[each] for each in spellings if each in self._town_row), None)

    def _other_endings(self, key: str) -> list[str]:
        return [
            key.removesuffix(ending) + other
            for ending, other in self._names.endings.items()
            if key.endswith(ending) and not key.endswith(f" {ending}")
        ]

    def is_nickname(self, key: str) -> bool:
        """Whether a looked-up name is a nickname, such as "nyc"."""
        return key in self._names.towns

    def likelihood(self, place: Place) -> float:
        """The weight of a place as seen from the home state."""
        return self._score(place)

    def state_letters(self, key: str) -> str:
        """The letters of a state by its looked-up full name, "" where there is none."""
        return self._names.states.get(key, "")

    def order(self, places: Iterable[Place]) -> tuple[Place, ...]:
        """Places, likeliest first, seen from the home state."""
        return tuple(sorted(places, key=lambda place: (-self._score(place), place.label)))

    def _likely(self, text: str) -> tuple[Place, ...]:
        if place := self.zip(text):
            return (place,)
        words = name_words(text)
        if not words or len(words) > LONGEST_NAME:
            return ()
        if len(words) == 1 and len(words[0]) == 2 and words[0] != "dc" and (state := self.state(words[0])):
            return (state,)
        return self._exactly(words) or self._in_state_nearly(words) or self._nearly(key_of_words(words))

    def _nearly(self, key: str) -> tuple[Place, ...]:
        if len(key) < 4:
            return ()
        towns = tuple(place for _, place in self.resembling(key, cutoff=1 if len(key) < 7 else 2))
        letters = self.state_resembling(key)
        return tuple(place for place in (self.state(letters), *towns) if place is not None)

    def state_resembling(self, key: str) -> str:
        """The letters of the state whose full name was meant by a misspelling, "" where none is close."""
        if len(key) < 5:
            return ""
        cutoff = 1 if len(key) < 9 else 2
        match = process.extractOne(key, self._names.states.keys(), scorer=OSA.distance, score_cutoff=cutoff)
        return self._names.states[match[0]] if match and match[0][0] == key[0] else ""

    def _exactly(self, words: list[str]) -> tuple[Place, ...]:
        key = key_of_words(words)
        towns = self.towns(key)
        letters = self.state_letters(" ".join(words)) or self.state_letters(key)
        state = self.state(letters) if letters else None
        if state is not None:
            capital_name = bool(towns) and towns[0].state == state.state and towns[0].weight > WELL_KNOWN_WEIGHT
            return (towns[0], state, *towns[1:]) if capital_name else (state, *towns)
        if names_county(words) and (counties := self.counties(key)):
            return (*counties, *towns)
        within = self._in_state(words)
        if not towns and not within and words[-1] == "city":
            return self._independent_city(words)
        return tuple(dict.fromkeys((*towns, *within))) if towns else within

    def _independent_city(self, words: list[str]) -> tuple[Place, ...]:
        """ "Baltimore City" is a county of its own to the Census and a town to people."""
        states = {place.state for place in self._counties(key_of_words(words))}
        return tuple(place for place in self.towns(key_of_words(words[:-1])) if place.state in states)

    def _in_state(self, words: list[str]) -> tuple[Place, ...]:
        """A town or county followed by its state, both spelled right."""
        for length in range(1, min(5, len(words))):
            name, state = words[:-length], self.state(" ".join(words[-length:]))
            if state is None:
                continue
            key = key_of_words(name)
            town, county = self.town(key, state.label), self.county(key, state.label)
            place = county or town if names_county(name) else town or county
            if place is not None:
                return (place,)
        return ()

    def _in_state_nearly(self, words: list[str]) -> tuple[Place, ...]:
        """A town followed by its state, one of the two or both misspelled."""
        for length in range(1, min(5, len(words))):
            letters = " ".join(words[-length:])
            state = self.state(letters) or self.state(self.state_resembling(letters))
            if state is None:
                continue
            key = key_of_words(words[:-length])
            if town := self.town(key, state.label):
                return (town,)
            if close := self.resembling(key, state.label, cutoff=1 if len(key) < 6 else 2):
                return tuple(place for _, place in close)
        return ()

    def _meant(self, key: str) -> Place | None:
        """What a nickname stands for, or an area that the post knows only as a county."""
        if area := self._names.areas.get(key):
            county = self.county(area.county, area.state)
            return replace(county, label=area.label, kind=PlaceKind.TOWN) if county else None
        name, state = self._names.towns.get(key, ("", ""))
        return next((place for _, place in self._towns(name_key(name)) if place.state == state), None)

    def _towns(self, key: str) -> list[tuple[int, Place]]:
        index = self._row_of(key)
        if index is None:
            return []
        starts = self._table.town_key_rows
        return [(self._rank(row), self._town_at(row)) for row in range(int(starts[index]), int(starts[index + 1]))]

    def _rank(self, row: int) -> int:
        return int(self._table.town_ranks[row])

    def _town_at(self, row: int) -> Place:
        table = self._table
        state = self._states[table.town_states[row]]
        latitude, longitude = table.town_points[row]
        label = f"{self._town_names[row]}, {state}"
        return Place(label, PlaceKind.TOWN, float(latitude), float(longitude), state, int(table.town_weights[row]))

    def _counties(self, key: str) -> list[Place]:
        index = self._county_row.get(key)
        if index is None:
            return []
        table = self._table
        found = []
        for row in range(int(table.county_key_rows[index]), int(table.county_key_rows[index + 1])):
            state = self._states[table.county_states[row]]
            latitude, longitude = table.county_points[row]
            label, weight = f"{self._county_names[row]}, {state}", int(table.county_weights[row])
            found.append(Place(label, PlaceKind.COUNTY, float(latitude), float(longitude), state, weight))
        return found

    @cached_property
    def _town_names(self) -> list[str]:
        return lines(self._table.town_names)

    @cached_property
    def _county_names(self) -> list[str]:
        return lines(self._table.county_names)

    @cached_property
    def _blocks(self) -> dict[tuple[str, int], list[str]]:
        """Keys by first letter and length, plus well-known ones under no letter, for typing errors."""
        blocks: dict[tuple[str, int], list[str]] = {}
        starts, weights, ranks = self._table.town_key_rows, self._table.town_weights, self._table.town_ranks
        greatest = np.maximum.reduceat(np.where(ranks == OTHER_NAME, 0, weights), starts[:-1])
        for key, weight in zip(self._town_keys, greatest.tolist(), strict=True):
            if weight:
                blocks.setdefault((key[0], len(key)), []).append(key)
            if weight >= WELL_KNOWN_WEIGHT:
                blocks.setdefault(("", len(key)), []).append(key)
        return blocks

    def _keys_begun(self, letter: str, length: int) -> tuple[str, ...]:
        """Keys that begin with a letter and those of well-known towns, of nearly a length."""
        lengths = range(max(3, length - 2), length + 3)
        return tuple(
            dict.fromkeys(
                word for length in lengths for first in (letter, "") for word in self._blocks.get((first, length), ())
            )
        )

    def _nearness_of_states(self) -> dict[str, float]:
        if not self.home_state:
            return dict.fromkeys(self._states, 1.0)
        points = self._table.state_points
        vectors = unit_vectors(points[:, 0], points[:, 1])
        home = vectors[self._state_number[self.home_state]]
        miles = 3959.0 * np.arccos(np.clip(vectors @ home, -1.0, 1.0))
        near = {
            state: 1.0 + math.exp(-float(far) / NEARNESS_MILES) for state, far in zip(self._states, miles, strict=True)
        }
        near[self.home_state] = HOME_STATE_FACTOR
        return near

    def _score(self, place: Place) -> float:
        return place.weight * self._nearness[place.state]

    def _suggested_scores(self, rows: slice) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        near = np.array([self._nearness[state] for state in self._states])
        scores = self._table.town_weights[rows] * near[self._table.town_states[rows]]
        return np.where(self._table.town_ranks[rows] == PRIMARY, scores, 0.0)

    def _suggested_zips(self, digits: str, limit: int) -> tuple[Place, ...]:
        if len(digits) > 5:
            return ()
        low, high = int(digits.ljust(5, "0")), int(digits.ljust(5, "9"))
        codes = self._table.zip_codes
        first, last = np.searchsorted(codes, [low, high + 1])
        found = (self.zip(f"{code:05d}") for code in codes[first:last][:limit])
        return tuple(place for place in found if place is not None)

    def _state_begins(self, place: Place, wanted: str) -> bool:
        return place.state.lower().startswith(wanted) or folded(self.state_name(place.state)).startswith(wanted)


def names_county(words: list[str]) -> bool:
    """Whether a name ends in the word county, parish, borough, census area …"""
    return words[-1] in COUNTY_WORDS or " ".join(words[-2:]) in COUNTY_WORDS


def name_words(text: str) -> list[str]:
    """The words of a place's name, folded: "St. Louis, MO" → ["st", "louis", "mo"]."""
    bare = re.sub(r"['’‘`´.]", "", folded(text))
    return re.findall(r"[a-z0-9]+", bare)
