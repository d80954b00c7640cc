"""The first view is light enough for a poor phone, and what is left out of a library's style sheet is never missed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Response
from watching import opened

from directory.pages.assets import BOOTSTRAP, base_stylesheet
from directory.pages.stylesheet import used_of

MOST_BYTES, MOST_REQUESTS = 100_000, 8
FIRST_VIEWS = ("/", "/search?q=ketamine+near+Fort+Wayne", "/clinic/1", "/learn/how-it-works", "/shortlist?clinic=1")
# Every selector of the whole style sheet that matches something on the page, and is not in the one that was sent.
MISSED = r"""(text) => {
  const own = (rule) => (rule.selectorText ? [rule.selectorText] : rule.cssRules ? rules(rule.cssRules) : []);
  const rules = (sheet) => [...sheet].flatMap(own);
  const parted = (list) => list.flatMap((each) => each.split(/,(?![^()]*\))/).map((one) => one.trim()));
  const sent = new Set(parted([...document.styleSheets].flatMap((sheet) => rules(sheet.cssRules))));
  const whole = new CSSStyleSheet();
  whole.replaceSync(text);
  const bare = (selector) => selector.replace(/::?[a-z-]+(\([^)]*\))?/g, "") || "*";
  const matches = (selector) => { try { return document.querySelector(bare(selector)); } catch { return null; } };
  return parted(rules(whole.cssRules)).filter((selector) => !sent.has(selector) && matches(selector));
}"""


def weighed(browser: Browser, address: str, path: str) -> dict[str, int]:
    """The bytes of every answer of a first view, the map's left out, by address."""
    watched = opened(browser, address, width=360)
    answers: list[Response] = []
    watched.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it calls
    watched.open(path)
    weights = {
        answer.url: answer.request.sizes()["responseBodySize"]
        for answer in answers
        if not any(part in answer.url for part in ("leaflet", "map.js", "outlines", "service-worker"))
        and answer.request.service_worker is None
    }
    watched.page.context.close()
    return weights


@pytest.mark.browser
@pytest.mark.parametrize("path", FIRST_VIEWS)
def test_a_first_view_is_at_most_100_kb_in_at_most_8_requests(browser: Browser, address: str, path: str) -> None:
    weights = weighed(browser, address, path)
    assert 0 < sum(weights.values()) <= MOST_BYTES, weights
    assert len(weights) <= MOST_REQUESTS, weights


@pytest.mark.browser
def test_no_rule_that_a_page_needs_is_left_out_of_the_style_sheet(browser: Browser, address: str) -> None:
    whole = (BOOTSTRAP / "css" / "bootstrap.min.css").read_text(encoding="utf-8")
    missed = {}
    for path in (*FIRST_VIEWS, "/compare?clinic=1&clinic=2", "/no-such-page", "/learn"):
        watched = opened(browser, address, bypass_csp=True)
        missed[path] = watched.open(path).evaluate(MISSED, whole)
        watched.page.context.close()
    assert {path: selectors for path, selectors in missed.items() if selectors} == {}


def test_most_of_the_library_stays_at_home() -> None:
    assert len(base_stylesheet("#0b5c7a")) < (BOOTSTRAP / "css" / "bootstrap.min.css").stat().st_size / 4
    assert b"@charset" not in used_of(BOOTSTRAP / "css" / "bootstrap.min.css")


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_pages_and_files_travel_compressed(client: FlaskClient, coding: str) -> None:
    whole = client.get("/learn/spravato")
    small = client.get("/learn/spravato", headers={"Accept-Encoding": coding})
    assert small.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in small.headers["Vary"]
    assert len(small.data) < len(whole.data) / 2


def test_a_browser_that_takes_no_coding_gets_plain_words(client: FlaskClient) -> None:
    plain = client.get("/learn/spravato", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert "Spravato" in plain.text


def test_pages_with_secrets_are_never_compressed(client: FlaskClient) -> None:
    for path in ("/staff/sign-in", "/es/staff/sign-in"):
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "br, gzip"}).headers
