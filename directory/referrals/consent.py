"""Consent: a client's word that one clinic may be told, whole as 42 CFR 2.31 asks, or it does not count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import defer, joinedload
from sqlalchemy.orm.util import identity_key

from directory.errors import SaidError
from directory.referrals import course, unsent
from directory.referrals.client import acting_person, fold_name, open_facts
from directory.referrals.day import center_day
from directory.referrals.live import ConsentNeeded, is_live, live_consent, needed_consent
from directory.referrals.models import Choice, ClinicLink, Consent, Disclosure, Document, Referral
from directory.referrals.records import Records
from directory.referrals.states import Event, State
from directory.referrals.wording import consent_texts
from directory.referrals.wording import day as written_day
from directory.sentence import Sentence

__all__ = ["ConsentNeeded", "live_consent", "needed_consent"]

REVOKED_HOW = ("writing", "phone", "person", "other")


class Element(StrEnum):
    """The ten elements of a written consent, in the order of 42 CFR 2.31."""

    CLIENT_NAME = "client_name"
    DISCLOSER = "discloser"
    DESCRIPTION = "description"
    RECIPIENT = "recipient"
    PURPOSE = "purpose"
    REVOCATION = "revocation"
    EXPIRY = "expiry"
    SIGNATURE = "signature"
    SIGNED_ON = "signed_on"
    REDISCLOSURE = "redisclosure"

    @property
    def plain(self) -> Sentence:
        """As a sentence names it."""
        return _PLAIN_ELEMENTS[self]


_PLAIN_ELEMENTS = {
    Element.CLIENT_NAME: Sentence("the client's name"),
    Element.DISCLOSER: Sentence("who tells"),
    Element.DESCRIPTION: Sentence("what is told"),
    Element.RECIPIENT: Sentence("the clinic that is told"),
    Element.PURPOSE: Sentence("why it is told"),
    Element.REVOCATION: Sentence("how consent is taken back"),
    Element.EXPIRY: Sentence("when it ends"),
    Element.SIGNATURE: Sentence("the signature"),
    Element.SIGNED_ON: Sentence("the date it was signed"),
    Element.REDISCLOSURE: Sentence("what may be passed on, and what refusing means"),
}


class ConsentError(SaidError):
    """A consent cannot be kept so; the message names the field."""


class ConsentIncomplete(ConsentError):  # noqa: N818 - it is named after what it is
    """Elements are missing; `missing` names them."""

    def __init__(self, missing: Sequence[str]) -> None:
        named = tuple(Element(name).plain for name in missing)
        super().__init__(Sentence("This consent is not complete. Missing: %(missing)s.", missing=named))
        self.missing = list(missing)


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What a consent says. It ends at the end of `expires_on`, or when `expiry_event` comes, whichever is first.

    `signature` is the name as signed; `signer` is "client" or "representative", whose `authority` is then given.
    """

    client_name: str = ""
    discloser: str = ""
    description: str = ""
    recipient: str = ""
    recipient_address: str = ""
    purpose: str = ""
    revocation_text: str = ""
    redisclosure_text: str = ""
    refusal_text: str = ""
    expires_on: dt.date | None = None
    expiry_event: str = ""
    signature: str = ""
    signer: str = "client"
    authority: str = ""
    signed_on: dt.date | None = None
    language: str = "en"

    def as_json(self) -> dict[str, Any]:
        """The facts as they are sealed."""
        values = asdict(self)
        for name in ("expires_on", "signed_on"):
            values[name] = values[name].isoformat() if values[name] else None
        return values

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> ConsentFacts:
        """The facts as they were sealed."""
        days = {name: dt.date.fromisoformat(values[name]) for name in ("expires_on", "signed_on") if values[name]}
        return cls(**(values | days))


