"""Corrections: staff know better than every source, until a steward says otherwise; imports never do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people_deciding import Desk

from directory.catalogue.corrections import (
    CorrectionError,
    correct,
    corrections_in_question,
    end_correction,
    history_of_corrections,
    keep_correction,
)
from directory.catalogue.facility import facility_document, live_facilities

NEW_PHONE = "317-555-0177"


def in_question(desk: Desk) -> list[tuple[str, str, str | None]]:
    with desk.catalogue.reading() as session:
        return [(row.field, row.value, row.asked_value) for row, _facility in corrections_in_question(session)]


def phone(desk: Desk) -> str:
    return desk.facility(1).phone


def test_a_correction_outlives_imports_that_say_the_same_as_before(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(correct, 1, "phone", f"  {NEW_PHONE} ", "They told us on the phone", desk.by())
    assert phone(desk) == NEW_PHONE
    desk.bring(replace(desk.clinic, codes=("MH",)), edition="2024")
    assert phone(desk) == NEW_PHONE
    assert in_question(desk) == []
    assert "phone" not in desk.facility(1).origins


def test_a_source_with_news_is_asked_about_once(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(correct, 1, "phone", NEW_PHONE, "They told us", desk.by())
    news = replace(desk.clinic, phone="317-555-0188")
    desk.bring(news, edition="2024")
    assert phone(desk) == NEW_PHONE, "nothing is overwritten meanwhile"
    assert in_question(desk) == [("phone", NEW_PHONE, "317-555-0188")]
    desk.do(keep_correction, 1, desk.by())
    desk.bring(replace(news, codes=("MH",)), edition="2025")
    assert in_question(desk) == [], "the same news again"
    desk.bring(replace(news, phone="317-555-0166"), edition="2026")
    assert in_question(desk) == [("phone", NEW_PHONE, "317-555-0166")]
    desk.do(end_correction, 1, desk.by())
    assert (phone(desk), in_question(desk)) == ("317-555-0166", [])


def test_a_source_that_comes_round_to_it_is_no_news(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(correct, 1, "phone", NEW_PHONE, "They told us", desk.by())
    desk.bring(replace(desk.clinic, phone=NEW_PHONE), edition="2024")
    assert in_question(desk) == []


def test_news_go_with_the_run_that_is_taken_back(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(correct, 1, "phone", NEW_PHONE, "They told us", desk.by())
    desk.bring(replace(desk.clinic, phone="317-555-0188"), edition="2024")
    desk.undo(desk.last_run())
    assert (phone(desk), in_question(desk)) == (NEW_PHONE, [])


@pytest.mark.parametrize("status", ["closed", "moved"])
def test_a_closed_clinic_leaves_the_results_and_says_why(desk: Desk, status: str) -> None:
    desk.bring(desk.clinic, replace(desk.clinic, name1="Purple Otter", street1="7 Elsewhere Road"))
    desk.do(correct, 1, "status", status, "The door was locked", desk.by())
    with desk.catalogue.reading() as session:
        assert [clinic.id for clinic in live_facilities(session)] == [2]
        assert history_of_corrections(session, 1)[0].reason == "The door was locked"
    desk.bring(replace(desk.clinic, codes=("MH",)), edition="2024")
    assert desk.facility(1).status == status
    assert in_question(desk) == [], "a source that goes on as before is not believed"
    desk.bring(replace(desk.clinic, phone="317-555-0188"), edition="2025")
    assert [row[:2] for row in in_question(desk)] == [("status", status)], "a new phone may be a new beginning"
    desk.do(end_correction, 1, desk.by())
    assert desk.facility(1).shown


def test_a_corrected_address_is_placed_anew(desk: Desk) -> None:
    desk.bring(replace(desk.clinic, latitude=39.771, longitude=-86.161))
    assert desk.facility(1).precision == "street"
    desk.do(correct, 1, "zip", "46802", "They moved", desk.by())
    moved = desk.facility(1)
    assert (moved.zip, moved.latitude, moved.precision) == ("46802", 41.07, "zip")
    with desk.catalogue.reading() as session:
        document = facility_document(session, 1)
    assert document is not None
    assert document["values"]["latitude"]["origin"] == document["values"]["zip"]["origin"]
    assert "correction" in document["values"]["zip"]["origin"]


def test_correcting_again_ends_the_one_before(desk: Desk) -> None:
    desk.bring(desk.clinic)
    for number in ("317-555-0111", "317-555-0112"):
        desk.do(correct, 1, "phone", number, "They told us", desk.by())
    with desk.catalogue.reading() as session:
        assert [(row.value, row.ended_by) for row in history_of_corrections(session, 1)] == [
            ("317-555-0112", ""),
            ("317-555-0111", "Ada Nobody"),
        ]
    assert phone(desk) == "317-555-0112"
    with pytest.raises(CorrectionError, match="ended already"):
        desk.do(end_correction, 1, desk.by())


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("codes", "KIT", "codes: this cannot be corrected, only name, program"),
        ("name", " ", "name: write what is right"),
        ("zip", "4620", "zip: write five digits"),
        ("state", "Indiana", "state: write two letters"),
        ("website", "clinic.example", "website: write the whole address"),
        ("status", "haunted", "status: write one of closed, moved"),
        ("name", "x" * 301, "at most 300"),
    ],
)
def test_what_cannot_be_right_is_refused_by_field(desk: Desk, field: str, value: str, message: str) -> None:
    desk.bring(desk.clinic)
    with pytest.raises(CorrectionError, match=message):
        desk.do(correct, 1, field, value, "They told us", desk.by())


def test_a_reason_is_asked(desk: Desk) -> None:
    desk.bring(desk.clinic)
    with pytest.raises(CorrectionError, match="reason: write how you know"):
        desk.do(correct, 1, "phone", NEW_PHONE, " ", desk.by())
