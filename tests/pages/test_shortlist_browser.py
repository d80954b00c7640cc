"""The shortlist in a real browser: kept there and nowhere else, counted, printed on one page, and without scripts."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdf
import pytest
from following import follow
from playwright.sync_api import Browser, Page
from watching import Watched, opened

pytestmark = pytest.mark.browser
RESULTS = "/search?q=ketamine+near+Fort+Wayne"


@pytest.fixture
def wide(browser: Browser, address: str) -> Iterator[Watched]:
    watched = opened(browser, address)
    yield watched
    watched.page.context.close()


def tick(page: Page, number: int) -> str:
    """Tick the box of a card, and say the clinic's name."""
    page.locator("[data-keep]").nth(number).check()
    return page.locator(".card-clinic h3 a").nth(number).inner_text()


def test_ticked_clinics_are_counted_and_stand_on_the_list(wide: Watched) -> None:
    page = wide.open(RESULTS)
    names = [tick(page, 0), tick(page, 2)]
    assert page.locator("[data-kept-said]").inner_text() == "Put on your shortlist."
    link = page.get_by_role("link", name="Shortlist (2)")
    follow(link)
    assert page.locator(".sheet h2 a").all_inner_texts() == names
    assert page.get_by_text("Kept in this browser, on this device only.").is_visible()


def test_the_list_is_still_there_in_another_page_and_can_be_forgotten(wide: Watched) -> None:
    tick(wide.open(RESULTS), 0)
    page = wide.open("/")
    follow(page.get_by_role("link", name="Shortlist (1)"))
    follow(page.get_by_role("button", name="Forget this list"))
    page.get_by_role("heading", name="Nothing is on it yet").wait_for()
    assert page.evaluate("localStorage.length") == 0


def test_taking_one_off_takes_it_out_of_the_browser(wide: Watched) -> None:
    page = wide.open(RESULTS)
    tick(page, 0)
    kept = tick(page, 1)
    follow(page.get_by_role("link", name="Shortlist (2)"))
    follow(page.get_by_role("link", name="Take off").first)
    page.get_by_role("link", name="Shortlist (1)").wait_for()
    assert page.locator(".sheet h2 a").all_inner_texts() == [kept]
    follow(page.get_by_role("link", name="Take off").first)
    assert page.evaluate("localStorage.length") == 0


def test_a_list_that_came_with_a_link_is_kept_only_when_asked(wide: Watched) -> None:
    page = wide.open("/shortlist?clinic=1&clinic=2")
    assert page.evaluate("localStorage.length") == 0
    follow(page.get_by_role("button", name="Keep it on this device"))
    page.get_by_role("link", name="Shortlist (2)").wait_for()
    assert page.get_by_text("Kept in this browser").is_visible()


def test_a_full_list_says_so_and_takes_no_more(wide: Watched) -> None:
    wide.open("/shortlist?clinic=" + "&clinic=".join(map(str, range(11, 19))))
    follow(wide.page.get_by_role("button", name="Keep it on this device"))
    page = wide.open(RESULTS)
    page.locator("[data-keep]").first.click()
    assert not page.locator("[data-keep]").first.is_checked()
    assert "Your shortlist is full" in page.locator("[data-kept-said]").inner_text()


def test_without_scripts_the_boxes_are_a_form(browser: Browser, address: str) -> None:
    page = opened(browser, address, java_script_enabled=False).open(RESULTS)
    names = [tick(page, 0), tick(page, 1)]
    follow(page.get_by_role("button", name="Open my shortlist"))
    assert page.locator(".sheet h2 a").all_inner_texts() == names
    page.get_by_label("Find another clinic").fill("ketamine near Toledo")
    follow(page.get_by_role("button", name="Search"))
    assert page.get_by_label(f"On my shortlist: {names[0]}").is_checked()
    follow(page.get_by_role("button", name="Compare them"))
    assert page.locator(".column-name").count() == 2
    page.context.close()


@pytest.mark.parametrize("many", [1, 5, 8])
@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_it_prints_on_one_page_with_room_for_notes(wide: Watched, many: int, paper: str) -> None:
    page = wide.open("/shortlist?near=46204&clinic=" + "&clinic=".join(map(str, range(1, many + 1))))
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format=paper)))
    assert len(printed.pages) == 1
    text = printed.pages[0].extract_text()
    assert text.count("First visit on") == many
    assert "988" in text


def test_a_browser_that_keeps_nothing_still_has_the_form(browser: Browser, address: str) -> None:
    watched = opened(browser, address)
    watched.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } })"
    )
    page = watched.open(RESULTS)
    name = tick(page, 1)
    follow(page.get_by_role("button", name="Open my shortlist"))
    assert page.locator(".sheet h2 a").all_inner_texts() == [name]
    assert watched.complaints == []
    page.context.close()
