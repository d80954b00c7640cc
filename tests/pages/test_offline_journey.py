"""A family on a phone, half-way when the network goes: by clicks alone they read on, keep their list, and come back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from following import follow
from network import Network
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

SAYS = {
    "": {
        "ask": "ketamine near Fort Wayne",
        "search": "Search",
        "learn": "Learn",
        "all": "All pages to read",
        "list": "Shortlist",
        "off": "Take off",
        "help": "Help right now",
        "no": "No connection",
        "again": "Try again",
        "far": "How far are they from you?",
        "miles": "Show the miles",
        "none": "The miles need a connection",
    },
    "/es": {
        "ask": "ketamina cerca de Fort Wayne",
        "search": "Buscar",
        "learn": "Aprender",
        "all": "Todas las páginas para leer",
        "list": "Lista corta",
        "off": "Quitar",
        "help": "Ayuda ahora mismo",
        "no": "Sin conexión",
        "again": "Intentar otra vez",
        "far": "¿A qué distancia le quedan?",
        "miles": "Ver las millas",
        "none": "Las millas necesitan una conexión",
    },
}


@pytest.fixture
def network(app: Flask) -> Iterator[Network]:
    network = Network(app)
    yield network
    network.cut()


def search(page: Page, words: str, button: str) -> None:
    page.get_by_role("combobox").first.fill(words)
    follow(page.get_by_role("button", name=button, exact=True))


@pytest.mark.parametrize("top", SAYS)
def test_half_way_the_network_goes_and_a_family_goes_on(browser: Browser, network: Network, top: str) -> None:
    says = SAYS[top]
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{network.address}{top}/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    search(page, says["ask"], says["search"])
    names = page.locator(".card-clinic h3 a").all_inner_texts()[:2]
    for number in range(2):
        page.locator("[data-keep]").nth(number).check()
    nav = page.get_by_role("navigation").first
    follow(nav.get_by_role("link", name=f"{says['list']} (2)"))
    expect(page.locator(".sheet h2")).to_have_text(names)
    follow(nav.get_by_role("link", name=says["learn"], exact=True))
    page.wait_for_function("caches.match(new URL(document.querySelector('[data-shortlist-link]').href).pathname)")

    network.cut()
    first, second = (page.locator(".learn-card h3 a").nth(number).inner_text() for number in range(2))
    follow(page.get_by_role("link", name=first))
    expect(page.locator("h1")).to_have_text(first)
    follow(page.get_by_role("link", name=says["all"]))
    follow(page.get_by_role("link", name=second))
    expect(page.locator("h1")).to_have_text(second)

    follow(nav.get_by_role("link", name=f"{says['list']} (2)"))
    expect(page.locator(".sheet h2")).to_have_text(names)
    follow(page.get_by_role("link", name=says["off"]).first)
    expect(page.locator(".sheet h2:visible")).to_have_text(names[1:])
    expect(page.locator("[data-mine]")).to_be_visible()
    expect(nav.get_by_role("link", name=f"{says['list']} (1)")).to_be_visible()

    page.get_by_label(says["far"]).fill("46204")
    follow(page.get_by_role("button", name=says["miles"]))
    expect(page.locator("[data-miles-offline]")).to_contain_text(says["none"])
    expect(page.get_by_label(says["far"])).to_have_value("46204")
    expect(page.locator(".sheet h2:visible")).to_have_text(names[1:])

    search(page, "46204", says["search"])
    expect(page.locator("main h1")).to_have_text(says["no"])
    expect(page.locator("main a[href='tel:988']").first).to_be_visible()
    follow(page.get_by_role("link", name=says["again"]))
    expect(page.locator("main h1")).to_have_text(says["no"])
    follow(page.locator("main").get_by_role("link", name=says["help"]))
    expect(page.locator("main a[href='tel:988']").first).to_be_visible()
    page.go_back()
    expect(page.locator("main h1")).to_have_text(says["no"])

    network.mend()
    follow(page.get_by_role("link", name=says["again"]))
    expect(page.locator(".chip").first).to_contain_text("46204")
    page.locator("[data-keep]").last.check()
    follow(nav.get_by_role("link", name=f"{says['list']} (2)"))
    expect(page.locator(".sheet h2")).to_have_count(2)
    expect(page.locator(".sheet h2").first).to_have_text(names[1])
    context.close()
