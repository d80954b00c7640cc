"""The globe: points as positions inside the WGS-84 ellipsoid, and distances over many points at once.

The straight line between two positions orders points as the geodesic does, but for a few hundred-thousandths of its
length, and costs three subtractions. Where that is not enough, `geodesic_miles` computes the true distance.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KILOMETRES_PER_MILE = 1.609344
EQUATOR_RADIUS = 6378.137 / KILOMETRES_PER_MILE
FLATTENING = 1 / 298.257223563
POLE_RADIUS = EQUATOR_RADIUS * (1 - FLATTENING)
# The ellipsoid curves like circles between these radii (6335.4 to 6399.6 km), with a little to spare.
TIGHTEST_RADIUS = 6334.0 / KILOMETRES_PER_MILE
WIDEST_RADIUS = 6401.0 / KILOMETRES_PER_MILE
# A degree of latitude is nowhere shorter (110.57 km at the equator).
SHORTEST_DEGREE = 110.5 / KILOMETRES_PER_MILE
ROUNDS = 200
ACCURACY = 1e-12


def positions(latitudes: Floats, longitudes: Floats) -> Floats:
    """Degrees to 3×n positions in miles from the Earth's middle."""
    latitude, longitude = np.radians(latitudes), np.radians(longitudes)
    squeezed = FLATTENING * (2 - FLATTENING)
    sine = np.sin(latitude)
    normal = EQUATOR_RADIUS / np.sqrt(1 - squeezed * sine**2)
    across = normal * np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), normal * (1 - squeezed) * sine])


def position(latitude: float, longitude: float) -> tuple[float, float, float]:
    """As `positions`, for one point."""
    sine = math.sin(math.radians(latitude))
    squeezed = FLATTENING * (2 - FLATTENING)
    normal = EQUATOR_RADIUS / math.sqrt(1 - squeezed * sine * sine)
    across = normal * math.cos(math.radians(latitude))
    turn = math.radians(longitude)
    return across * math.cos(turn), across * math.sin(turn), normal * (1 - squeezed) * sine


def chord(miles: float, radius: float) -> float:
    """The straight line under an arc of so many miles on a circle of this radius; half round is the longest."""
    return 2 * radius * math.sin(min(miles / (2 * radius), math.pi / 2))


def unsure(line: float) -> float:
    """By how many miles of straight line two points so far away may differ and yet lie the other way round."""
    half = min(line / (2 * TIGHTEST_RADIUS), 1.0)
    return 2 * (TIGHTEST_RADIUS * math.asin(half) - WIDEST_RADIUS * math.asin(line / (2 * WIDEST_RADIUS))) + 1e-9


def geodesic_miles(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Floats:
    """Miles along the ellipsoid from one point to many, within a millimetre of geopy's geodesic (Vincenty's inverse).

    Two points on opposite sides of the Earth do not converge and give NaN; no two places of this country do that.
    """
    u1 = math.atan((1 - FLATTENING) * math.tan(math.radians(latitude)))
    u2 = np.arctan((1 - FLATTENING) * np.tan(np.radians(latitudes)))
    sin1, cos1, sin2, cos2 = math.sin(u1), math.cos(u1), np.sin(u2), np.cos(u2)
    apart = np.radians((longitudes - longitude + 540.0) % 360.0 - 180.0)
    turn = apart.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(ROUNDS):
            sine_turn, cosine_turn = np.sin(turn), np.cos(turn)
            sine = np.hypot(cos2 * sine_turn, cos1 * sin2 - sin1 * cos2 * cosine_turn)
            cosine = sin1 * sin2 + cos1 * cos2 * cosine_turn
            arc = np.arctan2(sine, cosine)
            heading = np.where(sine > 0, cos1 * cos2 * sine_turn / sine, 0.0)
            square = 1 - heading**2
            middle = np.where(square > 1e-15, cosine - 2 * sin1 * sin2 / square, 0.0)
            c = FLATTENING / 16 * square * (4 + FLATTENING * (4 - 3 * square))
            bulge = middle + c * cosine * (2 * middle**2 - 1)
            following = apart + (1 - c) * FLATTENING * heading * (arc + c * sine * bulge)
            moved = np.abs(following - turn)
            turn = following
            if not (moved > ACCURACY).any():
                break
        else:
            arc = np.where(moved > ACCURACY, np.nan, arc)
    wide = square * (EQUATOR_RADIUS**2 - POLE_RADIUS**2) / POLE_RADIUS**2
    a = 1 + wide / 16384 * (4096 + wide * (-768 + wide * (320 - 175 * wide)))
    b = wide / 1024 * (256 + wide * (-128 + wide * (74 - 47 * wide)))
    third = b / 6 * middle * (4 * sine**2 - 3) * (4 * middle**2 - 3)
    shift = b * sine * (middle + b / 4 * (cosine * (2 * middle**2 - 1) - third))
    return np.asarray(POLE_RADIUS * a * (arc - shift))
