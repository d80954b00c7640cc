from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_outcomes import CANARY, a_house, a_past_referral
from made_up_people import add_few_clinics
from pypdf import PdfReader
from staff_sign_in import add_person, signed_in

from directory.accounts.audit import Actor
from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.keyring import Keyring
from directory.pages.site import present
from directory.referrals.records import open_records


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return load_settings({"DIRECTORY_HOME": f"{tmp_path}/home"})


@pytest.fixture
def house(settings: Settings) -> Iterator[Catalogue]:
    """An installation with six referrals sent to two clinics today."""
    catalogue = a_house(settings)
    clinics = add_few_clinics(catalogue)
    with open_records(catalogue, Keyring.load(settings.home, {}), settings, Actor("staff", 1)) as records:
        for number in range(6):
            a_past_referral(records, clinics[number % 2], sent=present(), answer="accepted", hours=number)
    yield catalogue
    catalogue.close()


@pytest.fixture
def app(house: Catalogue, settings: Settings) -> Iterator[Flask]:  # noqa: ARG001 - the house makes the keys
    app = build(settings)
    yield app
    app.extensions["directory"].catalogue.close()


def someone(app: Flask, settings: Settings, role: Role) -> FlaskClient:
    return signed_in(app.test_client(), add_person(settings, role))


def test_a_supervisor_reads_the_report_with_a_table_under_each_chart(app: Flask, settings: Settings) -> None:
    page = someone(app, settings, Role.SUPERVISOR).get("/staff/reports").get_data(as_text=True)
    assert page.count('<svg class="chart"') == 3
    assert page.count("<caption") == 6
    assert "style=" not in page
    assert CANARY not in page


def test_the_export_is_a_file_without_small_figures(app: Flask, settings: Settings) -> None:
    answer = someone(app, settings, Role.SUPERVISOR).get("/staff/reports/outcomes.csv")
    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[1].startswith("all,all,6,")
    assert all(not cell.isdigit() or int(cell) >= 5 for line in lines for cell in line.split(",")[2:])


def test_a_day_that_is_none_is_told_by_its_field(app: Flask, settings: Settings) -> None:
    client = someone(app, settings, Role.SUPERVISOR)
    answer = client.get("/staff/reports?from=yesterday")
    assert answer.status_code == 400
    assert "Sent from: Write a day such as 2026-01-31." in answer.get_data(as_text=True)
    assert client.get("/staff/reports/outcomes.csv?to=never").status_code == 400


def test_the_accounting_of_a_client_is_a_page_a_pdf_and_a_csv(app: Flask, settings: Settings) -> None:
    client = someone(app, settings, Role.INTAKE)
    assert "the letter" in client.get("/staff/clients/1/disclosures").get_data(as_text=True)
    pdf = client.get("/staff/clients/1/disclosures/accounting.pdf")
    assert pdf.mimetype == "application/pdf"
    assert "1 Nonesuch Street" in "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.data)).pages)
    written = client.get("/staff/clients/1/disclosures/accounting.csv").get_data(as_text=True)
    assert written.splitlines()[0] == "date,recipient,address,what,why,how"
    assert client.get("/staff/clients/999/disclosures").status_code == 404


def test_an_administrator_sees_the_trail_and_its_head(app: Flask, settings: Settings) -> None:
    client = someone(app, settings, Role.ADMINISTRATOR)
    page = client.get("/staff/trail").get_data(as_text=True)
    assert "Head of the trail" in page
    assert CANARY not in page
    assert "client added" in client.get("/staff/trail?record=client:2").get_data(as_text=True)
    assert client.get("/staff/trail?record=Nobody").status_code == 400


@pytest.mark.parametrize("page", ["/staff/trail", "/es/staff/trail"])
def test_a_record_of_the_trail_is_asked_for_in_the_words_of_either_language(
    app: Flask, settings: Settings, page: str
) -> None:
    client = someone(app, settings, Role.ADMINISTRATOR)
    noted = "cliente creado" if page.startswith("/es") else "client added"
    for said in ("client 2", "Cliente 2", "client:2", "CLIENTE: 2", "client #2"):
        answer = client.get(page, query_string={"record": said})
        assert answer.status_code == 200, said
        assert noted in answer.get_data(as_text=True)
        assert 'value="client' in answer.get_data(as_text=True)
    for said in ("clínica 1", "clinica 1", "clinic 1", "referral 1", "referencia 1", "carga 1"):
        assert client.get(page, query_string={"record": said}).status_code == 200, said
    assert 'value="Quokka 2"' in client.get(page, query_string={"record": "Quokka 2"}).get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.INTAKE, "/staff/trail"),
        (Role.INTAKE, "/staff/reports"),
        (Role.INTAKE, "/staff/reports/outcomes.csv"),
        (Role.STEWARD, "/staff/clients/1/disclosures"),
        (Role.ADMINISTRATOR, "/staff/clients/1/disclosures/accounting.pdf"),
        (Role.ADMINISTRATOR, "/staff/clients/1/disclosures/accounting.csv"),
    ],
)
def test_whoever_has_not_the_right_is_refused(app: Flask, settings: Settings, role: Role, page: str) -> None:
    assert someone(app, settings, role).get(page).status_code == 403
    assert app.test_client().get(page).status_code == 303
