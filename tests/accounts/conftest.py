"""An application with staff, its own clock, and nobody's data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from staff_sign_in import Clock, Credentials, add_person

from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema that holds nothing, to be copied."""
    home = tmp_path_factory.mktemp("empty")
    catalogue = Catalogue(load_settings({"DIRECTORY_HOME": str(home)}).database_url)
    upgrade(catalogue)
    with catalogue.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    catalogue.close()
    return home / "catalogue.sqlite3"


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> Settings:
    shutil.copy(empty_database, tmp_path)
    return load_settings({"DIRECTORY_HOME": str(tmp_path)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Flask:
    app = build(settings)
    app.extensions["directory"].clock = clock
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def intake(settings: Settings, clock: Clock) -> Credentials:
    """Somebody of intake."""
    return add_person(settings, Role.INTAKE, now=clock.now)


@pytest.fixture
def administrator(settings: Settings, clock: Clock) -> Credentials:
    """An administrator."""
    return add_person(settings, Role.ADMINISTRATOR, now=clock.now)
