"""The README's commands, run for real on the demonstration listing: what they print and how they end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from directory.catalogue.schema import downgrade
from directory.catalogue.session import Catalogue
from directory.config import load_settings

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo" / "facilities.csv"
REPORTED = {"read", "refused", "new", "changed", "unchanged", "withdrawn", "merged"} | {
    *("gained_ketamine", "lost_ketamine", "edition", "source")
}
ANSWERED = {"question", "total", "widened", "results", "pages", "facets", "crisis"}
SHOWN = {"id", "name", "program", "street", "city", "state", "zip", "phone", "latitude", "longitude"} | {
    *("precision", "miles", "beyond_radius", "codes", "sources")
}
Run = subprocess.CompletedProcess[str]


def directory(home: Path, *arguments: str, said: str = "", **environment: str) -> Run:
    """Run the command in a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [str(Path(sys.executable).with_name("directory")), *arguments],
        input=said,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=inherited | {"DIRECTORY_HOME": str(home)} | environment,
    )


def import_demo(home: Path, *options: str) -> dict[str, Any]:
    done = directory(home, "import", str(DEMO), "--source", "demo", "--edition", "2026", "--json", *options)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the demonstration listing."""
    home = tmp_path_factory.mktemp("home")
    import_demo(home)
    return home


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_dry_run_an_import_and_the_same_again(empty_home: Path) -> None:
    tried = import_demo(empty_home, "--dry-run")
    assert tried["dry_run"]
    first = import_demo(empty_home)
    assert set(first) >= REPORTED
    assert first["read"] == tried["read"] == first["new"] + first["merged"] + first["repeats"] + len(first["refused"])
    assert first["new"] == tried["new"] > 100
    again = import_demo(empty_home)
    assert (again["new"], again["changed"], again["withdrawn"], again["unchanged"]) == (0, 0, 0, first["new"])


def test_a_search_is_answered_in_text_and_as_json(home: Path) -> None:
    asked = ("search", "ketamine near Cleveland, OH", "--limit", "3")
    text = directory(home, *asked)
    answer = json.loads(directory(home, *asked, "--json").stdout)
    assert set(answer) >= ANSWERED
    assert answer["question"]["place"]["label"] == "Cleveland, OH"
    assert answer["question"]["filters"] == {"TAP": ["KIT"]}
    assert 1 <= len(answer["results"]) <= 3
    for result in answer["results"]:
        assert set(result) >= SHOWN
        assert "KIT" in result["codes"]
        assert result["name"] in text.stdout


def test_every_line_of_standard_input_is_answered_by_one_line_in_order(home: Path) -> None:
    questions = ["ketamine 46204", "", "  ", "spravato\tnear Gary, IN", "¿cuánto cuesta?", "\x00", "ketamine 10001"]
    done = directory(home, "search", "-", "--json", said="\n".join(questions))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(answers)) == (0, len(questions))
    places = [(answer["question"]["place"] or {}).get("label") for answer in answers]
    assert (places[0], places[-1]) == ("46204", "10001")
    assert directory(home, "search", "-", "--json").stdout == ""


def test_a_facility_is_shown_with_the_origin_of_its_values(home: Path) -> None:
    answer = json.loads(directory(home, "search", "ketamine", "--json", "--limit", "1").stdout)
    wanted = str(answer["results"][0]["id"])
    shown = json.loads(directory(home, "facility", wanted, "--json").stdout)
    assert str(shown["id"]) == wanted
    assert shown["name"] in directory(home, "facility", wanted).stdout


def test_an_index_is_rebuilt_and_told_and_its_loss_is_noticed(empty_home: Path) -> None:
    import_demo(empty_home)
    assert directory(empty_home, "index", "status").returncode == 0
    (empty_home / "index" / "current").unlink()
    lost = directory(empty_home, "index", "status")
    assert lost.returncode == 1
    assert "directory index rebuild" in lost.stdout
    assert directory(empty_home, "index", "rebuild").returncode == 0
    assert directory(empty_home, "index", "status").returncode == 0


def test_what_a_clinic_answered_is_kept_with_its_questions(home: Path) -> None:
    answers = ("--answer", "new_patients=yes", "--answer", "wait_days=14", "--answer", "forms=iv,im")
    done = directory(home, "verify", "7", "--by", "A. Nobody", *answers)
    assert done.returncode == 0, done.stderr
    shown = json.loads(directory(home, "facility", "7", "--json").stdout)["answers"]
    told = {answer["question"]: answer["value"] for answer in shown}
    assert told == {"forms": ["iv", "im"], "new_patients": True, "wait_days": 14}
    assert not any(answer["faded"] for answer in shown)


def test_the_doctor_ends_with_0_where_all_is_well_and_with_1_where_not(empty_home: Path) -> None:
    sick = directory(empty_home, "doctor")
    assert sick.returncode == 1
    assert "directory import FILE" in sick.stdout
    import_demo(empty_home)
    (empty_home / "settings.toml").write_text('[center]\nphone = "317-555-0987"\n', encoding="utf-8")
    well = directory(empty_home, "doctor")
    assert (well.returncode, "MEND" in well.stdout) == (0, False), well.stdout
    (empty_home / "settings.toml").write_text("[centre]\n", encoding="utf-8")
    assert directory(empty_home, "doctor").returncode == 1


def assert_refused_in_one_sentence(done: Run, *named: str) -> None:
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(told) == 1
    for word in named:
        assert word in told[0]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["import", "missing.csv", "--json"], "missing.csv"),
        (["import", "."], "folder"),
        (["import"], "FILE"),
        (["search", "ketamine", "--near", "Nowhereville"], "Nowhereville"),
        (["search", "ketamine", "--radius", "0"], "--radius"),
        (["search", "ketamine", "--radius", "nan"], "--radius"),
        (["search", "ketamine", "--offers", "xyz"], "XYZ"),
        (["search", "ketamine", "--limit", "0"], "--limit"),
        (["search"], "TEXT"),
        (["facility", "999999"], "999999"),
        (["facility", "9" * 30], "ID"),
        (["facility", "first"], "first"),
        (["verify", "1", "--by", "A. Nobody", "--answer", "wait_days=soon"], "wait_days"),
        (["index", "mend"], "mend"),
        (["serve", "--port", "99999"], "--port"),
        (["nonsense"], "nonsense"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(home: Path, arguments: list[str], named: str) -> None:
    assert_refused_in_one_sentence(directory(home, *arguments), named)


def test_a_search_before_the_first_import_says_what_to_do(empty_home: Path) -> None:
    assert_refused_in_one_sentence(directory(empty_home, "search", "ketamine", "--json"), "directory import FILE")


@pytest.mark.parametrize("url", ["nonsense", "nobody://here", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_cannot_be_used_is_told_in_one_sentence(home: Path, url: str) -> None:
    assert_refused_in_one_sentence(directory(home, "search", "ketamine", DATABASE_URL=url), "DATABASE_URL")


def test_a_home_that_is_a_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("not a folder", encoding="utf-8")
    assert_refused_in_one_sentence(directory(file, "search", "ketamine"), "DIRECTORY_HOME")


@contextmanager
def serving(home: Path, *options: str) -> Iterator[str]:
    """The address of a server over a home, stopped afterwards."""
    command = [str(Path(sys.executable).with_name("directory")), "serve", "--port", "0", "--workers", "1", *options]
    environment = os.environ | {"DIRECTORY_HOME": str(home)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if line.startswith("Serving on "))
            yield line.split()[2]
        finally:
            process.terminate()


def test_the_demonstration_is_served_at_the_first_start(empty_home: Path) -> None:
    with serving(empty_home, "--demo") as address, httpx.Client(timeout=30) as browser:
        page = browser.get(address)
    assert (page.status_code, "All clinics are made up" in page.text) == (200, True)


def test_a_catalogue_of_an_older_version_is_served_at_the_first_start_of_the_new_one(
    home: Path, tmp_path: Path
) -> None:
    old = shutil.copytree(home, tmp_path / "old")
    with closing(Catalogue(load_settings({"DIRECTORY_HOME": str(old)}).database_url)) as catalogue:
        downgrade(catalogue, "0005")
    with serving(old) as address, httpx.Client(timeout=30) as browser:
        assert [browser.get(address + path).status_code for path in ("/clinic/1", "/search?q=ketamine")] == [200, 200]
