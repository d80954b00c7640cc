"""Reports of families: a task and never a change, and no trace of who sent it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask.testing import FlaskClient

from directory.config import Settings
from directory.pages import mistakes

CANARY = "zopilotecanary"
ADDRESS = "203.0.113.77"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistakes, "throttle", mistakes.Throttle())
    monkeypatch.setattr(mistakes, "SOONEST", 0)


@pytest.fixture
def catalogue_file(filled_settings: Settings) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(filled_settings.home / "catalogue.sqlite3")) as opened:
        yield opened


def report(client: FlaskClient, **changes: str) -> int:
    page = client.get("/clinic/1/report").get_data(as_text=True)
    form = page.partition('name="form" value="')[2].partition('"')[0]
    fields = {"form": form, "mistake": "wrong phone", "words": CANARY} | changes
    return client.post("/clinic/1/report", data=fields, environ_base={"REMOTE_ADDR": ADDRESS}).status_code


def tasks(opened: sqlite3.Connection) -> int:
    return int(opened.execute("SELECT count(*) FROM verification_task").fetchone()[0])


def test_a_report_becomes_a_task_and_changes_nothing_else(
    client: FlaskClient, catalogue_file: sqlite3.Connection
) -> None:
    before = [line for line in catalogue_file.iterdump() if "verification_task" not in line]
    assert report(client, words=f"{CANARY} task") == 303
    assert [line for line in catalogue_file.iterdump() if "verification_task" not in line] == before
    row = catalogue_file.execute("SELECT why, told_by, words FROM verification_task ORDER BY id DESC").fetchone()
    assert row == ("wrong phone", "public", f"{CANARY} task")


def test_no_cookie_no_word_and_no_address_is_left_behind(
    client: FlaskClient, catalogue_file: sqlite3.Connection, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    assert report(client) == 303
    thanks = client.get("/clinic/1/report?thanks=1")
    assert "Thank you" in thanks.get_data(as_text=True)
    assert "Set-Cookie" not in thanks.headers
    assert not client.get_cookie("session")
    written = caplog.text + "".join(capfd.readouterr())
    assert CANARY not in written
    assert ADDRESS not in written + "\n".join(catalogue_file.iterdump()) + repr(vars(mistakes.throttle))


def test_a_flood_from_one_address_is_stopped_and_others_are_not(
    client: FlaskClient, catalogue_file: sqlite3.Connection
) -> None:
    said = [report(client, words=f"{CANARY} flood {number}") for number in range(7)]
    assert said == [303] * 5 + [429] * 2
    other = {"REMOTE_ADDR": "203.0.113.78"}
    page = client.get("/clinic/1/report").get_data(as_text=True)
    form = page.partition('name="form" value="')[2].partition('"')[0]
    fields = {"form": form, "mistake": "closed"}
    assert client.post("/clinic/1/report", data=fields, environ_base=other).status_code == 303
    assert tasks(catalogue_file) > 0


def test_an_hour_later_the_address_is_forgotten() -> None:
    throttle = mistakes.Throttle()
    assert [throttle.admits(ADDRESS, second) for second in range(6)] == [True] * 5 + [False]
    assert throttle.admits(ADDRESS, mistakes.HOUR + 1)
    throttle.admits("203.0.113.78", 9 * mistakes.HOUR)
    assert len(throttle._times) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"mistake": "haunted"}, 400),
        ({"form": "forged"}, 400),
        ({mistakes.TRAP: "https://spam.invalid"}, 303),
    ],
)
def test_what_people_did_not_send_is_not_kept(
    client: FlaskClient, catalogue_file: sqlite3.Connection, changes: dict[str, str], status: int
) -> None:
    before = tasks(catalogue_file)
    assert report(client, **changes) == status
    assert tasks(catalogue_file) == before


def test_a_refused_report_comes_back_as_it_was_written(client: FlaskClient) -> None:
    answer = client.post("/clinic/1/report", data={"mistake": "closed", "words": CANARY, "form": "old"})
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert CANARY in page
    assert "send it once more" in page


def test_who_sends_at_once_did_not_read(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistakes, "SOONEST", 2)
    assert report(client) == 400


def test_a_clinic_that_is_not_there_has_no_form(client: FlaskClient) -> None:
    assert client.get("/clinic/99999/report").status_code == 404
