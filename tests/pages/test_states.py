"""Pages in the states people meet them in: zoomed to 400%, in forced colours, on paper, with lists open, key by key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_faults import AXE
from playwright.sync_api import Browser, Page
from watching import opened

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "results": "/search?q=ketamine+near+Fort+Wayne+that+takes+Medicaid",
    "nothing found": "/search?q=ketamine+near+Fort+Wayne&offers=ECT&offers=MD&verified=90",
    "crisis": "/search?q=i+dont+want+to+live+anymore",
    "clinic": "/clinic/1",
    "clinic that said no": "/clinic/30",
    "shortlist": "/shortlist?clinic=1&clinic=2&clinic=4&near=46204",
    "compare": "/compare?clinic=1&clinic=2&clinic=4&clinic=30&near=46204",
    "share": "/share?q=ketamine+near+Fort+Wayne",
    "not found": "/no-such-page",
    "a page to read": "/learn/how-it-works",
    "a page with two drawings": "/learn/what-a-series-looks-like",
    "drawn boxes": "/learn/fda-approval-and-off-label",
    "guide": "/learn/talk-it-over",
    "report": "/clinic/1/report",
    "results in Spanish": "/es/search?q=ketamina+cerca+de+Fort+Wayne",
    "shortlist in Spanish": "/es/shortlist?clinic=1&clinic=2",
}
RUN = """axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then((found) =>
  found.violations.map((fault) => [fault.id, fault.nodes.map((node) => node.html.slice(0, 160))]))"""
HEADINGS = """() => {
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter((each) => each.checkVisibility())
    .map((each) => Number(each.tagName[1]));
  const skipped = levels.some((level, place) => place && level > levels[place - 1] + 1);
  return {
    firsts: levels.filter((level) => level === 1).length, skipped,
    mains: document.querySelectorAll("main").length,
  };
}"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML.slice(0, 120))"""
HIDDEN_FOCUS = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return "";
  const box = focused.getClientRects()[0];
  if (!box) return focused.outerHTML;
  const seen = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  const labelled = seen?.closest("label")?.control === focused;
  const related = seen && (labelled || focused.contains(seen) || seen.contains(focused));
  return related ? "" : `${focused.outerHTML.slice(0, 120)} is under ${seen?.outerHTML.slice(0, 120)}`;
}"""


def zoomed(page: Page) -> None:
    """400% of a window 1280 pixels wide."""
    page.set_viewport_size({"width": 320, "height": 256})


def forced_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")


def on_paper(page: Page) -> None:
    page.emulate_media(media="print")


def at_night_all_open(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


STATES: dict[str, Callable[[Page], None]] = {
    "400%": zoomed,
    "forced colours": forced_colours,
    "paper": on_paper,
    "night, all open": at_night_all_open,
}


def faults(page: Page) -> list[Any]:
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_fault_in_any_state(browser: Browser, address: str, name: str) -> None:
    page = opened(browser, address, bypass_csp=True).open(PAGES[name])
    found = {}
    for state, enter in STATES.items():
        page.emulate_media(color_scheme="light", forced_colors="none", media="screen")
        page.set_viewport_size({"width": 1280, "height": 800})
        enter(page)
        found[state] = faults(page)
        found[state] += page.evaluate(TOO_WIDE)
    page.context.close()
    assert {state: each for state, each in found.items() if each} == {}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_key_by_key_the_focus_is_never_hidden(browser: Browser, address: str, name: str, width: int) -> None:
    page = opened(browser, address, width, reduced_motion="reduce").open(PAGES[name])
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        if said := page.evaluate(HIDDEN_FOCUS):
            hidden.append(said)
    page.context.close()
    assert hidden == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_go_down_step_by_step_from_one(browser: Browser, address: str, name: str) -> None:
    page = opened(browser, address).open(PAGES[name])
    assert page.evaluate(HEADINGS) == {"firsts": 1, "skipped": False, "mains": 1}
    page.context.close()


def test_suggestions_that_are_open_have_no_fault(browser: Browser, address: str) -> None:
    page = opened(browser, address, 360, bypass_csp=True).open("/")
    page.get_by_role("combobox").press_sequentially("fort w")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    found = faults(page)
    page.context.close()
    assert found == []


def test_where_motion_is_unwanted_nothing_moves(browser: Browser, address: str) -> None:
    page = opened(browser, address, reduced_motion="reduce").open(PAGES["results"])
    page.get_by_role("button", name="Zoom in", exact=True).click()
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.context.close()


def test_nothing_shifts_while_a_page_comes_together(browser: Browser, address: str) -> None:
    shifts = {}
    for name, path in PAGES.items():
        watched = opened(browser, address, 360)
        watched.page.add_init_script(
            "window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach((each) => {"
            " window.shifted += each.value; })).observe({type: 'layout-shift', buffered: true});"
        )
        shifts[name] = watched.open(path).evaluate("window.shifted")
        watched.page.context.close()
    # Google calls a shift of a tenth good.
    assert {name: shift for name, shift in shifts.items() if shift > 0.05} == {}
