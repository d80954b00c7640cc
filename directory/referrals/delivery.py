"""Delivery: how a packet leaves the center, by a link, by fax or on paper; each a disclosure under a live consent."""

from __future__ import annotations

from directory.accounts.models import new_uid
from directory.errors import SaidError
from directory.referrals import unsent
from directory.referrals.client import acting_person
from directory.referrals.consent import consent_facts
from directory.referrals.document import keep
from directory.referrals.link import make_link
from directory.referrals.live import needed_consent
from directory.referrals.models import Choice, ClinicContact, ClinicLink, Disclosure, Document
from directory.referrals.outbox import mail_address, queue
from directory.referrals.packet import packet_pdf
from directory.referrals.packet_facts import packet_facts
from directory.referrals.records import Records
from directory.referrals.referral import move
from directory.referrals.states import Event
from directory.sentence import Sentence

# No name stands in the subject, and in the text only the center's own: a mailbox is read by many.
SUBJECT = "A secure message for your intake team"
TEXT = """\
{center} has sent you a secure message about a referral.

Open it here:
{address}

The page asks for a code. We tell you the code by phone. If you do not have it yet, please call us: {phone}.

The link works for {days} days. Please do not answer this e-mail; you can answer on the page.

{center}
{phone}
"""


class DeliveryError(SaidError):
    """A packet cannot leave so; the message names the field or the setting."""


def send_link(records: Records, choice_id: int, version: int, email: str) -> tuple[ClinicLink, str]:
    """Queue an e-mail with a link to the packet; the link, and the code to tell by phone, shown this once.

    Again where the clinic has a link already: the old one ends. Hand the e-mail over after the transaction, by
    `Outbox.send_due`. Raises DeliveryError, ConsentNeeded, MailError, ChangedMeanwhile or IllegalMove.
    """
    if not records.settings.mail.host:
        raise DeliveryError(
            Sentence("No mail server is set ([mail] host in settings.toml); send this referral by fax or on paper.")
        )
    address = mail_address(email)
    choice = _choice(records, choice_id)
    document = _send(records, choice, version, "link", address)
    made = make_link(records, choice_id, document.id)
    center = records.settings.center
    text = TEXT.format(
        center=center.name,
        phone=center.phone,
        address=made.address(center.address),
        days=records.settings.referral.link_days,
    )
    queue(records, f"link:{made.link.id}", address, SUBJECT, text, link_id=made.link.id)
    _remember(records, choice.facility_id, email=address)
    return made.link, made.code


def note_fax(records: Records, choice_id: int, version: int, fax: str) -> Document:
    """Make the packet that staff fax to a clinic, and note that it left. Raises as `send_link`."""
    number = " ".join(fax.split())
    if sum(sign.isdigit() for sign in number) < 10 or not number.isprintable():
        raise DeliveryError(
            Sentence("“%(written)s” is no fax number; it looks like 317-555-0100", written=number), "fax"
        )
    choice = _choice(records, choice_id)
    # Before the packet is made: its cover names the number.
    _remember(records, choice.facility_id, fax=number)
    document = _send(records, choice, version, "fax", number)
    unsent.stop(records, choice_id)
    return document


def note_print(records: Records, choice_id: int, version: int) -> Document:
    """Make the packet that staff hand over on paper, and note that it left. Raises as `send_link`."""
    document = _send(records, _choice(records, choice_id), version, "print", "")
    unsent.stop(records, choice_id)
    return document


def stop(records: Records, choice_id: int) -> None:
    """Let nothing more leave for a clinic: its links end, its queued e-mails stay."""
    unsent.stop(records, choice_id)


def clinic_contact(records: Records, facility_id: int) -> ClinicContact | None:
    """Where a clinic took a referral before."""
    return records.session.get(ClinicContact, facility_id)


def _send(records: Records, choice: Choice, version: int, how: str, where: str) -> Document:
    consent = needed_consent(records, choice)
    referral = choice.referral
    if referral.choice_id != choice.id:
        raise DeliveryError(
            Sentence(
                "This referral is not with %(clinic)s now; open it again to see which clinic is next.",
                clinic=choice.name,
            )
        )
    move(records, referral.id, version, Event.SEND, how=how)
    content = packet_pdf(packet_facts(records, choice.id))
    document = keep(records, referral.id, choice.id, "packet", "application/pdf", content)
    facts = consent_facts(records, consent)
    uid = new_uid()
    disclosure = Disclosure(
        uid=uid,
        client_id=referral.client_id,
        referral_id=referral.id,
        choice_id=choice.id,
        consent_id=consent.id,
        recipient=choice.name,
        recipient_address=", ".join(part for part in (choice.address, where) if part),
        how=how,
        sealed=records.keyring.seal(f"disclosure:{uid}", {"what": facts.description, "why": facts.purpose}),
        document_sha256=document.sha256,
        at=records.now,
        by=records.actor.id,
    )
    records.session.add(disclosure)
    records.session.flush()
    subjects = (f"client:{referral.client_id}", f"referral:{referral.id}", f"consent:{consent.id}")
    records.note("packet sent", *subjects, f"disclosure:{disclosure.id}", how=how)
    return document


def _remember(records: Records, facility_id: int, **where: str) -> None:
    contact = records.session.get(ClinicContact, facility_id)
    if contact is None:
        contact = ClinicContact(facility_id=facility_id, email="", fax="")
        records.session.add(contact)
    for name, value in where.items():
        setattr(contact, name, value)
    contact.changed_at, contact.changed_by = records.now, acting_person(records)
    records.session.flush()


def _choice(records: Records, choice_id: int) -> Choice:
    choice = records.session.get(Choice, choice_id)
    if choice is None or choice.referral.purged_on is not None:
        raise DeliveryError(Sentence("There is no such clinic in a referral; open the referral again."))
    return choice
