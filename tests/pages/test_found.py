"""Pages say what they are to search engines and to people they are sent to; what holds a place is not to be found."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import html5lib
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from watching import opened

from directory.pages.language import LANGUAGES, PREFIXES

FOUND = ("/", "/learn", "/learn/spravato", "/clinic/1", "/about-the-data", "/privacy")
HIDDEN = ("/search?q=46204", "/shortlist?clinic=1", "/compare?clinic=1&clinic=2", "/offline", "/staff/sign-in")


def meta(page: str, name: str) -> str:
    found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)">', page)
    return unescape(found[1]) if found else ""


def facts(page: str) -> list[dict[str, Any]]:
    return [json.loads(found) for found in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", FOUND)
def test_a_page_to_be_found_says_what_it_is_in_its_language(client: FlaskClient, path: str, language: str) -> None:
    page = client.get(PREFIXES[language] + path).text
    title = re.search(r"<title>(.*?) · ", page)
    assert title
    assert meta(page, "og:title") == unescape(title[1])
    assert meta(page, "og:description") == meta(page, "description") != ""
    assert len(meta(page, "description")) <= 200
    assert meta(page, "og:locale") == f"{language}_US"
    assert meta(page, "og:url").endswith(f":5000{PREFIXES[language]}{path}")
    assert "noindex" not in page
    picture = meta(page, "og:image")
    assert client.get(picture.partition(":5000")[2]).data.startswith(b"\x89PNG")


def test_no_two_pages_have_the_same_title_or_description(client: FlaskClient) -> None:
    pages = [client.get(path).text for path in FOUND]
    assert len({meta(page, "og:title") for page in pages}) == len(FOUND)
    assert len({meta(page, "description") for page in pages}) >= len(FOUND) - 1


@pytest.mark.parametrize("path", HIDDEN)
def test_a_page_that_holds_a_choice_or_a_place_is_not_to_be_found(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert '<meta name="robots" content="noindex">' in page
    assert "?" not in meta(page, "og:url")
    robots = client.get("/robots.txt").text
    for prefix in PREFIXES.values():
        assert f"Disallow: {prefix}{path.partition('?')[0].removesuffix('/sign-in')}\n" in robots


def test_a_clinic_is_a_medical_clinic_with_what_its_listing_says_and_no_more(client: FlaskClient) -> None:
    (clinic,) = facts(client.get("/clinic/1").text)
    assert clinic["@type"] == "MedicalClinic"
    assert clinic["address"]["streetAddress"] == "100 Invented Street"
    assert {"@type": "MedicalTherapy", "name": "Ketamine infusion"} in clinic["availableService"]
    (withheld,) = facts(client.get("/es/clinic/4").text)
    assert "streetAddress" not in withheld["address"]
    assert {"@type": "MedicalTherapy", "name": "Infusión de ketamina"} in withheld["availableService"]


def test_a_page_to_read_is_a_medical_web_page_with_its_review_and_sources(client: FlaskClient) -> None:
    (page,) = facts(client.get("/es/learn/spravato").text)
    assert (page["@type"], page["inLanguage"]) == ("MedicalWebPage", "es")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page["lastReviewed"])
    assert page["citation"]


def test_facts_cannot_break_out_of_their_place(client: FlaskClient) -> None:
    for path in FOUND:
        html5lib.HTMLParser(strict=True).parse(client.get(path).text)


@pytest.mark.browser
def test_facts_for_machines_do_not_offend_the_policy(browser: Browser, address: str) -> None:
    watched = opened(browser, address)
    for path in ("/", "/clinic/1", "/learn/spravato"):
        watched.open(path)
    assert watched.complaints == []
    watched.page.context.close()


def test_the_sitemap_has_what_is_for_all_and_clinics_with_ketamine_in_both_languages(client: FlaskClient) -> None:
    sitemap = client.get("/sitemap.xml").text
    addresses = re.findall(r"<loc>[^<]*:5000([^<]*)</loc>", sitemap)
    assert {"/", "/es/", "/learn/spravato", "/es/learn/spravato", "/privacy", "/clinic/1"} <= set(addresses)
    assert "/clinic/30" not in addresses
    for path in addresses:
        assert client.get(path).status_code == 200
        assert not path.startswith(("/search", "/es/search", "/staff"))
    assert "Sitemap: http://127.0.0.1:5000/sitemap.xml" in client.get("/robots.txt").text
