"""The pages in a real browser: accessible, private, calm at any width, by keyboard, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_faults import AXE
from following import follow
from playwright.sync_api import Browser
from watching import Watched, opened

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "results": "/search?q=ketamine+near+Fort+Wayne+that+takes+Medicaid",
    "question": "/search?q=is+ketamine+approved+by+the+fda",
    "crisis": "/search?q=i+dont+want+to+live+anymore",
    "nothing found": "/search?q=zzyzxq+xqzzy",
    "near me": "/search?q=ketamine+near+me",
    "clinic": "/clinic/1",
    "clinic without a street": "/clinic/4",
    "share": "/share?q=ketamine+near+Fort+Wayne",
    "shortlist": "/shortlist?clinic=1&clinic=2&clinic=4",
    "empty shortlist": "/shortlist",
    "compare two": "/compare?clinic=1&clinic=30",
    "compare four": "/compare?clinic=1&clinic=2&clinic=4&clinic=30&near=46204",
    "nothing to compare": "/compare",
    "learn": "/learn",
    "learn page": "/learn/how-it-works",
    "crisis help": "/learn/crisis-help",
    "about the data": "/about-the-data",
    "privacy": "/privacy",
    "not found": "/no-such-page",
}
RESULTS = PAGES["results"]


@pytest.fixture
def wide(browser: Browser, address: str) -> Iterator[Watched]:
    watched = opened(browser, address)
    yield watched
    watched.page.context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_serious_accessibility_violation(browser: Browser, address: str, name: str, width: int) -> None:
    watched = opened(browser, address, width, bypass_csp=True)
    page = watched.open(PAGES[name])
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    page.evaluate(AXE)
    serious = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        serious += [
            (scheme, violation["id"], [node["html"][:160] for node in violation["nodes"]])
            for violation in found["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    watched.page.context.close()
    assert serious == []
    assert overflow <= 0


@pytest.mark.parametrize("name", PAGES)
def test_a_visit_stays_on_this_site_and_leaves_no_cookie(wide: Watched, name: str) -> None:
    wide.open(PAGES[name])
    assert wide.hosts == {urlsplit(wide.address).netloc}
    assert wide.page.context.cookies() == []
    assert wide.page.evaluate("localStorage.length + sessionStorage.length") == 0
    wanted = [text for text in wide.complaints if name != "not found" or "404" not in text]
    assert wanted == []


def test_list_and_map_show_the_same_clinics_and_light_up_together(wide: Watched) -> None:
    page = wide.open(RESULTS)
    cards, pins = page.locator("[data-pin]"), page.locator(".map-pin")
    pins.first.wait_for()
    assert pins.count() == cards.count() > 1
    assert page.locator(".search-circle").count() == 1
    pins.nth(1).focus()
    assert "is-lit" in (cards.nth(1).get_attribute("class") or "")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == cards.nth(1).locator("h3").inner_text()


def test_each_pin_is_named_for_its_clinic(wide: Watched) -> None:
    page = wide.open(RESULTS)
    pin = page.locator(".map-pin").first
    pin.wait_for()
    first = page.locator("[data-pin]").first
    assert pin.get_attribute("aria-label") == f"1. {first.get_attribute('data-name')}"
    assert pin.get_attribute("role") == "button"


def test_on_a_phone_the_map_waits_until_it_is_asked_for(browser: Browser, address: str) -> None:
    watched = opened(browser, address, width=360)
    page = watched.open(RESULTS)
    assert page.locator("script[src*='leaflet.js']").count() == 0
    page.get_by_role("button", name="Map").click()
    page.locator(".map-pin").first.wait_for()
    assert watched.complaints == []
    page.context.close()


def test_everything_that_matters_works_without_javascript(browser: Browser, address: str) -> None:
    page = opened(browser, address, java_script_enabled=False).open("/")
    page.get_by_label("Where are you, and what do you need?").fill("ketamine near Fort Wayne")
    follow(page.get_by_role("button", name="Search"))
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Cash", exact=False).first.check()
    follow(page.get_by_role("button", name="Apply"))
    follow(page.locator(".card-clinic h3 a").first)
    assert page.get_by_role("link", name="Call").first.is_visible()
    assert page.get_by_role("link", name="Leave this page").get_attribute("href")
    page.context.close()


def test_the_whole_way_to_a_clinic_goes_by_keyboard_alone(wide: Watched) -> None:
    page = wide.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main part"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("ketamine near Fort Wayne")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    page.locator(".card-clinic h3 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/clinic/**")
    assert page.locator("h1").inner_text()


def test_a_location_is_rounded_on_the_device(browser: Browser, address: str) -> None:
    watched = opened(
        browser, address, geolocation={"latitude": 41.079273, "longitude": -85.139351}, permissions=["geolocation"]
    )
    sent: list[str] = []
    watched.page.on("request", lambda request: sent.append(request.url))
    page = watched.open("/")
    page.get_by_role("button", name="Use my location").click()
    page.wait_for_url("**near=**")
    assert "near=41.08%2C-85.14" in page.url
    assert not any("41.079" in url for url in sent)
    page.context.close()


@pytest.mark.parametrize("way", ["button", "escape twice"])
def test_leaving_takes_the_page_out_of_the_history(browser: Browser, address: str, way: str) -> None:
    watched = opened(browser, address)
    # Nothing leaves this machine: the site that people are sent to is answered here.
    watched.page.route("https://**", lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html"))
    watched.open("/privacy")
    page = watched.open(RESULTS)
    if way == "button":
        page.get_by_role("link", name="Leave this page").click()
    else:
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.wait_for_url("https://**")
    page.go_back()
    assert "/privacy" in page.url
    page.context.close()
