"""A list is passed on by its place and its filters, never by what somebody typed, unless they choose to."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from flask.testing import FlaskClient


def link_in(page: str) -> str:
    found = re.search(r'value="([^"]*)" data-link', page)
    assert found
    return unescape(found[1])


def clinics_in(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/clinic/(\d+)', page)


@pytest.mark.parametrize(
    "asked",
    [
        "q=ketamine+near+Fort+Wayne+that+takes+Medicaid",
        "q=my+sister+needs+ketamine+within+200+miles+of+46204",
        "q=clinics+in+Indiana&offers=MD&plain=KIT&sort=name",
        "q=Toledo&plain=KIT",
        "near=Dayton,+OH&verified=365",
    ],
)
def test_the_link_shows_the_same_clinics_and_none_of_the_words(client: FlaskClient, asked: str) -> None:
    link = link_in(client.get(f"/share?{asked}&keep=4").get_data(as_text=True))
    assert "q=" not in link
    assert "keep=" not in link
    own = clinics_in(client.get(f"/search?{asked}").get_data(as_text=True))
    assert clinics_in(client.get(link.removeprefix("http://localhost")).get_data(as_text=True)) == own
    assert own


def test_the_words_go_along_only_when_they_are_asked_to(client: FlaskClient) -> None:
    asked = "/share?q=my+sister+near+Toledo"
    assert "sister" not in link_in(client.get(asked).get_data(as_text=True))
    page = client.get(f"{asked}&words=1").get_data(as_text=True)
    assert "sister" in link_in(page)
    assert "Your words: “my sister near Toledo”" in page


@pytest.mark.parametrize("words", ["", "&words=1"])
def test_a_location_becomes_the_zip_code_around_it(client: FlaskClient, words: str) -> None:
    link = link_in(client.get(f"/share?q=ketamine&near=39.77,-86.16{words}").get_data(as_text=True))
    assert re.search(r"near=462\d\d\b", link)
    assert "39.77" not in link


def test_the_list_as_a_file_says_what_the_cards_say(client: FlaskClient) -> None:
    response = client.get("/search.csv?q=ketamine+near+Fort+Wayne&page=3")
    assert response.mimetype == "text/csv"
    assert response.headers["Cache-Control"] == "no-store"
    lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))
    assert lines[0]["Name"] == "Paper Boat Made-Up Clinic 1"
    assert lines[0]["Page"] == "http://localhost/clinic/1"
    assert "Ketamine infusion" in lines[0]["Offers"]
    assert lines[0]["Listed by"] == "Listed by SAMHSA, 2023 edition"


def test_a_file_holds_the_whole_list_and_not_one_page_of_it(client: FlaskClient) -> None:
    text = client.get("/search.csv?q=clinics&plain=KIT").get_data(as_text=True)
    assert len(list(csv.DictReader(io.StringIO(text)))) == 30
