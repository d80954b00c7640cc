"""Certainty: how sure we are of a clinic, one figure for ranking, cards and reports. docs/verification.md tells it."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from directory.catalogue.questions import asking


def certainty(days_since_asked: ArrayLike, street_known: ArrayLike) -> NDArray[np.float64]:
    """How sure we are of clinics, from 1 (asked today, street known) to 0 (asked a year ago, or never).

    An import proves nothing: only days since somebody asked the clinic count, each as much as the other, until the
    shelf life in data/verification.toml is over. Where only the ZIP is known its share of it is left. Takes numbers or
    arrays of equal shape; who was never asked has any number of days beyond the shelf life.
    """
    settings = asking().certainty
    fresh = np.clip(1.0 - np.asarray(days_since_asked) / settings["shelf_life_days"], 0.0, 1.0)
    return np.asarray(np.where(street_known, fresh, settings["zip_only"] * fresh))


def certainty_of(verified_on: dt.date | None, precision: str, today: dt.date) -> float:
    """The same of one facility, by its columns."""
    days = (today - verified_on).days if verified_on else np.inf
    return float(certainty(days, precision == "street"))
