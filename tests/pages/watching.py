"""A page in a real browser that remembers every request and every complaint."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page


class Watched:
    """A page that remembers every request and every complaint of the browser."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        response = self.page.goto(self.address + path)
        assert response is not None
        assert response.status < 500
        self.page.wait_for_load_state("networkidle")
        return self.page


def opened(browser: Browser, address: str, width: int = 1280, **options: Any) -> Watched:
    return Watched(browser.new_context(viewport={"width": width, "height": 800}, **options), address)
