"""Pictures of every page of the desk, in both languages, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pictures import take_night_picture, take_pictures
from playwright.sync_api import Browser, BrowserContext
from staff_sign_in import Credentials, add_person, sign_in
from test_every_page import LOOKING_BACK, PAGES

from directory.accounts.roles import Role
from directory.config import Settings
from directory.pages.language import PREFIXES

pytestmark = pytest.mark.pictures


@pytest.fixture(scope="module")
def visits(
    browser: Browser, address: str, intake: Credentials, settings: Settings
) -> Iterator[dict[Role, BrowserContext]]:
    """A browser for each role, signed in."""
    contexts = {role: browser.new_context() for role in (Role.INTAKE, Role.SUPERVISOR, Role.ADMINISTRATOR)}
    for role, context in contexts.items():
        sign_in(context.new_page(), address, intake if role is Role.INTAKE else add_person(settings, role))
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("language", PREFIXES)
@pytest.mark.parametrize("name", [*PAGES, *LOOKING_BACK, "sign-in"])
def test_a_page_of_the_desk_is_kept_as_it_looks(
    visits: dict[Role, BrowserContext],
    browser: Browser,
    address: str,
    numbers: dict[str, int],
    runs: dict[str, int],
    name: str,
    language: str,
) -> None:
    role, path = LOOKING_BACK.get(name) or (Role.INTAKE, PAGES.get(name, "/staff/sign-in"))
    context = browser.new_context() if name == "sign-in" else visits[role]
    page = context.new_page()
    page.goto(address + PREFIXES[language] + path.format(**numbers, **runs))
    take_pictures(page, f"desk-{name}-{language}")
    take_night_picture(page, f"desk-{name}-{language}")
    page.close()
