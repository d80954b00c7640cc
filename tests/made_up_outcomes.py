"""Made-up referrals at every stage, written straight into the tables: many at once, and none of anybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from made_up_people import add_person

from directory.accounts.models import new_uid
from directory.catalogue.models import ImportRun, Source
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.referrals import rotation
from directory.referrals.client import ClientFacts, add_client
from directory.referrals.consent import ConsentFacts
from directory.referrals.document import keep
from directory.referrals.models import Choice, Client, Consent, Disclosure, Referral, ReferralEvent
from directory.referrals.records import Records
from directory.referrals.referral import ReferralFacts

CANARY = "zebra-canary-5309"


def a_house(settings: Settings) -> Catalogue:
    """An installation at the newest schema with a key, a source and one person, as its commands find it."""
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    rotation.create(catalogue, settings.home, {})
    with catalogue.writing() as session:
        session.add(Source(id="made-up", name="Made-up listings"))
        session.flush()
        run = {"source_id": "made-up", "edition": "2026", "file_name": "made-up.csv", "file_sha256": ""}
        session.add(ImportRun(id=1, started_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC), **run))
    add_person(catalogue)
    return catalogue


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of one made-up referral."""

    client: Client
    referral: Referral
    choice: Choice
    consent: Consent


def a_past_referral(
    records: Records,
    facility_id: int,
    *,
    sent: dt.datetime,
    answer: str = "",
    reason: str = "",
    hours: float | None = None,
    attended: bool = False,
    booked: bool = False,
    missed: str = "",
    coverage: str = "MD",
    client: Client | None = None,
    closed: dt.datetime | None = None,
    name: str = f"Nobody {CANARY}",
) -> Made:
    """A referral that was sent to one clinic, with a document, a consent, a note and a disclosure."""
    client = client or add_client(records, ClientFacts(name=name, contact_wish=CANARY))
    client.created_at = min(client.created_at, sent)
    facts = ReferralFacts(need=("KIT",), coverage=coverage, note=CANARY)
    uid, by = new_uid(), client.created_by
    referral = Referral(
        uid=uid,
        client_id=client.id,
        sealed=records.keyring.seal(f"referral:{uid}", asdict(facts)),
        state="closed" if closed else "sent",
        assigned_to=by,
        created_at=sent,
        created_by=by,
        changed_at=sent,
        closed_at=closed,
    )
    records.session.add(referral)
    records.session.flush()
    choice = Choice(
        referral_id=referral.id,
        rank=1,
        facility_id=facility_id,
        name=f"Clinic {facility_id}",
        address="1 Nonesuch Street",
        sent_at=sent,
        answered_at=None if hours is None else sent + dt.timedelta(hours=hours),
        answer=answer,
        reason=reason,
        attended_on=sent.date() if attended else None,
    )
    records.session.add(choice)
    records.session.flush()
    referral.choice_id = choice.id
    uid = new_uid()
    consent = Consent(
        uid=uid,
        choice_id=choice.id,
        sealed=records.keyring.seal(f"consent:{uid}", ConsentFacts(client_name=CANARY).as_json()),
        method="screen",
        created_at=sent,
        created_by=by,
    )
    records.session.add(consent)
    records.session.flush()
    document = keep(records, referral.id, choice.id, "packet", "application/pdf", CANARY.encode())
    consent.document_id = document.id
    uid = new_uid()
    records.session.add(
        Disclosure(
            uid=uid,
            client_id=client.id,
            referral_id=referral.id,
            choice_id=choice.id,
            consent_id=consent.id,
            recipient=f"Clinic {facility_id}",
            recipient_address="1 Nonesuch Street",
            how="fax",
            sealed=records.keyring.seal(f"disclosure:{uid}", {"what": "the letter", "why": "treatment"}),
            document_sha256=document.sha256,
            at=sent,
        )
    )
    steps = [("book", "booked", "")] if booked else [("send", "sent", "")]
    for event, state, why in [*steps, *([("miss", "did_not_attend", missed)] if missed else [])]:
        uid = new_uid()
        noted = ReferralEvent(uid=uid, referral_id=referral.id, choice_id=choice.id, at=sent, actor="system", version=1)
        noted.event, noted.to_state, noted.reason = event, state, why
        noted.sealed = records.keyring.seal(f"event:{uid}", {"note": CANARY})
        records.session.add(noted)
    records.session.flush()
    return Made(client, referral, choice, consent)
