"""Shown values: which of a facility's listings each value on its page is taken from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from directory.catalogue.placing import Address, Point


@dataclass(frozen=True, slots=True)
class SourceListing:
    """A current listing with what precedence looks at: its source's newest edition and the source's rank."""

    id: int
    edition: str
    rank: int
    name1: str
    name2: str
    street1: str
    street2: str
    street_withheld: bool
    city: str
    state: str
    zip: str
    phone: str
    website: str
    latitude: float | None
    longitude: float | None
    codes: tuple[str, ...]
    lead: bool = False

    @property
    def address(self) -> Address:
        """What placing looks at."""
        street = "" if self.street_withheld else self.street1
        return Address(street, self.city, self.state, self.zip, self.latitude, self.longitude)


# What each value is taken from: the first listing of this order for which the condition holds. The order is the newest
# edition first, then the source's place in data/sources.toml, then the older listing; a source that only gives leads
# (`leads` in data/sources.toml) comes after all others. Values of one row of the table
# are taken together, from one listing, so that no name is put together from two.
PRECEDENCE: tuple[tuple[tuple[str, ...], str, Callable[[SourceListing], bool]], ...] = (
    (("name", "program"), "the newest listing", lambda _listing: True),
    (("street", "city", "state", "zip"), "a listing that withholds its street, else the newest", lambda _listing: True),
    (("phone",), "the newest listing with a phone", lambda listing: bool(listing.phone)),
    (("website",), "the newest listing with a website", lambda listing: bool(listing.website)),
)


@dataclass(slots=True)
class ShownValues:
    """A facility's columns, with `origins`: field → listing id. Codes are the union of all current listings.

    `astray` counts the listings whose coordinates are not believed.
    """

    columns: dict[str, Any]
    astray: int = 0


def shown_values(listings: Sequence[SourceListing], place: Callable[[Address], Point]) -> ShownValues:
    """Draw a facility's values from its current listings; `listings` must hold one at least."""
    ordered = sorted(listings, key=lambda listing: (listing.rank, listing.id))
    ordered.sort(key=lambda listing: listing.edition, reverse=True)
    ordered.sort(key=lambda listing: listing.lead)
    by_discretion = sorted(ordered, key=lambda listing: not listing.street_withheld)
    columns: dict[str, Any] = {}
    origins: dict[str, int] = {}
    for fields, _why, condition in PRECEDENCE:
        candidates = by_discretion if "street" in fields else ordered
        chosen = next((listing for listing in candidates if condition(listing)), None)
        columns |= _values(fields, chosen)
        origins |= {name: chosen.id for name in fields if chosen and columns[name]}
    point, origin, astray = _point(ordered, by_discretion[0], place)
    columns |= {"latitude": point.latitude, "longitude": point.longitude, "precision": point.precision}
    if point.latitude is not None:
        origins |= {"latitude": origin, "longitude": origin}
    columns["codes"] = tuple(sorted({code for listing in ordered for code in listing.codes}))
    columns["origins"] = origins
    return ShownValues(columns, astray)


def _point(
    ordered: Sequence[SourceListing], at: SourceListing, place: Callable[[Address], Point]
) -> tuple[Point, int, int]:
    """The newest credible coordinates of a listing at the shown address, else that address by its ZIP."""
    points = [(place(at.address), at)]
    if not at.street_withheld:
        points += [(place(listing.address), listing) for listing in ordered if listing is not at]
    astray = sum(bool(point.warning) for point, _listing in points)
    point, listing = next(((p, x) for p, x in points if p.precision == "street"), points[0])
    return point, listing.id, astray


def _values(fields: Sequence[str], chosen: SourceListing | None) -> Mapping[str, str]:
    if chosen is None:
        return dict.fromkeys(fields, "")
    street = "" if chosen.street_withheld else ", ".join(part for part in (chosen.street1, chosen.street2) if part)
    values = {
        "name": chosen.name1,
        "program": chosen.name2,
        "street": street,
        "city": chosen.city,
        "state": chosen.state,
        "zip": chosen.zip,
        "phone": chosen.phone,
        "website": chosen.website,
    }
    return {name: values[name] for name in fields}
