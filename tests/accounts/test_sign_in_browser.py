"""Signing in in a real browser: by its real cookies and policies, accessible, and without JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pyotp
import pytest
from flask import Flask
from following import follow
from playwright.sync_api import Browser, Page
from staff_sign_in import PASSWORD, Credentials, add_person, sign_in
from werkzeug.serving import WSGIRequestHandler, make_server

from directory.accounts.people import person_named
from directory.accounts.roles import Role
from directory.application import build
from directory.config import Settings

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WIDTHS = (360, 1280)


class Silent(WSGIRequestHandler):
    """Writes no request lines."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(settings: Settings) -> Iterator[tuple[str, Flask]]:
    """An application by the real clock, and where it is served."""
    app = build(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", app
    server.shutdown()
    thread.join()
    server.server_close()


def faults_on(page: Page) -> list[Any]:
    """What axe finds wrong, and whether the page is wider than the window."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found + (["wider than the window"] if wider else [])


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_for_signing_in_and_accounts_are_accessible_and_break_no_policy(
    browser: Browser, served: tuple[str, Flask], settings: Settings, width: int
) -> None:
    address, _ = served
    who = add_person(settings, Role.ADMINISTRATOR)
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/staff/sign-in")
    assert faults_on(page) == []
    sign_in(page, address, who)
    page.goto(f"{address}/staff/people")
    assert faults_on(page) == []
    page.get_by_label("E-mail address").fill("new@center.invalid")
    follow(page.get_by_role("button", name="Add and make a one-time link"))
    link = page.locator("code.one-time-link").inner_text()
    assert faults_on(page) == []
    page.goto(f"{address}/staff/account")
    assert faults_on(page) == []
    follow(page.get_by_role("button", name="Make ten new codes"))
    assert faults_on(page) == []
    page.goto(address + "/staff/welcome/" + link.rpartition("/")[2])
    assert faults_on(page) == []
    assert page.locator("img.qr").evaluate("picture => picture.naturalWidth") > 100
    assert complaints == []
    context.close()


def test_somebody_new_sets_up_and_signs_in_without_javascript(
    browser: Browser, served: tuple[str, Flask], settings: Settings
) -> None:
    address, _ = served
    administrator = add_person(settings, Role.ADMINISTRATOR)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    sign_in(page, address, administrator)
    page.goto(f"{address}/staff/people")
    page.get_by_label("E-mail address").fill("new@center.invalid")
    follow(page.get_by_role("button", name="Add and make a one-time link"))
    link = page.locator("code.one-time-link").inner_text()
    page.goto(f"{address}/staff/account")
    follow(page.get_by_role("button", name="Sign out here"))
    page.goto(address + "/staff/welcome/" + link.rpartition("/")[2])
    secret = page.locator("code.totp-key").inner_text().replace(" ", "")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_label("Code that the app shows now").fill(pyotp.TOTP(secret).now())
    follow(page.get_by_role("button", name="Finish"))
    assert page.locator(".recovery-codes li").count() == 10
    with served[1].extensions["directory"].catalogue.reading() as session:
        number = person_named(session, "new@center.invalid").id
    sign_in(page, address, Credentials(settings, number, "new@center.invalid", PASSWORD, secret))
    assert page.goto(f"{address}/staff/account").status == 200  # type: ignore[union-attr]
    assert complaints == []
    context.close()
