"""The desk over four made-up clinics, somebody of intake, and a referral in every state."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_people import CLINICS, JANE, NEED, signable
from made_up_runs import far_editions
from sqlalchemy import select
from staff_sign_in import Credentials, add_person, signed_in
from werkzeug.serving import WSGIRequestHandler, make_server

from directory.accounts.audit import Actor
from directory.accounts.roles import Role
from directory.application import build
from directory.catalogue.models import Facility
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.index.generation import rebuild
from directory.keyring import Keyring
from directory.places.gazetteer import Gazetteer
from directory.referrals.client import add_client
from directory.referrals.consent import sign_on_screen
from directory.referrals.delivery import note_print
from directory.referrals.models import Consent, Referral
from directory.referrals.records import Records, open_records
from directory.referrals.referral import move, start_referral
from directory.referrals.states import Event, State

STEPS = {
    State.ACCEPTED: (Event.ACCEPT, {"callback": "Thursday at two"}),
    State.DECLINED: (Event.DECLINE, {"reason": "no_capacity", "note": "Full until spring"}),
    State.CLOSED: (Event.CLOSE, {"outcome": "changed_mind"}),
}
WAY = {
    State.AWAITING_CONSENT: (),
    State.READY: ("sign",),
    State.SENT: ("sign", "print"),
    State.ACCEPTED: ("sign", "print", State.ACCEPTED),
    State.DECLINED: ("sign", "print", State.DECLINED),
    State.CLOSED: ("sign", "print", State.DECLINED, State.CLOSED),
}


def made_up_listings() -> Iterator[ListingRecord]:
    """Four clinics with ketamine in Indianapolis."""
    for number, name in enumerate(CLINICS, 1):
        yield ListingRecord(
            line=number + 1,
            name1=name,
            street1=f"{number} Nonesuch Street",
            city="Indianapolis",
            state="IN",
            zip="46204",
            phone=f"317-555-010{number}",
            codes=("KIT", "MD", "SP", "OP") if number == 1 else ("KIT", "PI", "OP"),
        )


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with four clinics in its index."""
    loaded = load_settings({"DIRECTORY_HOME": str(tmp_path_factory.mktemp("desk"))})
    settings = dataclasses.replace(loaded, staff=dataclasses.replace(loaded.staff, secure_cookies=False))
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    batch = Batch("samhsa-mh", "2023", "made-up.xlsx", "0" * 64, iter(made_up_listings()))
    publish(catalogue, batch, Gazetteer.load(settings.home), settings)
    rebuild(catalogue, settings.index_dir)
    catalogue.close()
    return settings


@pytest.fixture(scope="session")
def intake(settings: Settings) -> Credentials:
    return add_person(settings, Role.INTAKE, "Ada Nobody")


@pytest.fixture(scope="session")
def clinics(settings: Settings) -> list[int]:
    """The ids of the clinics."""
    catalogue = Catalogue(settings.database_url)
    with catalogue.reading() as session:
        ids = list(session.scalars(select(Facility.id).order_by(Facility.id)))
    catalogue.close()
    return ids


@pytest.fixture(scope="session")
def referrals(settings: Settings, intake: Credentials, clinics: list[int]) -> dict[State, int]:
    """The id of a referral in each of some states, a draft without clinics among them."""
    catalogue = Catalogue(settings.database_url)
    actor = Actor("staff", intake.person_id)
    with open_records(catalogue, Keyring.load(settings.home), settings, actor) as records:
        draft = start_referral(records, add_client(records, JANE).id, NEED)
        made = {state: _on_its_way(records, clinics[:3], steps) for state, steps in WAY.items()}
    catalogue.close()
    return {State.DRAFT: draft.id, **made}


def _on_its_way(records: Records, clinics: list[int], steps: tuple[object, ...]) -> int:
    client = add_client(records, dataclasses.replace(JANE, reference=""))
    referral = start_referral(records, client.id, NEED, clinics, despite_duplicates=True)
    move(records, referral.id, referral.version, Event.ASK_CONSENT)
    for step in steps:
        assert referral.choice_id is not None
        if step == "sign":
            sign_on_screen(records, referral.choice_id, signable(records, referral.choice_id))
        elif step == "print":
            note_print(records, referral.choice_id, referral.version)
        else:
            event, said = STEPS[State(str(step))]
            move(records, referral.id, referral.version, event, **said)
    return referral.id


@pytest.fixture(scope="session")
def numbers(settings: Settings, referrals: dict[State, int]) -> dict[str, int]:
    """The numbers in the addresses of pages: of referrals by state, of their choices and of a consent."""
    catalogue = Catalogue(settings.database_url)
    with catalogue.reading() as session:
        choices = {state: session.get_one(Referral, number).choice_id or 0 for state, number in referrals.items()}
        signed = select(Consent.id).where(Consent.choice_id == choices[State.READY])
        consent = session.scalars(signed).one()
    catalogue.close()
    return (
        {"ready_consent": consent}
        | {str(state): number for state, number in referrals.items()}
        | {f"{state}_choice": number for state, number in choices.items()}
    )


@pytest.fixture(scope="session")
def runs(settings: Settings) -> dict[str, int]:
    """The runs of a list far from Indianapolis: two editions in which much changed, and one that is held."""
    catalogue = Catalogue(settings.database_url)
    made = far_editions(catalogue, settings)
    catalogue.close()
    return made


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    return build(settings)


@pytest.fixture
def desk(app: Flask, intake: Credentials) -> FlaskClient:
    """Somebody of intake, signed in."""
    return signed_in(app.test_client(), intake)


class SilentHandler(WSGIRequestHandler):
    """Writes no request lines."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """Where the application is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
