"""Placing: credible coordinates are kept, others give way to the ZIP."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.placing import Address, PlaceFinder, place
from directory.places.distance import geodesic_miles

CLINIC = Address("100 Nowhere Street", "Indianapolis", "IN", "46204", 39.80, -86.10)


def test_coordinates_near_the_zip_are_kept_to_the_street(places: PlaceFinder) -> None:
    point = place(CLINIC, places, 25)
    assert (point.latitude, point.longitude, point.precision, point.warning) == (39.80, -86.10, "street", "")


def test_coordinates_in_another_state_are_refused_with_a_warning_and_the_zip_is_taken(places: PlaceFinder) -> None:
    point = place(replace(CLINIC, latitude=29.80), places, 25)
    assert (point.latitude, point.longitude, point.precision) == (39.77, -86.16, "zip")
    assert "miles from 46204" in point.warning


def test_a_withheld_street_is_placed_by_its_zip_whatever_coordinates_the_source_gives(places: PlaceFinder) -> None:
    point = place(replace(CLINIC, street=""), places, 25)
    assert (point.latitude, point.precision) == (39.77, "zip")


def test_a_withheld_street_is_never_asked_of_a_geocoder(places: PlaceFinder) -> None:
    def geocode(_address: Address) -> tuple[float, float]:
        raise AssertionError("a withheld street went out")

    assert place(replace(CLINIC, street="", latitude=None), places, 25, geocode).precision == "zip"


def test_an_unknown_zip_falls_back_on_its_town_and_an_unknown_town_on_nothing(places: PlaceFinder) -> None:
    somewhere = replace(CLINIC, zip="00000", latitude=None, longitude=None)
    assert place(somewhere, places, 25).latitude == 39.78
    nowhere = place(replace(somewhere, city="Atlantis"), places, 25)
    assert (nowhere.latitude, nowhere.longitude, nowhere.precision) == (None, None, "none")


def test_a_geocoded_point_too_far_from_the_zip_is_not_believed(places: PlaceFinder) -> None:
    unplaced = replace(CLINIC, latitude=None, longitude=None)
    assert place(unplaced, places, 25, lambda _address: (29.0, -86.0)).precision == "zip"
    assert place(unplaced, places, 25, lambda _address: (39.8, -86.1)).precision == "street"


@pytest.mark.parametrize(("latitude", "longitude"), [(91.0, 0.0), (0.0, 200.0)])
def test_a_point_off_the_earth_is_refused(places: PlaceFinder, latitude: float, longitude: float) -> None:
    point = place(replace(CLINIC, latitude=latitude, longitude=longitude), places, 25)
    assert point.precision == "zip"
    assert "no point on earth" in point.warning


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
def test_the_quick_check_never_differs_from_the_geodesic(places: PlaceFinder, north: float, east: float) -> None:
    home = places.zip("46204")
    assert home is not None
    latitude, longitude = home.latitude + north, home.longitude + east
    within = geodesic_miles(latitude, longitude, home.latitude, home.longitude) <= 25
    point = place(replace(CLINIC, latitude=latitude, longitude=longitude), places, 25)
    assert (point.precision == "street") == within
