"""Packet facts: what a referral, its client and its consent say, gathered in plain words for the packet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from directory.referrals.client import open_facts
from directory.referrals.consent import ConsentFacts, consent_facts, draft_consent, needed_consent
from directory.referrals.day import center_day
from directory.referrals.models import Choice, ClinicContact
from directory.referrals.needs import UNKNOWN, Option, need_label, options
from directory.referrals.packet import ClinicFacts, ConsentCopy, PacketError, PacketFacts
from directory.referrals.records import Records
from directory.referrals.wording import consent_texts, day
from directory.sentence import Sentence


def packet_facts(records: Records, choice_id: int) -> PacketFacts:
    """The facts of a packet for one clinic, under its live consent. Raises ConsentNeeded, PacketError."""
    choice = _choice(records, choice_id)
    consent = needed_consent(records, choice)
    copy = consent_copy(consent_facts(records, consent), consent.method)
    subjects = (f"client:{choice.referral.client_id}", f"referral:{choice.referral_id}", f"consent:{consent.id}")
    records.note("packet gathered", *subjects)
    return _gathered(records, choice, copy)


def form_facts(records: Records, choice_id: int, language: str) -> PacketFacts:
    """The facts of a consent form still to be signed, and of the family's copy. Raises PacketError."""
    choice = _choice(records, choice_id)
    copy = consent_copy(draft_consent(records, choice_id, language), "")
    return _gathered(records, choice, copy)


def consent_copy(facts: ConsentFacts, method: str) -> ConsentCopy:
    """A consent as a packet shows it; who signed for the client is named with the authority."""
    signature = facts.signature
    if facts.signer != "client":
        signature = f"{facts.signature} ({facts.authority})"
    return ConsentCopy(
        client_name=facts.client_name,
        discloser=facts.discloser,
        description=facts.description,
        recipient=facts.recipient,
        recipient_address=facts.recipient_address,
        purpose=facts.purpose,
        revocation=facts.revocation_text,
        expiry=expiry_text(facts.expires_on, facts.expiry_event, facts.language),
        redisclosure=facts.redisclosure_text,
        refusal=facts.refusal_text,
        signature=signature,
        signed_on=facts.signed_on,
        method=method,
        language=facts.language,
    )


def expiry_text(expires_on: dt.date | None, event: str, language: str) -> str:
    """When a consent ends, in a sentence; empty where nothing ends it."""
    date = day(expires_on, language) if expires_on else ""
    texts = consent_texts(language, expires_on=date, event=event)
    if date:
        return texts["expiry_event"] if event else texts["expiry"]
    return texts["expiry_event_alone"] if event else ""


def _choice(records: Records, choice_id: int) -> Choice:
    choice = records.session.get(Choice, choice_id)
    if choice is None:
        raise PacketError(Sentence("this clinic is no longer among the referral's; open the referral again"))
    return choice


def _gathered(records: Records, choice: Choice, copy: ConsentCopy) -> PacketFacts:
    client = open_facts(records, choice.referral.client)
    uid = choice.referral.uid
    referral: dict[str, Any] = records.keyring.open(f"referral:{uid}", choice.referral.sealed)
    contact = records.session.get(ClinicContact, choice.facility_id)
    return PacketFacts(
        on=center_day(records),
        center=records.settings.center,
        clinic=ClinicFacts(choice.name, choice.address, choice.phone, contact.fax if contact else ""),
        name=client.name,
        reference=client.reference,
        consent=copy,
        need=(need_label(referral["need"]),),
        urgency=referral["urgency"],
        birth_year=client.birth_year,
        zip=client.zip,
        language=_words(options().languages, referral["language"], client.language),
        coverage=_words(options().coverages, referral["coverage"], client.coverage),
        contact_wish=client.contact_wish,
        note=referral["note"],
    )


def _words(choices: Mapping[str, Option], *codes: str) -> str:
    """The words of the first code that says something: what the referral says goes before the client's record."""
    known = [code for code in codes if code in choices and code != UNKNOWN]
    return choices[known[0]].label() if known else ""
