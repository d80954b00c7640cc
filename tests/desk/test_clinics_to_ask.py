"""From the call list to the page families see, through imports, corrections and a split; by hand of a steward."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_outcomes import a_house
from sqlalchemy import select
from staff_sign_in import add_person, signed_in

from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.decision_table import DECISION_TABLE, Verdict
from directory.catalogue.models import Facility, Verification, VerificationClaim, VerificationTask
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.config import Settings, load_settings
from directory.desk.listing_words import PAIR_REASONS
from directory.index.generation import rebuild, update
from directory.pages.site import present
from directory.places.gazetteer import Gazetteer

LIST = "/staff/clinics-to-ask"
QUOKKA = ListingRecord(
    line=2,
    name1="Quokka Infusion Center",
    street1="100 North Nowhere Street",
    city="Indianapolis",
    state="IN",
    zip="46204",
    phone="317-555-0101",
    codes=("KIT", "MD", "MH"),
)


class Center:
    """An installation with a clinic that lists ketamine, and two stewards."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalogue = a_house(settings)
        self.places = Gazetteer.load(settings.home)
        self.bring("2022", "KIT", "MD", "MH")
        rebuild(self.catalogue, settings.index_dir)
        self.app: Flask = build(settings)

    def bring(self, edition: str, *codes: str, phone: str = QUOKKA.phone, source: str = "samhsa-mh") -> int:
        """Publish an edition of one row; returns how many pairs became doubtful."""
        row = ListingRecord(
            **{**{n: getattr(QUOKKA, n) for n in QUOKKA.__dataclass_fields__}, "codes": codes, "phone": phone}
        )
        batch = Batch(source, edition, "made-up.xlsx", edition * 16, iter([row]), 1)
        report = publish(self.catalogue, batch, self.places, self.settings)
        if (self.settings.index_dir / "current").exists():
            update(self.catalogue, self.settings.index_dir, [1])
        return report.doubtful

    def steward(self) -> FlaskClient:
        """Somebody who keeps the listings, signed in."""
        return signed_in(self.app.test_client(), add_person(self.settings, Role.STEWARD))

    def facility(self, facility_id: int = 1) -> Facility:
        """A facility as it stands."""
        with self.catalogue.reading() as session:
            return session.get_one(Facility, facility_id)

    def as_if_asked_yesterday(self) -> None:
        """Put what was answered a day back: a source that is read later says something new."""
        with self.catalogue.writing() as session:
            for row in session.scalars(select(Verification)):
                row.verified_on -= dt.timedelta(1)

    def told(self, why: str, told_by: str = "clinic", words: str = "") -> None:
        """Something was said of the clinic."""
        with self.catalogue.writing() as session:
            session.add(VerificationTask(facility_id=1, why=why, told_by=told_by, words=words, opened_at=present()))


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    made = Center(load_settings({"DIRECTORY_HOME": str(tmp_path)}))
    yield made
    made.catalogue.close()


def text(client: FlaskClient, address: str) -> str:
    page = re.sub(r"<[^>]+>", " ", client.get(address, follow_redirects=True).get_data(as_text=True))
    return " ".join(page.split())


def sent(client: FlaskClient, address: str, **fields: str | list[str]) -> int:
    page = client.get("/staff/account").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post(address, data={"csrf_token": token, **fields}).status_code


