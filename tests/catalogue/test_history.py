"""An older edition fills in history: nothing that is shown changes, and two editions can be compared."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from test_undo import WHY, as_it_stands, clinic, edition

from directory.catalogue.editions import Comparison, compare, edition_runs
from directory.catalogue.facility import facility_document, live_facilities
from directory.catalogue.models import Facility, ImportRun, Listing
from directory.catalogue.placing import place
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.catalogue.report import ImportReport
from directory.catalogue.run import RunError
from directory.catalogue.session import Catalogue
from directory.catalogue.undo import undo
from directory.config import Settings

Batches = Callable[..., Batch]
Made = Callable[..., ListingRecord]


@pytest.fixture
def bring(catalogue: Catalogue, places: Any, settings: Settings) -> Callable[[Batch], ImportReport]:
    return lambda batch: publish(catalogue, batch, places, settings)


def shown(catalogue: Catalogue) -> list[tuple[object, ...]]:
    """Every value of every facility that is shown."""
    with catalogue.reading() as session:
        live = select(Facility.__table__).where(Facility.withdrawn_run_id.is_(None)).order_by(Facility.id)
        return [tuple(row) for row in session.execute(live)]


def compared(catalogue: Catalogue, places: Any, one: int, other: int) -> Comparison:
    with catalogue.reading() as session:
        runs = (session.get_one(ImportRun, one), session.get_one(ImportRun, other))
        return compare(session, *runs, lambda address: place(address, places, 25))


def test_an_older_edition_is_kept_as_history_and_says_so(
    catalogue: Catalogue, bring: Callable[[Batch], ImportReport], batch: Batches, listing: Made
) -> None:
    bring(batch([clinic(listing, 100, codes=("MH",))]))
    before = shown(catalogue)
    report = bring(batch([clinic(listing, 100), clinic(listing, 101)], edition="2022"))
    assert (report.older_than, report.filled_in, report.filled_in_unknown) == ("2023", 2, 1)
    assert (report.nothing_changed, report.new, report.gained_ketamine) == (True, 0, 0)
    assert "nothing that is shown was changed" in report.as_text()
    assert shown(catalogue) == before
    with catalogue.reading() as session:
        document = facility_document(session, 1)
        assert session.get_one(ImportRun, 2).state == "history"
        assert session.get_one(Facility, 2).withdrawn
    assert document is not None
    told = [(said["edition"], said["current"], said["past"], "KIT" in said["codes"]) for said in document["listings"]]
    assert told == [("2023", True, False, False), ("2022", False, True, True)]


def test_what_is_known_already_is_not_filled_in_again(
    catalogue: Catalogue, bring: Callable[[Batch], ImportReport], batch: Batches, listing: Made
) -> None:
    for year in ("2022", "2023", "2022", "2021", "2021"):
        report = bring(batch([clinic(listing, int(year) - 1900)], edition=year))
    assert report.filled_in == 0
    assert "was known already" in report.as_text()
    with catalogue.reading() as session:
        assert session.scalar(select(func.count(ImportRun.id))) == 3
        assert session.scalar(select(func.count(Listing.id))) == 3


def test_two_editions_are_compared_whichever_came_first(
    catalogue: Catalogue, bring: Callable[[Batch], ImportReport], batch: Batches, listing: Made, places: Any
) -> None:
    far = {"street1": "9 Faraway Road", "city": "Fort Wayne", "zip": "46802"}
    old = [clinic(listing, n) for n in range(100, 104)]
    new = [clinic(listing, 100), clinic(listing, 101, codes=("MH",)), clinic(listing, 102, phone="317-555-0999")]
    new += [clinic(listing, 150), clinic(listing, 103, name1="Quokka House 103", phone="317-555-0103", **far)]
    bring(batch(new))
    bring(batch(old, edition="2022"))
    found = compared(catalogue, places, 1, 2)
    assert (found.older.edition, found.newer.edition, found.in_both) == ("2022", "2023", 3)
    assert [note.name for note in found.changes.lost] == ["Quokka House 101", "Quokka House 103"]
    assert [note.fields["phone"] for note in found.changes.changed if "phone" in note.fields] == [
        ["317-555-0102", "317-555-0999"]
    ]
    assert [note.name for note in found.withdrawn] == ["Quokka House 103"], "it moved to another town: nobody proved it"
    assert [note.name for note in found.new] == ["Quokka House 150", "Quokka House 103"]
    assert compared(catalogue, places, 2, 1).changes == found.changes


def test_a_clinic_that_moved_is_told_with_how_far(
    catalogue: Catalogue, bring: Callable[[Batch], ImportReport], batch: Batches, listing: Made, places: Any
) -> None:
    one: dict[str, Any] = {"latitude": 39.77, "longitude": -86.16}
    other: dict[str, Any] = {"latitude": 39.80, "longitude": -86.16}
    one["name1"] = other["name1"] = "Quokka House"
    bring(batch([clinic(listing, 100, street1="100 Nonesuch Street", **one)], edition="2022"))
    report = bring(batch([clinic(listing, 100, street1="520 Nonesuch Street", **other)]))
    (moved,) = report.moved
    assert moved.fields["address"][1] == "520 Nonesuch Street, Indianapolis, IN 46204"
    assert moved.miles == pytest.approx(2.1, abs=0.1)
    assert [note.miles for note in compared(catalogue, places, 1, 2).changes.moved] == [moved.miles]
    again = bring(batch([clinic(listing, 100, street1="520 Nonesuch St.", **other)], edition="2024"))
    assert (again.changed, again.moved) == (1, []), "another spelling is no move"


def test_a_clinic_known_from_history_alone_is_itself_when_it_is_listed_again(
    catalogue: Catalogue, bring: Callable[[Batch], ImportReport], batch: Batches, listing: Made
) -> None:
    bring(batch([clinic(listing, 100)]))
    bring(batch([clinic(listing, 101)], edition="2021"))
    bring(batch([clinic(listing, 101, phone="317-555-0888")], edition="2022"))
    with catalogue.reading() as session:
        assert session.get_one(Facility, 2).phone == "317-555-0888", "drawn from the newest of its past editions"
    report = bring(batch([clinic(listing, 100), clinic(listing, 101)], edition="2024"))
    assert (report.new, report.returned) == (0, 1)
    assert report.run_id is not None


def test_editions_of_two_sources_are_not_compared(
    catalogue: Catalogue, bring: Callable[[Batch], ImportReport], batch: Batches, listing: Made, places: Any
) -> None:
    bring(batch([clinic(listing, 100)]))
    bring(batch([clinic(listing, 100)], source="samhsa-su"))
    with pytest.raises(RunError, match="two sources"):
        compared(catalogue, places, 1, 2)


def test_an_older_edition_full_of_bad_rows_is_held_like_any_other(
    catalogue: Catalogue, batch: Batches, listing: Made, places: Any, settings: Settings
) -> None:
    publish(catalogue, batch([clinic(listing, 100)], source="own"), places, settings)
    rows = [clinic(listing, n) for n in range(100, 120)] + [RefusedRow(2, "zip", "no")] * 5
    report = publish(catalogue, batch(rows, source="own", edition="2022"), places, settings, checked=True)
    assert report.is_held
    with catalogue.reading() as session:
        assert [run.edition for run in edition_runs(session, "own")] == ["2023"]
        assert session.scalar(select(func.count(Listing.id))) == 1


@pytest.mark.parametrize("seed", range(12))
def test_history_never_changes_what_is_shown_and_every_run_is_taken_back_exactly(
    catalogue: Catalogue, batch: Batches, listing: Made, places: Any, settings: Settings, seed: int
) -> None:
    chance = random.Random(f"history {seed}")
    rows = [clinic(listing, number) for number in range(100, 116)]
    states = []
    years = [(2023, "samhsa-mh"), (2022, "samhsa-su")]
    years += chance.sample([(2020, "samhsa-mh"), (2021, "samhsa-mh"), (2022, "samhsa-mh"), (2021, "samhsa-su")], 4)
    years.insert(chance.randrange(2, 6), (2024, "samhsa-mh"))
    for year, source in years:
        states.append(as_it_stands(catalogue))
        visible = shown(catalogue)
        report = publish(catalogue, batch(rows, source=source, edition=str(year)), places, settings)
        assert report.run_id is not None
        if report.older_than:
            assert shown(catalogue) == visible
        states[-1]["run"] = [(report.run_id,)]
        rows = edition(rows, chance, listing)
    for before in reversed(states):
        ((run_id,),) = before.pop("run")
        undo(catalogue, int(str(run_id)), WHY, places, settings)
        assert as_it_stands(catalogue) == before
    with catalogue.reading() as session:
        assert not list(live_facilities(session))
