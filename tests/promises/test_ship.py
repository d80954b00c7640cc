"""What is shipped for unattended jobs is whole, and calls commands that exist."""

from __future__ import annotations

import configparser
import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from cronsim import CronSim

from importers.cli import HELD_STATUS, import_command

SHIP = Path(__file__).parents[2] / "ship"
ARGUMENTS = ["import", "--due", "--log", "json"]


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read(SHIP / name, encoding="utf-8")
    return parsed


def test_the_service_runs_once_what_is_due_and_a_held_run_is_no_failure() -> None:
    service = unit("directory-import.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["ExecStart"].split()[1:] == ARGUMENTS
    assert service["SuccessExitStatus"] == str(HELD_STATUS)
    assert service["User"] != "root"


def test_the_timer_wakes_the_service_of_its_name() -> None:
    timer = unit("directory-import.timer")
    assert timer["Timer"]["OnCalendar"] == "*:0/10"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert (SHIP / "directory-import.service").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_reads_the_timer_as_it_is_meant() -> None:
    told = subprocess.run(["systemd-analyze", "calendar", "*:0/10"], capture_output=True, text=True, check=True)
    assert "*-*-* *:00/10:00" in told.stdout


def test_the_cron_line_is_one_and_does_the_same() -> None:
    (line,) = [line for line in (SHIP / "directory.cron").read_text().splitlines() if line[:1] == "*"]
    *when, person, program = line.split()[:7]
    assert next(CronSim(" ".join(when), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))).minute == 10
    assert person != "root"
    assert program.endswith("/directory")
    assert line.split()[7:11] == ARGUMENTS


def test_the_command_that_is_shipped_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTORY_HOME", str(tmp_path))
    (tmp_path / "sources.toml").write_text('[findtreatment]\nschedule = ""\n')
    done = CliRunner().invoke(import_command, ARGUMENTS[1:])
    assert (done.exit_code, done.stdout) == (0, ""), "cron would send a mail every ten minutes"
    assert json.loads(done.stderr.splitlines()[-1])["sentence"] == "Nothing is due."
