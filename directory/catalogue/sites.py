"""Sites: which rows of one source are one place, and what matching looks at of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from directory.catalogue.match import Profile, profile, profile_of
from directory.catalogue.record import ListingRecord

SITE_COLUMNS = ("name1", "name2", "street1", "street2", "city", "state", "zip")


def site_key(row: Any, digest: str) -> tuple[str, ...]:
    """Rows of one source that share this are one site; a withheld street shares with nothing."""
    if row.street_withheld or not row.street1:
        return (digest,)
    return tuple(getattr(row, name).casefold() for name in SITE_COLUMNS)


def sites_of(records: Mapping[str, ListingRecord]) -> dict[tuple[str, ...], list[str]]:
    """Site key → the digests of its rows, in order of digests."""
    sites: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for digest in sorted(records):
        sites[site_key(records[digest], digest)].append(digest)
    return sites


def site_profile(records: Mapping[str, ListingRecord], digests: Sequence[str]) -> Profile:
    """The profile of a site, with the codes of all its rows."""
    head = profile(records[digests[0]], digests[0])
    codes = head.codes.union(*(records[digest].codes for digest in digests))
    return Profile(head.name, head.site, head.phone, codes, head.digest)


def row_profile(row: Any) -> Profile:
    """The profile of a listing the catalogue holds."""
    street1 = "" if row.street_withheld else row.street1
    town = (row.city, row.state, row.zip)
    return profile_of(row.name1, row.name2, street1, row.street2, town, row.phone, row.codes, row.digest)


def near_to(rows: Sequence[Profile]) -> Callable[[Any], bool]:
    """Tells whether a listing of the catalogue shares a ZIP, a phone or a house number with one of the rows."""
    zips = {row.site.zip for row in rows}
    phones = {row.phone for row in rows if row.phone}
    houses = {(row.site.city, row.site.address.number) for row in rows if row.site.address}

    def near(listing: Any) -> bool:
        number = listing.street1.split(" ", maxsplit=1)[0].lower()
        return listing.zip in zips or listing.phone[:12] in phones or (listing.city.casefold(), number) in houses

    return near
