"""A center with four clinics, its mail server and its application, as fresh as on the first day for each journey."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from center_at_work import Center, Visitor, made_up_listings
from flask import Flask
from mail_server import mail_server
from playwright.sync_api import Browser
from staff_sign_in import add_person
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import load_settings
from directory.index.generation import rebuild
from directory.places.gazetteer import Gazetteer


class SilentHandler(WSGIRequestHandler):
    """Writes no request lines."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the clinics in its catalogue and index, to be copied."""
    home = tmp_path_factory.mktemp("filled")
    settings = load_settings({"DIRECTORY_HOME": str(home)})
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    batch = Batch("samhsa-mh", "2023", "made-up.xlsx", "0" * 64, made_up_listings())
    publish(catalogue, batch, Gazetteer.load(settings.home), settings)
    rebuild(catalogue, settings.index_dir)
    with catalogue.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    catalogue.close()
    return home


@pytest.fixture
def center(tmp_path: Path, filled_home: Path) -> Iterator[Center]:
    """The center, its pages served and its mail server listening."""
    home = tmp_path / "home"
    shutil.copytree(filled_home, home)
    with mail_server() as (mail, mail_port):
        server = make_server("127.0.0.1", 0, _nothing, threaded=True, request_handler=SilentHandler)
        address = f"http://127.0.0.1:{server.server_port}"
        loaded = load_settings({"DIRECTORY_HOME": str(home)})
        settings = dataclasses.replace(
            loaded,
            center=dataclasses.replace(loaded.center, address=address),
            mail=dataclasses.replace(
                loaded.mail, host="127.0.0.1", port=mail_port, security="none", sender="desk@center.invalid"
            ),
        )
        intake = add_person(settings, Role.INTAKE, "Ada Nobody")
        app = build(settings)
        opened = Center(settings, app, address, mail, intake)
        opened.site.clock = opened.clock
        yield from _served(server, app, opened)
        opened.site.catalogue.close()


def _served(server: BaseWSGIServer, app: Flask, center: Center) -> Iterator[Center]:
    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield center
    server.shutdown()
    thread.join()
    server.server_close()


def _nothing(_environ: object, _start: object) -> list[bytes]:
    # The application is built once the port is known, for the links in its e-mails hold it.
    raise AssertionError("the application is not served yet")


@pytest.fixture
def visitor(browser: Browser, center: Center) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with a browser of their own; their options are those of a browser's context."""
    came: list[Visitor] = []

    def comes(**options: object) -> Visitor:
        came.append(Visitor(browser, center, **options))
        came[-1].page.set_default_timeout(10_000)
        return came[-1]

    yield comes
    for one in came:
        one.leave()


@pytest.fixture
def desk(visitor: Callable[..., Visitor], center: Center) -> Visitor:
    """Somebody of intake, signed in."""
    ada = visitor()
    ada.sign_in(center.intake)
    return ada