def test_from_the_call_list_to_the_page_families_see_and_through_the_next_imports(center: Center) -> None:
    steward, family = center.steward(), center.app.test_client()
    listed = text(steward, LIST)
    assert "Quokka Infusion Center" in listed
    assert "Nobody has asked it yet" in listed
    assert sent(steward, f"{LIST}/1/take") == 303
    assert "Which" not in text(steward, f"{LIST}/1")
    assert "In which forms do you give it?" in text(steward, f"{LIST}/1")

    answers = {"how": "phone", "ketamine": "yes", "forms": ["iv", "im"], "new_patients": "yes", "wait_days": "14"}
    prices = {"price_treatment_from": "400", "price_treatment_to": "650", "right_phone": "yes", "note": "Ask for Zed"}
    assert sent(steward, f"{LIST}/1", **answers, **prices) == 303
    assert "1 clinic waits" not in text(steward, LIST)

    card = text(family, "/search?q=ketamine+46204")
    assert re.search(r"We called on \w+ \d+, \d{4}: offers ketamine infusion;.*? new patients in 2 weeks\.", card)
    page = text(family, "/clinic/1")
    assert "What does one treatment cost, in dollars, from and to? $400 to $650 We called on" in page
    result = family.get("/search.json?q=ketamine+46204").get_json()["results"][0]
    assert result["said"][0]["answers"]["wait_days"] == 14
    assert result["certainty"] == pytest.approx(0.5), "asked today, and only its ZIP is known"
    for public in (card, page, str(result)):
        assert "Zed" not in public
        assert "Nobody" not in public, "who asked"

    told = {"field": "phone", "value": "317-555-0177", "reason": "They said so"}
    assert sent(steward, "/staff/listings/1/correct", **told) == 303
    center.as_if_asked_yesterday()
    center.bring("2023", "MD", "MH")
    assert (center.facility().phone, center.facility().codes) == ("317-555-0177", ("KIT", "MD", "MH"))
    assert "No source says anything new" in text(steward, "/staff/listings/news")
    assert "corrected by our staff on" in text(family, "/clinic/1")
    center.bring("2024", "MD", "MH", phone="317-555-0188")
    assert "They say now 317-555-0188" in text(steward, "/staff/listings/news")
    assert "disagree" in text(steward, LIST), "the source no longer lists ketamine, the clinic said yes"
    assert sent(steward, "/staff/listings/corrections/1/keep") == 303
    center.bring("2025", "MD", phone="317-555-0188")
    assert "No source says anything new" in text(steward, "/staff/listings/news")
    assert center.facility().phone == "317-555-0177"

    center.bring("2025", "SA", "PI", phone="317-555-0190", source="samhsa-su")
    with center.catalogue.reading() as session:
        [other] = [row.id for row in session.get_one(Facility, 1).listings if row.source_id == "samhsa-su"]
    assert sent(steward, "/staff/listings/1/split", listing=[str(other)]) == 303
    assert center.facility(2).codes == ("PI", "SA")
    assert "two clinics" in text(steward, "/staff/listings/pairs")
    assert center.bring("2026", "SA", "MC", phone="317-555-0190", source="samhsa-su") == 0
    assert (center.facility(2).codes, center.facility().phone) == (("MC", "SA"), "317-555-0177")
    assert sent(steward, f"{LIST}/2", how="phone", wait_days="30") == 303
    assert sent(steward, "/staff/listings/pairs/1", judgement="same") == 303
    for page in ("/clinic", "/es/clinic", "/staff/clinic"):
        assert steward.get(f"{page}/2").location == f"{page}/1"
    result = family.get("/search.json?q=46204").get_json()["results"][0]
    assert [said["answers"].get("wait_days") for said in result["said"]] == [30, 14], "under the merged number too"
    assert sent(steward, "/staff/listings/pairs/1", judgement="take back") == 303
    assert family.get("/clinic/2").status_code == 200


def test_why_a_pair_is_doubtful_is_told_in_words_that_every_language_has() -> None:
    doubts = {rule.reason for rule in DECISION_TABLE if rule.verdict is Verdict.DOUBTFUL}
    assert doubts <= set(PAIR_REASONS)


def test_two_callers_never_get_the_same_clinic(center: Center) -> None:
    ada, ben = center.steward(), center.steward()
    with center.catalogue.writing() as session:
        session.add(
            VerificationClaim(facility_id=1, claimed_by="Somebody else", until=present() + dt.timedelta(minutes=20))
        )
    assert "is being called by somebody else" in text(ada, LIST)
    assert "Somebody else is calling this clinic right now" in text(ben, f"{LIST}/1")
    sent(ada, f"{LIST}/1/take")
    with center.catalogue.reading() as session:
        assert session.get_one(VerificationClaim, 1).claimed_by == "Somebody else"


def test_a_missed_call_puts_the_clinic_off_and_three_are_an_answer(center: Center) -> None:
    steward = center.steward()
    assert sent(steward, f"{LIST}/1/no-answer", outcome="missed") == 303
    assert "Nobody waits to be asked" in text(steward, LIST)
    for _ in range(2):
        sent(steward, f"{LIST}/1/no-answer", outcome="missed")
    assert "Could the clinic be reached? No We last called on" in text(center.app.test_client(), "/clinic/1")
    assert sent(steward, f"{LIST}/1/no-answer", outcome="answered") == 400


