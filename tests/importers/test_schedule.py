"""`directory import SOURCE` and `--due`: fetched, imported, noted, and done again only when it is due."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from made_up_files import csv_text, made_up_row
from stand_in_publisher import Asked, Reply, StandIn, file_publisher, serving
from stand_in_publisher import Locator as Answers
from stand_in_publisher import made_up_row as locator_row

from directory.catalogue.fetches import last_fetches
from directory.catalogue.job_models import SourceFetch
from directory.catalogue.lease import lease
from directory.catalogue.models import ImportRun
from directory.catalogue.run import Decision
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.wishes import APPROVE, UNDO, wish, wishes_of
from importers import schedule
from importers.cli import HELD_STATUS, import_command
from importers.fetch_facts import FetchFacts, FetchFactsError, fetch_facts
from importers.locator import Circle

CENTER = '[center]\nemail = "listings@quokka.invalid"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIRECTORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text(CENTER, encoding="utf-8")
    return tmp_path / "home"


@pytest.fixture
def catalogue(home: Path) -> Iterator[Catalogue]:
    opened = Catalogue(f"sqlite:///{home / 'catalogue.sqlite3'}")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def publisher() -> Iterator[StandIn]:
    listing = csv_text([made_up_row(number) for number in (1, 2, 3)]).encode()
    with serving(file_publisher(listing)) as standing_in:
        yield standing_in


def run(*arguments: str) -> Result:
    return CliRunner().invoke(import_command, list(arguments))


def own_sources(home: Path, text: str) -> None:
    (home / "sources.toml").write_text(text, encoding="utf-8")


def last(catalogue: Catalogue, source_id: str) -> SourceFetch:
    with catalogue.reading() as session:
        return last_fetches(session)[source_id]


def states(catalogue: Catalogue) -> list[str]:
    with catalogue.reading() as session:
        return [run.state for run in session.query(ImportRun).order_by(ImportRun.id)]


def moved_back(catalogue: Catalogue, **by: Any) -> None:
    """As if the last fetch had been longer ago."""
    with catalogue.writing() as session:
        for fetch in last_fetches(session).values():
            fetch.tried_at -= dt.timedelta(**by)


def test_a_source_is_fetched_once_and_not_again_until_its_publisher_has_something_new(
    home: Path, catalogue: Catalogue, publisher: StandIn
) -> None:
    own_sources(home, f'[samhsa-mh]\naddress = "{publisher.address}/mh-2023.csv"\n')
    first = run("samhsa-mh")
    assert (first.exit_code, "HELD as run 1" in first.stdout) == (HELD_STATUS, True), first.output
    assert re.fullmatch(
        r"clinic-referral-directory/\S+ \(.*listings@quokka.invalid\)", publisher.asked[0].headers["User-Agent"]
    )
    assert list((home / "raw").rglob("*")), "the file is kept, so that the run can be replayed"
    again = run("samhsa-mh")
    assert (again.exit_code, "has nothing new" in again.stdout) == (0, True)
    assert len(publisher.asked) == 2
    noted = last(catalogue, "samhsa-mh")
    assert (noted.etag, noted.failures, noted.outcome) == ('"one"', 0, "nothing new at its publisher")


def test_what_fails_is_noted_with_why_and_tried_again_sooner(
    home: Path, catalogue: Catalogue, publisher: StandIn
) -> None:
    publisher.answer = lambda _asked: Reply(403)
    result = run("samhsa-mh", "--address", f"{publisher.address}/mh-2023.csv")
    assert (result.exit_code, "answers 403 Forbidden" in result.stderr) == (2, True)
    noted = last(catalogue, "samhsa-mh")
    assert (noted.failures, "403" in noted.outcome) == (1, True)
    assert home.exists()


@pytest.mark.parametrize(("arguments", "said"), [
    (("samhsa-mh",), "has no address"), (("nppes", "--address", "ftp://listing.invalid/"), "https://"),
    (("nppes", "--address", "https://listing.invalid/{yeer}"), "only {year} and {month} are filled in"),
    (("nppes", "--address", "https://listing\n.invalid/"), "begins with https://"),
])  # fmt: skip
def test_a_source_that_cannot_be_fetched_says_what_to_do(home: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert home.exists()


def test_a_center_that_cannot_be_reached_is_told_so_by_the_figures_and_not_every_ten_minutes(
    home: Path, catalogue: Catalogue, publisher: StandIn
) -> None:
    (home / "settings.toml").write_text("", encoding="utf-8")
    own_sources(home, f'[samhsa-mh]\naddress = "{publisher.address}/mh.csv"\n[findtreatment]\nschedule = ""\n')
    assert "samhsa-mh: failed: a public server must be able to reach whoever asks it" in run("--due").stdout
    assert last(catalogue, "samhsa-mh").failures == 1
    assert run("--due").stdout == ""
    assert publisher.asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("samhsa-mh", "--dry-run"), "--dry-run goes with FILE or --replay or --approve, and says nothing to SOURCE"),
        (("--due", "--dry-run"), "says nothing to --due"),
        (("--undo", "1", "--reason", "x", "--dry-run"), "says nothing to --undo"),
        (("--discard", "1", "--reason", "x", "--dry-run"), "says nothing to --discard"),
        (("samhsa-mh", "--accept", "--reason", "x"), "--accept goes with FILE, and says nothing to SOURCE"),
        (("--replay", "1", "--source", "nppes"), "--source goes with FILE, and says nothing to --replay"),
        (("mh.csv", "--address", "https://listing.invalid"), "--address goes with SOURCE, and says nothing to FILE"),
        (("--due", "--mapping", "ours.toml"), "--mapping goes with FILE"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(home: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in " ".join(result.stderr.split())) == (2, True), result.stderr
    assert not (home / "catalogue.sqlite3").exists()


def test_a_source_that_is_misspelt_is_not_taken_for_a_file(home: Path) -> None:
    assert "did you mean the source samhsa-mh?" in run("samsha-mh").stderr
    assert "There is no file mine; check the name." in run("mine").stderr
    assert home.exists()


def test_what_is_due_is_fetched_once_for_its_hour(home: Path, catalogue: Catalogue, publisher: StandIn) -> None:
    own_sources(
        home,
        f'[samhsa-mh]\naddress = "{publisher.address}/mh-2023.csv"\n[findtreatment]\nschedule = ""\n',
    )
    assert "samhsa-mh: held as run 1" in run("--due").stdout
    assert run("--due").output == "Nothing is due.\n"
    moved_back(catalogue, days=32)
    assert "samhsa-mh: nothing new at its publisher" in run("--due").stdout
    publisher.answer = lambda _asked: Reply(403)
    moved_back(catalogue, days=32)
    failed = run("--due")
    assert (failed.exit_code, "samhsa-mh: failed: " in failed.stdout) == (2, True)
    assert run("--due").output == "Nothing is due.\n"
    moved_back(catalogue, minutes=61)
    assert "samhsa-mh: failed" in run("--due").stdout


def test_a_second_machine_finds_nothing_to_do_while_one_is_at_work(home: Path, catalogue: Catalogue) -> None:
    with lease(catalogue):
        result = run("--due")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Nothing done: another import is at work")
    assert home.exists()


def test_what_a_steward_asked_for_at_the_desk_is_carried_out(
    home: Path, catalogue: Catalogue, publisher: StandIn
) -> None:
    own_sources(home, f'[samhsa-mh]\naddress = "{publisher.address}/mh-2023.csv"\n[findtreatment]\nschedule = ""\n')
    run("samhsa-mh")
    for what, came in ((APPROVE, "3 new"), (UNDO, "is taken back")):
        with catalogue.writing() as session:
            wish(session, 1, what, Decision("Ada Nobody", "It is right so"))
        assert came in run("--due").stdout
        with catalogue.reading() as session:
            done = wishes_of(session, 1)[0]
            assert (done.what, came in done.outcome, done.done_at is not None) == (what, True, True)
    assert states(catalogue) == ["undone", "undo"]


def test_the_locator_is_fetched_from_the_command_line(
    home: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "circles", lambda _gazetteer: [Circle("NY", 40.75, -73.99, 60)])
    rows = [locator_row(n, 40.7 + n / 200, -74.05, "NY") for n in range(1, 9)]
    with serving(StandIn(Answers(rows))) as publisher:
        result = run("findtreatment", "--address", publisher.address, "--log", "json", "--json")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    report = json.loads(result.stdout)
    assert (report["source"], report["edition"], report["read"]) == ("findtreatment", today, 8), result.output
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert {event["event"] for event in events} >= {"fetch begun", "step begun", "step done", "fetch done", "report"}
    assert states(catalogue) == ["held"]
    assert publisher.asked[1].moment - publisher.asked[0].moment > 0.9, "a request a second"
    assert not list((home / "fetching").rglob("*.page"))


def test_a_schedule_is_in_cron_words_and_a_failure_is_tried_sooner() -> None:
    weekly = FetchFacts("findtreatment", "https://x.invalid", "0 5 * * 1")
    friday = dt.datetime(2026, 11, 6, 12, tzinfo=dt.UTC)
    assert weekly.next_due(friday, 0) == dt.datetime(2026, 11, 9, 5, tzinfo=dt.UTC)
    assert weekly.next_due(friday, 1) == friday + dt.timedelta(hours=1)
    assert weekly.next_due(friday, 3) == friday + dt.timedelta(hours=4)
    assert weekly.next_due(friday, 90) == friday + dt.timedelta(days=1)


def test_an_address_may_name_the_month_and_the_one_before_is_asked_too() -> None:
    monthly = FetchFacts("nppes", "https://x.invalid/{month}_{year}.zip", "")
    assert monthly.addresses(dt.date(2026, 1, 31)) == [
        "https://x.invalid/January_2026.zip",
        "https://x.invalid/December_2025.zip",
    ]
    yearly = FetchFacts("samhsa-mh", "https://x.invalid/{year}.xlsx", "")
    assert yearly.addresses(dt.date(2026, 6, 30)) == ["https://x.invalid/2026.xlsx", "https://x.invalid/2025.xlsx"]


def test_this_years_file_is_not_there_yet_so_last_years_is_fetched(home: Path, publisher: StandIn) -> None:
    there: Callable[[Asked], Reply] = publisher.answer
    year = dt.datetime.now(dt.UTC).year
    publisher.answer = lambda asked: there(asked) if str(year) not in asked.path else Reply(404)
    result = run("samhsa-mh", "--address", publisher.address + "/mh-{year}.csv", "--json")
    assert json.loads(result.stdout)["edition"] == str(year - 1), result.output
    assert home.exists()


@pytest.mark.parametrize(("text", "said"), [
    ('[samsha-mh]\naddress = "x"\n', "there is no source"),
    ('[samhsa-mh]\nadress = "x"\n', "adress: only"),
    ('[samhsa-mh]\nschedule = "every day"\n', "no schedule in cron words"),
    ("[samhsa-mh.fetch]\nrequests_a_second = 5\n", "at most 1"),
    ('[samhsa-mh]\nschedule = "0 0 6 1 * *"\n', "5 words are needed"),
    ("[samhsa-mh]\nschedule = 5\n", "schedule is 5, but must be a text"),
    ("[samhsa-mh]\naddress = 5\n", "address is 5, but must be a text"),
    ('[samhsa-mh]\naddress = "mh.xlsx"\n', "begins with https://"),
    ('[samhsa-mh]\naddress = "https://a.example/{yeer}"\n', "only {year} and {month} are filled in"),
    ('[samhsa-mh]\naddress = "https://a.example/{year.x}"\n', "only {year} and {month} are filled in"),
    ('[samhsa-mh]\naddress = "https://a.example/{year"\n', "cannot be read"),
    ("[samhsa-mh]\nfetch = 3\n", "must be tables"),
    ("[samhsa-mh.fetch]\nspeed = 5\n", "fetch.speed: only way, requests_a_second"),
    ("[samhsa-mh.fetch]\nrequests_a_second = '1'\n", "must be a number above 0 and at most 1"),
    ("[samhsa-mh.fetch]\ntries = 0\n", "fetch.tries is 0, but must be a whole number above 0"),
    ("[samhsa-mh.fetch]\nmost_megabytes = -5\n", "fetch.most_megabytes is -5"),
    ("[samhsa-mh.fetch]\nway = 'ftp'\n", "there are file and locator"),
    ("[samhsa-mh", "sources.toml"),
])  # fmt: skip
def test_a_file_of_sources_that_is_wrong_says_where(tmp_path: Path, text: str, said: str) -> None:
    own_sources(tmp_path, text)
    with pytest.raises(FetchFactsError, match=re.escape(said)):
        fetch_facts(tmp_path)


def test_what_was_asked_for_at_the_desk_is_done_and_told_where_the_file_of_sources_is_wrong(
    home: Path, catalogue: Catalogue, publisher: StandIn
) -> None:
    own_sources(home, f'[samhsa-mh]\naddress = "{publisher.address}/mh-2023.csv"\n')
    run("samhsa-mh")
    with catalogue.writing() as session:
        wish(session, 1, APPROVE, Decision("Ada Nobody", "three made-up rows"))
    own_sources(home, '[samhsa-mh]\nschedule = "every day"\n')
    result = run("--due")
    assert result.exit_code == 2
    assert "run 1, approve (asked by Ada Nobody): run " in result.stdout
    assert "nothing fetched: " in result.stdout
    assert states(catalogue) == ["published"]
