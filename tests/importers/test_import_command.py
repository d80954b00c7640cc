"""`directory import` from the command line, on a fresh home."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from made_up_files import csv_text, made_up_row

from importers.cli import import_command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIRECTORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "home"


def run(*arguments: str | Path) -> Result:
    """Import; made-up files have far fewer rows than their source, so somebody accepts that."""
    accepted = (*arguments, "--accept", "--reason", "made up, a few rows")
    return CliRunner().invoke(import_command, [str(argument) for argument in accepted])


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    path = tmp_path / "mh-2023.csv"
    path.write_text(csv_text([made_up_row(1), made_up_row(2, state="Atlantis"), made_up_row(3)]), encoding="utf-8")
    return path


def facilities(home: Path) -> int:
    with sqlite3.connect(home / "catalogue.sqlite3") as catalogue:
        count: int = catalogue.execute("SELECT count(*) FROM facility").fetchone()[0]
    return count


def test_an_import_is_reported_as_one_json_object_and_again_changes_nothing(home: Path, listing: Path) -> None:
    first = json.loads(run(listing, "--json").stdout)
    assert (first["read"], first["new"], first["gained_ketamine"]) == (3, 2, 2)
    assert (first["source"], first["edition"]) == ("samhsa-mh", "2023")
    assert [(row["line"], row["column"]) for row in first["refused"]] == [(3, "state")]
    again = json.loads(run(listing, "--json").stdout)
    assert (again["new"], again["changed"], again["unchanged"], again["withdrawn"]) == (0, 0, 2, 0)
    assert facilities(home) == 2
    assert (home / "index").is_dir()


def test_a_dry_run_keeps_nothing_and_builds_no_index(home: Path, listing: Path) -> None:
    result = run(listing, "--dry-run")
    assert result.exit_code == 0
    assert "3 rows read" in result.stdout
    assert facilities(home) == 0
    assert not (home / "index").exists()


def test_a_file_that_is_no_listing_ends_in_one_sentence_and_changes_nothing(
    home: Path, listing: Path, tmp_path: Path
) -> None:
    run(listing)
    page = tmp_path / "mh-2024.xlsx"
    page.write_text("<html>Down for maintenance</html>")
    result = run(page, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: mh-2024.xlsx is a web page")
    assert result.stderr.count("\n") == 1
    assert facilities(home) == 2


def test_a_listing_that_breaks_off_midway_changes_nothing(home: Path, listing: Path, tmp_path: Path) -> None:
    run(listing)
    rows = json.dumps(
        [
            {"name1": f"Purple Giraffe {n}", "city": "Gary", "state": "IN", "zip": "46402", "services": []}
            for n in range(900)
        ]
    )
    cut = tmp_path / "cut-2024.json"
    cut.write_text(rows[:-40])
    result = run(cut)
    assert result.exit_code == 2
    assert "breaks at line 1, column" in result.stderr
    assert facilities(home) == 2


@pytest.mark.parametrize(("option", "value"), [("--source", "samsha-mh"), ("--edition", "soon")])
def test_a_wrong_option_is_told_with_exit_status_2(home: Path, listing: Path, option: str, value: str) -> None:
    result = run(listing, option, value)
    assert result.exit_code == 2
    assert value in result.stderr
    assert not (home / "catalogue.sqlite3").exists()
