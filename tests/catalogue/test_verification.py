"""Verification: what a clinic answered stands above what a source lists, and outlives the next import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from directory.catalogue.facility import facility_document, live_facilities
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.session import Catalogue
from directory.catalogue.verification import ClinicAnswer, VerificationError, verify
from directory.config import Settings

MONDAY = dt.date(2026, 11, 2)
ASKED = ClinicAnswer(MONDAY, "A. Nobody", "phone", offers=("ESK",), lacks=("KIT",))


@pytest.fixture
def bring(catalogue: Catalogue, places: object, settings: Settings, batch: Callable[..., Batch]) -> Callable[..., None]:
    def imported(*rows: ListingRecord, edition: str = "2023") -> None:
        publish(catalogue, batch(rows, edition=edition), places, settings)  # type: ignore[arg-type]

    return imported


def shown(catalogue: Catalogue) -> list[tuple[tuple[str, ...], dt.date | None]]:
    with catalogue.reading() as session:
        return [(clinic.codes, clinic.verified_on) for clinic in live_facilities(session)]


def tell(catalogue: Catalogue, answer: ClinicAnswer, facility_id: int = 1) -> None:
    with catalogue.writing() as session:
        verify(session, facility_id, answer)


def test_what_the_clinic_answered_is_shown_at_once(
    catalogue: Catalogue, bring: Callable[..., None], listing: Callable[..., ListingRecord]
) -> None:
    bring(listing(codes=("KIT", "MD")))
    tell(catalogue, ASKED)
    assert shown(catalogue) == [(("ESK", "MD"), MONDAY)]


def test_the_next_edition_does_not_undo_it(
    catalogue: Catalogue, bring: Callable[..., None], listing: Callable[..., ListingRecord]
) -> None:
    bring(listing(codes=("KIT", "MD")))
    tell(catalogue, ASKED)
    bring(listing(codes=("KIT", "MC")), edition="2024")
    assert shown(catalogue) == [(("ESK", "MC"), MONDAY)]


def test_the_newest_word_on_a_code_counts_whatever_was_told_later_of_another(
    catalogue: Catalogue, bring: Callable[..., None], listing: Callable[..., ListingRecord]
) -> None:
    bring(listing(codes=("KIT",)))
    tell(catalogue, replace(ASKED, verified_on=MONDAY + dt.timedelta(7), offers=("KIT",), lacks=()))
    tell(catalogue, ASKED)
    assert shown(catalogue) == [(("ESK", "KIT"), MONDAY + dt.timedelta(7))]


def test_a_service_knows_who_said_so(
    catalogue: Catalogue, bring: Callable[..., None], listing: Callable[..., ListingRecord]
) -> None:
    bring(listing(codes=("MD",)))
    tell(catalogue, replace(ASKED, lacks=()))
    with catalogue.reading() as session:
        document = facility_document(session, 1)
    assert document is not None
    origins = {s["code"]: s["origins"] for group in document["services"] for s in group["services"]}
    assert origins["ESK"] == [{"verification": 1, "verified_on": "2026-11-02"}]
    assert origins["MD"][0]["source"] == "samhsa-mh"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"how": "dream"}, "how: 'dream' is not one of"),
        ({"verified_on": dt.date(2999, 1, 1)}, "has not come yet"),
        ({"verified_by": " "}, "name who asked"),
        ({"offers": ("XYZ",)}, "XYZ: there is no such service code"),
        ({"offers": ("KIT",)}, "KIT: a clinic either offers it or lacks it"),
    ],
)
def test_an_answer_that_cannot_be_true_is_refused_by_field(
    catalogue: Catalogue,
    bring: Callable[..., None],
    listing: Callable[..., ListingRecord],
    fault: dict[str, object],
    message: str,
) -> None:
    bring(listing())
    with pytest.raises(VerificationError, match=message):
        tell(catalogue, replace(ASKED, **fault))
    assert shown(catalogue) == [(("KIT", "MD", "MH"), None)]


def test_an_unknown_facility_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(VerificationError, match="there is no facility 7"):
        tell(catalogue, ASKED, 7)
