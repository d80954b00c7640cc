"""Lines of running text are neither so long that the eye loses the next one, nor so short that it stumbles."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from watching import opened

pytestmark = pytest.mark.browser

PAGES = (
    "/learn",
    "/learn/how-it-works",
    "/learn/cost-and-insurance",
    "/learn/what-a-series-looks-like",
    "/learn/crisis-help",
    "/learn/talk-it-over",
    "/learn/words",
    "/about-the-data",
    "/privacy",
    "/about/accessibility",
    "/clinic/1/report",
    "/no-such-page",
    "/offline",
)
# The text of every paragraph of three lines and more, and how many characters its whole lines hold on the average.
LINES = """() => [...document.querySelectorAll("main p, main li, main dd")].flatMap((block) => {
  const range = document.createRange(), tops = new Map();
  const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  if (!block.checkVisibility() || block.querySelector("p, li, svg, input")) return [];
  while (texts.nextNode()) {
    for (let at = 0; at < texts.currentNode.length; at += 1) {
      range.setStart(texts.currentNode, at);
      range.setEnd(texts.currentNode, at + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      const line = [...tops.keys()].find((top) => Math.abs(top - box.bottom) < 8) ?? box.bottom;
      tops.set(line, (tops.get(line) ?? 0) + 1);
    }
  }
  const whole = [...tops.values()].slice(0, -1);
  if (whole.length < 2 || block.closest(".learn-card, .page-hit, .panel")) return [];
  const characters = whole.reduce((sum, each) => sum + each, 0) / whole.length;
  return [[block.innerText.slice(0, 50), Math.round(characters)]];
})"""


@pytest.mark.parametrize("top", ["", "/es"])
@pytest.mark.parametrize("path", PAGES)
def test_a_line_holds_45_to_80_characters(browser: Browser, address: str, path: str, top: str) -> None:
    page = opened(browser, address, 1280).open(top + path)
    lines = page.evaluate(LINES)
    page.context.close()
    assert [one for one in lines if not 45 <= one[1] <= 80] == []
