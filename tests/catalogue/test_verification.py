"""Verification: what a clinic answered stands above what a source lists, and outlives the next import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from people_deciding import NOON, TODAY, Desk
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.call_list import Around, call_list
from directory.catalogue.certainty import certainty, certainty_of
from directory.catalogue.corrections import correct
from directory.catalogue.facility import facility_document, live_facilities
from directory.catalogue.heard import Outcome, answers_of, reach_of
from directory.catalogue.models import VerificationCall
from directory.catalogue.pairs import judge, take_back
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.remembered import Judgement
from directory.catalogue.session import Catalogue
from directory.catalogue.tasks import open_task, open_tasks
from directory.catalogue.verification import ClinicAnswer, VerificationError, log_call, record, verify
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
    assert origins["ESK"] == [{"verification": 1, "verified_on": "2026-11-02", "how": "phone"}]
    assert origins["MD"][0]["source"] == "samhsa-mh"
    assert document["denied"] == []


def test_a_denial_knows_who_said_so_last(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(verify, 1, replace(ASKED, lacks=("KIT", "TMS")))
    desk.do(verify, 1, replace(ASKED, verified_on=TODAY, offers=("TMS",), lacks=("KIT",), how="e-mail"))
    with desk.catalogue.reading() as session:
        document = facility_document(session, 1)
    assert document is not None
    origin = {"verification": 2, "verified_on": "2026-11-03", "how": "e-mail"}
    assert [(denied["code"], denied["origin"]) for denied in document["denied"]] == [("KIT", origin)]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"how": "dream"}, "how: “dream” is not one of"),
        ({"verified_on": dt.date(2999, 1, 1)}, "has not come yet"),
        ({"verified_by": " "}, "name who asked"),
        ({"offers": ("XYZ",)}, "XYZ: there is no such service code"),
        ({"offers": ("KIT",)}, "KIT: a clinic either offers it or lacks it"),
        ({"offers": (), "lacks": ()}, "answers: keep at least one"),
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
    with pytest.raises(VerificationError, match="no clinic with the number 7"):
        tell(catalogue, ASKED, 7)


def test_asking_closes_what_was_to_be_asked_and_keeps_every_answer(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(open_task, 1, "wrong phone", "public", NOON, "Rings at a bakery")
    told = {"ketamine": True, "forms": ["iv"], "new_patients": True, "wait_days": 14, "price_treatment": [400, 650]}
    desk.do(record, 1, ClinicAnswer(TODAY, "Ada", answers=told), NOON)
    with desk.catalogue.reading() as session:
        assert open_tasks(session) == []
        answers = answers_of(session, [1], TODAY)[1]
        assert {answer.question: answer.value for answer in answers} == told
        assert not any(answer.faded for answer in answers)


def test_answers_fade_each_by_its_own_shelf_life_and_never_vanish(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(record, 1, ClinicAnswer(TODAY, "Ada", answers={"ketamine": True, "wait_days": 14, "hours": "9-5"}), NOON)

    def faded(days: int) -> dict[str, bool]:
        with desk.catalogue.reading() as session:
            return {a.question: a.faded for a in answers_of(session, [1], TODAY + dt.timedelta(days))[1]}

    assert faded(30) == {"ketamine": False, "wait_days": False, "hours": False}
    assert faded(31) == {"ketamine": False, "wait_days": True, "hours": False}
    assert faded(3650) == {"ketamine": True, "wait_days": True, "hours": True}


def test_a_later_answer_takes_the_place_of_the_one_before_and_leaves_the_others(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(record, 1, ClinicAnswer(TODAY, "Ada", answers={"new_patients": True, "wait_days": 14}), NOON)
    later = TODAY + dt.timedelta(7)
    desk.do(record, 1, ClinicAnswer(later, "Ben", answers={"new_patients": False}), NOON + dt.timedelta(7))
    with desk.catalogue.reading() as session:
        answers = {a.question: (a.value, a.on) for a in answers_of(session, [1], later)[1]}
    assert answers == {"new_patients": (False, later), "wait_days": (14, TODAY)}


def test_three_missed_calls_are_an_answer_until_somebody_picks_up(desk: Desk) -> None:
    desk.bring(desk.clinic)
    reached = [desk.do(log_call, 1, "Ada", Outcome.MISSED, NOON + dt.timedelta(days)) for days in (0, 2, 4)]
    assert [(one.missed, one.unreachable) for one in reached] == [(1, False), (2, False), (3, True)]
    with desk.catalogue.reading() as session:
        [answer] = answers_of(session, [1], TODAY + dt.timedelta(4))[1]
    assert (answer.question, answer.value, answer.on) == ("reached", False, TODAY + dt.timedelta(4))
    assert desk.facility(1).verified_on is None, "nobody answered"
    told = ClinicAnswer(TODAY + dt.timedelta(5), "Ada", answers={"ketamine": True})
    desk.do(record, 1, told, NOON + dt.timedelta(5))
    with desk.catalogue.reading() as session:
        assert [a.question for a in answers_of(session, [1], TODAY + dt.timedelta(5))[1]] == ["ketamine"]


def test_a_clinic_that_picks_up_in_the_evening_was_not_missed(desk: Desk) -> None:
    desk.bring(desk.clinic)
    night = dt.datetime(2026, 11, 4, 2, tzinfo=dt.UTC)
    for minutes in (0, 1, 2):
        desk.do(log_call, 1, "Ada", Outcome.MISSED, night + dt.timedelta(minutes=minutes))
    desk.do(record, 1, ClinicAnswer(TODAY, "Ada", answers={"ketamine": True}), night + dt.timedelta(minutes=3))
    with desk.catalogue.reading() as session:
        assert reach_of(session, [1])[1].missed == 0, "it is still the day before at the center"


def test_a_call_judges_the_sources_by_field(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.bring(replace(desk.clinic, codes=("SA",), phone="317-555-0102"), source="samhsa-su", edition="2022")
    told = ClinicAnswer(TODAY, "Ada", answers={"ketamine": False}, right={"phone": True, "address": False})
    desk.do(record, 1, told, NOON)
    desk.do(log_call, 1, "Ada", Outcome.WRONG_NUMBER, NOON)
    with desk.catalogue.reading() as session:
        judged = [(x["field"], x["source"], x["edition"], x["right"]) for c in calls(session) for x in c.checked]
        tasks = [(task.why, task.told_by) for task, _facility in open_tasks(session)]
    assert judged == [
        ("phone", "samhsa-mh", "2023", True),
        ("address", "samhsa-mh", "2023", False),
        ("ketamine", "samhsa-mh", "2023", False),
        ("phone", "samhsa-mh", "2023", False),
    ]
    assert tasks == [("wrong number", "staff")]


def calls(session: Session) -> list[VerificationCall]:
    return list(session.scalars(select(VerificationCall).order_by(VerificationCall.id)))


def test_answers_follow_a_merged_clinic_and_stay_with_it_when_it_is_taken_apart(desk: Desk) -> None:
    one, other = desk.doubtful()
    desk.bring(one)
    desk.bring(other, source="samhsa-su")
    desk.do(record, 2, ClinicAnswer(TODAY, "Ada", answers={"wait_days": 7}, offers=("TMS",)), NOON)
    desk.do(judge, 1, Judgement.SAME, desk.by())
    with desk.catalogue.reading() as session:
        assert [a.value for a in answers_of(session, [1], TODAY)[1]] == [7]
    assert "TMS" in desk.facility(1).codes
    assert desk.do(record, 2, ClinicAnswer(TODAY, "Ada", answers={"wait_days": 3}), NOON).facility_id == 1
    desk.do(take_back, 1, desk.by())
    assert "TMS" not in desk.facility(1).codes
    with desk.catalogue.reading() as session:
        found = answers_of(session, [1, 2], TODAY)
    assert [found[i][0].value for i in (1, 2)] == [3, 7]


def test_a_report_of_the_public_becomes_a_task_and_a_flood_of_them_few(desk: Desk) -> None:
    desk.bring(desk.clinic)
    before = desk.everything()
    assert desk.do(open_task, 1, "closed", "public", NOON, "Boarded up") is not None
    assert desk.do(open_task, 1, "closed", "public", NOON, " Boarded   up ") is None, "said already"
    assert desk.do(open_task, 9, "closed", "public", NOON) is None
    for number in range(100):
        desk.do(open_task, 1, "closed", "public", NOON, f"No. {number}")
    with desk.catalogue.reading() as session:
        assert len(open_tasks(session)) == 20
    assert desk.everything() == before


def test_how_sure_we_are_is_one_figure() -> None:
    days = [0, 73, 365, 9999]
    assert certainty(days, [True] * 4).tolist() == [1.0, 0.8, 0.0, 0.0]
    assert certainty(days, [False] * 4).tolist() == [0.5, 0.4, 0.0, 0.0]
    assert certainty_of(MONDAY, "street", MONDAY + dt.timedelta(73)) == pytest.approx(0.8)
    assert certainty_of(None, "street", MONDAY) == 0.0


def test_the_document_says_what_was_answered_and_never_who_asked(desk: Desk) -> None:
    desk.bring(desk.clinic)
    told = ClinicAnswer(TODAY, "Ada Nobody", answers={"ketamine": True, "wait_days": 14}, note="Ask for Zed")
    desk.do(record, 1, told, NOON)
    desk.do(correct, 1, "phone", "317-555-0177", "They told Ada Nobody", desk.by())
    with desk.catalogue.reading() as session:
        document = facility_document(session, 1, TODAY + dt.timedelta(31))
    assert document is not None
    assert document["answers"][1] == {
        "question": "wait_days",
        "value": 14,
        "on": "2026-11-03",
        "how": "phone",
        "faded": True,
    }
    assert document["values"]["phone"]["origin"] == {"correction": 1, "corrected_on": "2026-11-03"}
    assert document["values"]["name"]["origin"]["imported_at"]
    assert "Ada" not in str(document)
    assert "Zed" not in str(document)


def test_calls_missed_at_a_wrong_number_do_not_count_once_the_number_is_right(desk: Desk) -> None:
    desk.bring(desk.clinic)
    for days in (0, 2):
        desk.do(log_call, 1, "Ada", Outcome.MISSED, NOON + dt.timedelta(days))
    assert desk.do(log_call, 1, "Ada", Outcome.WRONG_NUMBER, NOON + dt.timedelta(4)).unreachable
    desk.do(correct, 1, "phone", "317-555-0177", "Their website says so", desk.by())
    with desk.catalogue.reading() as session:
        assert reach_of(session, [1]) == {}
        assert answers_of(session, [1], TODAY + dt.timedelta(4)).get(1, []) == []
        assert [entry.facility.id for entry in call_list(session, NOON + dt.timedelta(5), Around())] == [1]
    assert desk.do(log_call, 1, "Ada", Outcome.MISSED, NOON + dt.timedelta(6)).missed == 1


def test_calls_missed_count_again_where_a_source_brings_the_old_number_back(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(log_call, 1, "Ada", Outcome.MISSED, NOON)
    desk.bring(replace(desk.clinic, phone="317-555-0177"), edition="2024")
    with desk.catalogue.reading() as session:
        assert reach_of(session, [1]) == {}
    desk.bring(desk.clinic, edition="2025")
    with desk.catalogue.reading() as session:
        assert reach_of(session, [1])[1].missed == 1
