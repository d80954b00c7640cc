"""What a phone keeps: pages to read, crisis help and the shortlist open without a network; nothing searched is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from network import Network
from playwright.sync_api import Browser, Page
from watching import Watched, opened

from directory.desk.session import COOKIES
from directory.pages.offline import CLOSED

KEPT = """async () => {
  const names = await caches.keys();
  const kept = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys())));
  return kept.flat().map((request) => request.url);
}"""
BODIES = """async () => {
  const names = await caches.keys();
  const kept = await Promise.all(names.map(async (name) => (await (await caches.open(name)).matchAll())));
  return (await Promise.all(kept.flat().map((answer) => answer.text()))).join(" ");
}"""
LISTED = """async (language) => {
  for (let tries = 0; tries < 100; tries += 1) {
    const cache = await caches.open(`shortlist-${language}`);
    if (await cache.match(language === "es" ? "/es/shortlist" : "/shortlist")) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}"""


@pytest.fixture
def network(app: Flask) -> Iterator[Network]:
    network = Network(app)
    yield network
    network.cut()


def with_worker(browser: Browser, network: Network, top: str) -> Watched:
    """A phone on which the pages of a language are kept."""
    watched = opened(browser, network.address, width=360)
    page = watched.open(f"{top}/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return watched


def heading(page: Page) -> str:
    return page.locator("main h1").first.inner_text()


@pytest.mark.browser
@pytest.mark.parametrize(("top", "language"), [("", "en"), ("/es", "es")])
def test_pages_to_read_the_shortlist_and_crisis_help_open_without_a_network(
    browser: Browser, network: Network, top: str, language: str
) -> None:
    watched = with_worker(browser, network, top)
    page = watched.open(f"{top}/search?q=ketamine+near+Fort+Wayne")
    page.locator("[data-keep]").first.check()
    assert page.evaluate(LISTED, language)
    chosen = page.locator(".card-clinic h3 a").first.inner_text()
    titles = {}
    for path in ("/learn", "/learn/spravato", "/learn/crisis-help", "/privacy"):
        titles[path] = heading(watched.open(top + path))
    network.cut()
    for path, title in titles.items():
        page.goto(network.address + top + path)
        assert heading(page) == title
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("getComputedStyle(document.querySelector('.crisis-bar')).display") != "none"
        assert page.evaluate("document.styleSheets.length") >= 2
    page.goto(f"{network.address}{top}/shortlist")
    page.get_by_text(chosen).first.wait_for()
    page.goto(f"{network.address}{top}/search?q=ketamine+near+Toledo")
    assert heading(page) == ("Sin conexión" if language == "es" else "No connection")
    assert page.locator("a[href='tel:988']").first.is_visible()
    page.context.close()


@pytest.mark.browser
def test_nothing_that_was_searched_or_looked_at_is_kept(browser: Browser, network: Network) -> None:
    watched = with_worker(browser, network, "")
    page = watched.open("/search?q=quetzalcanary+near+Fort+Wayne")
    page = watched.open("/search?near=41.08,-85.14&offers=MD")
    page.locator("[data-keep]").first.check()
    assert page.evaluate(LISTED, "en")
    watched.open("/clinic/2")
    watched.open("/shortlist?clinic=1&near=46802")
    kept = page.evaluate(KEPT)
    assert len(kept) > 20
    assert [address for address in kept if "?" in address or "/search" in address or "/clinic" in address] == []
    bodies = page.evaluate(BODIES)
    assert "quetzalcanary" not in bodies
    assert "41.08" not in bodies
    page.context.close()


@pytest.mark.browser
def test_a_list_that_is_forgotten_is_forgotten_offline_too(browser: Browser, network: Network) -> None:
    watched = with_worker(browser, network, "")
    page = watched.open("/search?q=ketamine+near+Fort+Wayne")
    page.locator("[data-keep]").first.check()
    assert page.evaluate(LISTED, "en")
    page = watched.open("/shortlist")
    page.locator("[data-forget]").click()
    page.wait_for_url(f"{network.address}/shortlist")
    page.wait_for_function("async () => !(await caches.has('shortlist-en'))")
    page.context.close()


def test_the_app_has_icons_of_its_own_and_begins_at_home_in_its_language(client: FlaskClient) -> None:
    for top in ("", "/es"):
        manifest = json.loads(client.get(f"{top}/manifest.webmanifest").text)
        assert manifest["start_url"] == manifest["scope"] == f"{top}/"
        assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
        for icon in manifest["icons"]:
            assert client.get(icon["src"]).data.startswith(b"\x89PNG")


def test_the_worker_changes_with_what_it_keeps_and_looks_away_from_staff(client: FlaskClient) -> None:
    english, spanish = client.get("/service-worker.js"), client.get("/es/service-worker.js")
    assert english.headers["Cache-Control"] == "no-cache"
    assert english.text != spanish.text
    assert '"/es/learn/spravato"' in spanish.text
    assert '"/es/staff"' in spanish.text
    assert set(CLOSED) == set(COOKIES.values())
