"""Every page of the desk in a real browser, narrow and wide, light and dark: whole, accessible, without overflow."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_faults import faults_at_every_width
from flask import Flask
from following import follow
from playwright.sync_api import Browser, BrowserContext, Page
from staff_sign_in import Credentials, add_person, sign_in

from directory.accounts.roles import Role
from directory.config import Settings

pytestmark = pytest.mark.browser

NO_SUCH_PAGE = "/staff/nowhere"
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
    "new client": "/staff/clients/new",
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
    "answer": "/staff/referrals/{sent}/answer",
    "sign in Spanish": "/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}/sign?language=es",
    "take back": "/staff/referrals/{ready}/consent/{ready_choice}/{ready_consent}/revoke",
    "event came": "/staff/referrals/{ready}/consent/{ready_choice}/{ready_consent}/event",
    "disclosures": "/staff/clients/1/disclosures",
    "account": "/staff/account",
    "no such page": NO_SUCH_PAGE,
}
LOOKING_BACK = {
    "reports": (Role.SUPERVISOR, "/staff/reports"),
    "trail": (Role.SUPERVISOR, "/staff/trail"),
    "clinics to ask": (Role.SUPERVISOR, "/staff/clinics-to-ask"),
    "imports": (Role.SUPERVISOR, "/staff/imports"),
    "run": (Role.SUPERVISOR, "/staff/imports/{run}"),
    "held run": (Role.SUPERVISOR, "/staff/imports/{held_run}"),
    "compare": (Role.SUPERVISOR, "/staff/imports/compare?source=findtreatment"),
    "call": (Role.SUPERVISOR, "/staff/clinics-to-ask/1"),
    "correct": (Role.SUPERVISOR, "/staff/listings/1/correct"),
    "news on corrections": (Role.SUPERVISOR, "/staff/listings/news"),
    "pairs": (Role.SUPERVISOR, "/staff/listings/pairs"),
    "split": (Role.SUPERVISOR, "/staff/listings/1/split"),
    "quality": (Role.SUPERVISOR, "/staff/listings/quality"),
    "board of a supervisor": (Role.SUPERVISOR, "/staff"),
    "people": (Role.ADMINISTRATOR, "/staff/people"),
    "closed to this role": (Role.ADMINISTRATOR, "/staff/clients"),
}
# Whatever can be pressed and is smaller than 24 pixels, but for links within a sentence.
SMALL_TARGETS = """[...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && getComputedStyle(one).display !== "inline")
    .filter(one => !one.closest(".visually-hidden, .skip"))
    .map(one => [one.getBoundingClientRect(), one])
    .filter(([box]) => box.width && (box.width < 24 || box.height < 24))
    .map(([box, one]) => `${one.outerHTML.slice(0, 80)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
FILES = {"accounting.export", "accounting.pdf", "documents.show", "deliveries.preview", "reports.export"}
# Walked in tests/accounts, where nobody is signed in yet.
SIGNING_IN = {"sign_in.show", "sign_in.code", "sign_in.welcome"}


@pytest.fixture(scope="module")
def visit(browser: Browser, address: str, intake: Credentials) -> Iterator[BrowserContext]:
    """A browser in which somebody is signed in; scripts of the pages do not run, axe does."""
    context = browser.new_context(bypass_csp=True)
    sign_in(context.new_page(), address, intake)
    yield context
    context.close()


@pytest.fixture(scope="module")
def looks_back(browser: Browser, address: str, settings: Settings) -> Iterator[dict[Role, BrowserContext]]:
    """Browsers in which those who look back are signed in."""
    contexts = {role: browser.new_context(bypass_csp=True) for role in (Role.SUPERVISOR, Role.ADMINISTRATOR)}
    for role, context in contexts.items():
        sign_in(context.new_page(), address, add_person(settings, role))
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def page_named(
    visit: BrowserContext,
    looks_back: dict[Role, BrowserContext],
    address: str,
    numbers: dict[str, int],
    runs: dict[str, int],
) -> Callable[..., Page]:
    """Opens a page by its name, as somebody who may see it, in the language of `top` ("" or "/es")."""

    def opened(name: str, top: str = "") -> Page:
        role, path = LOOKING_BACK.get(name) or (Role.INTAKE, PAGES[name])
        page = (visit if role is Role.INTAKE else looks_back[role]).pages[0]
        page.goto(address + top + path.format(**numbers, **runs))
        return page

    return opened


def shot_of(name: str) -> str:
    folder = os.environ.get("DESK_SHOTS")
    return str(Path(folder) / name.replace(" ", "-")) if folder else ""


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits_narrow_and_wide_light_and_dark(
    visit: BrowserContext, address: str, numbers: dict[str, int], name: str
) -> None:
    page = visit.pages[0]
    response = page.goto(address + PAGES[name].format(**numbers))
    assert response is not None
    assert response.status == (404 if name == "no such page" else 200)
    assert faults_at_every_width(page, shot_of(name)) == []


@pytest.mark.parametrize("name", LOOKING_BACK)
def test_every_page_of_other_roles_is_accessible_and_fits(
    looks_back: dict[Role, BrowserContext], address: str, runs: dict[str, int], name: str
) -> None:
    role, path = LOOKING_BACK[name]
    page = looks_back[role].pages[0]
    response = page.goto(address + path.format(**runs))
    assert response is not None
    assert response.status == (403 if name == "closed to this role" else 200)
    assert faults_at_every_width(page, shot_of(name)) == []


@pytest.mark.parametrize("name", [*PAGES, *LOOKING_BACK])
def test_every_page_fits_in_spanish_too_narrow_and_wide(page_named: Callable[..., Page], name: str) -> None:
    page = page_named(name, "/es")
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate(SMALL_TARGETS) == [], width


@pytest.mark.parametrize("name", ["refer new", "need", "sign", "paper", "decline", "take back", "send"])
def test_a_form_that_is_refused_says_why_accessibly(
    visit: BrowserContext, address: str, numbers: dict[str, int], name: str
) -> None:
    page = visit.pages[0]
    page.goto(address + PAGES[name].format(**numbers))
    for field in page.locator("main textarea:visible, main input[type=text]:visible").all():
        field.fill("")
    follow(page.locator("main form [type=submit]:visible").last)
    assert page.locator(".error-summary").is_visible()
    assert page.evaluate("document.activeElement.matches('.error-summary')"), "reading begins with what is wrong"
    assert faults_at_every_width(page, shot_of(f"{name} refused")) == []


@pytest.mark.parametrize("name", ["sent", "run", "held run", "reports", "signed consent"])
def test_nothing_to_press_is_printed_of_what_goes_into_a_file_and_lists_are_open(
    page_named: Callable[..., Page], name: str
) -> None:
    page = page_named(name)
    page.emulate_media(media="print")
    assert page.evaluate("[...document.querySelectorAll('main button')].filter(one => one.checkVisibility())") == []
    assert page.locator("main textarea:visible").count() == 0
    for closed in page.locator("main details li, main details td").all():
        assert closed.is_visible()
    page.emulate_media(media="screen")


def test_every_page_of_the_desk_stands_in_these_lists(app: Flask) -> None:
    ways = app.url_map.bind("localhost")
    shown = {ways.match(urlsplit(_numbered(path)).path)[0] for path in PAGES.values() if path != NO_SUCH_PAGE}
    shown |= {ways.match(urlsplit(_numbered(path)).path)[0] for _role, path in LOOKING_BACK.values()}
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff") and "GET" in rule.methods]
    assert {rule.endpoint for rule in rules} == shown | FILES | SIGNING_IN


def _numbered(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


def test_a_referral_goes_all_the_way_to_sending_without_javascript(
    browser: Browser, address: str, intake: Credentials
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, intake)
    follow(page.get_by_role("link", name="Refer someone"))
    page.get_by_label("Name or reference").fill("Peregrine Sockdolager")
    follow(page.get_by_role("button", name="Find"))
    follow(page.get_by_role("link", name="New client"))
    page.get_by_label("Name or initials").fill("Peregrine Sockdolager")
    page.get_by_label("ZIP code").fill("46204")
    follow(page.get_by_role("button", name="Save and go on"))
    page.get_by_label("Soon").check()
    follow(page.get_by_role("button", name="Go on to clinics"))
    follow(page.get_by_role("button", name="Add Teapot Ketamine Clinic"))
    follow(page.get_by_role("link", name="Go on to the referral"))
    follow(page.get_by_role("link", name="Go to the consent"))
    follow(page.get_by_role("link", name="Sign on this screen"))
    page.get_by_role("textbox", name="Signature").fill("Peregrine Sockdolager")
    page.get_by_label("I have read this").check()
    follow(page.get_by_role("button", name="Sign", exact=True))
    follow(page.get_by_role("link", name="Send", exact=True))
    page.get_by_label("On paper").check()
    follow(page.get_by_role("button", name="Send it now"))
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
