"""The address alone says which language a page speaks, and every page leads to itself in the other one."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

PAGES = ("/", "/search?q=ketamine+46204&offers=MD&offers=TMS", "/clinic/1", "/learn", "/learn/how-it-works", "/privacy")


def language_of(page: str) -> str:
    found = re.search(r'<html lang="(\w+)"', page)
    assert found, page[:200]
    return found[1]


def switch_of(page: str) -> str:
    found = re.search(r'<a class="language" href="([^"]+)" lang="(\w\w)" hreflang="\2">', page)
    assert found, "no switch of language"
    return unescape(found[1])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_speaks_english_at_the_root_and_spanish_below_es(client: FlaskClient, path: str) -> None:
    assert language_of(client.get(path).text) == "en"
    assert language_of(client.get(f"/es{path}").text) == "es"


@pytest.mark.parametrize("path", PAGES)
def test_the_switch_leads_to_the_same_page_with_the_same_query_and_back(client: FlaskClient, path: str) -> None:
    spanish = switch_of(client.get(path).text)
    assert spanish == f"/es{path}"
    assert switch_of(client.get(spanish).text) == path


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_stays_in_its_language_but_for_the_switch(client: FlaskClient, path: str) -> None:
    page = client.get(f"/es{path}").text
    links = {unescape(link) for link in re.findall(r'(?:href|action)="(/[^"]*)"', page)}
    outside = {link for link in links if not link.startswith(("/es/", "/assets/"))}
    assert outside <= {path}
    assert len(links) > 5


def test_style_sheets_and_scripts_are_the_same_in_all_languages(client: FlaskClient) -> None:
    english, spanish = client.get("/").text, client.get("/es/").text
    assets = re.compile(r'"(/assets/[^"]+)"')
    assert assets.findall(english) == assets.findall(spanish) != []


def test_the_address_of_a_language_without_its_slash_leads_to_the_home_page(client: FlaskClient) -> None:
    answer = client.get("/es?from=card")
    assert (answer.status_code, answer.location) == (308, "/es/?from=card")


def test_a_path_that_merely_begins_alike_is_not_spanish(client: FlaskClient) -> None:
    answer = client.get("/escape")
    assert answer.status_code == 404
    assert language_of(answer.text) == "en"


@pytest.mark.parametrize("path", ["/es/no-such-page", "/es/clinic/999999", "/es/learn/no-such-page"])
def test_an_error_is_told_in_the_language_of_its_address(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert language_of(answer.text) == "es"
    assert switch_of(answer.text) == path.removeprefix("/es")


def test_a_method_nobody_offers_is_refused_in_spanish_without_a_switch_to_nowhere(client: FlaskClient) -> None:
    answer = client.post("/es/healthz")
    assert answer.status_code == 405
    assert language_of(answer.text) == "es"


def test_search_engines_are_told_of_both_languages(client: FlaskClient) -> None:
    for path in ("/learn/spravato", "/es/learn/spravato"):
        alternates = dict(
            re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="([^"]+)">', client.get(path).text)
        )
        assert {code: address.partition(":5000")[2] for code, address in alternates.items()} == {
            "en": "/learn/spravato", "es": "/es/learn/spravato", "x-default": "/learn/spravato",
        }  # fmt: skip


def test_the_language_survives_a_proxy_that_serves_the_site_below_a_path(app: Flask) -> None:
    page = app.test_client().get("/es/learn", environ_overrides={"SCRIPT_NAME": "/directory"}).text
    assert 'href="/directory/es/learn/how-it-works"' in page
    assert 'href="/directory/learn"' in page
    assert '"/directory/assets/' in page


@pytest.mark.parametrize("words", ["cuánto+cuesta+la+ketamina", "cuales+son+los+riesgos", "¿la+paga+el+seguro?"])
def test_a_spanish_question_finds_spanish_pages_wherever_it_is_asked(client: FlaskClient, words: str) -> None:
    for top in ("", "/es"):
        page = client.get(f"{top}/search?q={words}").text
        found = re.findall(r'<h\d[^>]*><a href="([^"]*/learn/[^"]+)"', page)
        assert found
        assert all(address.startswith("/es/learn/") for address in found)


def test_an_english_question_finds_english_pages_at_the_root_and_spanish_ones_below_es(client: FlaskClient) -> None:
    for top in ("", "/es"):
        page = client.get(f"{top}/search?q=what+are+the+risks+of+ketamine").text
        found = re.findall(r'<h\d[^>]*><a href="([^"]*/learn/[^"]+)"', page)
        assert found
        assert all(address.startswith(f"{top}/learn/") for address in found)


def test_what_was_understood_services_and_states_are_spanish_too(client: FlaskClient) -> None:
    page = client.get("/es/search?q=ketamine+in+North+Carolina+within+60+miles+no+methadone+that+takes+cash").text
    chips = re.findall(r'<li class="chip[^"]*">.*?<span>([^<]+)</span>', page)
    assert chips == [
        "Carolina del Norte", "A 60 millas o menos", "Infusión de ketamina", "No: Metadona", "Efectivo o pago propio",
    ]  # fmt: skip


def test_no_language_sets_a_cookie_or_varies_by_one(client: FlaskClient) -> None:
    for path in PAGES:
        answer = client.get(f"/es{path}", headers={"Cookie": "language=en", "Accept-Language": "en"})
        assert language_of(answer.text) == "es"
        assert "Set-Cookie" not in answer.headers
