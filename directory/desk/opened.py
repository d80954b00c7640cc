"""Opened: a referral with everything its page shows, read in one transaction and noted once a kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import abort
from sqlalchemy import select

from directory.accounts.models import Person
from directory.desk.guard import records_of_request
from directory.referrals.client import ClientDocument, ClientError, client_document
from directory.referrals.clinic_record import ClinicRecord, clinic_records
from directory.referrals.consent import consent_statuses
from directory.referrals.models import Choice, Consent, Document, OutboxMessage
from directory.referrals.outbox import messages_of
from directory.referrals.records import Records
from directory.referrals.referral import ReferralDocument, ReferralError, open_referral
from directory.referrals.states import Event
from directory.referrals.timeline import TimelineLine, timeline


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a referral, without its content."""

    id: int
    kind: str
    media_type: str
    clinic: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class OpenedReferral:
    """A referral, its client, its clinics with how consent stands, its papers and what happened, newest first."""

    document: ReferralDocument
    client: ClientDocument
    consents: dict[int, str]
    records: dict[int, ClinicRecord]
    papers: list[Paper]
    lines: list[TimelineLine]
    mail: list[OutboxMessage]
    person: str

    @property
    def appointment(self) -> str:
        """The visit that was booked, or that its clinic offered, ISO 8601; empty where none was named."""
        with_it = self.document.current.name if self.document.current else ""
        named = (line.said.get("appointment", "") for line in self.lines if _names_a_visit(line, with_it))
        return next(named, "")


def opened(referral_id: int) -> OpenedReferral:
    """Everything of a referral; "not found" where there is none."""
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        choices = document.choices
        clinics = {choice.id: choice.name for choice in choices}
        person = records.session.get(Person, document.referral.assigned_to)
        return OpenedReferral(
            document=document,
            client=client_or_404(records, document.referral.client_id),
            consents=consent_statuses(records, clinics),
            records=clinic_records(records.session, [choice.facility_id for choice in choices]),
            papers=_papers(records, referral_id, clinics),
            lines=timeline(records, referral_id)[::-1],
            mail=messages_of(records.session, document.current.id) if document.current else [],
            person=person.name if person else "",
        )


def referral_or_404(records: Records, referral_id: int) -> ReferralDocument:
    """A referral; "not found" where there is none."""
    try:
        return open_referral(records, referral_id)
    except ReferralError:
        abort(404)


def client_or_404(records: Records, client_id: int) -> ClientDocument:
    """A client; "not found" where there is none."""
    try:
        return client_document(records, client_id)
    except ClientError:
        abort(404)


def choice_or_404(document: ReferralDocument, choice_id: int) -> Choice:
    """A clinic of a referral; "not found" where it is none of its clinics."""
    return next((choice for choice in document.choices if choice.id == choice_id), None) or abort(404)


def consents_of(records: Records, choice_id: int) -> list[Consent]:
    """The consents for a clinic, newest first."""
    found = select(Consent).where(Consent.choice_id == choice_id).order_by(Consent.id.desc())
    return list(records.session.scalars(found))


def consent_or_404(records: Records, choice_id: int, consent_id: int) -> Consent:
    """A consent for a clinic; "not found" where it is for another, or for none."""
    consent = records.session.get(Consent, consent_id)
    return consent if consent is not None and consent.choice_id == choice_id else abort(404)


def _names_a_visit(line: TimelineLine, clinic: str) -> bool:
    return line.event in (Event.ACCEPT, Event.BOOK) and line.clinic == clinic


def _papers(records: Records, referral_id: int, clinics: dict[int, str]) -> list[Paper]:
    columns = (Document.id, Document.kind, Document.media_type, Document.choice_id, Document.made_at)
    found = select(*columns).where(Document.referral_id == referral_id).order_by(Document.id.desc())
    rows = records.session.execute(found)
    return [Paper(row.id, row.kind, row.media_type, clinics.get(row.choice_id, ""), row.made_at) for row in rows]
