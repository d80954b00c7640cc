"""Withholding: which figures of a table of people are not told, so that nobody can be counted out of it.

A cell under five is withheld. As its row and its column are summed up too, others go with it until no withheld small
cell can be worked out from what is still told.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

Cell = TypeVar("Cell", bound=Hashable)
FEWEST = 5
Sum = tuple[Cell, tuple[Cell, ...]]
"""A cell, and the cells it is the sum of."""


def withheld(counts: Mapping[Cell, int], sums: Sequence[Sum[Cell]]) -> set[Cell]:
    """The cells not to be told, zero among them: none of those under five follows from the others."""
    hidden = {cell for cell, count in counts.items() if count < FEWEST}
    small = set(hidden)
    while True:
        more = _beside_lonely(counts, sums, hidden) or _beside_determined(counts, sums, hidden, small)
        if not more:
            return hidden
        hidden |= more


def _beside_lonely(counts: Mapping[Cell, int], sums: Sequence[Sum[Cell]], hidden: set[Cell]) -> set[Cell]:
    """One more cell for every sum in which what is withheld stands alone, or adds up to next to nothing."""
    more: set[Cell] = set()
    for whole, parts in sums:
        gone = [cell for cell in parts if cell in hidden or cell in more]
        if whole in hidden:
            if not gone:
                more |= _smallest(counts, parts, hidden | more)
        elif gone and (len(gone) == 1 or sum(counts[cell] for cell in gone) < FEWEST):
            more |= _smallest(counts, parts, hidden | more) or {whole}
    return more


def _beside_determined(
    counts: Mapping[Cell, int], sums: Sequence[Sum[Cell]], hidden: set[Cell], small: set[Cell]
) -> set[Cell]:
    """One more cell beside every small one that all sums together still give away."""
    order = {cell: number for number, cell in enumerate(hidden)}
    lines = [(whole, *parts) for whole, parts in sums if not hidden.isdisjoint((whole, *parts))]
    matrix = np.zeros((len(lines), len(order)))
    for row, cells in enumerate(lines):
        for place, cell in enumerate(cells):
            if cell in order:
                matrix[row, order[cell]] = 1 if place else -1
    more: set[Cell] = set()
    for cell in _determined(matrix, order) & small:
        beside = {other for line in lines if cell in line for other in line}
        more |= _smallest(counts, beside, hidden | more)
    return more


def _determined(matrix: np.ndarray, order: Mapping[Cell, int]) -> set[Cell]:
    """The cells that have one value only in every solution: where no vector of the null space moves them."""
    if not matrix.size:
        return set()
    _left, sizes, right = np.linalg.svd(matrix)
    free = right[(sizes > 1e-9).sum() :]
    moved = np.abs(free).max(axis=0, initial=0.0)
    return {cell for cell, number in order.items() if moved[number] < 1e-9}


def _smallest(counts: Mapping[Cell, int], cells: Iterable[Cell], hidden: set[Cell]) -> set[Cell]:
    there = [cell for cell in cells if cell not in hidden]
    return {min(there, key=lambda cell: (counts[cell], repr(cell)))} if there else set()
