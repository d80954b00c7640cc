"""Every promise of the privacy page is one that the program keeps, and every promise that is checked stands there."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from watching import Watched, opened

from directory.config import Settings
from directory.pages.language import PREFIXES

pytestmark = pytest.mark.browser

POSITION = {"latitude": 41.079273, "longitude": -85.139351}
SAMPLES = {"facility_id": "1", "slug": "crisis-help"}
# Files and what programs read; everything else that is public is visited.
# Asked for as programs do; a browser would save them.
FILES = (".csv", ".txt", ".xml", ".json", ".js", ".webmanifest")
NOT_VISITED = {"assets.show"}
SEARCH = "/search?q=quetzalcanary+near+Fort+Wayne"


def public_paths(app: Flask) -> list[str]:
    """Every public page, with a sample where its address has a part that varies."""
    guards = app.extensions["directory.guards"]
    paths = []
    for rule in app.url_map.iter_rules():
        if guards[rule.endpoint].door != "public" or "GET" not in (rule.methods or ()) or rule.endpoint in NOT_VISITED:
            continue
        if rule.rule.startswith(("/staff", "/reply")):
            continue
        assert rule.arguments <= SAMPLES.keys(), f"{rule.rule} needs a sample to be visited"
        paths.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda part: SAMPLES[part[1]], rule.rule))
    return [*paths, SEARCH, "/search?near=46204&offers=MD", "/shortlist?clinic=1", "/no-such-page"]


@pytest.mark.parametrize("language", PREFIXES)
def test_no_public_page_calls_another_site_or_leaves_a_cookie(
    app: Flask, browser: Browser, address: str, language: str
) -> None:
    watched = opened(browser, address)
    cookies: list[str] = []
    watched.page.on("response", lambda answer: cookies.extend(answer.headers.get("set-cookie", "").split("\n")))
    for path in public_paths(app):
        if path.endswith(FILES):
            watched.page.request.get(f"{address}{PREFIXES[language]}{path}")
        else:
            watched.page.goto(f"{address}{PREFIXES[language]}{path}")
            watched.page.wait_for_load_state("load")
    watched.page.wait_for_timeout(2000)
    assert watched.hosts == {urlsplit(address).netloc}
    assert watched.page.context.cookies() == []
    assert [cookie for cookie in cookies if cookie] == []
    watched.page.context.close()


class Visit:
    """What a check of a promise has to work with."""

    def __init__(self, browser: Browser, address: str, client: FlaskClient, settings: Settings) -> None:
        self.browser, self.address, self.client, self.settings = browser, address, client, settings

    def opened(self, **options: object) -> Watched:
        watched = opened(self.browser, self.address, **options)
        leave = f"{self.settings.center.leave_address}**"
        watched.page.route(leave, lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html"))
        return watched


def no_cookies(visit: Visit) -> None:
    watched = visit.opened()
    watched.open(SEARCH)
    assert watched.page.context.cookies() == []
    watched.page.context.close()


def no_other_sites(visit: Visit) -> None:
    watched = visit.opened()
    watched.open(SEARCH)
    watched.page.locator(".map-pin").first.wait_for()
    assert watched.hosts == {urlsplit(visit.address).netloc}
    watched.page.context.close()


def no_record(visit: Visit) -> None:
    written: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    visit.client.get(SEARCH)
    logging.getLogger().removeHandler(handler)
    assert "quetzalcanary" not in " ".join(written)
    kept = (path for path in visit.settings.home.rglob("*") if path.is_file())
    assert not any(b"quetzalcanary" in path.read_bytes() for path in kept)


def no_referrer(visit: Visit) -> None:
    watched = visit.opened()
    page = watched.open(SEARCH)
    told: list[str | None] = []
    page.on("request", lambda request: told.append(request.headers.get("referer")))
    page.evaluate("address => { location.href = address }", visit.settings.center.leave_address)
    page.wait_for_url(f"{visit.settings.center.leave_address}**")
    assert told[-1] is None
    page.context.close()


def rounded_location(visit: Visit) -> None:
    watched = visit.opened(geolocation=POSITION, permissions=["geolocation"])
    page = watched.open("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Use my location").click()
    page.wait_for_url("**/search?**")
    sent = " ".join(asked)
    assert "41.08" in sent
    assert "41.079273" not in sent
    page.context.close()


def shortlist(visit: Visit) -> None:
    watched = visit.opened()
    page = watched.open("/search?q=ketamine+near+Fort+Wayne")
    page.locator("[data-keep]").first.check()
    page = watched.open("/shortlist")
    page.wait_for_url("**/shortlist?clinic=*")
    assert page.locator("[data-link]").input_value().endswith(page.url.rpartition("/")[2])
    page.locator("[data-forget]").click()
    page.wait_for_url("**/shortlist")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.context.close()


def kept_pages(visit: Visit) -> None:
    watched = visit.opened()
    page = watched.open("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    watched.open(SEARCH)
    watched.open("/clinic/1")
    kept = page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (n) => (await caches.open(n)).keys())))"
        ".flat().map((request) => request.url)"
    )
    assert any(address.endswith("/learn/crisis-help") for address in kept)
    assert not any("?" in address or "/search" in address or "/clinic" in address for address in kept)
    page.context.close()


def history(visit: Visit) -> None:
    page = visit.opened().open(SEARCH)
    assert "quetzalcanary" in page.url
    page.context.close()


def leaving(visit: Visit) -> None:
    for way in ("button", "Escape twice"):
        watched = visit.opened()
        watched.open("/privacy")
        page = watched.open(SEARCH)
        if way == "button":
            page.get_by_role("link", name="Leave this page").click()
        else:
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
        page.wait_for_url(f"{visit.settings.center.leave_address}**")
        page.go_back()
        assert page.url.endswith("/privacy")
        page.context.close()


CHECKS: dict[str, Callable[[Visit], None]] = {
    "no-cookies": no_cookies,
    "no-other-sites": no_other_sites,
    "no-record": no_record,
    "no-referrer": no_referrer,
    "rounded-location": rounded_location,
    "shortlist": shortlist,
    "kept-pages": kept_pages,
    "history": history,
    "leaving": leaving,
}


@pytest.mark.parametrize("top", PREFIXES.values())
def test_the_page_promises_what_is_checked_and_nothing_else(client: FlaskClient, top: str) -> None:
    assert re.findall(r'data-promise="([\w-]+)"', client.get(f"{top}/privacy").text) == list(CHECKS)


@pytest.mark.parametrize("promise", CHECKS)
def test_a_promise_is_kept(
    browser: Browser, address: str, client: FlaskClient, filled_settings: Settings, promise: str
) -> None:
    CHECKS[promise](Visit(browser, address, client, filled_settings))
