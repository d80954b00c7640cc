"""Runs from the command line: held, approved, discarded, read again and taken back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from made_up_files import csv_text, made_up_row

from importers.cli import HELD_STATUS, import_command

WHY = ("--reason", "A made-up list of three rows", "--by", "Ada Nobody")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIRECTORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    return listing_of(tmp_path / "mh-2023.csv", 1, 2, 3)


def listing_of(path: Path, *numbers: int) -> Path:
    path.write_text(csv_text([made_up_row(number) for number in numbers]), encoding="utf-8")
    return path


def run(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(import_command, [str(argument) for argument in arguments])


def asked(home: Path, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "catalogue.sqlite3") as catalogue:
        return catalogue.execute(question).fetchall()


def shown(home: Path) -> int:
    return len(asked(home, "SELECT id FROM facility WHERE withdrawn_run_id IS NULL"))


def test_a_listing_with_far_too_few_rows_is_held_and_nothing_of_it_is_shown(home: Path, listing: Path) -> None:
    result = run(listing)
    assert result.exit_code == HELD_STATUS
    assert "HELD as run 1: nothing was changed." in result.stdout
    assert "3 rows could be read; at least 7,000 are expected." in result.stdout
    assert asked(home, "SELECT count(*) FROM facility") == [(0,)]
    assert asked(home, "SELECT state, file_name FROM import_run") == [("held", "mh-2023.csv")]


def test_a_held_run_is_published_once_somebody_approves_it_and_says_why(home: Path, listing: Path) -> None:
    run(listing)
    listing.unlink()
    approved = run("--approve", 1, *WHY, "--json")
    assert approved.exit_code == 0
    report = json.loads(approved.stdout)
    assert (report["run"], report["new"], report["file"]) == (1, 3, "mh-2023.csv")
    assert shown(home) == 3
    decided = asked(home, "SELECT state, decided_by, decision_reason FROM import_run")
    assert decided == [("published", "Ada Nobody", "A made-up list of three rows")]
    assert "only a held run" in run("--approve", 1, *WHY).stderr


def test_a_decision_without_a_reason_is_refused(home: Path, listing: Path) -> None:
    run(listing)
    for decision in ("--approve", "--discard", "--undo"):
        refused = run(decision, 1)
        assert (refused.exit_code, refused.stderr.startswith("Error: reason: write why")) == (2, True)
    assert asked(home, "SELECT state FROM import_run") == [("held",)]


def test_a_discarded_run_stays_on_record_and_is_never_published(home: Path, listing: Path) -> None:
    run(listing)
    assert "discarded" in run("--discard", 1, *WHY).stdout
    assert run("--approve", 1, *WHY).exit_code == 2
    assert run("--replay", 1).exit_code == 2
    assert asked(home, "SELECT state FROM import_run") == [("discarded",)]
    assert shown(home) == 0


def test_what_was_held_is_no_edition(home: Path, listing: Path, tmp_path: Path) -> None:
    run(listing_of(tmp_path / "mh-2025.csv", 1))
    assert run(listing, "--accept", *WHY).exit_code == 0
    assert shown(home) == 3
    assert asked(home, "SELECT state FROM import_run ORDER BY id") == [("held",), ("published",)]


def test_a_kept_file_is_read_again_and_changes_nothing(home: Path, listing: Path) -> None:
    run(listing, "--accept", *WHY)
    listing.unlink()
    again = run("--replay", 1)
    assert again.exit_code == 0
    assert "Nothing changed." in again.stdout
    assert shown(home) == 3


def test_a_kept_file_that_was_damaged_is_not_read_again(home: Path, listing: Path) -> None:
    run(listing, "--accept", *WHY)
    kept = next(path for path in (home / "raw").rglob("*") if path.is_file())
    kept.write_bytes(kept.read_bytes() + b"x")
    assert "mh-2023.csv is not what it was: its checksum differs" in run("--replay", 1).stderr
    kept.unlink()
    assert "mh-2023.csv was not kept, or is gone" in run("--replay", 1).stderr


def test_a_run_is_taken_back_and_its_clinics_are_found_no_longer(home: Path, listing: Path, tmp_path: Path) -> None:
    run(listing, "--accept", *WHY)
    run(listing_of(tmp_path / "mh-2024.csv", 2, 3, 4, 5), "--accept", *WHY)
    assert (shown(home), indexed(home)) == (4, 4)
    assert "take back first: 2" in run("--undo", 1, *WHY).stderr
    assert "Run 2 is taken back (run 3)" in run("--undo", 2, *WHY).stdout
    assert (shown(home), indexed(home)) == (3, 3)
    assert "only a published run" in run("--undo", 2, *WHY).stderr
    assert run("--undo", 1, *WHY).exit_code == 0
    assert (shown(home), indexed(home)) == (0, 0)


def indexed(home: Path) -> int:
    number = (home / "index" / "current").read_text(encoding="utf-8").strip()
    manifest = json.loads((home / "index" / number / "manifest.json").read_text(encoding="utf-8"))
    facilities: int = manifest["facilities"]
    return facilities


def test_a_file_and_a_run_are_not_asked_for_at_once(home: Path, listing: Path) -> None:
    for wrong in ((), (listing, "--replay", 1), ("--undo", 1, "--discard", 1)):
        assert "Name a FILE or a SOURCE, --due, or one run" in run(*wrong).stderr
    assert not home.exists()
    assert "there is no run 7" in run("--replay", 7).stderr
