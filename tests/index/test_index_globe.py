"""Distances over many points agree with geopy's geodesic, and straight lines bound it."""

from __future__ import annotations

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from directory.index import globe

latitudes = st.floats(-15, 72)
longitudes = st.floats(-180, -60)


@given(latitudes, longitudes, latitudes, longitudes)
def test_the_distance_over_many_points_is_geopys(a: float, b: float, c: float, d: float) -> None:
    ours = globe.geodesic_miles(a, b, np.array([c, a]), np.array([d, b]))
    assert ours[0] == pytest.approx(geodesic((a, b), (c, d)).miles, abs=1e-6)
    assert ours[1] == pytest.approx(0, abs=1e-6)


@given(latitudes, longitudes, latitudes, longitudes)
def test_a_straight_line_is_as_long_as_the_chords_of_the_tightest_and_widest_curve_allow(
    a: float, b: float, c: float, d: float
) -> None:
    miles = geodesic((a, b), (c, d)).miles
    line = float(np.linalg.norm(np.array(globe.position(a, b)) - np.array(globe.position(c, d))))
    assert globe.chord(miles, globe.TIGHTEST_RADIUS) - 1e-6 <= line <= globe.chord(miles, globe.WIDEST_RADIUS) + 1e-6


def test_one_position_is_the_same_as_many() -> None:
    many = globe.positions(np.array([39.77, 21.3]), np.array([-86.16, -157.8]))
    assert many[:, 1] == pytest.approx(globe.position(21.3, -157.8))
