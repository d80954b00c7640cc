"""A run taken back leaves the directory as it was; what people found out since stays."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from directory.catalogue.models import DoubtfulMatch, Facility, Listing
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.run import Decision, RunError
from directory.catalogue.session import Catalogue
from directory.catalogue.undo import undo
from directory.catalogue.verification import ClinicAnswer, verify
from directory.config import Settings

WHY = Decision("Ada Nobody", "The file was cut off")
Batches = Callable[..., Batch]


def clinic(listing: Callable[..., ListingRecord], number: int, **changes: Any) -> ListingRecord:
    values = {"name1": f"Quokka House {number}", "street1": f"{number} Nonesuch Street"}
    return listing(**values | {"phone": f"317-555-0{number:03}"} | changes)


def as_it_stands(catalogue: Catalogue) -> dict[str, list[tuple[object, ...]]]:
    """Everything the catalogue says of facilities, but for the run that changed each last."""
    columns = [column for column in Facility.__table__.c if column.name != "changed_run_id"]
    with catalogue.reading() as session:
        return {
            "facilities": [tuple(row) for row in session.execute(select(*columns).order_by(Facility.id))],
            "listings": [tuple(row) for row in session.execute(select(Listing.__table__).order_by(Listing.id))],
            "doubts": [tuple(row) for row in session.execute(select(DoubtfulMatch.__table__))],
        }


def edition(
    rows: list[ListingRecord], chance: random.Random, listing: Callable[..., ListingRecord]
) -> list[ListingRecord]:
    """Another edition: some clinics gone, some changed, some renamed, some new."""
    changes: list[Callable[[ListingRecord], ListingRecord]] = [
        lambda row: row,
        lambda row: row,
        lambda row: replace(row, phone=f"317-555-0{chance.randint(500, 999)}"),
        lambda row: replace(row, codes=tuple(set(row.codes) ^ {"KIT"})),
        lambda row: replace(row, name1=f"{row.name1} of Indianapolis"),
        lambda row: replace(row, street1="- - -", street_withheld=True),
    ]
    kept = [chance.choice(changes)(row) for row in rows if chance.random() > 0.2]
    return kept + [clinic(listing, chance.randint(200, 499)) for _ in range(chance.randint(0, 4))]


@pytest.mark.parametrize("seed", range(12))
def test_every_run_of_two_sources_is_taken_back_exactly(
    catalogue: Catalogue,
    batch: Batches,
    listing: Callable[..., ListingRecord],
    places: Any,
    settings: Settings,
    seed: int,
) -> None:
    chance = random.Random(seed)
    rows = [clinic(listing, number) for number in range(100, 120)]
    states = []
    for year, source in ((2021, "samhsa-mh"), (2022, "samhsa-su"), (2022, "samhsa-mh"), (2023, "samhsa-mh")):
        states.append(as_it_stands(catalogue))
        report = publish(catalogue, batch(rows, source=source, edition=str(year)), places, settings)
        assert report.run_id is not None
        states[-1]["run"] = [(report.run_id,)]
        rows = edition(rows, chance, listing)
    for before in reversed(states):
        ((run_id,),) = before.pop("run")
        undo(catalogue, int(str(run_id)), WHY, places, settings)
        assert as_it_stands(catalogue) == before


def test_what_a_clinic_answered_since_stays(
    catalogue: Catalogue, batch: Batches, listing: Callable[..., ListingRecord], places: Any, settings: Settings
) -> None:
    publish(catalogue, batch([clinic(listing, 100)], edition="2022"), places, settings)
    new = [clinic(listing, 100, phone="317-555-0199"), clinic(listing, 101)]
    report = publish(catalogue, batch(new, edition="2023"), places, settings)
    today = dt.datetime.now(dt.UTC).date()
    with catalogue.writing() as session:
        for facility_id in (1, 2):
            verify(session, facility_id, ClinicAnswer(today, "Ada", offers=("ESK",), lacks=("KIT",)))
    assert report.run_id is not None
    undone = undo(catalogue, report.run_id, WHY, places, settings)
    assert (undone.listings_removed, undone.listings_restored, undone.facilities_removed) == (2, 1, 0)
    with catalogue.reading() as session:
        old, brought = (session.get_one(Facility, facility_id) for facility_id in (1, 2))
        assert (old.phone, old.codes, old.verified_on) == ("317-555-0100", ("ESK", "MD", "MH"), today)
        assert brought.withdrawn, "somebody asked it, so it stays on record"


def test_a_clinic_that_another_source_lists_stays(
    catalogue: Catalogue, batch: Batches, listing: Callable[..., ListingRecord], places: Any, settings: Settings
) -> None:
    first = publish(catalogue, batch([clinic(listing, 100)]), places, settings)
    publish(catalogue, batch([clinic(listing, 100, codes=("SA", "MD"))], source="samhsa-su"), places, settings)
    assert first.run_id is not None
    undo(catalogue, first.run_id, WHY, places, settings)
    with catalogue.reading() as session:
        left = session.scalars(select(Facility)).one()
        assert (left.withdrawn, left.codes) == (False, ("MD", "SA"))


def test_only_the_newest_run_of_a_source_is_taken_back_and_only_once(
    catalogue: Catalogue, batch: Batches, listing: Callable[..., ListingRecord], places: Any, settings: Settings
) -> None:
    for year in ("2022", "2023"):
        publish(catalogue, batch([clinic(listing, int(year[-2:]) + 100)], edition=year), places, settings)
    with pytest.raises(RunError, match="take back first: 2"):
        undo(catalogue, 1, WHY, places, settings)
    undo(catalogue, 2, WHY, places, settings)
    with pytest.raises(RunError, match="run 2 is undone"):
        undo(catalogue, 2, WHY, places, settings)
    with pytest.raises(RunError, match="there is no run 9"):
        undo(catalogue, 9, WHY, places, settings)


def test_a_source_can_be_imported_again_after_it_was_taken_back(
    catalogue: Catalogue, batch: Batches, listing: Callable[..., ListingRecord], places: Any, settings: Settings
) -> None:
    rows = [clinic(listing, 100), clinic(listing, 101)]
    publish(catalogue, batch(rows[:1], edition="2022"), places, settings)
    publish(catalogue, batch(rows, edition="2023"), places, settings)
    undo(catalogue, 2, WHY, places, settings)
    again = publish(catalogue, batch(rows, edition="2023"), places, settings)
    assert (again.new, again.unchanged, again.withdrawn) == (1, 1, 0)
