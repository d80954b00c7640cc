"""Every importer is asked, has its page, and reads a source that is described."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import importers
from directory.catalogue.sources import known_sources
from importers.recognise import IMPORTERS

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    path.stem: module
    for path in sorted(Path(importers.__file__).parent.glob("*.py"))
    if hasattr(module := importlib.import_module(f"importers.{path.stem}"), "open_batch")
}


def test_every_importer_is_asked() -> None:
    assert {module.open_batch for module in MODULES.values()} == set(IMPORTERS)


@pytest.mark.parametrize("name", MODULES)
def test_every_importer_has_its_page_and_a_source(name: str) -> None:
    kind = MODULES[name].KIND
    page = ROOT / "docs" / "formats" / f"{kind}.md"
    assert f"importers/{name}.py" in page.read_text(encoding="utf-8")
    assert f"formats/{kind}.md" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    sources = [source.id for source in known_sources().values() if source.more.get("kind") == kind]
    assert any(f"`{source}`" in page.read_text(encoding="utf-8") for source in sources)
