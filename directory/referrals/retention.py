"""Retention: what is known of people is emptied once their referrals are long closed, save the accounting.

Referrals go in portions, each a transaction with its entry in the trail: stopped at any moment, the next run goes on,
and a run over what is already emptied does nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from directory.accounts.audit import SYSTEM
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.errors import PlainError
from directory.keyring import Keyring
from directory.referrals.client import ClientFacts, open_facts, seal_facts
from directory.referrals.consent import ConsentFacts
from directory.referrals.models import (
    Choice,
    Client,
    ClinicLink,
    Consent,
    Disclosure,
    Document,
    OutboxMessage,
    Referral,
    ReferralEvent,
)
from directory.referrals.records import Records, open_records
from directory.referrals.referral import ReferralFacts

_PORTION = 50
Clock = Callable[[], dt.datetime]


class RetentionError(PlainError):
    """Something cannot be purged yet; the message says why."""


@dataclass(slots=True)
class Purged:
    """What was emptied, or in a dry run would be. `clients` lost everything, `named` all but the accounting's name."""

    referrals: int = 0
    documents: int = 0
    consents: int = 0
    notes: int = 0
    clients: int = 0
    named: int = 0
    disclosures: int = 0

    def __str__(self) -> str:
        return (
            f"{self.referrals} referrals, {self.notes} notes, {self.documents} documents, {self.consents} consents, "
            f"{self.clients} clients emptied, {self.named} clients emptied but for the name their accounting needs, "
            f"{self.disclosures} disclosures older than the law keeps them"
        )


def purge(
    catalogue: Catalogue,
    keyring: Keyring,
    settings: Settings,
    before: dt.date,
    *,
    dry_run: bool = False,
    now: dt.datetime | None = None,
) -> Purged:
    """Empty referrals closed before a day, then the clients that have no other, then the accounting past its years.

    Raises RetentionError for a day to come.
    """
    now = now or dt.datetime.now(dt.UTC)
    zone = ZoneInfo(settings.center.time_zone)
    if before > now.astimezone(zone).date():
        raise RetentionError(f"--before {before}: that day is still to come; name one in the past")
    midnight = dt.datetime.combine(before, dt.time(), zone).astimezone(dt.UTC)
    law = min(midnight, _years_before(now, settings.referral.accounting_years))
    if dry_run:
        with catalogue.reading() as session:
            return _foreseen(session, midnight, law)
    done = Purged()
    for step in (_purge_referrals, _purge_disclosures, _purge_clients):
        going = True
        while going:
            with open_records(catalogue, keyring, settings, SYSTEM) as records:
                _forget_for_good(records.session)
                going = step(records, midnight if step is not _purge_disclosures else law, now.date(), done)
    _empty_log(catalogue)
    return done


def _ended(midnight: dt.datetime) -> ColumnElement[bool]:
    return and_(Referral.closed_at.is_not(None), Referral.closed_at < midnight, Referral.purged_on.is_(None))


def _purge_referrals(records: Records, midnight: dt.datetime, today: dt.date, done: Purged) -> bool:
    session = records.session
    found = list(session.scalars(select(Referral).where(_ended(midnight)).order_by(Referral.id).limit(_PORTION)))
    if not found:
        return False
    ids = [referral.id for referral in found]
    choices = select(Choice.id).where(Choice.referral_id.in_(ids))
    for referral in found:
        referral.sealed = records.keyring.seal(f"referral:{referral.uid}", asdict(ReferralFacts()))
        referral.purged_on = today
        done.referrals += 1
    for consent in session.scalars(select(Consent).where(Consent.choice_id.in_(choices))):
        consent.sealed = records.keyring.seal(f"consent:{consent.uid}", ConsentFacts().as_json())
        consent.document_id = None
        done.consents += 1
    session.flush()
    noted = ReferralEvent.referral_id.in_(ids), ReferralEvent.sealed.is_not(None)
    done.notes += session.scalar(select(func.count()).where(*noted)) or 0
    session.execute(update(ReferralEvent).where(*noted).values(sealed=None))
    links = select(ClinicLink.id).where(ClinicLink.choice_id.in_(choices))
    session.execute(delete(OutboxMessage).where(OutboxMessage.link_id.in_(links)))
    session.execute(delete(ClinicLink).where(ClinicLink.choice_id.in_(choices)))
    done.documents += session.scalar(select(func.count(Document.id)).where(Document.referral_id.in_(ids))) or 0
    session.execute(delete(Document).where(Document.referral_id.in_(ids)))
    records.note("referrals purged", *(f"referral:{number}" for number in ids))
    return True


