"""List and map in a real browser: filters apply by themselves, the map follows, its marks never overlap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from following import follow
from playwright.sync_api import Browser, Page
from watching import Watched, opened

pytestmark = pytest.mark.browser
RESULTS = "/search?q=ketamine+near+Fort+Wayne"
EVERYTHING = "/search?q=clinics&plain=KIT"
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".map-pin")].map((mark) => mark.getBoundingClientRect());
  return boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)).length;
}"""


@pytest.fixture
def wide(browser: Browser, address: str) -> Iterator[Watched]:
    watched = opened(browser, address)
    yield watched
    assert watched.complaints == []
    watched.page.context.close()


def narrow_by(page: Page, label: str) -> None:
    page.locator(".filters").evaluate("details => { details.open = true }")
    page.get_by_label(label, exact=False).first.check()


def test_a_filter_applies_by_itself_is_said_aloud_and_keeps_the_focus(wide: Watched) -> None:
    page = wide.open(RESULTS)
    before = page.locator(".card-clinic").count()
    narrow_by(page, "We asked them in the last 12 months")
    page.wait_for_url("**verified=365**")
    page.wait_for_function("document.querySelector('[data-filter-said]').textContent !== ''")
    assert page.locator(".card-clinic").count() < before
    assert page.evaluate("document.activeElement.id") == "verified-365"
    assert page.locator("[data-filter-said]").inner_text() == page.locator("h1").inner_text()
    assert page.locator(".map-pin").count() == page.locator("[data-pin]").count()
    page.get_by_role("button", name="Show the list").click()
    assert not page.locator(".filters").evaluate("details => details.open")


def test_the_order_applies_by_itself_too(wide: Watched) -> None:
    page = wide.open(EVERYTHING)
    page.get_by_label("Order").select_option("name")
    page.wait_for_url("**sort=name**")
    page.wait_for_function("document.querySelector('.card-clinic h3 a').textContent.startsWith('Blue Thistle')")


def test_going_back_leaves_the_list_at_once(wide: Watched) -> None:
    wide.open("/learn")
    page = wide.open(RESULTS)
    narrow_by(page, "We asked them in the last 12 months")
    page.wait_for_url("**verified=365**")
    page.go_back()
    assert page.url.endswith("/learn")


def test_filters_and_order_have_buttons_without_scripts(browser: Browser, address: str) -> None:
    page = opened(browser, address, java_script_enabled=False).open(EVERYTHING)
    page.get_by_label("Order").select_option("name")
    follow(page.get_by_role("button", name="Put in order"))
    assert page.locator(".card-clinic h3 a").first.inner_text().startswith("Blue Thistle")
    page.context.close()


def zoom(page: Page, key: str) -> None:
    """Press a key of the map, and wait until it has come to rest."""
    page.locator("#map").press(key)
    page.wait_for_timeout(300)
    page.locator(".leaflet-zoom-anim").wait_for(state="detached")


@pytest.mark.parametrize("path", [RESULTS, EVERYTHING])
def test_marks_on_the_map_never_lie_on_each_other(wide: Watched, path: str) -> None:
    page = wide.open(path)
    page.locator(".map-pin").first.wait_for()
    for _ in range(5):
        assert page.evaluate(OVERLAPS) == 0
        zoom(page, "-")
    for _ in range(9):
        zoom(page, "+")
        assert page.evaluate(OVERLAPS) == 0


def test_a_map_fills_its_box_as_soon_as_the_box_grows(wide: Watched) -> None:
    page = wide.open("/clinic/1")
    page.locator(".map-pin").wait_for()
    for width in (768, 500, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(
            """() => {
              const box = document.querySelector('.map').getBoundingClientRect();
              const land = document.querySelector('.leaflet-land-pane svg').getBoundingClientRect();
              return land.left <= box.left && land.right >= box.right && land.bottom >= box.bottom;
            }"""
        )