def test_a_call_without_an_answer_or_with_an_impossible_one_is_refused_and_nothing_is_lost(center: Center) -> None:
    steward = center.steward()
    assert sent(steward, f"{LIST}/1", how="phone") == 422
    assert sent(steward, f"{LIST}/1", how="phone", wait_days="9999") == 422
    assert center.facility().verified_on is None


def test_what_was_said_is_on_the_list_with_its_words_and_can_be_put_aside(center: Center) -> None:
    center.told("wrong phone", "public", "Rings at a bakery")
    center.told("no longer offers ketamine")
    steward = center.steward()
    listed = text(steward, LIST)
    assert "Somebody reported: The phone number is wrong" in listed
    assert "Rings at a bakery" in listed
    assert "The clinic said it no longer offers ketamine" in listed
    assert sent(steward, f"{LIST}/tasks/1/close") == 303
    assert "bakery" not in text(steward, LIST)
    with center.catalogue.reading() as session:
        assert session.get_one(VerificationTask, 1).words == "", "what the public wrote is not kept longer than needed"
    assert sent(steward, f"{LIST}/tasks/1/close") == 404


@pytest.mark.parametrize(("status", "shown"), [("closed", "has closed"), ("moved", "has moved")])
def test_a_closed_clinic_leaves_the_results_and_staff_see_why(center: Center, status: str, shown: str) -> None:
    steward, family = center.steward(), center.app.test_client()
    assert sent(steward, "/staff/listings/1/status", status=status, because="The door was locked") == 303
    assert family.get("/search.json?q=ketamine+46204").get_json()["total"] == 0
    page = text(family, "/clinic/1")
    assert f"We found that this clinic {shown}" in page
    assert "locked" not in page
    assert "The door was locked" in text(steward, "/staff/listings/1/correct")
    intake = signed_in(center.app.test_client(), add_person(center.settings, Role.INTAKE))
    told = text(intake, "/staff/clinic/1")
    assert re.search(f"It {shown}\\. .+ noted it on .+, \\d{{4}}\\. “The door was locked”", told)
    assert "clinic=1" not in intake.get("/staff/clinic/1").get_data(as_text=True), "nobody is referred there"
    assert "Correct the listing" not in told, "intake does not keep the listings"


def test_a_clinic_that_does_not_offer_it_after_all_leaves_the_results_of_ketamine(center: Center) -> None:
    steward = center.steward()
    assert sent(steward, "/staff/listings/1/status", status="no ketamine", because="The doctor left") == 303
    assert center.facility().codes == ("MD", "MH")
    page = text(steward, "/staff/clinic/1")
    assert re.search(r"does not offer ketamine infusion after all\. .+ noted it on .+ “The doctor left”", page)
    center.bring("2023", "KIT", "MD")
    assert center.facility().codes == ("MD",)


def test_a_steward_goes_from_a_clinic_to_its_call_its_corrections_and_its_parts(center: Center) -> None:
    steward = center.steward()
    assert "It has closed" not in text(steward, "/staff/clinic/1")
    assert "Take apart" not in text(steward, "/staff/clinic/1"), "one listing cannot be two clinics"
    center.bring("2023", "MD", source="samhsa-su")
    page = steward.get("/staff/clinic/1").get_data(as_text=True)
    for address in (f"{LIST}/1", "/staff/listings/1/correct", "/staff/listings/1/split"):
        assert f'href="{address}"' in page
        assert steward.get(address).status_code == 200


def test_the_quality_page_says_who_was_asked_and_which_source_was_right(center: Center) -> None:
    steward = center.steward()
    sent(steward, f"{LIST}/1", how="phone", ketamine="no", right_phone="yes")
    page = text(steward, "/staff/listings/quality")
    assert "1 of 1 (100%)" in page
    assert "Ketamine infusion 0 of 1 (0%)" in page


def test_intake_does_not_answer_for_clinics(center: Center) -> None:
    intake = signed_in(center.app.test_client(), add_person(center.settings, Role.INTAKE))
    for address in (LIST, f"{LIST}/1", "/staff/listings/pairs", "/staff/listings/news", "/staff/listings/quality"):
        assert intake.get(address).status_code == 403