def _purge_disclosures(records: Records, law: dt.datetime, _today: dt.date, done: Purged) -> bool:
    old = list(records.session.scalars(_overdue(law).order_by(Disclosure.id).limit(_PORTION)))
    if not old:
        return False
    ids = [disclosure.id for disclosure in old]
    records.session.execute(delete(Disclosure).where(Disclosure.id.in_(ids)))
    done.disclosures += len(ids)
    records.note("accounting purged", *(f"disclosure:{number}" for number in ids))
    return True


def _purge_clients(records: Records, midnight: dt.datetime, today: dt.date, done: Purged) -> bool:
    found = list(records.session.scalars(_done_with(midnight).order_by(Client.id).limit(_PORTION)))
    if not found:
        return False
    told = _disclosed(records.session, (client.id for client in found))
    for client in found:
        name = open_facts(records, client).name if client.id in told else ""
        client.reference_lookup = ""
        if not name:
            client.name_lookup = ""
        client.sealed = seal_facts(records, client, ClientFacts(name=name))
        client.purged_on = client.purged_on or today
        client.version += 1
        done.named, done.clients = done.named + bool(name), done.clients + (not name)
    records.note("clients purged", *(f"client:{client.id}" for client in found))
    return True


def _overdue(law: dt.datetime) -> Select[Disclosure]:
    """Disclosures the law asks for no longer, of referrals that were purged."""
    purged = select(Referral.id).where(Referral.purged_on.is_not(None))
    return select(Disclosure).where(Disclosure.at < law, Disclosure.referral_id.in_(purged))


def _done_with(midnight: dt.datetime) -> Select[Client]:
    """Clients without a referral that is kept, still to be emptied: whole, or of the name their accounting needed."""
    kept = exists().where(Referral.client_id == Client.id, Referral.purged_on.is_(None))
    told = exists().where(Disclosure.client_id == Client.id)
    return select(Client).where(
        Client.created_at < midnight,
        ~kept,
        or_(Client.purged_on.is_(None), and_(Client.name_lookup != "", ~told)),
    )


def _disclosed(session: Session, clients: Iterable[int]) -> set[int]:
    return set(session.scalars(select(Disclosure.client_id).where(Disclosure.client_id.in_(list(clients)))))


def _foreseen(session: Session, midnight: dt.datetime, law: dt.datetime) -> Purged:
    """What a purge would do, without doing it."""
    ended = select(Referral.id).where(_ended(midnight))
    choices = select(Choice.id).where(Choice.referral_id.in_(ended))
    to_purge = or_(Referral.purged_on.is_not(None), _ended(midnight))
    gone = select(Disclosure.id).where(
        Disclosure.at < law, Disclosure.referral_id.in_(select(Referral.id).where(to_purge))
    )
    kept = exists().where(Referral.client_id == Client.id, ~to_purge)
    told = exists().where(Disclosure.client_id == Client.id, Disclosure.id.not_in(gone))
    clients = select(func.count(Client.id)).where(Client.created_at < midnight, ~kept)

    def count(statement: Select[int]) -> int:
        return session.scalar(statement) or 0

    return Purged(
        referrals=count(select(func.count()).select_from(ended.subquery())),
        documents=count(select(func.count(Document.id)).where(Document.referral_id.in_(ended))),
        consents=count(select(func.count(Consent.id)).where(Consent.choice_id.in_(choices))),
        notes=count(
            select(func.count(ReferralEvent.id)).where(
                ReferralEvent.referral_id.in_(ended), ReferralEvent.sealed.is_not(None)
            )
        ),
        clients=count(clients.where(~told, or_(Client.purged_on.is_(None), Client.name_lookup != ""))),
        named=count(clients.where(told, Client.purged_on.is_(None))),
        disclosures=count(select(func.count()).select_from(gone.subquery())),
    )


def _forget_for_good(session: Session) -> None:
    """Let SQLite write zeros over what is emptied."""
    if session.connection().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))


def _empty_log(catalogue: Catalogue) -> None:
    """Let nothing that was emptied stay behind in SQLite's log."""
    if catalogue.url.get_backend_name() == "sqlite":
        with catalogue.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _years_before(moment: dt.datetime, years: int) -> dt.datetime:
    last = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return moment.replace(year=moment.year - years, day=last)
