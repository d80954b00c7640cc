"""Deciding: what every page about listings needs: who decides, what is noted, and that searches show it at once."""

from __future__ import annotations

from collections.abc import Iterable

from flask import abort

from directory.catalogue.merged import standing
from directory.catalogue.models import Facility
from directory.catalogue.pairs import By
from directory.catalogue.publish import placer
from directory.desk.guard import current_person
from directory.index.generation import update
from directory.pages.site import site
from directory.referrals.records import Records


def by(records: Records) -> By:
    """Whoever is signed in, now."""
    here = site()
    place_of = placer(records.session, here.search.gazetteer, here.settings, asks=False)
    return By(who(), records.now, place_of)


def who() -> str:
    """The name that stands beside what whoever is signed in decides."""
    return current_person().name or current_person().email


def show_at_once(facility_ids: Iterable[int]) -> None:
    """Bring what changed into the index."""
    update(site().catalogue, site().settings.index_dir, sorted(facility_ids))


def facility_or_404(facility_id: int) -> Facility:
    """The facility that stands for that number."""
    with site().catalogue.reading() as session:
        return standing(session, facility_id) or abort(404)
