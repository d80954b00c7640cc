"""A shortlist lives in its address: it can be shared, shortened and measured, and says nothing of whose it is."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from directory.pages.address import LARGEST_ID, MOST_ON_SHORTLIST, clinic_ids


def names_in(page: str) -> list[str]:
    return re.findall(r'<h2 class="h3"><a href="[^"]*">(.*?)</a>', page)


def test_the_clinics_of_the_address_stand_in_its_order(client: FlaskClient) -> None:
    page = client.get("/shortlist?clinic=2&clinic=1").get_data(as_text=True)
    assert names_in(page) == ["Tin Whistle Made-Up Clinic 2", "Paper Boat Made-Up Clinic 1"]


def test_one_taken_off_leaves_the_others(client: FlaskClient) -> None:
    page = client.get("/shortlist?clinic=1&clinic=2").get_data(as_text=True)
    address = re.search(r'href="([^"]*)" data-take-off="1"', page)
    assert address
    assert names_in(client.get(unescape(address[1])).get_data(as_text=True)) == ["Tin Whistle Made-Up Clinic 2"]


def test_the_link_that_is_passed_on_says_which_clinics_and_not_where_somebody_is(client: FlaskClient) -> None:
    page = client.get("/shortlist?clinic=1&clinic=2&near=46204").get_data(as_text=True)
    link = re.search(r'value="([^"]*)" data-link', page)
    assert link
    assert unescape(link[1]) == "http://localhost/shortlist?clinic=1&clinic=2"
    assert 'class="distance"' in page


def test_a_clinic_that_is_gone_is_said_to_be(client: FlaskClient) -> None:
    page = client.get("/shortlist?clinic=1&clinic=999999").get_data(as_text=True)
    assert "Some clinics of this list are no longer in the directory." in page


def test_an_empty_list_says_how_to_fill_it(client: FlaskClient) -> None:
    page = client.get("/shortlist").get_data(as_text=True)
    assert "On my shortlist" in page
    assert 'name="q"' in page


def test_without_scripts_the_list_is_carried_through_a_search_to_a_clinic(client: FlaskClient) -> None:
    page = client.get("/search?q=ketamine+near+Fort+Wayne&keep=3&keep=1").get_data(as_text=True)
    assert re.search(r'name="clinic" value="1" form="shortlist-form"[^>]* checked', page)
    assert '<input type="hidden" name="keep" value="3">' in page
    assert 'href="/clinic/1?keep=3&amp;keep=1"' in page
    clinic = client.get("/clinic/1?keep=3").get_data(as_text=True)
    assert '<input type="hidden" name="clinic" value="3">' in clinic


@given(st.lists(st.one_of(st.text(max_size=12), st.integers(-5, 10**12).map(str))))
def test_whatever_an_address_holds_becomes_a_list_that_fits_on_paper(texts: list[str]) -> None:
    ids = clinic_ids(texts)
    assert len(ids) == len(set(ids)) <= MOST_ON_SHORTLIST
    assert all(0 < each <= LARGEST_ID for each in ids)


@pytest.mark.parametrize("path", ["/shortlist", "/compare"])
@pytest.mark.parametrize("query", ["clinic=99999999999999999999", "clinic=x&near=%00", "clinic=-1&near=zzyzxq"])
def test_nonsense_in_the_address_is_no_error(client: FlaskClient, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 200


def test_miles_are_asked_for_on_the_list_and_are_in_no_link_of_it(client: FlaskClient) -> None:
    plain = client.get("/shortlist?clinic=1&clinic=2").get_data(as_text=True)
    assert "How far are they from you?" in plain
    assert 'class="distance"' not in plain
    near = client.get("/shortlist?clinic=1&clinic=2&near=46802").get_data(as_text=True)
    assert near.count('class="distance"') == 2
    assert not re.search(r'data-link[^>]*46802|value="http[^"]*46802', near)


def test_a_place_nobody_knows_is_said_so_beside_its_box(client: FlaskClient) -> None:
    page = client.get("/shortlist?clinic=1&near=Xyzzyville").get_data(as_text=True)
    assert "We do not know that place." in page
    assert 'value="Xyzzyville"' in page
