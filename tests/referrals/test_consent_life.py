from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from made_up_people import JANE, NOON, a_referral, a_signed_consent, choices_of, signable

from directory.accounts.audit import Actor
from directory.referrals.client import ClientError
from directory.referrals.consent import (
    ConsentError,
    ConsentFacts,
    ConsentIncomplete,
    ConsentNeeded,
    Element,
    consent_facts,
    consent_statuses,
    draft_consent,
    end_expired,
    event_came,
    live_consent,
    missing_elements,
    note_verbal,
    read_consent,
    revoke,
    sign_on_paper,
    sign_on_screen,
)
from directory.referrals.models import ClinicLink, Disclosure, Document, OutboxMessage, Referral
from directory.referrals.records import Records
from directory.referrals.referral import move
from directory.referrals.states import Event, State
from directory.referrals.timeline import timeline

EMPTYING = {
    Element.CLIENT_NAME: {"client_name": " "},
    Element.DISCLOSER: {"discloser": ""},
    Element.DESCRIPTION: {"description": ""},
    Element.RECIPIENT: {"recipient": ""},
    Element.PURPOSE: {"purpose": ""},
    Element.REVOCATION: {"revocation_text": ""},
    Element.EXPIRY: {"expires_on": None, "expiry_event": " "},
    Element.SIGNATURE: {"signature": ""},
    Element.SIGNED_ON: {"signed_on": None},
    Element.REDISCLOSURE: {"refusal_text": ""},
}


@pytest.fixture
def referral(records: Records, clinics: list[int]) -> Referral:
    return a_referral(records, clinics[:3])


@pytest.fixture
def first(records: Records, referral: Referral) -> int:
    """The id of the clinic preferred most, as a choice."""
    return choices_of(records, referral)[0].id


def later(records: Records, **time: float) -> Records:
    return replace(records, now=NOON + dt.timedelta(**time))


def linked(records: Records, referral: Referral, choice_id: int) -> tuple[ClinicLink, OutboxMessage]:
    """A link on its way by e-mail, as sending leaves it."""
    packet = Document(referral_id=referral.id, kind="packet", media_type="application/pdf", sha256="", sealed=b"")
    packet.made_at = NOON
    records.session.add(packet)
    records.session.flush()
    link = ClinicLink(choice_id=choice_id, document_id=packet.id, made_at=NOON)
    link.token_hash, link.code_hash = "t", "c"
    link.expires_at, link.made_by = NOON + dt.timedelta(days=7), records.actor.id or 0
    records.session.add(link)
    records.session.flush()
    mail = OutboxMessage(key=f"link:{link.id}", address="desk@example.org", sealed=b"", link_id=link.id)
    mail.next_at = mail.created_at = NOON
    mail.state = "queued"
    records.session.add(mail)
    records.session.flush()
    return link, mail


@pytest.mark.parametrize("element", Element)
def test_each_missing_element_is_named_and_no_such_consent_is_kept(
    records: Records, first: int, element: Element
) -> None:
    facts = replace(signable(records, first), **EMPTYING[element])
    assert missing_elements(facts) == [element]
    if element is not Element.SIGNED_ON:
        with pytest.raises(ConsentIncomplete, match=str(element.plain)) as refused:
            sign_on_screen(records, first, facts)
        assert refused.value.missing == [element]
    assert live_consent(records, first) is None


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_drafted_consent_lacks_only_its_signature_and_date(records: Records, first: int, language: str) -> None:
    facts = draft_consent(records, first, language)
    assert missing_elements(facts) == ["signature", "signed_on"]
    assert facts.recipient == "Quokka Infusion Center"
    assert "{" not in repr(facts)


def test_an_empty_consent_lacks_all_ten() -> None:
    assert missing_elements(ConsentFacts()) == list(Element)


def test_a_signature_by_another_needs_their_authority(records: Records, first: int) -> None:
    facts = signable(records, first, signer="representative")
    assert missing_elements(facts) == ["signature"]
    assert missing_elements(replace(facts, authority="legal guardian")) == []


def test_signing_makes_the_referral_ready(records: Records, referral: Referral, first: int) -> None:
    consent = a_signed_consent(records, first)
    assert referral.state == State.READY
    assert live_consent(records, first) is consent
    assert read_consent(records, consent.id).client_name == JANE.name
    assert [line.event for line in timeline(records, referral.id)] == ["start", "ask_consent", "consent_signed"]


def test_one_clinics_consent_says_nothing_of_another(records: Records, referral: Referral, first: int) -> None:
    a_signed_consent(records, choices_of(records, referral)[1].id)
    assert live_consent(records, first) is None
    assert referral.state == State.DRAFT


def test_a_consent_names_the_clinic_it_is_for(records: Records, first: int) -> None:
    with pytest.raises(ConsentError, match="recipient: it must be Quokka"):
        a_signed_consent(records, first, recipient="Teapot Ketamine Clinic")


def test_a_word_of_mouth_is_not_sufficient_to_send(records: Records, referral: Referral, first: int) -> None:
    move(records, referral.id, 1, Event.ASK_CONSENT)
    consent = note_verbal(records, first, signable(records, first))
    assert "signature" in missing_elements(consent_facts(records, consent), consent)
    assert consent_statuses(records, [first]) == {first: "verbal only"}
    assert referral.state == State.AWAITING_CONSENT
    with pytest.raises(ConsentNeeded):
        move(records, referral.id, referral.version, Event.CONSENT_SIGNED)


