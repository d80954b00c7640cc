from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from made_up_outcomes import a_house, a_past_referral
from made_up_people import NOON, add_few_clinics
from sqlalchemy import select, update

from directory.accounts import audit
from directory.accounts.models import Person
from directory.catalogue.models import Base
from directory.catalogue.session import Catalogue
from directory.config import ROOT, Settings
from directory.keyring import Keyring, KeysError, add_key, keys_in
from directory.referrals import rotation
from directory.referrals.client import ClientFacts, add_client, find_clients
from directory.referrals.models import Client, ClinicLink, Document
from directory.referrals.records import open_records

COMMAND = [sys.executable, "-c", "from directory.desk.commands import keys; keys()", "rotate"]


@pytest.fixture
def house(settings: Settings) -> Iterator[Catalogue]:
    """An installation with a key, a person, four clinics and thirty sealed clients."""
    catalogue = a_house(settings)
    clinics = add_few_clinics(catalogue)
    with open_records(catalogue, Keyring(keys_in(settings.home)), settings, audit.Actor("staff", 1)) as records:
        for number in range(30):
            a_past_referral(records, clinics[number % 4], sent=NOON, name=f"Nobody Number {number}")
    yield catalogue
    catalogue.close()


def all_open(catalogue: Catalogue, keyring: Keyring) -> int:
    """How many sealed values there are, each of which opens."""
    count = 0
    with catalogue.reading() as session:
        for column in rotation.sealed_columns():
            for (sealed,) in session.execute(select(column).where(column.is_not(None))):
                keyring._all.decrypt(sealed)
                count += 1
    return count


def test_every_column_that_holds_bytes_is_rotated_by_its_only_key() -> None:
    columns = rotation.sealed_columns()
    named = {str(column) for column in columns}
    assert {f"{table}.sealed" for table in SEALED_TABLES} <= named
    assert all("sealed" in column.name for column in columns)
    assert all(len(column.table.primary_key.columns) == 1 for column in columns)
    sealed = {str(c) for table in Base.metadata.tables.values() for c in table.columns if "sealed" in c.name}
    assert sealed == named


SEALED_TABLES = ("client", "referral", "consent", "document", "disclosure", "referral_event", "outbox_message")


def test_after_a_rotation_the_old_key_opens_nothing_and_the_new_one_everything(
    house: Catalogue, settings: Settings
) -> None:
    old = Keyring(keys_in(settings.home))
    done = rotation.rotate_file(house, settings.home)
    assert done.finished
    assert done.total >= 30 * 5
    assert len(keys_in(settings.home)) == 1
    new = Keyring(keys_in(settings.home))
    assert all_open(house, new) >= 30 * 5
    with house.reading() as session:
        for column in rotation.sealed_columns():
            assert not any(
                old.newest(sealed) for (sealed,) in session.execute(select(column).where(column.is_not(None)))
            )
        assert list(audit.faults(session, new)) == []


def test_a_name_is_found_again_after_a_rotation(house: Catalogue, settings: Settings) -> None:
    rotation.rotate_file(house, settings.home)
    with open_records(house, Keyring(keys_in(settings.home)), settings, audit.Actor("staff", 1)) as records:
        assert [found.facts.name for found in find_clients(records, "nobody number 7")] == ["Nobody Number 7"]


def test_a_reference_is_found_again_after_a_rotation(house: Catalogue, settings: Settings) -> None:
    with open_records(house, Keyring.load(settings.home, {}), settings, audit.SYSTEM) as records:
        (before,) = find_clients(records, "nobody number 7")
    rotation.rotate_file(house, settings.home)
    with open_records(house, Keyring.load(settings.home, {}), settings, audit.SYSTEM) as records:
        (found,) = find_clients(records, before.facts.reference.lower())
    assert found.id == before.id


def test_pages_that_are_served_go_on_with_the_new_key(house: Catalogue, settings: Settings) -> None:
    served = Keyring.load(settings.home, {})
    with open_records(house, served, settings, audit.SYSTEM) as records:
        assert records.keyring is served
    rotation.rotate_file(house, settings.home)
    with open_records(house, served, settings, audit.SYSTEM) as records:
        assert len(find_clients(records, "nobody number 7")) == 1
        sealed = records.keyring.seal("client:new", "made up")
    assert Keyring(keys_in(settings.home)).open("client:new", sealed) == "made up"
    assert _faults(house, settings) == []


def _faults(house: Catalogue, settings: Settings) -> list[str]:
    with house.reading() as session:
        return list(audit.faults(session, Keyring.load(settings.home, {})))


