"""Ranking: every weight in one place, and the order of results. docs/search.md says in words what stands here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from directory.index.columns import Columns, Rows
from directory.index.globe import geodesic_miles, unsure
from directory.places.place import Place

Floats = NDArray[np.float64]

# How much a word counts in each field of a facility: name, program, town with ZIP, street.
FACILITY_BOOSTS = (3.0, 2.0, 1.5, 0.5)
# How much a word counts that stands in the label of a service the facility lists.
SERVICE_BOOST = 0.5
# How much a word counts in each field of an education page.
PAGE_BOOSTS = (("title", 4.0), ("summary", 2.0), ("headings", 2.0), ("questions", 3.0), ("body", 1.0))
# A word that was misspelt, or finished for the person who typed it, counts this much less a slip.
SLIP = 0.6
# With a place, matching the words best of all is worth so many miles; without words nothing bends the distance.
MILES_FOR_WORDS = 25.0
# What part of the words a clinic must have where none has them all.
LEAST_WORDS = 0.5
# A clinic is named by a text that has so much of its name, and whose words it has so much of; so many lead the list.
NAME_COVERED = 0.75
TEXT_COVERED = 0.8
SLIP_IN_NAME = 0.95
MOST_NAMED = 5
# From so many results on, only the asked page is sorted.
SORTED_WHOLE = 512


def bent_miles(lines: Floats, scores: NDArray[np.float32], best: float) -> Floats:
    """Distances bent by how well the words match; `best` is the score that the best match of every word would give."""
    return lines - scores * (MILES_FOR_WORDS / best) if best else lines


def window(keys: Floats, ids: NDArray[np.int64], start: int, stop: int) -> NDArray[np.intp]:
    """The places of ranks start to stop by key, equal keys by id; the rest is not sorted."""
    if start >= len(keys):
        return np.empty(0, dtype=np.intp)
    if len(keys) > SORTED_WHOLE and stop < len(keys):
        last = np.partition(keys, stop - 1)[stop - 1]
        near = np.flatnonzero(keys <= last)
        return np.asarray(near[np.lexsort((ids[near], keys[near]))[start:stop]])
    return np.lexsort((ids, keys))[start:stop]


def nearest(columns: Columns, place: Place, rows: Rows, lines: Floats, start: int, stop: int) -> NDArray[np.intp]:
    """As `window` by true distance along the ellipsoid, where `lines` are the straight distances of the rows.

    Straight lines order nearly everything; only where two are too close to tell is the geodesic computed.
    """
    if start >= len(rows):
        return np.empty(0, dtype=np.intp)
    stop = min(stop, len(rows))
    ids = columns.ids[rows]
    reach = stop
    if stop < len(rows):
        last = float(np.partition(lines, stop - 1)[stop - 1])
        if last < np.inf:
            reach = int(np.count_nonzero(lines <= last + unsure(last)))
    order = window(lines, ids, 0, reach)
    sorted_lines = lines[order]
    placed = sorted_lines < np.inf
    farthest = float(sorted_lines[placed][-1]) if placed.any() else 0.0
    gaps = np.diff(sorted_lines[placed])
    if ((gaps > 0) & (gaps <= unsure(farthest))).any():
        near = rows[order]
        true = geodesic_miles(place.latitude, place.longitude, columns.latitudes[near], columns.longitudes[near])
        true[~placed] = np.inf
        order = order[np.lexsort((ids[order], true))]
    return order[start:stop]