def missing_elements(facts: ConsentFacts, consent: Consent | None = None) -> list[str]:
    """The elements that are missing, in the order of 42 CFR 2.31; a spoken consent always lacks the signature."""
    verbal = consent is not None and consent.method == "verbal"
    unscanned = consent is not None and consent.method == "paper" and consent.document_id is None
    by_other = facts.signer != "client" and not facts.authority.strip()
    there = {
        Element.CLIENT_NAME: facts.client_name.strip(),
        Element.DISCLOSER: facts.discloser.strip(),
        Element.DESCRIPTION: facts.description.strip(),
        Element.RECIPIENT: facts.recipient.strip(),
        Element.PURPOSE: facts.purpose.strip(),
        Element.REVOCATION: facts.revocation_text.strip(),
        Element.EXPIRY: facts.expires_on or facts.expiry_event.strip(),
        Element.SIGNATURE: facts.signature.strip() and not (verbal or unscanned or by_other),
        Element.SIGNED_ON: facts.signed_on and not verbal,
        Element.REDISCLOSURE: facts.redisclosure_text.strip() and facts.refusal_text.strip(),
    }
    return [element.value for element in Element if not there[element]]


def draft_consent(records: Records, choice_id: int, language: str = "en") -> ConsentFacts:
    """The consent for one clinic with every text filled in, to be signed. Raises ConsentError."""
    choice = _choice(records, choice_id)
    client = choice.referral.client
    last = center_day(records) + dt.timedelta(days=records.settings.referral.consent_days)
    center = records.settings.center
    place = ", ".join(part for part in (center.street, f"{center.city}, {center.state} {center.zip}".strip()) if part)
    texts = consent_texts(
        language,
        center=center.name,
        center_address=place,
        center_phone=center.phone,
        clinic=choice.name,
        expires_on=written_day(last, language),
    )
    records.note("consent drafted", f"client:{client.id}", f"referral:{choice.referral_id}", choice=choice_id)
    return ConsentFacts(
        client_name=open_facts(records, client).name,
        discloser=texts["discloser"],
        description=texts["description"],
        recipient=choice.name,
        recipient_address=choice.address,
        purpose=texts["purpose"],
        revocation_text=texts["revocation"],
        redisclosure_text=texts["redisclosure"],
        refusal_text=texts["refusal"],
        expires_on=last,
        language=language,
    )


def sign_on_screen(records: Records, choice_id: int, facts: ConsentFacts) -> Consent:
    """Keep a consent signed on the center's screen today. Raises ConsentIncomplete or ConsentError."""
    return _sign(records, choice_id, replace(facts, signed_on=center_day(records)), "screen", None)


def sign_on_paper(records: Records, choice_id: int, facts: ConsentFacts, document_id: int) -> Consent:
    """Keep a consent signed on paper, with its scan. Raises ConsentIncomplete or ConsentError."""
    scan = records.session.get(Document, document_id)
    if scan is None or scan.kind != "scan" or scan.referral_id != _choice(records, choice_id).referral_id:
        raise ConsentError(Sentence("it is not one of this referral; upload the scan of the signed form here"), "scan")
    return _sign(records, choice_id, facts, "paper", document_id)


def note_verbal(records: Records, choice_id: int, facts: ConsentFacts) -> Consent:
    """Note that a client agreed by word of mouth, which is not sufficient to send. Raises ConsentError."""
    choice = _choice(records, choice_id)
    consent = _keep(records, choice, replace(facts, signature="", signed_on=None), "verbal", None)
    course.go(records, choice.referral, Event.CONSENT_NOTED, reason="verbal", choice_id=choice_id)
    return consent


def revoke(records: Records, consent_id: int, how: str, note: str = "") -> Consent:
    """Take back a client's consent for a clinic, at once; stops whatever has not left. Raises ConsentError.

    Every consent for that clinic ends: one that was renewed must not live on.
    """
    consent = _consent(records, consent_id)
    if how not in REVOKED_HOW:
        raise ConsentError(Sentence("choose one of the list"), "how")
    person = acting_person(records)
    every = select(Consent).where(Consent.choice_id == consent.choice_id, Consent.revoked_at.is_(None))
    standing = list(records.session.scalars(every))
    if not standing:
        return consent
    for one in standing:
        one.revoked_at, one.revoked_by, one.revoked_how = records.now, person, how
    _ended(records, consent.choice_id, [one.id for one in standing], "revoked", {"note": note, "how": how})
    return consent


