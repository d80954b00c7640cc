"""What axe finds wrong with a page in a real browser, in light and dark."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def faults(page: Page) -> list[tuple[str, list[str]]]:
    """Every violation with the elements it stands on; the context must have been opened with `bypass_csp`."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [(fault["id"], [node["html"][:140] for node in fault["nodes"]]) for fault in found["violations"]]


def faults_at_every_width(page: Page, shot: str = "") -> list[tuple[int, str, object]]:
    """The same at 360, 768 and 1280 pixels, in light and dark, all unfolded; also where a page is wider than that.

    `shot` is where pictures are put, without width and ending; empty for none.
    """
    said: list[tuple[int, str, object]] = []
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            said += [(width, scheme, fault) for fault in faults(page)]
            if shot:
                page.screenshot(path=f"{shot}-{width}-{scheme}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            said.append((width, "light", "wider than the window"))
    return said
