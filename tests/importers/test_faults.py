"""Whatever stops a job, the directory is wholly before or wholly after, and the next run finishes the work."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from made_up_files import csv_text, made_up_row

from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.index.generation import rebuild, status
from directory.search.search import Search
from importers.cli import import_command

WHY = ("--reason", "A made-up list", "--by", "Ada Nobody")
# What a run says of itself is when it was; all else must be as it was, to the last value.
TABLES = {"facility": "changed_run_id", "listing": "", "doubtful_match": ""}
SHORT, LONG = 10, 300
Facts = dict[str, list[tuple[object, ...]]]


def before_rows() -> list[dict[str, Any]]:
    return [made_up_row(number) for number in range(1, 61)]


def after_rows() -> list[dict[str, Any]]:
    """Ten gone, ten new, and a number changed for every third."""
    rows = [made_up_row(number) for number in range(11, 71)]
    for row in rows[::3]:
        row["phone"] = f"317-555-09{row['phone'][-2:]}"
    return rows


def run(*arguments: str) -> int:
    return CliRunner().invoke(import_command, [*arguments, *WHY]).exit_code


def work(home: str, what: str, begun: Any) -> None:
    """A job in a process of its own; it says when it begins, so that it can be killed at any moment of its work."""
    os.environ["DIRECTORY_HOME"] = home
    os.environ.pop("DATABASE_URL", None)
    begun.set()
    folder = Path(home).parent
    if what == "import":
        run(str(folder / "mh-2023.csv"), "--accept")
    elif what == "undo":
        run("--undo", "2")
    else:
        settings = load_settings({"DIRECTORY_HOME": home})
        with closing(Catalogue(settings.database_url)) as catalogue:
            rebuild(catalogue, settings.index_dir)


def settings_of(home: Path) -> Settings:
    return load_settings({"DIRECTORY_HOME": str(home)})


def facts(home: Path) -> Facts:
    """Every value of every row that imports write."""
    with closing(sqlite3.connect(home / "catalogue.sqlite3")) as catalogue:
        assert catalogue.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert catalogue.execute("PRAGMA foreign_key_check").fetchall() == []
        found: Facts = {}
        for table, left_out in TABLES.items():
            columns = [row[1] for row in catalogue.execute(f"PRAGMA table_info({table})") if row[1] != left_out]
            found[table] = catalogue.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id").fetchall()  # noqa: S608
    return found


def searched(home: Path) -> list[tuple[str, str]]:
    """What a search shows."""
    settings = settings_of(home)
    with closing(Catalogue(settings.database_url)) as catalogue:
        desk = Search(catalogue, settings)
        answer = desk.answer(desk.understand("ketamine 46204", per_page=100))
    return sorted((result.name, result.phone) for result in answer.results)


def index_faults(home: Path) -> list[str]:
    settings = settings_of(home)
    with closing(Catalogue(settings.database_url)) as catalogue:
        return [line for line in status(catalogue, settings.index_dir) if line.startswith("MEND")]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two homes: with the edition of 2022, and with that of 2023 after it."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "mh-2022.csv").write_text(csv_text(before_rows()), encoding="utf-8")
    (folder / "mh-2023.csv").write_text(csv_text(after_rows()), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIRECTORY_HOME", str(folder / "before"))
        patch.delenv("DATABASE_URL", raising=False)
        assert run(str(folder / "mh-2022.csv"), "--accept") == 0
        shutil.copytree(folder / "before", folder / "after")
        patch.setenv("DIRECTORY_HOME", str(folder / "after"))
        assert run(str(folder / "mh-2023.csv"), "--accept") == 0
    return folder


@pytest.fixture(scope="module")
def forks() -> ForkServerContext:
    """Processes that need not load anything before they work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["importers.job", "importers.schedule", "importers.cli", "test_faults"])
    return context


def started(forks: ForkServerContext, home: Path, what: str) -> Any:
    begun = forks.Event()
    process = forks.Process(target=work, args=(str(home), what, begun), daemon=True)
    process.start()
    assert begun.wait(60)
    return process


def killed_somewhere(forks: ForkServerContext, stages: Path, scratch: Path, times: int, seed: str) -> dict[str, int]:
    """Kill jobs at random moments of their work; gives how often each left all as before, and how often as after."""
    chance = random.Random(seed)
    ends = {name: facts(stages / name) for name in ("before", "after")}
    came: dict[str, int] = {}
    lasts: dict[str, float] = {}
    tries = 0
    while (killed := sum(came.values())) < times:
        what = ("import", "undo", "index")[killed % 3]
        first, last = ("before", "after") if what == "import" else ("after", "before" if what == "undo" else "after")
        home = scratch / f"home-{tries}" / "home"
        tries += 1
        shutil.copytree(stages / first, home)
        shutil.copy(stages / "mh-2023.csv", home.parent)
        begun = time.monotonic()
        process = started(forks, home, what)
        process.join(chance.uniform(0, lasts[what]) if what in lasts else None)
        process.kill()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
        if process.exitcode == 0:
            # It was done before it could be killed, so the next one is killed sooner.
            lasts[what] = min(time.monotonic() - begun, lasts.get(what, 60) * 0.9)
            assert tries < 4 * times
            shutil.rmtree(home.parent)
            continue
        stands = facts(home)
        where = next((name for name, whole in ends.items() if whole == stands), "neither")
        assert where in {first, last}, f"{what} {killed} left the catalogue neither before nor after"
        assert searched(home), f"{what} {killed}: search fails"
        key = f"{what}: {'before' if where == first != last else 'after'}"
        came[key] = came.get(key, 0) + 1
        started(forks, home, what).join()
        if what == "import":
            # An import that had committed is found unchanged, and its index is brought up to date.
            assert facts(home) == ends["after"]
        elif what == "undo":
            assert facts(home) == ends["before"]
        assert [line for line in index_faults(home) if what != "undo" or where == first] == []
        started(forks, home, "index").join()
        assert index_faults(home) == []
        assert not list((home / "index").glob("building-*"))
        shutil.rmtree(home.parent)
    return came


