"""Placing: the point of a facility, from its listing where that is credible, else from its ZIP or town."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from directory.places.distance import geodesic_miles, miles_at_most
from directory.places.place import Place

# Below this share of the limit no geodesic is needed.
_SURELY_WITHIN = 0.98


class PlaceFinder(Protocol):
    """The part of the gazetteer that placing needs."""

    def zip(self, code: str, /) -> Place | None:
        """The point of a ZIP."""

    def town(self, name: str, state: str, /) -> Place | None:
        """The point of a town."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a facility is, in degrees. `precision` is "street", "zip" or "none"; `warning` says what was refused."""

    latitude: float | None
    longitude: float | None
    precision: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """What placing looks at; latitude and longitude as the source gives them, street empty where withheld."""

    street: str
    city: str
    state: str
    zip: str
    latitude: float | None
    longitude: float | None


Geocode = Callable[[Address], tuple[float, float] | None]


def place(address: Address, finder: PlaceFinder, farthest_miles: float, geocode: Geocode | None = None) -> Point:
    """Find a facility's point. Coordinates farther than `farthest_miles` from the ZIP's point are refused.

    A facility that withholds its street is placed by its ZIP, whatever coordinates its source gives.
    """
    home = finder.zip(address.zip) or finder.town(address.city, address.state)
    by_zip = Point(home.latitude, home.longitude, "zip") if home else Point(None, None, "none")
    if not address.street:
        return by_zip
    if address.latitude is not None and address.longitude is not None:
        refusal = _refusal(address.latitude, address.longitude, home, farthest_miles)
        if not refusal:
            return Point(address.latitude, address.longitude, "street")
        return Point(by_zip.latitude, by_zip.longitude, by_zip.precision, refusal)
    found = geocode(address) if geocode else None
    if found and home and not _refusal(*found, home, farthest_miles):
        return Point(*found, "street")
    return by_zip


def _refusal(latitude: float, longitude: float, home: Place | None, farthest_miles: float) -> str:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return f"{latitude}, {longitude} is no point on earth"
    if (
        home is None
        or miles_at_most(latitude, longitude, home.latitude, home.longitude) < farthest_miles * _SURELY_WITHIN
    ):
        return ""
    miles = geodesic_miles(latitude, longitude, home.latitude, home.longitude)
    if miles <= farthest_miles:
        return ""
    return f"{latitude}, {longitude} is {miles:,.0f} miles from {home.label}; placed by {home.label} instead"
