"""A catalogue with a few clinics of two sources, where people decide things on any database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from directory.catalogue.models import DoubtfulMatch, Facility, ImportRun, Listing
from directory.catalogue.pairs import By
from directory.catalogue.placing import place
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.report import ImportReport
from directory.catalogue.run import Decision
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.undo import undo
from directory.config import Settings

NOON = dt.datetime(2026, 11, 3, 18, tzinfo=dt.UTC)
TODAY = NOON.date()


class Desk:
    """Imports and decisions in a row, each in a transaction of its own."""

    def __init__(
        self, catalogue: Catalogue, places: Any, settings: Settings, batch: Callable[..., Batch], listing: ListingRecord
    ) -> None:
        upgrade(catalogue)
        self.catalogue, self.places, self.settings, self.batch, self.clinic = (
            catalogue,
            places,
            settings,
            batch,
            listing,
        )

    def bring(self, *rows: ListingRecord, edition: str = "2023", source: str = "samhsa-mh") -> ImportReport:
        """Publish an edition."""
        return publish(self.catalogue, self.batch(rows, source, edition), self.places, self.settings)

    def undo(self, run_id: int) -> None:
        """Take a run back."""
        undo(self.catalogue, run_id, Decision("Ada Nobody", "wrong file"), self.places, self.settings)

    def by(self, now: dt.datetime = NOON) -> By:
        """Ada decides."""
        return By("Ada Nobody", now, lambda address: place(address, self.places, 25, None))

    def do(self, act: Callable[..., Any], *told: Any, **more: Any) -> Any:
        """Call `act` with a writing session first."""
        with self.catalogue.writing() as session:
            return act(session, *told, **more)

    def facility(self, facility_id: int) -> Facility:
        """One facility as it stands."""
        with self.catalogue.reading() as session:
            return session.get_one(Facility, facility_id)

    def listed(self) -> dict[int, list[tuple[str, str]]]:
        """Facilities in the results → their current listings' sources and names."""
        with self.catalogue.reading() as session:
            rows = select(Facility.id, Listing.source_id, Listing.name1).join(Facility.listings)
            shown = rows.where(Facility.in_results(), Listing.ended_run_id.is_(None)).order_by(Listing.id)
            found: dict[int, list[tuple[str, str]]] = {}
            for facility_id, source_id, name in session.execute(shown):
                found.setdefault(facility_id, []).append((source_id, name))
            return found

    def pairs(self) -> list[tuple[int, int, str | None]]:
        """All pairs with what was judged of them."""
        with self.catalogue.reading() as session:
            rows = select(DoubtfulMatch.facility_id, DoubtfulMatch.other_facility_id, DoubtfulMatch.decision)
            return [(row[0], row[1], row[2]) for row in session.execute(rows.order_by(DoubtfulMatch.id))]

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All that is said of facilities, but for the run that changed each last."""
        columns = [column for column in Facility.__table__.c if column.name != "changed_run_id"]
        with self.catalogue.reading() as session:
            return {
                "facilities": [tuple(row) for row in session.execute(select(*columns).order_by(Facility.id))],
                "listings": [tuple(row) for row in session.execute(select(Listing.__table__).order_by(Listing.id))],
                "pairs": [tuple(row) for row in session.execute(select(DoubtfulMatch.__table__))],
            }

    def last_run(self) -> int:
        """The newest run."""
        with self.catalogue.reading() as session:
            return session.scalars(select(ImportRun.id).order_by(ImportRun.id.desc())).first() or 0

    def doubtful(self) -> tuple[ListingRecord, ListingRecord]:
        """Two rows of which the table says: perhaps one clinic (another name at one address and phone)."""
        return self.clinic, replace(self.clinic, name1="Purple Otter Counseling", codes=("SA", "PI"))
