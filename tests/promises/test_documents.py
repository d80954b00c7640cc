"""The documents name what exists: every link resolves, every setting and command is described."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from directory.cli import main

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/README.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_setting_is_described() -> None:
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    settings = tomllib.loads((ROOT / "data" / "settings.toml").read_text(encoding="utf-8"))
    missing = [name for table in settings.values() for name in table if not re.search(rf"\b{name}\b", described)]
    assert missing == []


def test_every_command_is_described() -> None:
    described = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    context = click.Context(main)
    missing = [name for name in main.list_commands(context) if f"directory {name}" not in described]
    assert missing == []


def test_nothing_in_the_repository_holds_a_real_listing() -> None:
    workbooks = [path for path in ROOT.rglob("*.xlsx") if ".venv" not in path.parts and "var" not in path.parts]
    assert workbooks == []
