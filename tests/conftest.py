"""Fixtures every room may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_listings() -> Path:
    """The folder of real SAMHSA listings beside the repository; tests that need it are skipped elsewhere."""
    folder = ROOT.parent / "shared" / "samhsa"
    if not folder.is_dir():
        pytest.skip("real listings are not on this machine")
    return folder
