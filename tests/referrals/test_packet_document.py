"""Documents are kept sealed and opened unchanged; scans are known by what they hold, not by what they are called."""

from __future__ import annotations

from datetime import date

import pytest
from made_up_people import a_referral, a_signed_consent, choices_of
from sqlalchemy import select

from directory.accounts.audit import AuditEntry, record_waiting
from directory.keyring import SealError
from directory.referrals.consent import ConsentNeeded
from directory.referrals.document import LARGEST_SCAN, DocumentError, keep, keep_scan, open_document, scan_type
from directory.referrals.packet import consent_form_pdf, family_pdf, packet_pdf
from directory.referrals.packet_facts import expiry_text, form_facts, packet_facts
from directory.referrals.records import Records

PDF = b"%PDF-1.7\nmade up\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0made up\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\nmade up IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("content", "media_type"), [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")]
)
def test_a_scan_is_known_by_its_content(content: bytes, media_type: str) -> None:
    assert scan_type(content) == media_type


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<html>%PD", "neither PDF"),
        (b"GIF89a made up", "neither PDF"),
        (PDF[:-8], "cut off"),
        (JPEG[:-2], "cut off"),
        (PNG[:12], "cut off"),
        (PDF + b"\0" * LARGEST_SCAN, "10.0 MB"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        scan_type(content)


def test_a_kept_document_opens_as_it_was_and_both_are_in_the_trail(clinics: list[int], records: Records) -> None:
    referral = a_referral(records, clinics[:1])
    document = keep_scan(records, referral.id, None, PNG)
    assert b"made up" not in document.sealed
    assert (document.kind, document.media_type) == ("scan", "image/png")
    assert open_document(records, document.id) == PNG
    record_waiting(records.session)
    entries = records.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert [entry.action for entry in entries] == ["document read", "document kept"]
    assert all(f"document:{document.id}" in entry.subjects for entry in entries)


def test_a_document_that_was_changed_does_not_open(clinics: list[int], records: Records) -> None:
    referral = a_referral(records, clinics[:1])
    kept = keep(records, referral.id, None, "packet", "application/pdf", PDF)
    other = keep(records, referral.id, None, "packet", "application/pdf", PDF + b" ")
    own, kept.sealed = kept.sealed, other.sealed
    with pytest.raises(SealError):
        open_document(records, kept.id)
    kept.sealed, kept.sha256 = own, other.sha256
    with pytest.raises(DocumentError, match="hash differs"):
        open_document(records, kept.id)
    with pytest.raises(DocumentError, match="no such document"):
        open_document(records, 10**6)


def test_a_signed_consent_makes_a_packet_and_none_makes_only_form_and_family_copy(
    clinics: list[int], records: Records
) -> None:
    choice = choices_of(records, a_referral(records, clinics[:1]))[0]
    with pytest.raises(ConsentNeeded):
        packet_facts(records, choice.id)
    draft = form_facts(records, choice.id, "es")
    assert consent_form_pdf(draft, "es").startswith(b"%PDF-")
    assert family_pdf(draft, "es").startswith(b"%PDF-")
    a_signed_consent(records, choice.id)
    assert packet_pdf(packet_facts(records, choice.id)).startswith(b"%PDF-")


def test_the_end_of_a_consent_is_a_date_an_event_or_both() -> None:
    last = date(2027, 5, 20)
    assert "May 20, 2027" in expiry_text(last, "", "en")
    assert "20 de mayo de 2027" in expiry_text(last, "mi primera cita", "es")
    assert "mi primera cita" in expiry_text(None, "mi primera cita", "es")
    assert expiry_text(None, "", "en") == ""
