"""A small catalogue and its index."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_clinics import PAGES, add_clinics, empty_catalogue, many_clinics

from directory.catalogue.session import Catalogue
from directory.index.generation import Generation, rebuild


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    found = empty_catalogue(tmp_path)
    add_clinics(found, many_clinics(300, seed=7))
    return found


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def generation(catalogue: Catalogue, index_dir: Path) -> Generation:
    return rebuild(catalogue, index_dir, PAGES)
