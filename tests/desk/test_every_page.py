"""Every page of the desk in a real browser, narrow and wide, light and dark: whole, accessible, without overflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from staff_sign_in import Credentials, sign_in

from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.referrals.models import Referral
from directory.referrals.states import State

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PAGES = {
    "board": "/staff",
    "board of drafts": "/staff?state=consent&mine=1",
    "empty board": "/staff?state=attended",
    "find": "/staff/find?q=ketamine+46204",
    "clinic": "/staff/clinic/1",
    "refer": "/staff/refer?clinic=1",
    "refer new": "/staff/refer/new?clinic=1",
    "need": "/staff/refer/1?clinic=1",
    "clients": "/staff/clients",
    "client": "/staff/clients/1",
    "client change": "/staff/clients/1/change",
    "draft": "/staff/referrals/{draft}",
    "choosing": "/staff/referrals/{awaiting_consent}/clinics",
    "talk": "/staff/referrals/{draft}/talk",
    "change need": "/staff/referrals/{draft}/need",
    "assign": "/staff/referrals/{draft}/assign",
    "awaiting consent": "/staff/referrals/{awaiting_consent}",
    "consent": "/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}",
    "sign": "/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}/sign",
    "paper": "/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}/paper",
    "spoken": "/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}/spoken",
    "signed consent": "/staff/referrals/{ready}/consent/{ready_choice}",
    "send": "/staff/referrals/{ready}/send",
    "sent": "/staff/referrals/{sent}",
    "sent, no code": "/staff/referrals/{sent}/sent/{sent_choice}",
    "accepted": "/staff/referrals/{accepted}",
    "book": "/staff/referrals/{accepted}/step/book",
    "decline": "/staff/referrals/{sent}/step/decline",
    "declined": "/staff/referrals/{declined}",
    "next clinic": "/staff/referrals/{declined}/step/next_clinic",
    "withdraw": "/staff/referrals/{ready}/step/withdraw",
    "closed": "/staff/referrals/{closed}",
}


@pytest.fixture(scope="module")
def numbers(settings: Settings, referrals: dict[State, int]) -> dict[str, int]:
    catalogue = Catalogue(settings.database_url)
    with catalogue.reading() as session:
        choices = {state: session.get_one(Referral, number).choice_id or 0 for state, number in referrals.items()}
    catalogue.close()
    return {str(state): number for state, number in referrals.items()} | {
        f"{state}_choice": number for state, number in choices.items()
    }


@pytest.fixture(scope="module")
def visit(browser: Browser, address: str, intake: Credentials) -> Iterator[BrowserContext]:
    """A browser in which somebody is signed in; scripts of the pages do not run, axe does."""
    context = browser.new_context(bypass_csp=True)
    sign_in(context.new_page(), address, intake)
    yield context
    context.close()


def faults(page: Page) -> list[tuple[str, list[str]]]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [(fault["id"], [node["html"][:140] for node in fault["nodes"]]) for fault in found["violations"]]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits_narrow_and_wide_light_and_dark(
    visit: BrowserContext, address: str, numbers: dict[str, int], name: str
) -> None:
    page, said = visit.pages[0], []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        response = page.goto(address + PAGES[name].format(**numbers))
        assert response is not None
        assert response.status == 200
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            said += [(width, scheme, fault) for fault in faults(page)]
            if folder := os.environ.get("DESK_SHOTS"):
                page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert said == []


def test_a_referral_goes_all_the_way_to_sending_without_javascript(
    browser: Browser, address: str, intake: Credentials
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, intake)
    page.get_by_role("link", name="Refer someone").click()
    page.get_by_label("Name or reference").fill("Peregrine Sockdolager")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="New client").click()
    page.get_by_label("Name or initials").fill("Peregrine Sockdolager")
    page.get_by_label("ZIP code").fill("46204")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Soon").check()
    page.get_by_role("button", name="Go on to clinics").click()
    page.get_by_role("button", name="Add Teapot Ketamine Clinic").click()
    page.get_by_role("link", name="Go on to the referral").click()
    page.get_by_role("link", name="Go to the consent").click()
    page.get_by_role("link", name="Sign on this screen").click()
    page.get_by_role("textbox", name="Signature").fill("Peregrine Sockdolager")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_label("On paper").check()
    page.get_by_role("button", name="Send it now").click()
    assert page.get_by_role("link", name="Open the packet (PDF)").is_visible()
    assert "Peregrine" not in page.title() + page.url
    context.close()


def test_the_board_is_walked_by_keyboard_alone(browser: Browser, address: str, intake: Credentials) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, address, intake)
    page.goto(f"{address}/staff")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
    wanted = ["Skip to the main part", "Board", "Find a clinic", "Clients", "Refer someone", "Everyone’s", "Mine"]
    assert [word for word in seen if word in wanted][: len(wanted)] == wanted
    context.close()
