"""Checks of a run: what each looks at, and that a run they stop leaves the directory as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from directory.catalogue.field_shares import FieldShares
from directory.catalogue.models import Facility, ImportRun
from directory.catalogue.publish import Accepted, publish
from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.catalogue.report import ImportReport
from directory.catalogue.run import Decision, RunState
from directory.catalogue.run_checks import RunFigures, why_held
from directory.catalogue.session import Catalogue
from directory.config import Settings

WELL = RunFigures(whole=True, listed_before=1_000, ketamine=80, unknown=0, located=1_000, astray=0)
EXPECTED = {
    "rows_least": 900,
    "rows_most": 1_200,
    "ketamine_least": 40,
    "withdrawn_share_most": 0.4,
    "changed_share_most": 0.9,
}


def report(**counts: object) -> ImportReport:
    made = ImportReport("samhsa-mh", "2023", read=1_000)
    for name, count in counts.items():
        setattr(made, name, count)
    return made


def test_a_file_without_one_good_row_is_held_even_where_it_is_a_part() -> None:
    nothing = report(read=1, refused=[RefusedRow(1, "zip", "no")])
    part = replace(WELL, whole=False)
    assert why_held(nothing, part, EXPECTED) == ["No row could be read."]


def test_a_run_as_expected_is_not_held() -> None:
    assert why_held(report(withdrawn=400, changed=900), WELL, EXPECTED) == []


@pytest.mark.parametrize(
    ("counts", "figures", "said"),
    [
        ({"read": 899}, {}, "899 rows could be read; at least 900"),
        ({"read": 1_201}, {}, "1,201 rows could be read; at most 1,200"),
        ({}, {"ketamine": 39}, "39 listings offer ketamine; at least 40"),
        ({"withdrawn": 401}, {}, "401 of 1,000 (40%) of the facilities listed before are gone"),
        ({"changed": 901}, {}, "901 of 1,000 (90%) of the facilities listed before changed"),
        ({}, {"unknown": 201}, "201 of 1,000 (20%) of the rows hold codes or labels nobody knows"),
        (
            {},
            {"fields": FieldShares(Counter(phone=100, intake1=19), Counter(phone=41, intake1=19))},
            "41 of 100 (41%) of what phone held is something else now",
        ),
        ({}, {"astray": 51}, "51 of 1,000 (5%) of the coordinates lie far from their ZIP"),
    ],
)
def test_what_is_beyond_expectation_is_told(counts: dict[str, int], figures: dict[str, int], said: str) -> None:
    held = why_held(report(**counts), replace(WELL, **figures), EXPECTED)
    assert [sentence[: len(said)] for sentence in held] == [said]


def test_many_refused_rows_hold_a_run() -> None:
    made = report()
    made.refused = [RefusedRow(line, "zip", "no ZIP") for line in range(51)]
    assert why_held(made, WELL, EXPECTED) == ["51 of 1,000 (5%) of the rows were refused; at most 5% is expected."]


def test_a_part_of_an_edition_is_not_counted_against_a_whole_one() -> None:
    part = replace(WELL, whole=False, ketamine=0)
    assert why_held(report(read=30, withdrawn=900), part, EXPECTED) == []


def test_a_first_edition_has_nothing_to_be_compared_with() -> None:
    assert why_held(report(changed=1_000), replace(WELL, listed_before=0), EXPECTED) == []


@pytest.fixture
def clinics(listing: Callable[..., ListingRecord]) -> list[ListingRecord]:
    return [
        listing(name1=f"Quokka House {n}", street1=f"{n} Nonesuch Street", phone=f"317-555-0{n:03}")
        for n in range(100, 130)
    ]


def test_an_edition_that_drops_half_of_its_clinics_is_held_and_changes_nothing(
    catalogue: Catalogue,
    batch: Callable[..., Batch],
    clinics: list[ListingRecord],
    places: object,
    settings: Settings,
) -> None:
    publish(catalogue, batch(clinics, source="one-list"), places, settings, checked=True)
    before = kept(catalogue)
    assert len(before) == 30
    half = publish(catalogue, batch(clinics[:10], edition="2024"), places, settings, checked=True)
    assert half.is_held
    assert half.held[0].startswith("10 rows could be read; at least 7,000 are expected")
    assert kept(catalogue) == before
    with catalogue.reading() as session:
        run = session.scalars(select(ImportRun).where(ImportRun.state == RunState.HELD)).one()
        assert (run.id, run.held_because) == (half.run_id, half.held)


def test_a_run_that_somebody_accepts_is_published_with_its_reason(
    catalogue: Catalogue,
    batch: Callable[..., Batch],
    clinics: list[ListingRecord],
    places: object,
    settings: Settings,
) -> None:
    accepted = Accepted(Decision("Ada Nobody", "A list of our county only"))
    done = publish(catalogue, batch(clinics), places, settings, checked=True, accepted=accepted)
    assert (done.new, done.is_held) == (30, False)
    assert done.held
    with catalogue.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.state, run.decided_by, run.decision_reason) == (
            RunState.PUBLISHED,
            "Ada Nobody",
            "A list of our county only",
        )


def test_a_dry_run_tells_that_it_would_be_held_and_keeps_nothing(
    catalogue: Catalogue,
    batch: Callable[..., Batch],
    clinics: list[ListingRecord],
    places: object,
    settings: Settings,
) -> None:
    tried = publish(catalogue, batch(clinics), places, settings, checked=True, dry_run=True)
    assert "This run would be held:" in tried.as_text()
    assert kept(catalogue) == []
    with catalogue.reading() as session:
        assert session.scalars(select(ImportRun)).all() == []


def kept(catalogue: Catalogue) -> list[tuple[object, ...]]:
    with catalogue.reading() as session:
        return [tuple(row) for row in session.execute(select(Facility.__table__).order_by(Facility.id))]
