"""What a list of results says: chips that come off, honest distances, filters, and where a listing is from."""

from __future__ import annotations

import json
import re
from html import unescape

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from directory.pages.address import SearchAddress, rounded
from directory.pages.wording import distance, edition_words, phone_link


def chips_of(page: str) -> dict[str, str]:
    """Label and address of every removable chip."""
    found = re.findall(r'<li class="chip .*?<span>(.*?)</span><a class="chip-off" href="(.*?)"', page, re.DOTALL)
    return {label: unescape(address) for label, address in found}


def test_a_chip_taken_off_gives_its_words_back(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+near+Fort+Wayne+that+takes+Medicaid").get_data(as_text=True)
    without_medicaid = chips_of(page)["Medicaid"]
    assert "plain=Medicaid" in without_medicaid
    assert not any("Medicaid" in label for label in chips_of(client.get(without_medicaid).get_data(as_text=True)))


def test_the_assumed_treatment_can_be_taken_off(client: FlaskClient) -> None:
    page = client.get("/search?q=Fort+Wayne").get_data(as_text=True)
    assert "chip-assumed" in page
    every_clinic = chips_of(page)["Ketamine infusion"]
    assert "chip-assumed" not in client.get(every_clinic).get_data(as_text=True)


def test_what_was_said_twice_is_one_chip_and_comes_off_as_one(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+near+Toledo+OH,+cigna+or+humana").get_data(as_text=True)
    assert page.count("Take off “Private insurance”") == 1
    without = client.get(chips_of(page)["Private insurance"]).get_data(as_text=True)
    assert "Private insurance" not in chips_of(without)


def test_what_was_picked_beside_the_text_is_a_chip_too(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine&near=Toledo,+OH&radius=25&offers=MD").get_data(as_text=True)
    chips = chips_of(page)
    assert "near=" not in chips["Toledo, OH"]
    assert "radius=" not in chips["Within 25 miles"]
    assert "offers=" not in chips["Medicaid"]


def test_a_question_that_seeks_no_clinic_lists_none_and_says_how_to_look_for_one(client: FlaskClient) -> None:
    page = client.get("/search?q=what+is+off-label").get_data(as_text=True)
    assert "/learn/fda-approval-and-off-label" in page
    assert 'class="cards"' not in page
    assert "/search?q=ketamine" in page


def test_a_widened_list_says_so_and_marks_what_lies_beyond(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+near+Fort+Wayne").get_data(as_text=True)
    assert "Only 1 within 50 miles of Fort Wayne, IN." in page
    assert "Farther than 50 miles" in page


def test_a_clinic_without_a_street_says_so_and_its_distance_is_about(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+near+Louisville").get_data(as_text=True)
    assert "street not published" in page
    assert "about" in page
    assert "The clinic does not publish its street; it is in ZIP 40202." in client.get("/clinic/4").get_data(
        as_text=True
    )


def test_every_fact_of_a_clinic_names_its_source(client: FlaskClient) -> None:
    page = client.get("/clinic/1").get_data(as_text=True)
    assert "Ketamine infusion: SAMHSA, 2023 edition." in page
    facts = re.findall(r"<dt>[^<]+</dt><dd>.*?</dd></div>", page, re.DOTALL)
    stated = [fact for fact in facts if "muted" in fact]
    assert len(stated) >= 6
    assert all("SAMHSA, 2023 edition" in fact for fact in stated)


def test_codes_never_show(client: FlaskClient) -> None:
    for path in ("/clinic/1", "/search?q=46802"):
        tree = html5lib.parse(client.get(path).get_data(as_text=True), namespaceHTMLElements=False)
        text = " ".join(tree.find("body").itertext())
        assert not re.search(r"\b(KIT|PAY|TAP|ADLT|samhsa-mh)\b", text)


def test_words_of_crisis_put_help_before_everything_else(client: FlaskClient) -> None:
    page = client.get("/search?q=i+dont+want+to+live+anymore").get_data(as_text=True)
    assert "crisis-help" in page
    assert page.index("crisis-help") < page.index("data-search")


def test_a_question_leads_with_pages_to_read(client: FlaskClient) -> None:
    page = client.get("/search?q=is+ketamine+approved+by+the+fda").get_data(as_text=True)
    assert "<h1" in page
    assert page.index("/learn/fda-approval-and-off-label") < page.index("results-head")


def test_the_same_answer_as_json(client: FlaskClient) -> None:
    answer = json.loads(client.get("/search.json?q=ketamine+near+Fort+Wayne").data)
    assert answer["question"]["place"]["label"] == "Fort Wayne, IN"
    assert answer["results"][0]["city"] == "Fort Wayne"
    assert answer["widened"] is True


def test_filters_chosen_stay_chosen_and_those_understood_are_not_sent_twice(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+in+Indiana&offers=MD").get_data(as_text=True)
    assert re.search(r'name="offers" value="MD"[^>]* checked', page)
    assert not re.search(r'name="offers" value="KIT"', page)


def test_typed_markup_is_shown_as_typed(client: FlaskClient) -> None:
    page = client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E+{{7*7}}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "{{7*7}}" in page


@given(
    st.dictionaries(st.sampled_from(["q", "near", "radius", "offers", "plain", "sort", "page"]), st.text(max_size=60))
)
def test_any_address_can_be_read_and_written_back(values: dict[str, str]) -> None:
    address = SearchAddress.parse(MultiDict(values))
    assert SearchAddress.parse(MultiDict(address.fields())) == SearchAddress.parse(
        MultiDict({**dict(address.fields())})
    )
    assert 1 <= address.page <= 10_000


@settings(max_examples=25)
@given(text=st.text(max_size=200), near=st.text(max_size=40))
def test_whatever_is_typed_gets_a_page(app: Flask, text: str, near: str) -> None:
    response = app.test_client().get("/search", query_string={"q": text, "near": near})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("miles", "precision", "words"),
    [
        (12.34, "street", "12.3 miles"),
        (12.34, "zip", "about 12 miles"),
        (0.3, "zip", "about a mile or less"),
        (0.04, "street", "less than 0.1 mile"),
        (None, "street", ""),
    ],
)
def test_a_distance_is_as_exact_as_we_know_it(app: Flask, miles: float | None, precision: str, words: str) -> None:
    with app.test_request_context("/"):
        assert distance(miles, precision) == words


@pytest.mark.parametrize(
    ("printed", "dialled"),
    [
        ("317-555-0100", "tel:+13175550100"),
        ("317-555-0100 x12", "tel:+13175550100,12"),
        ("800-555-HOPE", "tel:+18005554673"),
    ],
)
def test_a_printed_phone_can_be_dialled(printed: str, dialled: str) -> None:
    assert phone_link(printed) == dialled


@pytest.mark.parametrize(("edition", "words"), [("2023", "2023 edition"), ("2026-11-03", "read on November 3, 2026")])
def test_an_edition_is_said_as_people_say_it(app: Flask, edition: str, words: str) -> None:
    with app.test_request_context("/"):
        assert edition_words(edition) == words


def test_a_place_is_kept_and_a_point_is_rounded() -> None:
    assert rounded("Fort Wayne, IN") == "Fort Wayne, IN"
    assert rounded("39.768403, -86.158068") == "39.77,-86.16"


def test_a_state_with_few_clinics_is_filled_up_from_its_neighbours(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+in+Kentucky").get_data(as_text=True)
    assert "Only 1 in Kentucky." in page
    assert "Outside Kentucky" in page
