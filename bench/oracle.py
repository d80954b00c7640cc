"""Oracle: the right answers by brute force, so that an engine that is quick and wrong is found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from geopy.distance import geodesic
from numpy.typing import NDArray

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import Outcome
from bench.questions import BenchQuestion, grouped_facets

Mask = NDArray[np.bool_]
# The sphere and the ellipsoid differ by up to a third of a percent.
APART = 0.005
SAME_PLACE_MILES = 0.002


@dataclass(frozen=True, slots=True)
class Truth:
    """The members of an answer, and how far the nearest lie from the place, in order."""

    members: frozenset[int]
    nearest: Sequence[tuple[float, int]]
    facets: Mapping[str, int] | None


class Oracle:
    """Masks over all facilities, and geopy's geodesic wherever sphere and ellipsoid may differ.

    Questions are known by identity: keep them as long as the oracle.
    """

    def __init__(self, facilities: Sequence[Facility]) -> None:
        self.ids = np.array([one.id for one in facilities])
        self.latitudes = np.array([one.latitude for one in facilities])
        self.longitudes = np.array([one.longitude for one in facilities])
        self.words: dict[str, list[int]] = {}
        self.code_names = sorted({code for one in facilities for code in one.codes})
        self.having = np.zeros((len(self.code_names), len(facilities)), dtype=np.bool_)
        self.known: dict[tuple[int, str], Truth] = {}
        number = {code: index for index, code in enumerate(self.code_names)}
        for row, one in enumerate(facilities):
            for word in {*one.name_words, *one.place_words}:
                self.words.setdefault(word, []).append(row)
            self.having[[number[code] for code in one.codes], row] = True

    def truth(self, question: BenchQuestion, measure: str) -> Truth:
        """What the answer must be, by distances on the sphere or the ellipsoid; worked out once a question."""
        key = id(question), measure if question.place else ""
        if key not in self.known:
            self.known[key] = self._truth(question, measure)
        return self.known[key]

    def _truth(self, question: BenchQuestion, measure: str) -> Truth:
        mask = self._mask(question, measure)
        nearest: list[tuple[float, int]] = []
        if question.place:
            rows = np.flatnonzero(mask)
            distances = self._distances(question, rows)
            some = np.argsort(distances, kind="stable")[: 2 * sphere.FIRST]
            measured = [(self._miles(question, int(rows[i]), measure, float(distances[i])), rows[i]) for i in some]
            nearest = [(miles, int(self.ids[row])) for miles, row in sorted(measured)]
        facets = grouped_facets(question, lambda part: self._counts(part, measure)) if question.facets else None
        return Truth(frozenset(self.ids[mask].tolist()), nearest, facets)

    def disagreement(self, question: BenchQuestion, measure: str, outcome: Outcome) -> str:
        """What is wrong with an answer, or nothing."""
        truth = self.truth(question, measure)
        if outcome.total != len(truth.members):
            return f"total {outcome.total} instead of {len(truth.members)}"
        if not truth.members.issuperset(outcome.first) or len(outcome.first) != min(sphere.FIRST, outcome.total):
            return "its first results do not belong to the answer or are too few"
        miles = {facility: distance for distance, facility in truth.nearest}
        for facility, (distance, _) in zip(outcome.first, truth.nearest, strict=False):
            if abs(miles.get(facility, np.inf) - distance) > SAME_PLACE_MILES:
                return f"facility {facility} is not among the nearest in its place"
        if truth.facets is not None and dict(outcome.facets or {}) != dict(truth.facets):
            return "facet counts differ"
        return ""

    def _mask(self, question: BenchQuestion, measure: str) -> Mask:
        mask = np.ones(len(self.ids), dtype=np.bool_)
        for word in question.words:
            mask &= self._rows(self.words.get(word, []))
        if question.prefix:
            begun = [row for word, rows in self.words.items() if word.startswith(question.prefix) for row in rows]
            mask &= self._rows(begun)
        for codes in question.filters.values():
            mask &= self.having[[index for index, code in enumerate(self.code_names) if code in codes]].any(axis=0)
        if question.place:
            mask[mask] = self._inside(question, np.flatnonzero(mask), measure)
        return mask

    def _rows(self, rows: list[int]) -> Mask:
        mask = np.zeros(len(self.ids), dtype=np.bool_)
        mask[rows] = True
        return mask

    def _distances(self, question: BenchQuestion, rows: NDArray[np.int64]) -> sphere.Floats:
        latitude, longitude, _ = question.circle
        return sphere.miles(latitude, longitude, self.latitudes[rows], self.longitudes[rows])

    def _inside(self, question: BenchQuestion, rows: NDArray[np.int64], measure: str) -> Mask:
        distances = self._distances(question, rows)
        if measure == "ellipsoid":
            for index in np.flatnonzero(np.abs(distances - question.radius) < APART * question.radius):
                distances[index] = self._miles(question, int(rows[index]), measure, 0.0)
        return distances <= question.radius

    def _miles(self, question: BenchQuestion, row: int, measure: str, on_sphere: float) -> float:
        if measure == "sphere":
            return on_sphere
        latitude, longitude, _ = question.circle
        return float(geodesic((latitude, longitude), (self.latitudes[row], self.longitudes[row])).miles)

    def _counts(self, question: BenchQuestion, measure: str) -> dict[str, int]:
        numbers = self.having[:, self._mask(question, measure)].sum(axis=1).tolist()
        return {code: number for code, number in zip(self.code_names, numbers, strict=True) if number}
