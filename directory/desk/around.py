"""Around: what the call list asks of the rest of the house: referrals, distances, and whom searches show most."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
from sqlalchemy import Text, func, select, type_coerce
from sqlalchemy.orm import Session

from directory.catalogue.call_list import Around
from directory.catalogue.merged import merged_facilities
from directory.catalogue.models import Facility
from directory.index.globe import geodesic_miles, positions
from directory.pages.site import site
from directory.referrals.models import Choice, Referral

LATELY = dt.timedelta(days=365)
_ZIPS_AT_ONCE = 2_000

Placed = tuple[tuple[int, float, float], ...]


def around(session: Session) -> Around:
    """Referrals of the last year, miles from the center, and how much of the country is shown each clinic first."""
    begun = site().clock() - LATELY
    referred = select(Choice.facility_id, func.count(Choice.id)).join(Referral).where(Referral.created_at >= begun)
    stands, referrals = merged_facilities(session), dict[int, int]()
    for facility_id, count in session.execute(referred.group_by(Choice.facility_id)):
        standing = stands.get(facility_id, facility_id)
        referrals[standing] = referrals.get(standing, 0) + count
    codes = " " + type_coerce(Facility.codes, Text) + " "
    treats = Facility.in_results() & codes.contains(" KIT ") & Facility.latitude.is_not(None)
    rows = select(Facility.id, Facility.latitude, Facility.longitude).where(treats).order_by(Facility.id)
    placed: Placed = tuple(
        (i, float(latitude or 0), float(longitude or 0)) for i, latitude, longitude in session.execute(rows)
    )
    return Around(referrals, _shown_first(placed), _miles(placed))


def _miles(placed: Placed) -> dict[int, float]:
    home = site().search.gazetteer.zip(site().settings.center.zip)
    if home is None or not placed:
        return {}
    ids, latitudes, longitudes = zip(*placed, strict=True)
    miles = geodesic_miles(home.latitude, home.longitude, np.array(latitudes), np.array(longitudes))
    return dict(zip(ids, miles.tolist(), strict=True))


@lru_cache(maxsize=2)
def _shown_first(placed: Placed) -> dict[int, float]:
    """Facility id → for how many ZIPs it is the nearest, as a share of the first. Nobody's search is counted."""
    if not placed:
        return {}
    ids, latitudes, longitudes = zip(*placed, strict=True)
    clinics = positions(np.array(latitudes), np.array(longitudes)).T
    points = site().search.gazetteer.zip_points
    zips = positions(points[:, 0], points[:, 1]).T
    counts = np.zeros(len(ids))
    for start in range(0, len(zips), _ZIPS_AT_ONCE):
        some = zips[start : start + _ZIPS_AT_ONCE]
        # |a - b|² = |a|² - 2ab + |b|², and |a|² is the same for all clinics.
        nearest = np.argmin((clinics**2).sum(axis=1) - 2 * some @ clinics.T, axis=1)
        counts += np.bincount(nearest, minlength=len(ids))
    return dict(zip(ids, (counts / counts.max()).tolist(), strict=True))
