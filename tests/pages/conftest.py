"""A small made-up directory, its application, and a browser that looks at it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from directory.application import build
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.verification import ClinicAnswer, verify
from directory.config import Settings, load_settings
from directory.index.generation import rebuild
from directory.places.gazetteer import Gazetteer

TOWNS = (
    ("Fort Wayne", "IN", "46802"),
    ("Toledo", "OH", "43604"),
    ("Dayton", "OH", "45402"),
    ("Louisville", "KY", "40202"),
    ("Muncie", "IN", "47305"),
    ("Indianapolis", "IN", "46204"),
)
ASKED_ON = dt.date(2026, 11, 3)
NAMES = ("Paper Boat", "Tin Whistle", "Copper Kettle", "Seven Acorns", "Blue Thistle", "Maple Lantern")
CODES = ("KIT", "TMS", "CBT", "MD", "MC", "PI", "SF", "SS", "ADLT", "YAD", "OP", "SP", "VET", "PTSD")


def made_up_listings() -> Iterator[ListingRecord]:
    """Thirty clinics nobody could take for real: six with ketamine, two of these without a street."""
    for number in range(30):
        city, state, code = TOWNS[number % len(TOWNS)]
        withheld = number in {3, 4}
        ketamine = number < len(NAMES)
        yield ListingRecord(
            line=number + 2,
            name1=f"{NAMES[number % len(NAMES)]} Made-Up Clinic {number + 1}",
            name2="Program for Low Spirits" if number % 3 == 0 else "",
            street1="" if withheld else f"{100 + number} Invented Street",
            street_withheld=withheld,
            city=city,
            state=state,
            zip=code,
            phone=f"260-555-01{number:02d}",
            intake_phones={"intake1": "800-555-0199"} if number == 0 else {},
            website="https://clinic.invalid/" if number == 0 else "",
            codes=CODES if ketamine else CODES[1 + number % 3 :],
        )


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    return load_settings({"DIRECTORY_HOME": str(home)}, demo=True)


@pytest.fixture(scope="session")
def filled_settings(settings: Settings) -> Settings:
    """Settings of a home whose catalogue and index hold the made-up clinics."""
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    batch = Batch("samhsa-mh", "2023", "made-up.xlsx", "0" * 64, iter(made_up_listings()))
    publish(catalogue, batch, Gazetteer.load(settings.home), settings)
    with catalogue.writing() as session:
        verify(session, 6, ClinicAnswer(ASKED_ON, "A. Nobody", offers=("TMS",)))
        verify(session, 30, ClinicAnswer(ASKED_ON, "A. Nobody", offers=("EMDR",), lacks=("KIT",)))
    rebuild(catalogue, settings.index_dir)
    catalogue.close()
    return settings


@pytest.fixture(scope="session")
def app(filled_settings: Settings) -> Flask:
    return build(filled_settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def client_without_index(filled_settings: Settings, tmp_path: Path) -> FlaskClient:
    """A client of a site whose listings were never indexed."""
    bare = dataclasses.replace(filled_settings, home=tmp_path)
    return build(bare).test_client()


class SilentHandler(WSGIRequestHandler):
    """Writes no request lines: they hold what was searched."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """Where the application is served, such as "http://127.0.0.1:41234"."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
