"""Quick keys of the desk: listed under `?`, silent while somebody writes, and turned off by whoever wants them off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_faults import faults_at_every_width
from playwright.sync_api import Browser, Page
from staff_sign_in import Credentials, add_person, sign_in

from directory.accounts.roles import Role
from directory.config import Settings
from directory.referrals.states import State

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, address: str, intake: Credentials) -> Iterator[Page]:
    """The board, opened by somebody of intake."""
    context = browser.new_context(bypass_csp=True)
    opened = context.new_page()
    sign_in(opened, address, intake)
    opened.goto(f"{address}/staff")
    yield opened
    context.close()


def test_the_list_opens_with_a_question_mark_is_accessible_and_gives_the_focus_back(page: Page) -> None:
    page.get_by_role("link", name="Refer someone").first.focus()
    page.keyboard.press("?")
    listed = page.get_by_role("dialog", name="Quick keys")
    assert listed.is_visible()
    assert "Find a clinic" in listed.inner_text()
    assert faults_at_every_width(page) == []
    page.keyboard.press("b")
    assert listed.is_visible(), "no key acts behind the list"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not listed.is_visible()
    assert page.url.endswith("/staff"), "closing the list is not half of leaving the page"
    assert page.evaluate("document.activeElement.textContent.trim()") == "Refer someone"


def test_a_key_opens_its_page_but_is_a_letter_to_whoever_writes(page: Page) -> None:
    page.keyboard.press("Control+r")
    page.keyboard.press("c")
    page.wait_for_url("**/staff/clients")
    page.keyboard.press("/")
    page.keyboard.type("rb?")
    assert page.get_by_label("Name or reference").input_value() == "rb?"
    assert page.url.endswith("/staff/clients")
    assert not page.get_by_role("dialog").is_visible()


def test_rows_are_walked_and_the_next_step_is_taken(page: Page, address: str, referrals: dict[State, int]) -> None:
    page.goto(f"{address}/staff?state=send")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/staff/referrals/{referrals[State.READY]}")
    page.keyboard.press("n")
    page.wait_for_url(f"**/staff/referrals/{referrals[State.READY]}/send")


def test_keys_that_are_turned_off_stay_off_until_they_are_turned_on(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_label("Quick keys are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    for key in ("f", "?"):
        page.keyboard.press(key)
    assert page.url.endswith("/staff")
    assert not page.get_by_role("dialog").is_visible()
    page.get_by_role("button", name="Quick keys").click()
    page.get_by_label("Quick keys are on").check()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.wait_for_url("**/staff/find")


def test_no_key_leads_to_a_closed_door_and_without_a_script_none_is_spoken_of(
    browser: Browser, address: str, settings: Settings
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, add_person(settings, Role.ADMINISTRATOR))
    page.goto(f"{address}/staff/people")
    keys = page.locator("[data-key]").evaluate_all("rows => rows.map(row => row.dataset.key)")
    assert keys == ["f", "o", "t", "p", "j", "k", "n", "/", "?"]
    assert not page.get_by_text("Quick keys").first.is_visible()
    context.close()
