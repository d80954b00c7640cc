"""Going from page to page in a browser: a step ends when the page it leads to has loaded, however busy the machine."""

from __future__ import annotations

from playwright.sync_api import Locator


def follow(thing: Locator) -> None:
    """Click a link or a button that leads to another page, and wait for that page."""
    with thing.page.expect_navigation():
        thing.click()


def enter(thing: Locator) -> None:
    """Press Enter on a link, a button or a field that leads to another page, and wait for that page."""
    with thing.page.expect_navigation():
        thing.press("Enter")
