"""The page of components: each in every state, by the same rules as elsewhere, and without a fault in either scheme."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from axe_faults import faults, faults_at_every_width
from network import Network
from playwright.sync_api import Browser, Page
from watching import opened

from directory.application import build
from directory.config import DevelopmentSettings, Settings

pytestmark = pytest.mark.browser

LOOKS = """(element) => {
  const style = getComputedStyle(element);
  const text = ["color", "textDecorationLine", "textDecorationThickness"];
  const told = [...text, "backgroundColor", "borderTopColor", "outlineStyle"];
  return told.map((each) => style[each]).join(" ");
}"""


@pytest.fixture
def shown(browser: Browser, filled_settings: Settings) -> Iterator[Page]:
    """The page, where the settings ask for it."""
    network = Network(build(dataclasses.replace(filled_settings, development=DevelopmentSettings(design_page=True))))
    watched = opened(browser, network.address, bypass_csp=True)
    page = watched.open("/design")
    page.wait_for_selector("[data-states-shown]", state="attached")
    yield page
    page.context.close()
    network.cut()


def test_no_component_has_a_fault_in_any_state_or_scheme(shown: Page) -> None:
    assert faults_at_every_width(shown) == []
    shown.emulate_media(color_scheme="light", forced_colors="active")
    assert faults(shown) == []


@pytest.mark.parametrize("kind", [".btn-primary", ".btn-quiet", ".btn-crisis-quiet", ".linklist a"])
def test_a_component_is_shown_as_it_looks_under_a_pointer_and_in_focus(shown: Page, kind: str) -> None:
    rest = shown.locator(f'{kind}[data-state=""]').first
    pointed = shown.locator(f'{kind}[data-state="hover"]').first.evaluate(LOOKS)
    focused = shown.locator(f'{kind}[data-state="focus"]').first.evaluate(LOOKS)
    assert pointed != rest.evaluate(LOOKS)
    rest.hover()
    assert pointed == rest.evaluate(LOOKS)
    shown.mouse.move(0, 0)
    shown.keyboard.press("Tab")
    rest.focus()
    assert focused == rest.evaluate(LOOKS)


def test_what_is_ticked_looks_ticked_where_people_choose_all_colours(shown: Page) -> None:
    shown.emulate_media(forced_colors="active")
    for kind in ("checkbox", "radio"):
        ticked, empty = (shown.locator(f"#design-{kind}-{number}").screenshot() for number in (1, 2))
        assert ticked != empty
