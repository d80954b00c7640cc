"""Edges and ends of lines: boxes to tick stand below their legend, and no phone number is broken in two."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from watching import opened

pytestmark = pytest.mark.browser

PAGES = ("/search?q=ketamine+near+Fort+Wayne", "/clinic/1/report", "/learn/talk-it-over")
# How far each box to tick stands from the left edge of its own line, in pixels.
OFF = """() => {
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  return [...document.querySelectorAll(".form-check .form-check-input")].filter((box) => box.checkVisibility())
    .map((box) => [box, box.closest(".form-check")].map((each) => each.getBoundingClientRect().left))
    .map(([box, line]) => Math.round(box - line));
}"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_box_to_tick_begins_where_its_legend_does(browser: Browser, address: str, path: str, width: int) -> None:
    page = opened(browser, address, width).open(path)
    stands = page.evaluate(OFF)
    page.context.close()
    assert stands
    assert set(stands) == {0}


WITH_PHONES = ("/", "/search?q=ketamine+near+Fort+Wayne", "/clinic/1", "/clinic/30", "/shortlist?clinic=1&clinic=2",
    "/compare?clinic=1&clinic=2&clinic=4", "/learn/crisis-help", "/no-such-page", "/about/accessibility")  # fmt: skip
# Phone numbers that are seen on more than one line.
BROKEN = r"""() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const broken = [];
  while (texts.nextNode()) {
    for (const { 0: phone, index } of texts.currentNode.data.matchAll(/\d{3}-\d{3}-\d{4}|\d-\d{3}-\d{3}-\d{4}/g)) {
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + phone.length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(phone);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("top", ["", "/es"])
@pytest.mark.parametrize("path", WITH_PHONES)
def test_no_phone_number_is_broken_in_two(browser: Browser, address: str, path: str, top: str) -> None:
    page = opened(browser, address, 320).open(top + path)
    broken = page.evaluate(BROKEN)
    page.context.close()
    assert broken == []
