"""What people print: few sheets, nothing cut off, and the phone numbers on them."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pypdf
import pytest
from playwright.sync_api import Browser
from watching import opened
from werkzeug.serving import WSGIRequestHandler, make_server

from directory.application import build
from directory.catalogue.codes import code_list
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import load_settings
from directory.index.generation import rebuild
from directory.pages.profile import SHOWN_FIRST
from directory.places.gazetteer import Gazetteer

pytestmark = pytest.mark.browser

LETTER = {"format": "Letter", "prefer_css_page_size": True, "print_background": False}
DRAWN = ("how-it-works", "fda-approval-and-off-label", "what-a-series-looks-like")
WITH_DRAWINGS = [f"{top}/learn/{slug}" for top in ("", "/es") for slug in DRAWN]
GUIDES = ("/learn/talk-it-over", "/es/learn/talk-it-over")


def much_listed() -> Iterator[ListingRecord]:
    """Four clinics that differ in 45 things, as big ones of the real editions do, and one that lists 111 services."""
    shown = [service.code for service in code_list() if service.category in SHOWN_FIRST]
    codes = shown[:: len(shown) // 45][:45]
    for number in range(4):
        yield ListingRecord(
            line=number + 2,
            name1=f"Thistle and Kettle Made-Up Behavioral Health Center {number + 1}",
            name2="Outpatient Program for Low Spirits",
            street1=f"{100 + number} Invented Street, Suite 4",
            city="Fort Wayne",
            state="IN",
            zip="46802",
            phone=f"260-555-01{number:02d}",
            intake_phones={"intake1": "800-555-0199"},
            codes=("KIT", *(code for place, code in enumerate(codes) if (place + number) % 4)),
        )
    every = [service.code for service in code_list() if service.code not in {"KIT", "ESK"}]
    yield ListingRecord(
        line=6,
        name1="Copper Kettle Made-Up State Hospital",
        street1="104 Invented Street",
        city="Fort Wayne",
        state="IN",
        zip="46802",
        phone="260-555-0104",
        codes=("KIT", *every[::2][:110]),
    )


@pytest.fixture(scope="module")
def big_clinics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a directory of such clinics is served."""
    settings = load_settings({"DIRECTORY_HOME": str(tmp_path_factory.mktemp("paper"))})
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    publish(
        catalogue,
        Batch("samhsa-mh", "2023", "made-up.xlsx", "0" * 64, much_listed()),
        Gazetteer.load(settings.home),
        settings,
    )
    rebuild(catalogue, settings.index_dir)
    catalogue.close()
    server = make_server("127.0.0.1", 0, build(settings), threaded=True, request_handler=SilentHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class SilentHandler(WSGIRequestHandler):
    """Writes no request lines."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


def printed(browser: Browser, address: str, path: str) -> pypdf.PdfReader:
    watched = opened(browser, address)
    sheets = watched.open(path).pdf(**LETTER)
    watched.page.context.close()
    return pypdf.PdfReader(io.BytesIO(sheets))


@pytest.mark.parametrize("top", ["", "/es"])
@pytest.mark.parametrize("clinics", [2, 3, 4])
def test_compared_clinics_fit_on_two_sheets(browser: Browser, big_clinics: str, clinics: int, top: str) -> None:
    path = f"{top}/compare?" + "&".join(f"clinic={number + 1}" for number in range(clinics))
    found = printed(browser, big_clinics, path)
    assert len(found.pages) <= 2
    width, height = found.pages[0].mediabox.width, found.pages[0].mediabox.height
    assert (width > height) == (clinics > 2)
    whole = "".join(page.extract_text() for page in found.pages)
    assert [f"260-555-01{number:02d}" in whole for number in range(clinics)] == [True] * clinics
    assert "988" in whole


def test_a_clinics_sheets_begin_with_its_phones(browser: Browser, big_clinics: str) -> None:
    found = printed(browser, big_clinics, "/clinic/1")
    assert len(found.pages) <= 2
    first = found.pages[0].extract_text()
    assert "260-555-0100 · 800-555-0199" in first
    assert "On my shortlist" not in first


@pytest.mark.parametrize("top", ["", "/es"])
def test_the_biggest_clinic_takes_two_sheets(browser: Browser, big_clinics: str, top: str) -> None:
    found = printed(browser, big_clinics, f"{top}/clinic/5")
    whole = "".join(page.extract_text() for page in found.pages)
    assert ("111 services" in whole) or ("111 servicios" in whole)
    assert len(found.pages) <= 2


def test_six_results_take_two_sheets(browser: Browser, address: str) -> None:
    found = printed(browser, address, "/search?q=ketamine+near+Fort+Wayne")
    assert len(found.pages) <= 2
    assert "Order" not in found.pages[0].extract_text()


@pytest.mark.parametrize("path", GUIDES)
def test_the_guide_takes_two_sheets(browser: Browser, address: str, path: str) -> None:
    assert len(printed(browser, address, path).pages) <= 2


@pytest.mark.parametrize("path", WITH_DRAWINGS)
def test_a_drawing_that_goes_to_the_next_sheet_leaves_no_half_empty_one(
    browser: Browser, address: str, path: str
) -> None:
    found = printed(browser, address, path)
    assert 1 < len(found.pages) <= 4
    assert [empty_below(page) for page in found.pages[:-1] if empty_below(page) > 0.4] == []


def empty_below(page: pypdf.PageObject) -> float:
    """The share of a sheet that lies white below its last line of text."""
    heights: list[float] = []

    def meet(text: str, here: list[float], line: list[float], *_font: object) -> None:
        if text.strip():
            heights.append(here[3] * line[5] + here[5])

    page.extract_text(visitor_text=meet)
    return min(heights) / float(page.mediabox.height)
