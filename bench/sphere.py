"""Sphere: great-circle distances and boxes in miles, as every peer but ours measures them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_METRES = 6371008.8
EARTH_RADIUS_MILES = EARTH_RADIUS_METRES / 1609.344
FIRST = 20


def miles(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Floats:
    """Haversine from one point to many, all in degrees."""
    lat, lats = math.radians(latitude), np.radians(latitudes)
    turn = np.radians(longitudes - longitude)
    half = np.sin((lats - lat) / 2) ** 2 + math.cos(lat) * np.cos(lats) * np.sin(turn / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(half)))


def box(latitude: float, longitude: float, radius: float) -> tuple[float, float, float, float]:
    """South, north, west and east of the smallest box around a circle; no facility lies near a pole."""
    arc = radius / EARTH_RADIUS_MILES * (1 + 1e-9)
    north = math.degrees(arc)
    east = math.degrees(math.asin(min(1.0, math.sin(arc) / math.cos(math.radians(latitude)))))
    return latitude - north, latitude + north, longitude - east, longitude + east


def within(
    latitude: float, longitude: float, radius: float, found: list[tuple[int, float, float]]
) -> tuple[list[int], list[int]]:
    """All ids inside the circle, and the nearest twenty in order, out of (id, latitude, longitude) candidates."""
    if not found:
        return [], []
    table = np.array(found, dtype=np.float64)
    distances = miles(latitude, longitude, table[:, 1], table[:, 2])
    inside = np.flatnonzero(distances <= radius)
    ids = table[inside, 0].astype(np.int64)
    order = np.argsort(distances[inside], kind="stable")[:FIRST]
    return ids.tolist(), ids[order].tolist()
