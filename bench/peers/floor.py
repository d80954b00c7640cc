"""The floor: bare NumPy masks over the same data, without words; nothing in Python can be asked to do less."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import Outcome
from bench.questions import BenchQuestion
from directory.places.distance import unit_vectors


class NumpyFloor:
    """A boolean column a code, and unit vectors: mask, count, the first twenty."""

    name = "NumPy mask (floor)"
    measure = "sphere"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:  # noqa: ARG002  it keeps nothing
        self.ids = np.array([one.id for one in facilities])
        latitudes = np.array([one.latitude for one in facilities])
        longitudes = np.array([one.longitude for one in facilities])
        self.vectors = np.ascontiguousarray(unit_vectors(latitudes, longitudes).T)
        self.column = {
            code: np.zeros(len(facilities), dtype=np.bool_)
            for code in {code for one in facilities for code in one.codes}
        }
        for row, one in enumerate(facilities):
            for code in one.codes:
                self.column[code][row] = True
        self.nobody = np.zeros(len(facilities), dtype=np.bool_)

    def ask(self, question: BenchQuestion) -> Outcome | None:
        if question.kind == "place":
            return self._near(question)
        if question.kind != "filters":
            return None
        mask = None
        for codes in question.filters.values():
            any_of = self.column.get(codes[0], self.nobody)
            for code in codes[1:]:
                any_of = any_of | self.column.get(code, self.nobody)
            mask = any_of if mask is None else mask & any_of
        assert mask is not None  # noqa: S101  such questions have filters
        rows = np.flatnonzero(mask)
        return Outcome(len(rows), self.ids[rows[: sphere.FIRST]].tolist())

    def _near(self, question: BenchQuestion) -> Outcome:
        latitude, longitude, miles = question.circle
        x, y, z = unit_vectors(np.array([latitude]), np.array([longitude]))[0]
        cosines = self.vectors[0] * x + self.vectors[1] * y + self.vectors[2] * z
        rows = np.flatnonzero(cosines >= np.cos(miles / sphere.EARTH_RADIUS_MILES))
        order = rows[np.argsort(-cosines[rows])[: sphere.FIRST]]
        return Outcome(len(rows), self.ids[order].tolist())

    def size_mb(self) -> float:
        return (self.vectors.nbytes + sum(column.nbytes for column in self.column.values())) / 1e6

    def close(self) -> None:
        """Nothing was started."""
