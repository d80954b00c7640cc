"""Facets: how many clinics of an answer have each service, filter group by filter group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from directory.index.columns import Bits, Columns, Rows, bits_of

Counts = NDArray[np.int64]
# Up to so many clinics their codes are looked up one by one; more are counted 64 at a time.
FEW = 48


def count_rows(columns: Columns, rows: Rows, codes: slice) -> Counts:
    """How many of these rows have each code of a run of the code matrix."""
    if not len(rows):
        return np.zeros(codes.stop - codes.start, dtype=np.int64)
    words = rows >> 6
    if len(rows) <= FEW:
        taken = columns.codes[codes].take(words, axis=1) >> (rows & 63).astype(np.uint64)
        return np.asarray((taken & np.uint64(1)).sum(axis=1, dtype=np.int64))
    first, last = int(words.min()), int(words.max())
    chosen = np.zeros((last + 1 - first) << 6, dtype=np.bool_)
    chosen[rows - (first << 6)] = True
    return count_bits(columns, bits_of(chosen), codes, first)


def count_bits(columns: Columns, found: Bits, codes: slice, first_word: int = 0) -> Counts:
    """As `count_rows` for a bitset; `first_word` is where it was cut out of a longer one."""
    matrix = columns.codes[codes, first_word : first_word + len(found)]
    busy = np.flatnonzero(found)
    common = matrix.take(busy, axis=1) & found[busy] if len(busy) * 3 < len(found) else matrix & found
    return np.asarray(np.bitwise_count(common).sum(axis=1, dtype=np.int64))


def grouped(columns: Columns, counts: Sequence[tuple[slice, Counts]]) -> dict[str, dict[str, int]]:
    """Counts of runs of codes as {category: {code: count}}, commonest first; later runs replace earlier ones."""
    numbers = np.zeros(columns.facet_width, dtype=np.int64)
    for codes, found in counts:
        numbers[codes] = found
    met = np.flatnonzero(numbers)
    met = met[np.argsort(-numbers[met], kind="stable")]
    groups: dict[str, dict[str, int]] = {category: {} for category in columns.facet_codes}
    names = columns.facet_names
    for code, number in zip(met.tolist(), numbers[met].tolist(), strict=True):
        category, name = names[code]
        groups[category][name] = number
    return {category: group for category, group in groups.items() if group}
