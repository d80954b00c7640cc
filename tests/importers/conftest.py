"""The gazetteer that listings are checked against, and a way to read a made-up file whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up_files import Opened
from made_up_kinds import House

from directory.catalogue.record import ListingRecord, RefusedRow
from directory.config import load_settings
from directory.places.gazetteer import Gazetteer
from importers.recognise import open_listing


@pytest.fixture(scope="session")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return Gazetteer.load(tmp_path_factory.mktemp("places"))


@pytest.fixture
def read(tmp_path: Path, gazetteer: Gazetteer) -> Callable[..., Opened]:
    """Write a file and read it whole: (batch, listings, refused rows)."""

    def _read(
        content: bytes | str | list[Any] | dict[str, Any], name: str = "listing-2023.csv", **asked: Any
    ) -> Opened:
        path = tmp_path / name
        if isinstance(content, list | dict):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        batch = open_listing(path, gazetteer=gazetteer, **asked)
        rows = list(batch.rows)
        listings = [row for row in rows if isinstance(row, ListingRecord)]
        return batch, listings, [row for row in rows if isinstance(row, RefusedRow)]

    return _read


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, gazetteer: Gazetteer) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("drift"), gazetteer, load_settings(), {})
    yield made
    for catalogue, _, _ in made.before.values():
        catalogue.close()
