"""Signing in for tests: real people with real passwords and second factors, through the real pages."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import dataclass, field

import pyotp
from flask.testing import FlaskClient
from following import follow
from playwright.sync_api import Page

from directory.accounts import people
from directory.accounts.audit import SYSTEM
from directory.accounts.people import open_accounts, redeem_link
from directory.accounts.roles import Role
from directory.accounts.second_factor import STEP_SECONDS, new_secret
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring, KeysError, add_key

PASSWORD = "four plain made-up words"  # noqa: S105


class Clock:
    """Shows what it is set to; given to an application as its site's `clock`."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        """Let so many minutes, hours … go by."""
        self.now += dt.timedelta(**time)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a made-up person signs in with."""

    settings: Settings
    person_id: int
    email: str
    password: str
    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, at: dt.datetime | None = None) -> str:
        """The code their authenticator shows."""
        return pyotp.TOTP(self.secret).at(at or dt.datetime.now(dt.UTC))

    def fresh_code(self, at: dt.datetime | None = None) -> str:
        """The same where an earlier test used it half a minute ago: tests sign in more often than people."""
        catalogue = Catalogue(self.settings.database_url)
        with catalogue.writing() as session:
            people.person_numbered(session, self.person_id).totp_step = None
        catalogue.close()
        return self.code(at)


def add_person(
    settings: Settings, role: Role | str = Role.INTAKE, name: str = "A. Nobody", *, now: dt.datetime | None = None
) -> Credentials:
    """A made-up person of that role who has set up everything; keys are made where there are none."""
    try:
        keyring = Keyring.load(settings.home)
    except KeysError:
        add_key(settings.home)
        keyring = Keyring.load(settings.home)
    now = now or dt.datetime.now(dt.UTC)
    email, secret = f"{role}-{secrets.token_hex(4)}@center.invalid", new_secret()
    step = int(now.timestamp()) // STEP_SECONDS - 2
    catalogue = Catalogue(settings.database_url)
    with open_accounts(catalogue, keyring, settings, SYSTEM, now) as accounts:
        person, token = people.add_person(accounts, email, Role(role), name)
        codes = redeem_link(accounts, token, PASSWORD, secret, step)
    catalogue.close()
    return Credentials(settings, person.id, email, PASSWORD, secret, codes)


def form_token(page: str) -> str:
    """The token in the forms of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "there is no form on this page"
    return found[1]


def signed_in(client: FlaskClient, credentials: Credentials, *, at: dt.datetime | None = None) -> FlaskClient:
    """The same client, signed in with password and code. `at` is what the application's clock says."""
    page = client.get("/staff/sign-in").get_data(as_text=True)
    said = {"csrf_token": form_token(page), "email": credentials.email, "password": credentials.password}
    answer = client.post("/staff/sign-in", data=said)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = client.get("/staff/sign-in/code").get_data(as_text=True)
    said = {"csrf_token": form_token(page), "code": credentials.fresh_code(at)}
    answer = client.post("/staff/sign-in/code", data=said)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def sign_in(page: Page, address: str, credentials: Credentials) -> None:
    """Sign in in a real browser; afterwards the page shows where this person begins."""
    page.goto(f"{address}/staff/sign-in")
    page.get_by_label("E-mail address").fill(credentials.email)
    page.get_by_label("Password").fill(credentials.password)
    follow(page.get_by_role("button", name="Go on"))
    page.get_by_label("Code").fill(credentials.fresh_code())
    follow(page.get_by_role("button", name="Sign in", exact=True))