def test_a_job_killed_at_a_random_moment_leaves_all_before_or_all_after(
    forks: ForkServerContext, stages: Path, tmp_path: Path
) -> None:
    assert sum(killed_somewhere(forks, stages, tmp_path, SHORT, "short").values()) == SHORT


@pytest.mark.soak
def test_jobs_killed_at_300_random_moments(forks: ForkServerContext, stages: Path, tmp_path: Path) -> None:
    came = killed_somewhere(forks, stages, tmp_path, LONG, "long")
    print(f"\nkilled at {LONG} random moments: {came}")
    assert sum(came.values()) == LONG


@pytest.mark.parametrize("processes", [4, pytest.param(20, marks=pytest.mark.soak)])
def test_two_jobs_at_once_from_many_processes_come_one_after_the_other(
    forks: ForkServerContext, stages: Path, tmp_path: Path, processes: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(stages / "before", home)
    shutil.copy(stages / "mh-2023.csv", tmp_path)
    jobs = [started(forks, home, "import") for _ in range(processes)]
    for job in jobs:
        job.join()
    assert {job.exitcode for job in jobs} == {0}
    assert facts(home) == facts(stages / "after")
    assert index_faults(home) == []
    with closing(sqlite3.connect(home / "catalogue.sqlite3")) as catalogue:
        assert catalogue.execute("SELECT count(*) FROM import_run").fetchall() == [(2,)]
        assert catalogue.execute("SELECT count(*) FROM job_lease").fetchall() == [(0,)]


def full_disk(home: str, most: int, begun: Any) -> None:
    """A job whose files may not grow beyond so many bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    work(home, "import", begun)


@pytest.mark.parametrize("kilobytes", [16, 64, 256])
def test_a_full_disk_leaves_all_as_it_was_and_the_next_run_finishes(
    forks: ForkServerContext, stages: Path, tmp_path: Path, kilobytes: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(stages / "before", home)
    shutil.copy(stages / "mh-2023.csv", tmp_path)
    begun = forks.Event()
    process = forks.Process(target=full_disk, args=(str(home), kilobytes << 10, begun))
    process.start()
    process.join()
    assert begun.is_set()
    stands = facts(home)
    assert stands in (facts(stages / "before"), facts(stages / "after"))
    assert searched(home)
    started(forks, home, "import").join()
    assert facts(home) == facts(stages / "after")
    assert index_faults(home) == []


def test_a_database_that_somebody_holds_is_told_and_nothing_is_half_there(
    stages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(stages / "before", home)
    monkeypatch.setenv("DIRECTORY_HOME", str(home))
    monkeypatch.setattr("directory.catalogue.session.BUSY_MILLISECONDS", 200)
    with closing(sqlite3.connect(home / "catalogue.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = CliRunner().invoke(import_command, [str(stages / "mh-2023.csv"), "--accept", "--wait", "1", *WHY])
        assert result.exit_code != 0
        assert "Traceback" not in result.output
        other.execute("ROLLBACK")
    assert facts(home) == facts(stages / "before")
    assert run(str(stages / "mh-2023.csv"), "--accept") == 0
    assert facts(home) == facts(stages / "after")


def test_a_thousand_searches_while_an_import_and_a_swap_go_on_never_fail_and_are_never_mixed(
    forks: ForkServerContext, stages: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(stages / "before", home)
    shutil.copy(stages / "mh-2023.csv", tmp_path)
    whole = [tuple(searched(stages / name)) for name in ("before", "after")]
    settings = settings_of(home)
    answers: list[tuple[tuple[str, str], ...]] = []
    with closing(Catalogue(settings.database_url)) as catalogue:
        desk = Search(catalogue, settings)
        question = desk.understand("ketamine 46204", per_page=100)
        begun, process = len(answers), started(forks, home, "import")
        while process.is_alive() or len(answers) < 1000:
            found = desk.answer(question)
            answers.append(tuple(sorted((result.name, result.phone) for result in found.results)))
            if process.is_alive():
                begun = len(answers)
            time.sleep(0.002)
        process.join()
    print(f"\n{len(answers)} searches, {begun} of them while the job ran")
    assert all(answer in whole for answer in answers)
    assert (answers[0], answers[-1]) == (whole[0], whole[1])
