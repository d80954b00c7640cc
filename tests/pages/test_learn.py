"""Pages to read in a real browser: words that open, drawings that fit, a guide that keeps nothing, and paper."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from axe_faults import faults_at_every_width
from flask.testing import FlaskClient
from following import follow
from playwright.sync_api import Browser, Page, expect

from directory.education.diagram import drawings
from directory.education.reading import EASE_SPANISH, GRADE, reading_ease_spanish, reading_grade
from directory.referrals.talk_through import also_tell, points

pytestmark = pytest.mark.browser

DRAWN_ON = {
    "how-it-acts": "how-it-works",
    "session-day": "what-a-series-looks-like",
    "series": "what-a-series-looks-like",
    "approved-or-off-label": "fda-approval-and-off-label",
}
TALK = "/learn/talk-it-over"
LINE = """svg => [...svg.querySelectorAll('text')].map(text => {
    const box = text.getBoundingClientRect(), all = svg.getBoundingClientRect();
    return [text.textContent, box.left - all.left, all.right - box.right, all.bottom - box.bottom];
})"""


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, base_url=address, java_script_enabled=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("tongue", ["", "/es"])
@pytest.mark.parametrize("path", ["/learn", "/learn/spravato", "/learn/what-a-series-looks-like", "/learn/words", TALK])
def test_pages_to_read_are_accessible_at_every_width(browser: Browser, address: str, tongue: str, path: str) -> None:
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto(address + tongue + path)
    assert faults_at_every_width(page) == []
    page.context.close()


@pytest.mark.parametrize("tongue", ["", "/es"])
def test_every_page_to_read_fits_the_narrowest_window_and_the_widest_zoom(
    browser: Browser, address: str, client: FlaskClient, tongue: str
) -> None:
    paths = set(re.findall(r'href="(/(?:es/)?learn/[a-z-]+)"', client.get(f"{tongue}/learn").get_data(as_text=True)))
    assert len(paths) == 16
    page = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    for path in sorted(paths):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page.context.close()


def test_the_statement_on_accessibility_is_accessible_and_says_how_to_tell_us(browser: Browser, address: str) -> None:
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto(address)
    follow(page.get_by_role("link", name="Accessibility"))
    expect(page.get_by_role("main").get_by_role("heading", level=2)).to_have_count(4)
    assert page.locator("main a[href^='tel:']").count() == 1
    assert faults_at_every_width(page) == []
    page.context.close()


@pytest.mark.parametrize("tongue", ["", "/es"])
@pytest.mark.parametrize("name", drawings())
def test_all_words_of_a_drawing_stand_inside_it_and_are_large_enough(phone: Page, tongue: str, name: str) -> None:
    phone.goto(f"{tongue}/learn/{DRAWN_ON[name]}")
    drawn = phone.locator("svg.drawing").filter(has=phone.locator(f"[id='{name}-title']"))
    for text, left, right, below in drawn.evaluate(LINE):
        assert min(left, right, below) >= 0, f"{text!r} leaves the drawing"
    sizes = drawn.evaluate(
        "svg => [...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)"
        " * svg.getScreenCTM().a)"
    )
    assert min(sizes) >= 12


def test_a_drawing_follows_the_scheme_so_the_policy_lets_its_styles_through(phone: Page) -> None:
    phone.goto("/learn/how-it-works")
    ink = "() => getComputedStyle(document.querySelector('.drawing text')).fill"
    phone.emulate_media(color_scheme="light")
    light = phone.evaluate(ink)
    phone.emulate_media(color_scheme="dark")
    assert phone.evaluate(ink) not in {light, "rgb(0, 0, 0)"}


@pytest.mark.parametrize("script", [True, False])
def test_a_word_opens_and_closes_by_keyboard_with_and_without_javascript(
    browser: Browser, address: str, script: bool
) -> None:
    page = browser.new_context(java_script_enabled=script).new_page()
    page.goto(f"{address}/learn/how-it-works")
    word = page.get_by_role("button", name="glutamate")
    meaning = page.get_by_role("note").filter(has_text="chemical messengers")
    expect(meaning).to_be_hidden()
    word.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    box, window = meaning.bounding_box(), page.viewport_size
    assert box
    assert window
    assert 0 <= box["x"] <= box["x"] + box["width"] <= window["width"]
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    expect(word).to_be_focused()
    page.context.close()


def test_every_word_of_a_page_is_explained_at_its_end_too(client: FlaskClient) -> None:
    page = client.get("/learn/how-it-works").get_data(as_text=True)
    opened = re.findall(r'popovertarget="word-([a-z-]+)"', page)
    assert len(opened) > 5
    assert page.count("<dt>") == len(opened)


def test_the_list_of_words_speaks_both_languages(client: FlaskClient) -> None:
    assert 'id="prior-authorization"><dt>prior authorization</dt>' in client.get("/learn/words").get_data(as_text=True)
    assert 'id="prior-authorization"><dt>autorización previa</dt>' in client.get("/es/learn/words").get_data(
        as_text=True
    )


def test_no_clinic_is_pushed_beside_what_may_go_wrong(client: FlaskClient) -> None:
    for path in ("/learn/risks-and-side-effects", "/learn/who-may-not-be-a-candidate", TALK):
        page = client.get(path).get_data(as_text=True)
        main = page[page.index("<main") : page.index("</main>")]
        assert not re.findall(r'href="/(?:clinic|search)', main)


def test_the_guide_asks_every_point_and_cannot_send_store_or_count(client: FlaskClient) -> None:
    page = client.get(TALK).get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    for point in points().values():
        assert point.en.question in main.replace("&#39;", "'")
        assert point.en.ask in main.replace("&#39;", "'")
    assert "<form" not in main
    assert " name=" not in main, "a box without a name is never sent"
    assert "Set-Cookie" not in client.get(TALK).headers
    assert not re.search(r"\bscore|\btotal|\bresult", main, re.IGNORECASE)


def test_the_guide_is_as_plain_as_the_pages() -> None:
    english = [line for point in points().values() for line in (point.en.question, point.en.why, point.en.ask)]
    spanish = [line for point in points().values() for line in (point.es.question, point.es.why, point.es.ask)]
    assert reading_grade("\n".join((*english, *also_tell("en")))) <= GRADE
    assert reading_ease_spanish("\n".join((*spanish, *also_tell("es")))) >= EASE_SPANISH


def test_marks_of_the_guide_are_gone_when_the_page_is_opened_again(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sent: list[str] = []
    page.goto(address + TALK, wait_until="networkidle")
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("I want to talk about this: Psychosis").check()
    assert sent == []
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    page.reload()
    expect(page.get_by_label("I want to talk about this: Psychosis")).not_to_be_checked()
    context.close()


def printed(browser: Browser, address: str, path: str, **options: Any) -> str:
    page = browser.new_context(**options).new_page()
    page.goto(address + path)
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="Letter")))
    page.context.close()
    return " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())


def test_the_guide_prints_as_questions_for_a_clinician_without_javascript(browser: Browser, address: str) -> None:
    paper = printed(browser, address, TALK, java_script_enabled=False)
    assert "Questions I want to go through with a clinician." in paper
    assert paper.count("Ask a clinician:") == len(points())
    assert "988" in paper
    assert "Read next" not in paper


def test_a_page_prints_with_its_words_its_drawing_in_words_and_its_sources(browser: Browser, address: str) -> None:
    paper = printed(browser, address, "/learn/how-it-works")
    assert "Reviewed on" in paper
    assert "https://doi.org/10.1001/archpsyc.63.8.856" in paper.replace(" ", "")
    assert "A cell sends out glutamate." in paper
    assert "One of the chemical messengers" in paper
    assert "Ask a question" not in paper