def test_paper_needs_the_scan_of_this_referral(records: Records, referral: Referral, first: int) -> None:
    with pytest.raises(ConsentError, match="scan"):
        sign_on_paper(records, first, signable(records, first), 99)
    scan = Document(referral_id=referral.id, kind="scan", media_type="image/png", sha256="", sealed=b"", made_at=NOON)
    records.session.add(scan)
    records.session.flush()
    sign_on_paper(records, first, signable(records, first), scan.id)
    assert referral.state == State.READY


@pytest.mark.parametrize(("hours", "live"), [(0, True), (11.9, True), (12.1, False)])
def test_a_consent_lives_to_the_end_of_its_last_day_where_the_center_is(
    records: Records, first: int, hours: float, live: bool
) -> None:
    # Noon in Indianapolis is 17:00 UTC; there the day ends at 05:00 UTC.
    a_signed_consent(records, first, expires_on=dt.date(2026, 11, 23))
    assert (live_consent(later(records, hours=hours), first) is not None) is live


def test_an_expired_consent_shows_and_stops(records: Records, referral: Referral, first: int) -> None:
    a_signed_consent(records, first, expires_on=dt.date(2026, 11, 24))
    tomorrow_but_one = later(records, days=2)
    assert consent_statuses(tomorrow_but_one, [first]) == {first: "expired"}
    with pytest.raises(ConsentNeeded, match="Quokka"):
        move(tomorrow_but_one, referral.id, referral.version, Event.SEND)
    assert (end_expired(tomorrow_but_one), end_expired(tomorrow_but_one)) == (1, 0)
    assert referral.state == State.AWAITING_CONSENT


def test_the_event_that_ends_a_consent_ends_it_that_day(records: Records, referral: Referral, first: int) -> None:
    consent = a_signed_consent(records, first, expires_on=None, expiry_event="when I move to the moon")
    event_came(records, consent.id)
    assert live_consent(records, first) is None
    assert referral.state == State.AWAITING_CONSENT


def test_an_event_is_only_noted_for_a_consent_that_names_one(records: Records, first: int) -> None:
    consent = a_signed_consent(records, first)
    with pytest.raises(ConsentError, match="ends by its date"):
        event_came(records, consent.id)


def test_revoking_stops_what_has_not_left(records: Records, referral: Referral, first: int) -> None:
    consent = a_signed_consent(records, first)
    move(records, referral.id, referral.version, Event.SEND)
    link, mail = linked(records, referral, first)
    revoke(records, consent.id, "phone", "called at noon")
    records.session.flush()
    records.session.expire_all()
    assert link.ended_at == NOON
    assert mail.state == "stopped"
    assert referral.state == State.AWAITING_CONSENT
    assert (consent.revoked_at, consent.revoked_by, consent.revoked_how) == (NOON, records.actor.id, "phone")
    assert timeline(records, referral.id)[-1].note == "called at noon"


@pytest.mark.parametrize("how", ["fax", "opened"])
def test_what_the_clinic_has_stays_sent_when_consent_is_revoked(
    records: Records, referral: Referral, first: int, how: str
) -> None:
    consent = a_signed_consent(records, first)
    move(records, referral.id, referral.version, Event.SEND)
    if how == "fax":
        sent = Disclosure(client_id=referral.client_id, referral_id=referral.id, choice_id=first, how="fax", at=NOON)
        sent.consent_id, sent.recipient, sent.recipient_address = consent.id, "", ""
        sent.sealed, sent.document_sha256 = b"", ""
        records.session.add(sent)
    else:
        linked(records, referral, first)[0].opened_at = NOON
    revoke(records, consent.id, "writing")
    assert referral.state == State.SENT
    with pytest.raises(ConsentNeeded):
        move(records, referral.id, referral.version, Event.SEND)


def test_revoking_ends_a_renewed_consent_too(records: Records, first: int) -> None:
    earlier = a_signed_consent(records, first)
    a_signed_consent(records, first)
    revoke(records, earlier.id, "person")
    assert live_consent(records, first) is None
    assert consent_statuses(records, [first]) == {first: "revoked"}


def test_revoking_twice_changes_nothing_more(records: Records, referral: Referral, first: int) -> None:
    consent = a_signed_consent(records, first)
    revoke(records, consent.id, "writing")
    version = referral.version
    revoke(records, consent.id, "phone")
    assert (consent.revoked_how, referral.version) == ("writing", version)


def test_only_staff_revokes_and_says_how(records: Records, first: int) -> None:
    consent = a_signed_consent(records, first)
    with pytest.raises(ConsentError, match=r"^how:"):
        revoke(records, consent.id, "telepathy")
    with pytest.raises(ClientError, match="staff"):
        revoke(replace(records, actor=Actor("clinic", 1)), consent.id, "phone")


def test_a_consent_cannot_be_signed_tomorrow_or_for_yesterday(records: Records, referral: Referral, first: int) -> None:
    scan = Document(referral_id=referral.id, kind="scan", media_type="image/png", sha256="", sealed=b"", made_at=NOON)
    records.session.add(scan)
    records.session.flush()
    with pytest.raises(ConsentError, match="signed on"):
        sign_on_paper(records, first, signable(records, first, signed_on=dt.date(2026, 11, 24)), scan.id)
    with pytest.raises(ConsentError, match="expires on"):
        a_signed_consent(records, first, expires_on=dt.date(2026, 11, 22))