def event_came(records: Records, consent_id: int, on: dt.date | None = None) -> Consent:
    """Note that the event which ends a consent came. Raises ConsentError where it names none."""
    consent = _consent(records, consent_id)
    facts = consent_facts(records, consent)
    today = center_day(records)
    if not facts.expiry_event.strip():
        raise ConsentError(
            Sentence("this consent ends by its date, not by an event; revoke it where the client wishes"), "event"
        )
    if on is not None and on > today:
        raise ConsentError(Sentence("the day has not come yet; note it when it has"), "on")
    if consent.event_on is None:
        consent.event_on = on or today
        _ended(records, consent.choice_id, [consent.id], "event", {"note": ""})
    return consent


def end_expired(records: Records) -> int:
    """Take note of consents that ran out since: referrals that were to be sent await consent again, links end.

    Sending asks for a live consent anyway; this keeps the board true. Safe to run any number of times.
    """
    waiting = (State.READY.value, State.SENT.value)
    found = select(Referral).where(Referral.state.in_(waiting), Referral.choice_id.is_not(None))
    choices = {referral.choice_id: referral for referral in records.session.scalars(found)}
    statuses = consent_statuses(records, [choice for choice in choices if choice is not None])
    ended = 0
    for choice_id, status in statuses.items():
        if status == "expired" and _goes_back(records, choices[choice_id]):
            latest = select(Consent.id).where(Consent.choice_id == choice_id).order_by(Consent.id.desc()).limit(1)
            _ended(records, choice_id, list(records.session.scalars(latest)), "expired", {"note": ""})
            # Nobody did this, so somebody should look today, not days later as after a step of their own.
            choices[choice_id].due_on = center_day(records)
            ended += 1
    return ended


def consent_statuses(records: Records, choice_ids: Iterable[int]) -> dict[int, str]:
    """How consent stands by choice, in one statement or none: "live", "expired", "revoked", "verbal only" or "none"."""
    day = center_day(records)
    wanted = list(choice_ids)
    statuses = dict.fromkeys(wanted, "none")
    for consent in _consents(records, wanted):
        status = _status(consent, day)
        if _WEIGHT[status] >= _WEIGHT[statuses[consent.choice_id]]:
            statuses[consent.choice_id] = status
    return statuses


def consent_facts(records: Records, consent: Consent) -> ConsentFacts:
    """What a consent says. The caller notes the reading."""
    return ConsentFacts.of_json(records.keyring.open(f"consent:{consent.uid}", consent.sealed))


def read_consent(records: Records, consent_id: int) -> ConsentFacts:
    """Open a consent, with a note in the trail. Raises ConsentError."""
    consent = _consent(records, consent_id)
    records.note("consent read", *_subjects(_choice(records, consent.choice_id)), f"consent:{consent_id}")
    return consent_facts(records, consent)


def _consents(records: Records, choice_ids: Sequence[int]) -> list[Consent]:
    """The consents for clinics, oldest first; asked for only where the clinics were not loaded with theirs."""
    loaded = [records.session.identity_map.get(identity_key(Choice, choice_id)) for choice_id in choice_ids]
    if all(choice is not None and "consents" not in inspect(choice).unloaded for choice in loaded):
        known = (consent for choice in loaded if choice is not None for consent in choice.consents)
        return sorted(known, key=lambda consent: consent.id)
    found = select(Consent).where(Consent.choice_id.in_(choice_ids)).order_by(Consent.id)
    return list(records.session.scalars(found.options(defer(Consent.sealed))))


# A live consent counts before any other; a later word of another kind before an earlier one.
_WEIGHT = {"none": 0, "verbal only": 1, "expired": 1, "revoked": 1, "live": 2}


def _status(consent: Consent, day: dt.date) -> str:
    if consent.revoked_at is not None:
        return "revoked"
    if consent.method == "verbal":
        return "verbal only"
    return "live" if is_live(consent, day) else "expired"


def _sign(records: Records, choice_id: int, facts: ConsentFacts, method: str, document_id: int | None) -> Consent:
    choice = _choice(records, choice_id)
    if missing := missing_elements(facts):
        raise ConsentIncomplete(missing)
    _check_days(facts, center_day(records))
    consent = _keep(records, choice, facts, method, document_id)
    referral = choice.referral
    current = referral.choice_id == choice_id
    if current and referral.state == State.DRAFT:
        course.go(records, referral, Event.ASK_CONSENT)
    awaited = current and referral.state == State.AWAITING_CONSENT
    event = Event.CONSENT_SIGNED if awaited else Event.CONSENT_NOTED
    course.go(records, referral, event, reason=method, choice_id=choice_id)
    return consent


