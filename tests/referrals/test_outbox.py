"""The outbox: what is due leaves once, and what may not leave does not."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from made_up_people import JANE
from mail_server import MailServer, mail_server
from sending import CLINIC_ADDRESS, Center, Recording, with_mail

from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.referrals.consent import revoke
from directory.referrals.models import Consent
from directory.referrals.outbox import DOUBTFUL, MailError, mail_address, queue


@pytest.fixture
def post() -> Iterator[tuple[MailServer, int]]:
    with mail_server() as running:
        yield running


@pytest.fixture
def center(
    catalogue: Catalogue, keyring: Keyring, settings: Settings, recording: Recording, post: tuple[MailServer, int]
) -> Center:
    return Center.sending_to(post[1], catalogue, keyring, settings, recording)


def _queue(center: Center, key: str = "digest:1:2026-11-23", address: str = "ada@example.org") -> None:
    with center.records() as records:
        queue(records, key, address, "Follow-ups", "Two referrals are due.")


def test_what_is_due_leaves_once(center: Center, post: tuple[MailServer, int]) -> None:
    _queue(center)
    assert center.sender().send_due().sent == 1
    assert center.sender().send_due().sent == 0
    [message] = post[0].received
    assert (message["Subject"], message.get_content().strip()) == ("Follow-ups", "Two referrals are due.")
    assert center.message().state == "sent"


def test_a_second_message_of_the_same_key_is_not_kept(center: Center) -> None:
    _queue(center)
    with center.records() as records:
        assert queue(records, "digest:1:2026-11-23", "ada@example.org", "Again", "Again") is None


def test_a_message_whose_transaction_fails_never_leaves(center: Center, post: tuple[MailServer, int]) -> None:
    with contextlib.suppress(RuntimeError), center.records() as records:
        queue(records, "digest:1:x", "ada@example.org", "Never", "Never")
        raise RuntimeError
    assert center.sender().send_due().sent == 0
    assert post[0].received == []


def test_a_busy_server_is_asked_again_later_and_each_time_later_still(
    center: Center, post: tuple[MailServer, int]
) -> None:
    _queue(center)
    post[0].next_replies.extend(["451 try later", "451 try later"])
    assert center.sender().send_due().put_off == 1
    first = center.message()
    assert (first.state, first.error) == ("queued", "451 try later")
    assert dt.timedelta(seconds=30) <= first.next_at - center.now <= dt.timedelta(minutes=1)
    assert center.sender().send_due().put_off == 0
    center.turn(minutes=1)
    assert center.sender().send_due().put_off == 1
    assert center.message().next_at - center.now >= dt.timedelta(seconds=90)
    center.turn(minutes=3)
    assert center.sender().send_due().sent == 1
    assert len(post[0].received) == 1


def test_a_server_that_stays_busy_is_given_up_and_staff_see_it_today(
    center: Center, post: tuple[MailServer, int], clinics: list[int]
) -> None:
    referral_id, _choice, _code = center.queued(clinics[:1])
    post[0].next_replies.extend(["451 no"] * 3)
    for _try in range(3):
        center.sender().send_due()
        center.turn(hours=6)
    assert (center.message().state, center.message().error) == ("failed", "451 no")
    assert center.referral(referral_id).due_on == dt.date(2026, 11, 24), "when it was given up"


def test_an_address_that_does_not_exist_fails_at_once(center: Center, post: tuple[MailServer, int]) -> None:
    post[0].refused_recipients["ada@example.org"] = "550 no such mailbox"
    _queue(center)
    assert center.sender().send_due().failed == 1
    assert (center.message().state, center.message().attempts) == ("failed", 1)
    assert "no such mailbox" in center.message().error


def test_no_server_at_all_puts_the_message_off(center: Center) -> None:
    nowhere = dataclasses.replace(center.settings, mail=dataclasses.replace(center.settings.mail, port=1))
    _queue(center)
    center.settings = nowhere
    assert center.sender().send_due().put_off == 1
    assert not center.message().error.startswith(DOUBTFUL)


def test_without_a_mail_host_nothing_is_tried(center: Center) -> None:
    _queue(center)
    center.settings = with_mail(center.settings, 1, host="")
    center.sender().send_due()
    assert (center.message().state, center.message().attempts) == ("queued", 0)


@pytest.mark.parametrize("lost", ["drop", "hang"])
def test_an_answer_that_is_lost_leads_to_one_more_try_under_the_same_message_id(
    center: Center, post: tuple[MailServer, int], lost: str
) -> None:
    _queue(center)
    post[0].next_replies.extend([lost, lost, "take"])
    for _try in range(4):
        center.sender().send_due()
        center.turn(hours=6)
    assert center.message().state == "failed"
    assert center.message().error.startswith(DOUBTFUL)
    assert center.message().attempts == 2
    assert len({message["Message-ID"] for message in post[0].received}) <= 1
    assert len(post[0].received) == (2 if lost == "drop" else 0)


def test_a_sender_that_died_before_handing_over_leaves_the_message_to_the_next(
    center: Center, post: tuple[MailServer, int]
) -> None:
    _queue(center)
    dying = center.sender()
    dying._hand_over = _die  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        dying.send_due()
    assert center.message().state == "sending"
    assert center.sender().send_due().sent == 0, "its lease still runs"
    center.turn(minutes=5)
    assert center.sender().send_due().sent == 1
    assert len(post[0].received) == 1


def test_a_sender_that_died_before_noting_sends_at_most_one_double(
    center: Center, post: tuple[MailServer, int]
) -> None:
    _queue(center)
    for _life in range(4):
        dying = center.sender()
        dying._note_sent = _die  # type: ignore[method-assign,assignment]
        with pytest.raises(KeyboardInterrupt) if _life < 2 else _quietly():
            dying.send_due()
        center.turn(minutes=5)
    assert [message["Message-ID"] for message in post[0].received] == [post[0].received[0]["Message-ID"]] * 2
    assert center.message().state == "failed"


def test_consent_revoked_while_the_mail_waits_stops_it(
    center: Center, post: tuple[MailServer, int], clinics: list[int]
) -> None:
    _referral, choice_id, _code = center.queued(clinics[:1])
    with center.records() as records:
        consent = records.session.query(Consent).filter_by(choice_id=choice_id).one()
        revoke(records, consent.id, "phone")
    center.sender().send_due()
    assert (center.message().state, post[0].received) == ("stopped", [])


def test_consent_that_runs_out_while_the_mail_waits_stops_it(
    center: Center, post: tuple[MailServer, int], clinics: list[int]
) -> None:
    _referral, choice_id, _code = center.queued(clinics[:1])
    with center.records() as records:
        records.session.query(Consent).filter_by(choice_id=choice_id).one().expires_on = center.now.date()
    center.turn(days=1)
    assert center.sender().send_due().stopped == 1
    assert (center.message().state, post[0].received) == ("stopped", [])


def test_consent_revoked_between_claim_and_handing_over_stops_it(
    center: Center, post: tuple[MailServer, int], clinics: list[int]
) -> None:
    _referral, choice_id, _code = center.queued(clinics[:1])
    slow = center.sender()
    hand_over = slow._hand_over

    def revoked_first(claim: object) -> None:
        with center.records() as records:
            revoke(records, records.session.query(Consent).filter_by(choice_id=choice_id).one().id, "writing")
        hand_over(claim)  # type: ignore[arg-type]

    slow._hand_over = revoked_first  # type: ignore[method-assign,assignment]
    assert slow.send_due().stopped == 1
    assert (center.message().state, post[0].received) == ("stopped", [])


def test_an_e_mail_holds_a_link_and_no_fact_of_the_client(
    center: Center, post: tuple[MailServer, int], clinics: list[int]
) -> None:
    _referral, _choice, code = center.queued(clinics[:1])
    center.sender().send_due()
    [message] = post[0].received
    whole = str(message).casefold()
    for fact in (*JANE.name.split(), JANE.reference, JANE.zip, "ketamine", "barn", "quokka again", "1981", "medicaid"):
        assert fact.casefold() not in whole.replace("intake@quokka.example.org", "")
    assert code not in whole
    assert center.settings.center.phone in whole
    assert post[0].recipients == [CLINIC_ADDRESS]


def test_mail_travels_encrypted_and_signed_in(center: Center, tmp_path: Path) -> None:
    own, trusting = _certificate(tmp_path)
    _queue(center)
    with mail_server(tls_context=own, require_starttls=True) as (server, port):
        center.settings = with_mail(center.settings, port, security="starttls")
        assert center.sender().send_due().put_off == 1, "a certificate nobody vouches for is not believed"
        center.turn(hours=1)
        assert center.sender(trust=trusting).send_due().sent == 1
    assert len(server.received) == 1


@pytest.mark.parametrize("text", ["", "nobody", "a@b", "a b@example.org", "a@example.org\nBcc: x@example.org"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(MailError, match="e-mail address"):
        mail_address(text)


def _die(*_args: object) -> None:
    raise KeyboardInterrupt


def _quietly() -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


def _certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    both = folder / "mail.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(both)
    trusting = ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())
    return own, trusting
