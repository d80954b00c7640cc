"""The menu of the desk: every room of a role, in one line at every width, folded where it would take more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from staff_sign_in import Credentials, add_person, sign_in

from directory.accounts.roles import Role
from directory.config import Settings
from directory.desk.rooms import ROOMS

pytestmark = pytest.mark.browser

# Of each navigation of the head that can be seen: in how many lines it stands.
SHOWN = """[...document.querySelectorAll(".masthead nav")].filter(nav => nav.checkVisibility())
    .map(nav => new Set([...nav.querySelectorAll("a, summary")].filter(one => one.checkVisibility())
        .map(one => one.getBoundingClientRect().top)).size)"""


@pytest.fixture(scope="module")
def people(settings: Settings, intake: Credentials) -> dict[Role, Credentials]:
    """Somebody of the roles with few rooms, with some and with many."""
    return {role: add_person(settings, role) for role in (Role.SUPERVISOR, Role.ADMINISTRATOR)} | {Role.INTAKE: intake}


@pytest.fixture(scope="module")
def visits(browser: Browser, address: str, people: dict[Role, Credentials]) -> Iterator[dict[Role, BrowserContext]]:
    """A browser without JavaScript for each of them, signed in."""
    contexts = {role: browser.new_context(java_script_enabled=False) for role in people}
    for role, context in contexts.items():
        sign_in(context.new_page(), address, people[role])
    yield contexts
    for context in contexts.values():
        context.close()


def page_of(context: BrowserContext, address: str, width: int) -> Page:
    page = context.pages[0]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [360, 640, 768, 1024, 1280])
@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize("role", [Role.INTAKE, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_the_menu_takes_one_line_at_every_width_in_both_languages(
    visits: dict[Role, BrowserContext], address: str, role: Role, language: str, width: int
) -> None:
    page = page_of(visits[role], f"{address}{language}/staff/account", width)
    assert page.evaluate(SHOWN) == [1]


@pytest.mark.parametrize("language", ["", "/es"])
def test_the_folded_menu_opens_by_keyboard_without_javascript_and_names_the_room(
    visits: dict[Role, BrowserContext], address: str, language: str
) -> None:
    page = page_of(visits[Role.SUPERVISOR], f"{address}{language}/staff/imports", 360)
    summary = page.locator(".mainnav-folded summary")
    expect(summary).to_contain_text("Cargas de datos" if language else "Imports")
    summary.focus()
    page.keyboard.press("Enter")
    links = page.locator(".mainnav-folded a")
    expect(links).to_have_count(7)
    for link in links.all():
        expect(link).to_be_visible()
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 24
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{language}/staff")


def test_every_room_leads_to_a_page_and_no_page_lies_in_two_rooms(app: Flask) -> None:
    assert {room.endpoint for room in ROOMS} <= set(app.view_functions)
    lying = [blueprint for room in ROOMS for blueprint in room.blueprints]
    assert len(lying) == len(set(lying))
    assert set(lying) <= set(app.blueprints)
