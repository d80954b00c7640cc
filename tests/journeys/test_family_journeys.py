"""Families on their own: in Spanish on a phone, by keys alone, by ear alone, without scripts, and in danger."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from center_at_work import CLINICS, Visitor
from following import follow
from playwright.sync_api import Page
from pypdf import PdfReader

pytestmark = pytest.mark.browser

Visitors = Callable[..., Visitor]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "locale": "es-US"}
NAME_IN_FOCUS = """() => {
  const focused = document.activeElement;
  return [focused.getAttribute("aria-label"), focused.labels?.[0]?.textContent, focused.textContent]
    .filter(Boolean).join(" ");
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has that name is in focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate(NAME_IN_FOCUS):
            return
    raise AssertionError(f"no key leads to {name!r}")


def printed(page: Page) -> list[str]:
    """The text of each printed page."""
    return [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages]


def test_in_spanish_on_a_phone_from_home_to_a_printed_shortlist(visitor: Visitors) -> None:
    family = visitor(**PHONE)
    family.go("/es/")
    page = family.page
    page.get_by_role("combobox").fill("ketamina en Indianápolis que acepte Medicaid")
    page.keyboard.press("Enter")
    page.wait_for_url("**/es/search**")
    assert page.locator(".chip").filter(has_text="Medicaid").count() == 1
    page.locator("[data-keep]").first.check()
    follow(page.locator(".card-clinic h3 a").first)
    page.wait_for_url("**/es/clinic/**")
    assert page.locator("[data-keep]").is_checked()
    follow(page.locator("[data-shortlist-link]"))
    page.wait_for_url("**/es/shortlist?clinic=**")
    sheets = printed(page)
    assert len(sheets) == 1
    assert "Su lista corta" in sheets[0]
    assert CLINICS[0] in sheets[0]
    assert "988" in sheets[0]
    assert family.context.cookies() == []


def test_by_keyboard_alone_from_home_to_clinics_side_by_side(visitor: Visitors) -> None:
    family = visitor()
    family.go("/")
    page = family.page
    tab_to(page, "Where are you, and what do you need?")
    page.keyboard.type("ketamine near 46204")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    for clinic in CLINICS[:2]:
        tab_to(page, f"On my shortlist: {clinic}")
        page.keyboard.press("Space")
    tab_to(page, "Compare them")
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare**")
    assert family.heading() == "Compare clinics"
    assert "about a mile or less" in family.text()
    tab_to(page, "Call")


def test_by_what_a_screen_reader_hears_from_home_to_a_call(visitor: Visitors) -> None:
    family = visitor()
    family.go("/")
    page = family.page
    page.get_by_role("main").get_by_role("search").get_by_role("combobox", name="Where are you").fill("46204")
    follow(page.get_by_role("button", name="Search"))
    page.get_by_role("heading", level=1, name="46204").wait_for()
    assert page.get_by_role("region", name="How we read your question").get_by_role("listitem").count() >= 2
    page.get_by_role("checkbox", name=CLINICS[0]).check()
    assert page.get_by_role("status").filter(has_text="Put on your shortlist.").count() == 1
    follow(page.get_by_role("navigation", name="Main").get_by_role("link", name="Shortlist (1)"))
    heard = page.get_by_role("main").aria_snapshot()
    assert CLINICS[0] in heard
    assert page.get_by_role("link", name=f"Call {CLINICS[0]}").get_attribute("href") == "tel:+13175550101"


def test_without_scripts_from_home_to_clinics_side_by_side(visitor: Visitors) -> None:
    family = visitor(java_script_enabled=False)
    family.go("/")
    assert not family.page.get_by_text("Use my location").is_visible()
    family.write(q="ketamine near 46204")
    family.press("Search")
    for clinic in CLINICS[:2]:
        family.page.get_by_label(f"On my shortlist: {clinic}").check()
    family.press("Open my shortlist")
    assert "Bookmark the page to find the list again." in family.text()
    family.press("Compare the ticked ones")
    assert family.page.locator("thead th").count() == 2


def test_words_of_crisis_are_met_with_help_before_all_else(visitor: Visitors) -> None:
    family = visitor(**PHONE)
    for path, words in (("/", "i want to end it all near 46204"), ("/es/", "ya no quiero vivir")):
        family.go(path)
        family.page.get_by_role("combobox").fill(words)
        family.page.keyboard.press("Enter")
        family.page.wait_for_url("**/search**")
        call = family.page.locator(".crisis-help a[href='tel:988']")
        box = call.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 740
