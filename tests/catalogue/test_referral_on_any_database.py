from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from cryptography.fernet import Fernet
from made_up_people import JANE, NOON, a_referral, a_signed_consent, add_few_clinics, add_person

from directory.accounts.audit import Actor, faults, head
from directory.catalogue.models import ImportRun, Source
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.referrals.board import board
from directory.referrals.client import add_client, client_document, find_clients
from directory.referrals.delivery import note_fax
from directory.referrals.records import Records
from directory.referrals.referral import move, open_referral
from directory.referrals.states import Event, State
from directory.referrals.timeline import timeline

KEYRING = Keyring([Fernet.generate_key()])


class House:
    """A catalogue at the newest schema with four clinics and somebody at work."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        upgrade(catalogue)
        with catalogue.writing() as session:
            session.add(Source(id="made-up", name="Made-up listings"))
            session.flush()
            run = {"source_id": "made-up", "file_name": "made-up.csv", "file_sha256": "", "started_at": NOON}
            session.add_all([ImportRun(id=number, edition=f"202{number}", **run) for number in (1, 2)])
        self.catalogue, self.settings = catalogue, settings
        self.clinics = add_few_clinics(catalogue)
        self.person = add_person(catalogue)

    @contextmanager
    def records(self, days: int = 0) -> Iterator[Records]:
        with self.catalogue.recording() as session:
            now = NOON + dt.timedelta(days=days)
            yield Records(session, KEYRING, self.settings, Actor("staff", self.person), now)

    def faults(self) -> list[str]:
        with self.catalogue.reading() as session:
            return list(faults(session, KEYRING))


@pytest.fixture
def house(any_database: Catalogue, settings: Settings) -> House:
    return House(any_database, settings)


def test_a_referral_goes_from_draft_to_closed(house: House) -> None:
    with house.records() as records:
        number = a_referral(records, house.clinics[:2]).id
    with house.records() as records:
        choice = open_referral(records, number).current
        assert choice is not None
        a_signed_consent(records, choice.id)
    with house.records() as records:
        assert [row.consent for row in board(records, mine=house.person).rows] == ["live"]
        note_fax(records, choice.id, open_referral(records, number).referral.version, "317-555-0100")
    steps = [
        (Event.ACCEPT, {}),
        (Event.BOOK, {"appointment": NOON.date() + dt.timedelta(days=3)}),
        (Event.ATTEND, {"attended_on": NOON.date() + dt.timedelta(days=3)}),
        (Event.CLOSE, {"outcome": "attended"}),
    ]
    for day, (event, said) in enumerate(steps, 1):
        with house.records(day) as records:
            move(records, number, open_referral(records, number).referral.version, event, **said)
    with house.records(9) as records:
        assert open_referral(records, number).referral.state == State.CLOSED
        assert timeline(records, number)[-1].who == "Ada Nobody"
        (found,) = find_clients(records, JANE.reference)
        assert client_document(records, found.id).referrals[0].clinic == "Quokka Infusion Center"
        assert board(records).counts[State.CLOSED] == 1
    assert house.faults() == []


def test_two_who_write_at_once_make_one_trail(house: House) -> None:
    def keep(number: int) -> None:
        with house.records() as records:
            client = add_client(records, JANE.__class__(name=f"Nobody Number {number}"))
            client_document(records, client.id)

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(keep, range(12)))
    assert house.faults() == []
    with house.catalogue.reading() as session:
        assert head(session).entries == 24
