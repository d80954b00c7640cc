"""Place: somewhere in the country that a person can name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """How wide a place is; a radius is measured from its point."""

    ZIP = "zip"
    TOWN = "town"
    COUNTY = "county"
    STATE = "state"
    POINT = "point"


@dataclass(frozen=True, slots=True)
class Place:
    """A named point. `label` is "46204", "Cleveland, OH", "Marion County, IN", "OH" or "your location".

    Latitude and longitude in degrees; `state` as two letters, empty for a point; `weight` is the number of ZIPs.
    """

    label: str
    kind: PlaceKind
    latitude: float
    longitude: float
    state: str = ""
    weight: int = 1
