"""Distances: the great circle selects, the geodesic is what people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.places.distance import (
    cosine_of_miles,
    geodesic_miles,
    miles_of_cosine,
    point_of,
    unit_vectors,
    widest_cosine,
)

LATITUDES = st.floats(-80, 80)
LONGITUDES = st.floats(-179, 179)


def test_indianapolis_to_cincinnati_is_about_a_hundred_miles() -> None:
    assert geodesic_miles(39.7684, -86.1581, 39.1031, -84.5120) == pytest.approx(99.3, abs=0.1)


@given(LATITUDES, LONGITUDES)
def test_a_point_survives_being_a_vector(latitude: float, longitude: float) -> None:
    vector = unit_vectors([latitude], [longitude])
    assert (vector**2).sum() == pytest.approx(1.0)
    assert point_of(vector[0]) == pytest.approx((latitude, longitude), abs=1e-9)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_the_great_circle_is_within_six_thousandths_of_the_geodesic(a: float, b: float, c: float, d: float) -> None:
    first, second = unit_vectors([a, c], [b, d])
    across = float(miles_of_cosine(first @ second))
    assert across == pytest.approx(geodesic_miles(a, b, c, d), rel=0.006, abs=0.5)


@given(LATITUDES, LONGITUDES, st.floats(-2, 2), st.floats(-2, 2))
def test_the_wider_cosine_keeps_every_point_within_the_miles(a: float, b: float, north: float, east: float) -> None:
    other = (a + north, max(-180.0, min(180.0, b + east)))
    miles = geodesic_miles(a, b, *other)
    first, second = unit_vectors([a, other[0]], [b, other[1]])
    assert first @ second >= widest_cosine(miles)


def test_half_the_globe_and_more_keeps_everything() -> None:
    assert cosine_of_miles(20_000) == -1.0
