"""A catalogue with four made-up clinics and somebody at work, and records with a clock to turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from made_up_clinics import empty_catalogue
from made_up_people import NOON, OpenRecords, add_few_clinics, add_person

import directory.accounts.models
import directory.referrals.models  # noqa: F401 - create_all makes the tables that are known
from directory.accounts.audit import Actor
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.keyring import Keyring
from directory.referrals.records import Records


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"DIRECTORY_HOME": str(tmp_path / "home")})


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue with every table and no facility."""
    opened = empty_catalogue(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def clinics(catalogue: Catalogue) -> list[int]:
    """The ids of four made-up clinics."""
    return add_few_clinics(catalogue)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([Fernet.generate_key()])


@pytest.fixture
def person(catalogue: Catalogue) -> int:
    """The id of Ada Nobody, who does intake."""
    return add_person(catalogue)


@pytest.fixture
def recording(
    catalogue: Catalogue, clinics: list[int], keyring: Keyring, settings: Settings, person: int
) -> OpenRecords:
    """Opens records in a transaction of their own: `with recording(now=…, by=Actor(…)) as records`."""
    assert clinics, "they are written before a transaction locks the catalogue"

    @contextmanager
    def opened(now: dt.datetime = NOON, by: Actor | None = None) -> Iterator[Records]:
        with catalogue.recording() as session:
            yield Records(session, keyring, settings, by or Actor("staff", person), now)

    return opened


@pytest.fixture
def records(recording: OpenRecords) -> Iterator[Records]:
    """Records of Ada Nobody at NOON; `dataclasses.replace(records, now=…)` turns the clock."""
    with recording() as opened:
        yield opened
