"""Every page of the site answers, is well formed, keeps to the security policy and carries the crisis line."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import flask
import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment

from directory.application import build
from directory.config import TEMPLATES, DevelopmentSettings, Settings
from directory.pages.assets import BASE, FILES
from directory.pages.record_number import record_number
from directory.pages.security import CONTENT_SECURITY_POLICY

PAGES = {
    "/": 200,
    "/search?q=ketamine+near+Fort+Wayne": 200,
    "/search?q=Fort+Wayne&page=2": 200,
    "/search?q=clinics+in+Indiana&offers=MD&offers=TMS&radius=100&sort=name": 200,
    "/search?q=spravato+near+Toledo": 200,
    "/search?q=ketamine+near+me": 200,
    "/search?q=is+ketamine+approved+by+the+fda": 200,
    "/search?q=i+dont+want+to+live+anymore": 200,
    "/search?q=zzyzxq+xqzzy": 200,
    "/search?q=clinic+in+Springfield": 200,
    "/search?near=41.0793,-85.1394": 200,
    "/search": 200,
    "/clinic/1": 200,
    "/clinic/1/report": 200,
    "/clinic/4": 200,
    "/clinic/30": 200,
    "/search?q=46204&keep=1&keep=2": 200,
    "/share?q=ketamine+near+Fort+Wayne": 200,
    "/share?near=41.08,-85.14&words=1&q=ketamine": 200,
    "/clinic/1?keep=2": 200,
    "/shortlist": 200,
    "/shortlist?clinic=1&clinic=4&clinic=999999&near=46204": 200,
    "/compare": 200,
    "/compare?clinic=1": 200,
    "/compare?clinic=1&clinic=2&clinic=3&clinic=30&clinic=5&near=46204": 200,
    "/learn": 200,
    "/learn/how-it-works": 200,
    "/learn/crisis-help": 200,
    "/learn/words": 200,
    "/learn/talk-it-over": 200,
    "/about/accessibility": 200,
    "/about-the-data": 200,
    "/privacy": 200,
    "/offline": 200,
    "/no-such-page": 404,
    "/clinic/999999": 404,
    "/clinic/99999999999": 404,
    "/clinic/99999999999999999999": 404,
    "/clinic/99999999999999999999/report": 404,
    "/compare?keep=99999999999999999999": 200,
    "/learn/no-such-page": 404,
}
# Facts for search engines are data: no browser runs them.
INLINE = re.compile(
    r"""<style|\sstyle=|\son[a-z]+=|javascript:|<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)""",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_well_formed_html(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == PAGES[path]
    html5lib.HTMLParser(strict=True).parse(response.get_data(as_text=True))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_the_crisis_line_and_says_who_does_not_treat(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    for link in ('href="tel:988"', 'href="sms:988"', 'href="tel:911"', "data-leave"):
        assert link in page
    assert "does not offer ketamine treatment" in page
    assert "All clinics are made up" in page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_refuses_what_is_not_ours(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers
    assert not INLINE.search(response.get_data(as_text=True))


def test_every_public_template_is_shown_by_some_page(
    app: Flask,
    client: FlaskClient,
    client_without_index: FlaskClient,
    filled_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: set[str | None] = set()
    get_template = Environment._load_template

    def note(self: Environment, name: str, environment_globals: object) -> object:
        seen.add(name)
        return get_template(self, name, environment_globals)  # type: ignore[arg-type]

    monkeypatch.setattr(Environment, "_load_template", note)
    for path in PAGES:
        client.get(path)
    client.post("/search")
    client_without_index.get("/search?q=ketamine")
    shown = dataclasses.replace(filled_settings, development=DevelopmentSettings(design_page=True))
    build(shown).test_client().get("/design")
    with app.test_request_context("/"):
        for page in ("errors/400.html", "errors/500.html"):
            flask.render_template(page)
    names = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    # Diagrams have templates of their own, and most are drawn when the pages to read are loaded.
    drawn = {path.name for path in (TEMPLATES / "diagrams").iterdir()}
    assert {name for name in names if not name.startswith(("desk/", "reply/", "diagrams/"))} == seen - drawn


def test_a_wrong_method_is_answered_kindly_and_names_the_right_ones(client: FlaskClient) -> None:
    response = client.post("/search")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "988" in response.get_data(as_text=True)


def test_without_an_index_the_search_says_so_and_the_reading_pages_stay(client_without_index: FlaskClient) -> None:
    response = client_without_index.get("/search?q=46204")
    assert response.status_code == 503
    assert "being prepared" in response.get_data(as_text=True)
    assert client_without_index.get("/learn").status_code == 200


def test_what_was_searched_or_looked_at_is_kept_by_no_cache(client: FlaskClient) -> None:
    for path in ("/search?q=46204", "/search.json?q=46204", "/clinic/1", "/shortlist?clinic=1", "/compare?clinic=1"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", [*FILES, BASE])
def test_every_asset_is_served_from_here_and_kept_for_good_in_its_edition(
    app: Flask, client: FlaskClient, name: str
) -> None:
    with app.test_request_context("/"):
        address = app.jinja_env.globals["asset_url"](name)  # type: ignore[operator]
    response = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.status_code == 200
    assert response.headers.get("Content-Encoding") == (None if name.endswith(".png") else "gzip")
    assert "immutable" in response.headers["Cache-Control"]
    assert client.get(f"/assets/old/{name}").headers["Cache-Control"] == "no-cache"


def test_an_asset_that_is_not_on_the_list_is_not_served(client: FlaskClient) -> None:
    for name in ("../config.py", "settings.toml", "outlines/README.md", "leaflet-src.js"):
        assert client.get(f"/assets/x/{name}").status_code == 404


def test_the_shapes_of_the_states_stay_small() -> None:
    states: Path = FILES["outlines/states.json"]
    assert states.stat().st_size < 152_000


def test_search_engines_are_kept_from_pages_that_hold_a_place(client: FlaskClient) -> None:
    assert "Disallow: /search" in client.get("/robots.txt").get_data(as_text=True)
    assert 'content="noindex"' in client.get("/search?q=46204").get_data(as_text=True)


def test_health_is_told_without_asking_the_catalogue(client_without_index: FlaskClient) -> None:
    assert client_without_index.get("/healthz").get_data(as_text=True) == "ok\n"


def test_the_page_of_components_is_there_only_where_the_settings_ask_for_it(
    client: FlaskClient, filled_settings: Settings
) -> None:
    assert client.get("/design").status_code == 404
    shown = dataclasses.replace(filled_settings, development=DevelopmentSettings(design_page=True))
    page = build(shown).test_client().get("/design")
    assert page.status_code == 200
    html5lib.HTMLParser(strict=True).parse(page.get_data(as_text=True))
    assert not INLINE.search(page.get_data(as_text=True))


@pytest.mark.parametrize("said", ["99999999999", "2147483648", "-1", "1e9", "٣"])
def test_a_number_in_a_query_that_no_record_can_have_is_none(said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        record_number(said)
    assert record_number("2147483647") == 2**31 - 1
