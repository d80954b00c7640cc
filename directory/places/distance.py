"""Distances between points, and points as vectors on a unit sphere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from geopy import units
from geopy.distance import EARTH_RADIUS, geodesic
from numpy.typing import NDArray

MILES_PER_KILOMETRE = 0.621371192237334
EARTH_RADIUS_MILES = EARTH_RADIUS * MILES_PER_KILOMETRE
# A degree of latitude is 68.7 to 69.4 miles.
MILES_A_DEGREE = 69.4
LARGEST_GREAT_CIRCLE_ERROR = 0.006
# Kept, because making one costs as much as measuring with it.
_ELLIPSOID = geodesic(0)

Vectors = NDArray[np.float64]


@lru_cache(maxsize=16_384)
def geodesic_miles(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance two points are shown with: miles along the ellipsoid, by geopy. Degrees in.

    Whoever narrows a list or turns its pages asks from the same place again, and geopy takes a tenth of a millisecond.
    """
    return float(units.miles(kilometers=_ELLIPSOID.measure((latitude, longitude), (other_latitude, other_longitude))))


def miles_at_most(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """An upper bound of the miles between two points a few dozen miles apart, at a hundredth of a geodesic's price."""
    nearer_equator = math.radians(min(abs(latitude), abs(other_latitude)))
    eastward = (longitude - other_longitude) * math.cos(nearer_equator)
    return MILES_A_DEGREE * math.hypot(latitude - other_latitude, eastward)


def unit_vectors(
    latitudes: Sequence[float] | NDArray[np.float64], longitudes: Sequence[float] | NDArray[np.float64]
) -> Vectors:
    """Points given in degrees as an n×3 array of float64 on the unit sphere; the dot product is the cosine between."""
    latitude = np.radians(np.asarray(latitudes, dtype=np.float64))
    longitude = np.radians(np.asarray(longitudes, dtype=np.float64))
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=-1)


def point_of(vector: NDArray[np.float64]) -> tuple[float, float]:
    """Latitude and longitude in degrees of a vector of any length but nought."""
    x, y, z = (float(part) for part in vector)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def cosine_of_miles(miles: float) -> float:
    """The cosine between two unit vectors so many miles apart; half the globe and more gives -1."""
    return math.cos(min(miles / EARTH_RADIUS_MILES, math.pi))


def miles_of_cosine(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle miles of cosines between unit vectors; off the geodesic by at most 0.6 percent, at the equator."""
    return np.asarray(EARTH_RADIUS_MILES * np.arccos(np.clip(cosine, -1.0, 1.0)), dtype=np.float64)


def widest_cosine(miles: float) -> float:
    """The cosine that surely keeps every point within so many geodesic miles; check what it keeps exactly."""
    return cosine_of_miles(miles * (1 + LARGEST_GREAT_CIRCLE_ERROR) + 0.01)
