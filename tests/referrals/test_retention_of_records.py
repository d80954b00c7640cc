from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up_outcomes import CANARY, a_house, a_past_referral
from made_up_people import NOON, add_few_clinics
from sqlalchemy import func, select

from directory.accounts import audit
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring, keys_in
from directory.referrals import retention
from directory.referrals.accounting import accounting
from directory.referrals.client import ClientError, client_document
from directory.referrals.models import Client, Disclosure, Document, Referral, ReferralEvent
from directory.referrals.records import Records, open_records
from directory.referrals.referral import referral_facts
from directory.referrals.retention import Purged, RetentionError, purge

NOW = dt.datetime(2026, 11, 23, 18, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=365 * 4)
EVEN_LONGER_AGO = NOW - dt.timedelta(days=365 * 8)
BEFORE = dt.date(2025, 1, 1)


@pytest.fixture
def house(settings: Settings) -> Iterator[Catalogue]:
    catalogue = a_house(settings)
    yield catalogue
    catalogue.close()


@pytest.fixture
def keys(house: Catalogue, settings: Settings) -> Keyring:  # noqa: ARG001 - the house makes the keys
    return Keyring(keys_in(settings.home))


@pytest.fixture
def three(house: Catalogue, keys: Keyring, settings: Settings) -> list[int]:
    """Clients: one of eight years ago, one of four, and one of four who came again this year."""
    clinics = add_few_clinics(house)
    with open_records(house, keys, settings, audit.Actor("staff", 1)) as opened:
        records = dataclasses.replace(opened, now=NOON)
        oldest = a_past_referral(records, clinics[0], sent=EVEN_LONGER_AGO, closed=EVEN_LONGER_AGO)
        older = a_past_referral(records, clinics[0], sent=LONG_AGO, closed=LONG_AGO)
        again = a_past_referral(records, clinics[1], sent=LONG_AGO, closed=LONG_AGO)
        a_past_referral(records, clinics[2], sent=NOW, client=again.client)
        return [oldest.client.id, older.client.id, again.client.id]


@pytest.mark.usefixtures("three")
def test_a_dry_run_says_what_the_purge_then_does(house: Catalogue, keys: Keyring, settings: Settings) -> None:
    foreseen = purge(house, keys, settings, BEFORE, dry_run=True, now=NOW)
    assert purge(house, keys, settings, BEFORE, now=NOW) == foreseen
    assert foreseen == Purged(referrals=3, documents=3, consents=3, notes=3, clients=1, named=1, disclosures=1)


@pytest.mark.usefixtures("three")
def test_a_second_purge_finds_nothing_left(house: Catalogue, keys: Keyring, settings: Settings) -> None:
    purge(house, keys, settings, BEFORE, now=NOW)
    assert purge(house, keys, settings, BEFORE, now=NOW) == Purged()


def test_nothing_of_the_person_is_left_but_the_name_while_the_accounting_is_kept(
    house: Catalogue, keys: Keyring, settings: Settings, three: list[int]
) -> None:
    purge(house, keys, settings, BEFORE, now=NOW)
    _, older, again = three
    with open_records(house, keys, settings, audit.Actor("staff", 1)) as records:
        kept = accounting(records, older)
        assert (kept.client_name, len(kept.rows)) == (f"Nobody {CANARY}", 1)
        with pytest.raises(ClientError, match="purged"):
            client_document(records, older)
        referral = records.session.scalars(select(Referral).where(Referral.client_id == older)).one()
        assert referral_facts(records, referral).note == ""
        assert records.session.scalar(select(func.count(Document.id)).where(Document.referral_id == referral.id)) == 0
        events = records.session.scalars(select(ReferralEvent).where(ReferralEvent.referral_id == referral.id))
        assert [event.sealed for event in events] == [None]
        assert client_document(records, again).facts.contact_wish == CANARY


def test_the_accounting_goes_when_the_law_no_longer_asks(
    house: Catalogue, keys: Keyring, settings: Settings, three: list[int]
) -> None:
    purge(house, keys, settings, BEFORE, now=NOW)
    with open_records(house, keys, settings, audit.Actor("staff", 1)) as records:
        assert accounting(records, three[0]).client_name == ""
        assert accounting(records, three[0]).rows == []
    later = NOW + dt.timedelta(days=365 * 3)
    done = purge(house, keys, settings, BEFORE, now=later)
    assert (done.disclosures, done.clients) == (2, 1)


def test_a_referral_that_is_not_closed_stays_however_old(house: Catalogue, keys: Keyring, settings: Settings) -> None:
    clinic = add_few_clinics(house)[0]
    with open_records(house, keys, settings, audit.Actor("staff", 1)) as records:
        a_past_referral(records, clinic, sent=EVEN_LONGER_AGO)
    assert purge(house, keys, settings, BEFORE, now=NOW) == Purged()


@pytest.mark.usefixtures("three")
def test_every_purge_stands_in_the_trail(house: Catalogue, keys: Keyring, settings: Settings) -> None:
    purge(house, keys, settings, BEFORE, now=NOW)
    with house.reading() as session:
        actions = list(session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id.desc()).limit(3)))
        assert actions == ["clients purged", "accounting purged", "referrals purged"]
        assert list(audit.faults(session, keys)) == []


@pytest.mark.usefixtures("three")
def test_a_purge_stopped_between_two_portions_goes_on(
    house: Catalogue, keys: Keyring, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_PORTION", 1)
    foreseen = purge(house, keys, settings, BEFORE, dry_run=True, now=NOW)
    with house.recording() as session:
        records = Records(session, keys, settings, audit.SYSTEM, NOW)
        assert retention._purge_referrals(records, dt.datetime.combine(BEFORE, dt.time(), dt.UTC), NOW.date(), Purged())
    rest = purge(house, keys, settings, BEFORE, now=NOW)
    assert rest.referrals == foreseen.referrals - 1
    with house.reading() as session:
        assert session.scalar(select(func.count(Client.id)).where(Client.purged_on.is_not(None))) == 2
        assert session.scalar(select(func.count(Disclosure.id))) == 3


@pytest.mark.usefixtures("three")
def test_what_was_emptied_is_not_in_the_files_either(house: Catalogue, keys: Keyring, settings: Settings) -> None:
    with house.reading() as session:
        sealed = session.scalars(select(Document.sealed).order_by(Document.id)).all()[:3]
    purge(house, keys, settings, BEFORE, now=NOW)
    content = b"".join(path.read_bytes() for path in Path(settings.home).glob("catalogue.sqlite3*"))
    assert not any(value[20:80] in content for value in sealed)


def test_a_day_to_come_is_refused(house: Catalogue, keys: Keyring, settings: Settings) -> None:
    with pytest.raises(RetentionError, match="still to come"):
        purge(house, keys, settings, NOW.date() + dt.timedelta(days=2), now=NOW)