def test_a_rotation_killed_at_any_moment_loses_nothing_and_the_next_goes_on(
    house: Catalogue, settings: Settings
) -> None:
    chance = random.Random(4)
    environment = os.environ | {"DIRECTORY_HOME": str(settings.home)}
    environment.pop("DATABASE_URL", None)
    before = all_open(house, Keyring(keys_in(settings.home)))
    killed = 0
    for _ in range(8):
        with subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as run:
            began = time.monotonic()
            moment = chance.uniform(0.0, 0.25)
            held = len(keys_in(settings.home))
            while run.poll() is None and len(keys_in(settings.home)) == held == 1 and time.monotonic() - began < 20:
                time.sleep(0.002)
            time.sleep(moment / 5 if held == 1 else 1 + moment * 2)
            killed += run.poll() is None
            run.send_signal(signal.SIGKILL)
            run.communicate()
        assert all_open(house, Keyring(keys_in(settings.home))) == before
    assert killed
    assert rotation.rotate_file(house, settings.home).finished
    assert len(keys_in(settings.home)) == 1
    assert all_open(house, Keyring(keys_in(settings.home))) == before


def test_an_interrupted_rotation_makes_no_third_key(house: Catalogue, settings: Settings) -> None:
    add_key(settings.home)
    newest = keys_in(settings.home)[0]
    rotation.rotate_file(house, settings.home)
    assert keys_in(settings.home) == [newest]


def test_a_value_no_key_opens_keeps_the_old_keys_and_is_named(house: Catalogue, settings: Settings) -> None:
    stranger = Keyring([Fernet.generate_key()])
    with house.recording() as session:
        session.execute(update(Client).where(Client.id == 3).values(sealed=stranger.seal("client:x", {})))
    done = rotation.rotate_file(house, settings.home)
    assert done.unreadable == ["client 3"]
    assert len(keys_in(settings.home)) == 2


def test_a_code_told_by_phone_keeps_the_old_key_until_its_link_ends(house: Catalogue, settings: Settings) -> None:
    now = dt.datetime.now(dt.UTC)
    with house.recording() as session:
        document = session.scalars(select(Document).limit(1)).one()
        link = ClinicLink(
            choice_id=document.choice_id, document_id=document.id, token_hash="t" * 64, code_hash="c" * 64
        )
        link.made_at, link.expires_at, link.made_by = now - dt.timedelta(days=1), now, 1
        link.expires_at += dt.timedelta(days=3)
        link.made_at -= dt.timedelta(days=1)
        session.add(link)
    assert rotation.rotate_file(house, settings.home).links_until == link.expires_at
    assert len(keys_in(settings.home)) == 2
    assert rotation.rotate_file(house, settings.home, end_links=True).finished
    assert len(keys_in(settings.home)) == 1


def test_a_second_factor_is_sealed_anew_too(house: Catalogue, settings: Settings) -> None:
    with house.recording() as session:
        person = session.scalars(select(Person)).one()
        person.totp_sealed = Keyring(keys_in(settings.home)).seal(f"person:{person.uid}", "MADEUPSECRET")
        uid = person.uid
    rotation.rotate_file(house, settings.home)
    with house.reading() as session:
        sealed = session.scalars(select(Person.totp_sealed)).one()
    assert sealed is not None
    assert Keyring(keys_in(settings.home)).open(f"person:{uid}", sealed) == "MADEUPSECRET"


def test_a_first_key_is_made_once(house: Catalogue, settings: Settings) -> None:
    with pytest.raises(KeysError, match="already"):
        rotation.create(house, settings.home, {})


def test_no_new_key_is_made_where_the_old_one_was_lost(house: Catalogue, settings: Settings) -> None:
    (settings.home / "keys.txt").unlink()
    with pytest.raises(KeysError, match=r"put keys\.txt back"):
        rotation.create(house, settings.home, {})


def test_the_trail_says_since_when_a_key_is_in_use(house: Catalogue, settings: Settings) -> None:
    rotation.rotate_file(house, settings.home)
    with house.reading() as session:
        since = rotation.made_at(session, Keyring(keys_in(settings.home)))
        assert rotation.made_at(session, Keyring([Fernet.generate_key()])) is None
    assert since is not None


def test_keys_of_the_environment_are_told_not_written(house: Catalogue, settings: Settings) -> None:
    held = keys_in(settings.home)[0].decode()
    environment = os.environ | {"DIRECTORY_HOME": str(settings.home), "DIRECTORY_KEYS": held}
    environment.pop("DATABASE_URL", None)
    first = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    said = first.stdout.splitlines()[-1]
    assert said.endswith(f",{held}")
    environment["DIRECTORY_KEYS"] = said
    again = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "first key alone" in again.stdout
    assert all_open(house, Keyring([said.split(",")[0].encode()])) > 0
    assert keys_in(settings.home) == [held.encode()]


def test_the_commands_say_in_one_sentence_that_a_key_is_missing(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="keys create"):
        rotation.keys_held(tmp_path, {})


def test_a_client_added_while_the_key_changes_is_sealed_anew(house: Catalogue, settings: Settings) -> None:
    old = Keyring(keys_in(settings.home))
    add_key(settings.home)
    with open_records(house, old, settings, audit.Actor("staff", 1)) as records:
        add_client(records, ClientFacts(name="Late Nobody"))
    rotation.rotate_file(house, settings.home)
    with open_records(house, Keyring(keys_in(settings.home)), settings, audit.Actor("staff", 1)) as records:
        assert len(find_clients(records, "Late Nobody")) == 1
