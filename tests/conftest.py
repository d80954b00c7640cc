"""Fixtures every room may use."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent

# No test judges by the clock, as machines differ; the same examples every day, and new ones in `make soak`.
settings.register_profile("daily", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", parent=settings.get_profile("daily"), derandomize=False)
settings.load_profile("daily")


@pytest.fixture(scope="session")
def real_listings() -> Path:
    """The folder of real SAMHSA listings beside the repository; tests that need it are skipped elsewhere."""
    folder = ROOT.parent / "shared" / "samhsa"
    if not folder.is_dir():
        pytest.skip("real listings are not on this machine")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, or whichever of its kin is there."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    chromium = next(filter(None, found), None)
    assert chromium, "these tests need a browser: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()
