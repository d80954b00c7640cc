"""Ranking: every weight in one place, and the order of results. docs/search.md says in words what stands here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from directory.catalogue.certainty import certainty as certainty_by_days
from directory.catalogue.questions import asking
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
# A clinic asked today counts so many miles nearer, but by no more than this share of its distance.
MILES_FOR_CERTAINTY = 5.0
SHARE_FOR_CERTAINTY = 0.25
# What a clinic answered counts less every day, and nothing after so many (data/verification.toml).
SHELF_LIFE_DAYS = int(asking().certainty["shelf_life_days"])
# What part of the words a clinic must have where none has them all.
LEAST_WORDS = 0.5
# A clinic is named by a text that has so much of its name, and whose words it has so much of; so many lead the list.
NAME_COVERED = 0.75
TEXT_COVERED = 0.8
# … and where the text is understood as a name, has so much of it: "Success 4 Kids" and Families Inc.
PART_OF_NAME = 0.5
SLIP_IN_NAME = 0.95
MOST_NAMED = 5
# From so many results on, only the asked page is sorted.
SORTED_WHOLE = 512


def bent_miles(lines: Floats, scores: NDArray[np.float32], best: float) -> Floats:
    """Distances bent by how well the words match; `best` is the score that the best match of every word would give."""
    return lines - scores * (MILES_FOR_WORDS / best) if best else lines


def certainty(columns: Columns, rows: Rows, today: int) -> Floats:
    """directory.catalogue.certainty of rows; `today` in days since 1970-01-01."""
    return certainty_by_days(today - columns.verified[rows], columns.precise[rows])


def miles_for_certainty(miles: Floats | float, sure: Floats | float) -> Floats:
    """By how many miles certainty brings clinics nearer; exactly 0 for who was never asked."""
    return np.asarray(sure * np.minimum(MILES_FOR_CERTAINTY, SHARE_FOR_CERTAINTY * miles))


def by_day(days: NDArray[np.int32], start: int, stop: int) -> Iterator[tuple[NDArray[np.intp], int, int]]:
    """The days that ranks start to stop touch, latest first: the places of a day, and which of its ranks are meant."""
    met, counts = np.unique(days, return_counts=True)
    begin = 0
    for day, count in zip(met[::-1].tolist(), counts[::-1].tolist(), strict=True):
        if begin < stop and begin + count > start:
            yield np.flatnonzero(days == day), max(start - begin, 0), min(stop - begin, count)
        begin += count


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
    placed = len(order) if sorted_lines[-1] < np.inf else int(sorted_lines.searchsorted(np.inf))
    if placed > 1:
        sorted_lines = sorted_lines[:placed]
        gaps = sorted_lines[1:] - sorted_lines[:-1]
        if ((gaps > 0) & (gaps <= unsure(float(sorted_lines[-1])))).any():
            near = rows[order[:placed]]
            true = geodesic_miles(place.latitude, place.longitude, columns.latitudes[near], columns.longitudes[near])
            # The unplaced come last already, by id.
            order[:placed] = order[:placed][np.lexsort((columns.ids[near], true))]
    return order[start:stop]


def surest(
    columns: Columns, place: Place, rows: Rows, lines: Floats, sure: Floats, start: int, stop: int
) -> NDArray[np.intp]:
    """As `nearest`, by true distance less what certainty is worth.

    Nobody comes nearer by more than MILES_FOR_CERTAINTY, so that only those about the asked ranks must be measured.
    """
    if start >= len(rows):
        return np.empty(0, dtype=np.intp)
    stop = min(stop, len(rows))
    first, last = np.partition(lines, (start, stop - 1))[[start, stop - 1]].tolist()
    near, before = np.arange(len(rows)), 0
    if last < np.inf:
        spare = MILES_FOR_CERTAINTY + unsure(last + MILES_FOR_CERTAINTY)
        sooner = lines < first - spare
        before = int(np.count_nonzero(sooner))
        near = np.flatnonzero(~sooner & (lines <= np.where(sure > 0, last + spare, last + unsure(last))))
    measured = rows[near]
    true = geodesic_miles(place.latitude, place.longitude, columns.latitudes[measured], columns.longitudes[measured])
    true[lines[near] == np.inf] = np.inf
    keys = true - miles_for_certainty(true, sure[near])
    return near[np.lexsort((columns.ids[measured], keys))][start - before : stop - before]
