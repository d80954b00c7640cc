"""Clinics to ask: a task is answered once, and the answer stands above every listing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_outcomes import a_house
from made_up_people import add_few_clinics
from staff_sign_in import add_person, signed_in

from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.models import Facility, VerificationTask
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.index.generation import rebuild
from directory.pages.site import present


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"DIRECTORY_HOME": str(tmp_path)})


@pytest.fixture
def doubted(settings: Settings) -> Iterator[tuple[Catalogue, int]]:
    """An installation where one listed clinic was said to offer no ketamine any more."""
    catalogue = a_house(settings)
    clinic = add_few_clinics(catalogue)[0]
    with catalogue.writing() as session:
        session.add(
            VerificationTask(facility_id=clinic, why="no longer offers ketamine", told_by="clinic", opened_at=present())
        )
    rebuild(catalogue, settings.index_dir)
    yield catalogue, clinic
    catalogue.close()


@pytest.fixture
def app(doubted: tuple[Catalogue, int], settings: Settings) -> Flask:  # noqa: ARG001 - the house makes the keys
    return build(settings)


@pytest.fixture
def steward(app: Flask, settings: Settings) -> FlaskClient:
    return signed_in(app.test_client(), add_person(settings, Role.STEWARD))


def sent(client: FlaskClient, **fields: str) -> int:
    page = client.get("/staff/clinics-to-ask").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post("/staff/clinics-to-ask/1", data={"csrf_token": token, **fields}).status_code


def test_a_denial_takes_ketamine_off_the_clinic_and_closes_the_task(
    steward: FlaskClient, doubted: tuple[Catalogue, int]
) -> None:
    catalogue, clinic = doubted
    assert sent(steward, how="phone", ketamine="lacks") == 303
    with catalogue.reading() as session:
        facility = session.get_one(Facility, clinic)
        assert "KIT" not in facility.codes
        assert facility.verified_on is not None
    assert "Nobody waits to be asked" in steward.get("/staff/clinics-to-ask").get_data(as_text=True)
    assert sent(steward, how="phone", ketamine="offers") == 404


def test_an_answer_without_words_is_asked_for_and_changes_nothing(
    steward: FlaskClient, doubted: tuple[Catalogue, int]
) -> None:
    catalogue, _clinic = doubted
    assert sent(steward, how="phone") == 400
    with catalogue.reading() as session:
        assert session.get_one(VerificationTask, 1).closed_at is None


def test_intake_does_not_answer_for_clinics(app: Flask, settings: Settings) -> None:
    intake = signed_in(app.test_client(), add_person(settings, Role.INTAKE))
    assert intake.get("/staff/clinics-to-ask").status_code == 403
