"""Pictures of every public page, in both languages."""

from __future__ import annotations

import pytest
from pictures import take_pictures
from playwright.sync_api import Browser
from test_browser import PAGES
from watching import opened

from directory.pages.language import PREFIXES

pytestmark = pytest.mark.pictures


@pytest.mark.parametrize("language", PREFIXES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_kept_as_it_looks(browser: Browser, address: str, name: str, language: str) -> None:
    watched = opened(browser, address)
    take_pictures(watched.open(PREFIXES[language] + PAGES[name]), f"{name}-{language}")
    watched.page.context.close()
