"""Suggestions while somebody types: by keyboard alone, said aloud, accessible, and kept by nobody."""

from __future__ import annotations

from importlib.resources import files

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TYPED = "fort w"


def test_places_treatments_clinics_and_pages_are_suggested(client: FlaskClient) -> None:
    def kinds(typed: str) -> set[str]:
        return {option["kind"] for option in client.get("/suggest", query_string={"q": typed}).get_json()["options"]}

    assert "place" in kinds("fort w")
    assert "treatment" in kinds("ketamine")
    assert "clinic" in kinds("paper boat")
    assert "page" in kinds("how ketamine")


def test_what_stands_before_an_unfinished_place_is_kept(client: FlaskClient) -> None:
    options = client.get("/suggest?q=ketamine+near+fort+way").get_json()["options"]
    assert "ketamine near Fort Wayne, IN" in [option["text"] for option in options]


@pytest.mark.parametrize("typed", ["", " ", "f", " f "])
def test_one_letter_suggests_nothing(client: FlaskClient, typed: str) -> None:
    assert client.get("/suggest", query_string={"q": typed}).get_json()["options"] == []


def test_what_was_typed_is_kept_by_no_cache(client: FlaskClient) -> None:
    assert client.get("/suggest?q=fort").headers["Cache-Control"] == "no-store"


def opened(browser: Browser, address: str, width: int, **options: bool) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 800}, **options).new_page()
    page.goto(address)
    return page


@pytest.mark.browser
def test_a_suggestion_is_picked_by_keyboard_alone(browser: Browser, address: str) -> None:
    page = opened(browser, address, 1280)
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially(TYPED)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#q-status")).to_contain_text("suggestion")
    page.keyboard.press("ArrowDown")
    first = page.get_by_role("option").first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "no id")
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value(TYPED)
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    picked = first.locator(".suggestion-label").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    expect(page.locator("#q")).to_have_value(picked)
    page.context.close()


@pytest.mark.browser
def test_nothing_is_sent_below_two_letters(browser: Browser, address: str) -> None:
    page = opened(browser, address, 1280)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("combobox").press_sequentially("f")
    page.wait_for_timeout(400)
    assert [address for address in sent if "/suggest" in address] == []
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_open_list_has_no_serious_accessibility_violation(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, width, bypass_csp=True)
    page.get_by_role("combobox").press_sequentially(TYPED)
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.evaluate(AXE)
    serious = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        serious += [(scheme, one["id"]) for one in found if one["impact"] in {"serious", "critical"}]
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.context.close()
    assert serious == []
    assert overflow <= 0
