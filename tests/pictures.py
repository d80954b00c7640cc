"""Pictures of pages at three widths, for people to look at: `make screenshots` keeps them in var/screenshots."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

WIDTHS = (360, 768, 1280)
HEIGHT = 800
FOLDER = Path(os.environ.get("SCREENSHOTS") or "var/screenshots")


def take_pictures(page: Page, name: str) -> None:
    """Keep the page that stands in a browser as it looks at every width: desk-board-en-360.png."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(150)
        _keep(page, f"{name}-{width}")


def take_night_picture(page: Page, name: str) -> None:
    """Keep the page as it looks in the dark scheme, on a phone: home-es-night-360.png."""
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    page.emulate_media(color_scheme="dark")
    _keep(page, f"{name}-night-{WIDTHS[0]}")


def _keep(page: Page, name: str) -> None:
    path = FOLDER / f"{name.replace(' ', '-')}.png"
    page.screenshot(path=path, full_page=True, animations="disabled")
    assert path.stat().st_size > 2_000
