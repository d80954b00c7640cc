"""Pictures of every public page, in both languages, by day at three widths and at night on a phone."""

from __future__ import annotations

import pytest
from pictures import take_night_picture, take_pictures
from playwright.sync_api import Browser
from test_browser import PAGES
from watching import opened

from directory.pages.language import PREFIXES

pytestmark = pytest.mark.pictures

ALSO = {
    "widened": "/search?q=ketamine+near+Great+Falls%2C+MT",
    "nothing so narrow": "/search?q=ketamine+near+Fort+Wayne&offers=ECT&offers=MD&verified=90",
    "a clinic that said no": "/clinic/30",
    "report": "/clinic/1/report",
    "shortlist with miles": "/shortlist?clinic=1&clinic=2&clinic=4&near=46204",
    "series": "/learn/what-a-series-looks-like",
    "approved": "/learn/fda-approval-and-off-label",
    "talk it over": "/learn/talk-it-over",
    "words": "/learn/words",
    "accessibility": "/about/accessibility",
    "offline": "/offline",
}
LOOKED_AT = PAGES | ALSO


@pytest.mark.parametrize("language", PREFIXES)
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_is_kept_as_it_looks(browser: Browser, address: str, name: str, language: str) -> None:
    watched = opened(browser, address)
    page = watched.open(PREFIXES[language] + LOOKED_AT[name])
    take_pictures(page, f"{name}-{language}")
    take_night_picture(page, f"{name}-{language}")
    watched.page.context.close()
