"""The desk's pages of imports: what a steward reads there and decides, and that no page runs a job."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from made_up_runs import far_editions
from staff_sign_in import add_person, form_token, signed_in

from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.job_models import RunWish
from directory.catalogue.models import ImportRun
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.wishes import open_wishes
from directory.config import Settings, load_settings
from directory.desk.forms_kept import returns_to
from directory.index.generation import rebuild


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    loaded = load_settings({"DIRECTORY_HOME": str(tmp_path_factory.mktemp("imports"))})
    return dataclasses.replace(loaded, staff=dataclasses.replace(loaded.staff, secure_cookies=False))


@pytest.fixture(scope="module")
def catalogue(settings: Settings) -> Iterator[Catalogue]:
    opened = Catalogue(settings.database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def runs(catalogue: Catalogue, settings: Settings) -> dict[str, int]:
    made = far_editions(catalogue, settings)
    rebuild(catalogue, settings.index_dir)
    return made


@pytest.fixture(scope="module")
def steward(settings: Settings, runs: dict[str, int]) -> FlaskClient:
    assert runs
    return signed_in(build(settings).test_client(), add_person(settings, Role.STEWARD, "Ada Nobody"))


def decided(steward: FlaskClient, run: int, what: str, reason: str) -> tuple[int, str]:
    page = f"/staff/imports/{run}"
    token = form_token(steward.get(page).text)
    answer = steward.post(page, data={"csrf_token": token, "what": what, "reason": reason}, follow_redirects=True)
    return answer.status_code, answer.text


def test_a_report_names_what_gained_lost_moved_and_was_refused(steward: FlaskClient, runs: dict[str, int]) -> None:
    page = steward.get(f"/staff/imports/{runs['run']}").text
    for said in (
        "3 new clinics, 3 gained ketamine, 2 lost it",
        "2.8 miles away",
        "No longer: Ketamine infusion",
        "Newly: Ketamine infusion, Medicaid",
        "99999&#34; is not a ZIP in use",
        "Street: 2 Nonesuch Street → 520 Nonesuch Street",
        "999-999-9999&#34; has an area code or exchange that no US number has",
        "18, 19, 20, 21 and 18 more",
    ):
        assert said in page
    assert "KIT" not in page, "codes never show"


def test_two_editions_of_a_source_stand_beside_each_other(steward: FlaskClient) -> None:
    page = steward.get("/staff/imports/compare?source=findtreatment").text
    assert "From 2026-01-05 to 2026-01-12: 6 clinics stand in both." in page
    assert (
        "From 2026-01-05 to 2026-01-12" in steward.get("/staff/imports/compare?source=findtreatment&one=2&other=1").text
    )
    assert steward.get("/staff/imports/compare?source=samhsa-mh").status_code == 404


def test_a_clinics_page_for_staff_shows_its_history(steward: FlaskClient) -> None:
    page = steward.get("/staff/clinic/2").text
    assert "What its listings said" in page
    assert page.count("207-555-0102") >= 2
    assert "until 2026-01-12" in page


def test_a_decision_without_a_reason_is_refused_and_nothing_is_lost(
    steward: FlaskClient, runs: dict[str, int], catalogue: Catalogue
) -> None:
    status, page = decided(steward, runs["held_run"], "approve", " ")
    assert (status, "Write why: it stands in the record of the run." in page) == (400, True)
    assert decided(steward, runs["held_run"], "burn", "why not")[0] == 400
    with catalogue.reading() as session:
        assert open_wishes(session) == []


def test_a_reason_and_a_correction_come_back_where_the_session_ended_meanwhile(
    settings: Settings, runs: dict[str, int]
) -> None:
    app, who = build(settings), add_person(settings, Role.STEWARD, "Bo Nowhere")
    client, later = signed_in(app.test_client(), who), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=20)
    run, clinic = f"/staff/imports/{runs['held_run']}", "/staff/listings/1/correct"
    sent = {
        run: (run, {"what": "approve", "reason": "Maine is all we asked for"}),
        clinic: ("/staff/listings/1/status", {"status": "moved", "because": "A goose lives there now"}),
    }
    tokens = {page: form_token(client.get(page).text) for page in sent}
    app.extensions["directory"].clock = lambda: later
    for page, (path, said) in sent.items():
        answer = client.post(path, data={"csrf_token": tokens[page]} | said)
        assert answer.location == f"/staff/sign-in?then={path}"
        with app.test_request_context("/staff/sign-in"):
            assert returns_to(path) == page
    signed_in(client, who, at=later)
    for page, (_path, said) in sent.items():
        shown = client.get(page).text
        assert f"{list(said.values())[1]}</textarea>" in shown
        assert "it is not saved yet" in shown


def test_what_cannot_be_done_is_told(steward: FlaskClient, runs: dict[str, int]) -> None:
    status, page = decided(steward, runs["run"], "approve", "It is right")
    assert (status, "only a held run can be approved" in page) == (409, True)
    assert steward.get("/staff/imports/999").status_code == 404


def test_a_held_run_is_approved_by_a_wish_that_the_next_job_carries_out(
    steward: FlaskClient, runs: dict[str, int], catalogue: Catalogue
) -> None:
    status, page = decided(steward, runs["held_run"], "approve", "Maine is all we asked for")
    assert (status, "The next import job publishes it, usually within ten minutes." in page) == (200, True)
    assert "Ada Nobody asked to publish it: Maine is all we asked for" in page
    with catalogue.reading() as session:
        (asked,) = open_wishes(session)
        assert (asked.run_id, asked.what, asked.asked_by) == (runs["held_run"], "approve", "Ada Nobody")
        assert session.get_one(ImportRun, runs["held_run"]).state == "held"
    assert decided(steward, runs["held_run"], "approve", "Again")[0] == 409
    assert "ask whoever runs the directory" not in steward.get(f"/staff/imports/{runs['held_run']}").text
    with catalogue.writing() as session:
        session.get_one(RunWish, asked.id).asked_at -= dt.timedelta(hours=2)
    assert "ask whoever runs the directory" in steward.get(f"/staff/imports/{runs['held_run']}").text


def test_the_newest_published_run_can_be_taken_back_from_its_page(
    steward: FlaskClient, runs: dict[str, int], catalogue: Catalogue
) -> None:
    assert "Take this run back" not in steward.get(f"/staff/imports/{runs['run'] - 1}").text
    status, page = decided(steward, runs["run"], "undo", "The wrong file")
    assert (status, "The next import job takes it back, usually within ten minutes." in page) == (200, True)
    with catalogue.reading() as session:
        assert session.get_one(ImportRun, runs["run"]).state == "published"


def test_a_held_run_is_discarded_at_once(steward: FlaskClient, runs: dict[str, int], catalogue: Catalogue) -> None:
    status, page = decided(steward, runs["held_run"], "discard", "Half of it is missing")
    assert (status, "It is discarded. The directory is as it was." in page) == (200, True)
    assert "Decided by Ada Nobody: Half of it is missing" in page
    with catalogue.reading() as session:
        assert session.get_one(ImportRun, runs["held_run"]).state == "discarded"


def test_nothing_that_serves_pages_can_run_a_job() -> None:
    root = Path(__file__).parents[2] / "directory"
    serving = [*root.glob("*.py"), *root.glob("desk/*.py"), *root.glob("pages/*.py")]
    for path in serving:
        text = path.read_text(encoding="utf-8")
        if path.name != "cli.py":
            assert "import importers" not in text, path
            assert "from importers" not in text, path
            assert "catalogue.undo import" not in text, path
            assert "publish import publish" not in text, path
