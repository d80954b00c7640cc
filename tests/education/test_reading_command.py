"""The command that says how hard each page is to read."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from directory.education import commands
from directory.education.commands import reading
from directory.education.page import load_pages
from directory.errors import PlainError

SLUGS = load_pages(commands.DATA / "education" / "en", "en")


def test_every_page_is_shown_in_both_languages_and_none_is_too_hard() -> None:
    done = CliRunner().invoke(reading)
    assert (done.exit_code, done.stderr) == (0, "")
    shown = [line.split()[0] for line in done.stdout.splitlines()]
    assert shown == [f"{language}/{slug}" for language in ("en", "es") for slug in (*SLUGS, "words")]


def test_one_page_can_be_asked_for() -> None:
    done = CliRunner().invoke(reading, ["spravato"])
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["en/spravato", "grade"],
        ["es/spravato", "ease"],
    ]


def test_a_page_that_is_too_hard_ends_in_failure_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRADE", 3.0)
    done = CliRunner().invoke(reading, ["spravato"])
    assert done.exit_code == 1
    assert done.stderr.startswith("MEND en/spravato (")


def test_a_page_that_does_not_exist_is_named_with_those_that_do() -> None:
    done = CliRunner().invoke(reading, ["spravatto"])
    assert isinstance(done.exception, PlainError)
    assert str(done.exception).startswith("spravatto: there is no such page; pages are how-it-works, ")