def _check_days(facts: ConsentFacts, today: dt.date) -> None:
    if facts.signed_on is None or facts.signed_on > today:
        raise ConsentError(Sentence("it has not come yet; write the day it was signed"), "signed on")
    if facts.expires_on is not None and facts.expires_on < max(facts.signed_on, today):
        raise ConsentError(Sentence("that day has passed; choose a later one"), "expires on")


def _keep(records: Records, choice: Choice, facts: ConsentFacts, method: str, document_id: int | None) -> Consent:
    state = State(choice.referral.state)
    if state in {State.CLOSED, State.WITHDRAWN, State.ATTENDED}:
        raise ConsentError(
            Sentence(
                "This referral is %(state)s: consent for it has no use. Start a new referral instead.",
                state=state.plain,
            )
        )
    if fold_name(facts.recipient) != fold_name(choice.name):
        raise ConsentError(
            Sentence("it must be %(clinic)s; each clinic needs a consent of its own", clinic=choice.name), "recipient"
        )
    consent = Consent(choice=choice, method=method, signed_on=facts.signed_on, document_id=document_id)
    consent.sealed, consent.expires_on = b"", facts.expires_on
    consent.created_at, consent.created_by = records.now, acting_person(records)
    records.session.add(consent)
    records.session.flush()
    consent.sealed = records.keyring.seal(f"consent:{consent.uid}", facts.as_json())
    kept = "consent noted" if method == "verbal" else "consent signed"
    records.note(kept, *_subjects(choice), f"consent:{consent.id}", method=method)
    return consent


def _ended(records: Records, choice_id: int, consent_ids: list[int], why: str, said: dict[str, Any]) -> None:
    choice = _choice(records, choice_id)
    referral = choice.referral
    if live_consent(records, choice_id) is not None:
        event = Event.CONSENT_NOTED
    else:
        event = Event.CONSENT_ENDED if _goes_back(records, referral, choice_id) else Event.CONSENT_NOTED
        unsent.stop(records, choice_id)
    course.go(records, referral, event, reason=why, choice_id=choice_id, **said)
    records.note(f"consent {why}", *_subjects(choice), *(f"consent:{one}" for one in consent_ids))


def _goes_back(records: Records, referral: Referral, choice_id: int | None = None) -> bool:
    """True where nothing of the client has reached the clinic it is with."""
    if choice_id is not None and referral.choice_id != choice_id:
        return False
    if referral.state == State.READY:
        return True
    return referral.state == State.SENT and not _reached(records, referral.choice_id)


def _reached(records: Records, choice_id: int | None) -> bool:
    """True where a paper left for the clinic, or it opened a link."""
    paper = select(Disclosure.id).where(Disclosure.choice_id == choice_id, Disclosure.how != "link")
    opened = select(ClinicLink.id).where(ClinicLink.choice_id == choice_id, ClinicLink.opened_at.is_not(None))
    linked = select(ClinicLink.id).where(ClinicLink.choice_id == choice_id)
    first = records.session.scalar
    return any(first(found.limit(1)) is not None for found in (paper, opened)) or first(linked.limit(1)) is None


def _subjects(choice: Choice) -> tuple[str, str]:
    return f"client:{choice.referral.client_id}", f"referral:{choice.referral_id}"


def _choice(records: Records, choice_id: int) -> Choice:
    whole = joinedload(Choice.referral).joinedload(Referral.client)
    choice = records.session.get(Choice, choice_id, options=[whole])
    if choice is None or choice.referral.purged_on is not None:
        raise ConsentError(Sentence("There is no such clinic in a referral; open the referral again."))
    return choice


def _consent(records: Records, consent_id: int) -> Consent:
    consent = records.session.get(Consent, consent_id)
    if consent is None:
        raise ConsentError(Sentence("There is no such consent; open the referral again."))
    return consent
