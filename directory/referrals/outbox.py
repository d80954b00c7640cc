"""Outbox: e-mails kept in the transaction that makes them due, and handed to the mail server once.

A sender holds a message by a lease: it claims it, talks to the server, marks it as handed over, gives the text away and
notes the answer. Each step is a transaction of its own, and none is open while the server is waited for.
docs/referral-sending.md says what a crash between two steps leaves.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import os
import secrets
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from directory.accounts.audit import SYSTEM
from directory.accounts.models import new_uid
from directory.catalogue.session import Catalogue
from directory.config import MailSettings, Settings
from directory.errors import SaidError
from directory.keyring import Keyring
from directory.referrals.link import open_link
from directory.referrals.models import Choice, ClinicLink, OutboxMessage
from directory.referrals.records import Records, present
from directory.sentence import Sentence

PASSWORD = "DIRECTORY_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
QUEUED, SENDING, HANDED, SENT, FAILED, STOPPED = "queued", "sending", "handed", "sent", "failed", "stopped"
DOUBTFUL = "The mail server may have taken it, but its answer was lost. "
BROKEN_OFF = "Each try to send it was broken off before the mail server had it."
_CONVERSATION = 3
_FIRST_WAIT = dt.timedelta(minutes=1)
_LONGEST_WAIT = dt.timedelta(hours=6)
_PERMANENT = 500
_LOOKED_AT = 50
_LONGEST_ERROR = 300
_chance = secrets.SystemRandom()


class MailError(SaidError):
    """An e-mail cannot be written or sent; the message names the field or the setting."""


@dataclass(slots=True)
class SendingReport:
    """What one round came to, in messages."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    stopped: int = 0

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.put_off} put off, {self.failed} failed, {self.stopped} stopped"


@dataclass(frozen=True, slots=True)
class _Claim:
    id: int
    lease_until: dt.datetime
    message: EmailMessage


class _LostLeaseError(Exception):
    """Somebody else holds the message, or it must not leave any more."""


def mail_address(text: str) -> str:
    """An e-mail address as it may stand in a message. Raises MailError."""
    address = text.strip()
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError) as error:  # the parser meets an empty text with the latter
        raise MailError(
            Sentence("“%(written)s” is no e-mail address; it looks like intake@example.org", written=address), "email"
        ) from error
    if not address.isprintable() or " " in address or "." not in parsed.domain.strip("."):
        raise MailError(
            Sentence("“%(written)s” is no e-mail address; it looks like intake@example.org", written=address), "email"
        )
    return address


def queue(
    records: Records, key: str, address: str, subject: str, text: str, *, link_id: int | None = None
) -> OutboxMessage | None:
    """Keep an e-mail to be sent, in the caller's transaction. None where one of this key was kept before."""
    if records.session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == key)) is not None:
        return None
    uid = new_uid()
    message = OutboxMessage(
        uid=uid,
        key=key,
        address=mail_address(address),
        sealed=records.keyring.seal(f"message:{uid}", {"subject": subject, "text": text}),
        link_id=link_id,
        state=QUEUED,
        next_at=records.now,
        created_at=records.now,
    )
    records.session.add(message)
    records.session.flush()
    records.note("mail queued", f"message:{message.id}")
    return message


def messages_of(session: Session, choice_id: int) -> list[OutboxMessage]:
    """The e-mails about a clinic's links, newest first, for staff to see what became of them."""
    links = select(ClinicLink.id).where(ClinicLink.choice_id == choice_id)
    rows = select(OutboxMessage).where(OutboxMessage.link_id.in_(links)).order_by(OutboxMessage.id.desc())
    return list(session.scalars(rows))


class Outbox:
    """Sends what is due. Any number of processes may do so at once."""

    def __init__(
        self,
        catalogue: Catalogue,
        keyring: Keyring,
        settings: Settings,
        *,
        clock: Callable[[], dt.datetime] = present,
        trust: ssl.SSLContext | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`trust`: which mail servers are believed, by default those the system's authorities vouch for."""
        self._catalogue, self._keyring, self._settings = catalogue, keyring, settings
        self._mail: MailSettings = settings.mail
        self._clock = clock
        self._trust = trust
        self._password = environment.get(PASSWORD, "")

    def send_due(self, limit: int = 100, *, only: Collection[int] | None = None) -> SendingReport:
        """Send up to `limit` messages that are due, or of those `only` these ids; never raises for a mail server.

        One message takes at most three times settings.mail.seconds. Without a mail server nothing is done.
        """
        report = SendingReport()
        if not self._mail.host:
            return report
        for _ in range(limit):
            claim = self._claim(report, only)
            if claim is None:
                break
            self._send(claim, report)
        return report

    def _claim(self, report: SendingReport, only: Collection[int] | None) -> _Claim | None:
        with self._catalogue.recording() as session:
            now = self._clock()
            records = self._records(session, now)
            for message in session.scalars(_due(now, only)).all():
                doubtful = message.state == HANDED
                if not self._may_leave(records, message):
                    self._end(records, message, STOPPED, "")
                    report.stopped += 1
                elif (doubtful and message.error.startswith(DOUBTFUL)) or message.attempts >= self._mail.attempts:
                    self._end(records, message, FAILED, message.error or BROKEN_OFF)
                    report.failed += 1
                else:
                    message.state, message.attempts = SENDING, message.attempts + 1
                    message.lease_until = now + dt.timedelta(seconds=2 * _CONVERSATION * self._mail.seconds + 30)
                    message.error = DOUBTFUL if doubtful else message.error
                    return _Claim(message.id, message.lease_until, self._written(message, records.keyring))
        return None

    def _send(self, claim: _Claim, report: SendingReport) -> None:
        handed = False
        try:
            with _Conversation(self._mail, self._trust) as server:
                if self._mail.user:
                    server.login(self._mail.user, self._password)
                # As smtplib's own send_message, but with the mark between the envelope and the text.
                _expect(server.mail(self._mail.sender))
                _expect(server.rcpt(claim.message["To"].addresses[0].addr_spec))
                self._hand_over(claim)
                handed = True
                _expect(server.data(claim.message.as_bytes(policy=claim.message.policy.clone(linesep="\r\n"))))
        except _LostLeaseError:
            report.stopped += 1
        except smtplib.SMTPResponseException as error:
            said = f"{error.smtp_code} {_plain(error.smtp_error)}"
            # A refused password or an unknown command is ours to mend, and says nothing of this one message.
            ours = isinstance(error, (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError))
            self._note_failure(claim, report, said, permanent=error.smtp_code >= _PERMANENT and not ours)
        except (OSError, smtplib.SMTPException) as error:
            self._note_failure(claim, report, _plain(str(error)) or type(error).__name__, doubtful=handed)
        else:
            self._note_sent(claim, report)

    def _hand_over(self, claim: _Claim) -> None:
        """Mark the message as being given away, if it still may be: the last look at the client's consent."""
        with self._catalogue.recording() as session:
            records = self._records(session, self._clock())
            message = self._held(session, claim, SENDING)
            if message is None or records.now >= claim.lease_until:
                raise _LostLeaseError
            may_leave = self._may_leave(records, message)
            if may_leave:
                message.state = HANDED
            else:
                self._end(records, message, STOPPED, "")
        if not may_leave:
            raise _LostLeaseError

    def _note_sent(self, claim: _Claim, report: SendingReport) -> None:
        with self._catalogue.recording() as session:
            records = self._records(session, self._clock())
            message = self._held(session, claim, HANDED)
            if message is not None:
                message.sent_at = records.now
                self._end(records, message, SENT, "")
            report.sent += 1

    def _note_failure(
        self, claim: _Claim, report: SendingReport, said: str, *, permanent: bool = False, doubtful: bool = False
    ) -> None:
        with self._catalogue.recording() as session:
            records = self._records(session, self._clock())
            message = self._held(session, claim, SENDING, HANDED)
            if message is None:
                return
            once_before = message.error.startswith(DOUBTFUL)
            error = (DOUBTFUL if doubtful or once_before else "") + said
            if permanent or (doubtful and once_before) or message.attempts >= self._mail.attempts:
                self._end(records, message, FAILED, error)
                report.failed += 1
                return
            message.state, message.error, message.lease_until = QUEUED, error, None
            message.next_at = records.now + _wait(message.attempts)
            report.put_off += 1

    def _end(self, records: Records, message: OutboxMessage, state: str, error: str) -> None:
        message.state, message.error, message.lease_until = state, error, None
        if state == FAILED and message.link_id is not None:
            link = records.session.get_one(ClinicLink, message.link_id)
            # Somebody should look today: the clinic knows of nothing.
            records.session.get_one(Choice, link.choice_id).referral.due_on = records.today
        records.note(f"mail {state}", f"message:{message.id}")

    def _may_leave(self, records: Records, message: OutboxMessage) -> bool:
        return message.link_id is None or open_link(records, message.link_id) is not None

    def _held(self, session: Session, claim: _Claim, *states: str) -> OutboxMessage | None:
        message = session.get_one(OutboxMessage, claim.id)
        return message if message.state in states and message.lease_until == claim.lease_until else None

    def _records(self, session: Session, now: dt.datetime) -> Records:
        return Records(session, self._keyring.current(), self._settings, SYSTEM, now)

    def _written(self, kept: OutboxMessage, keyring: Keyring) -> EmailMessage:
        said = keyring.open(f"message:{kept.uid}", kept.sealed)
        sender = Address(self._settings.center.name, addr_spec=mail_address(self._mail.sender))
        message = EmailMessage()
        message["From"] = sender
        message["To"] = Address(addr_spec=kept.address)
        message["Subject"] = said["subject"]
        message["Date"] = format_datetime(kept.created_at)
        # The same however often it is tried, so that a mail server or a reader sees two of them as one.
        message["Message-ID"] = f"<{kept.uid}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(said["text"])
        return message


class _Conversation:
    """A talk with the mail server that ends after a bounded time, however slowly the server answers."""

    def __init__(self, mail: MailSettings, trust: ssl.SSLContext | None) -> None:
        self._mail, self._trust = mail, trust
        self._server: smtplib.SMTP | None = None
        self._watch = threading.Timer(_CONVERSATION * mail.seconds, self._cut)
        self._watch.daemon = True

    def __enter__(self) -> smtplib.SMTP:
        self._watch.start()
        try:
            trust = self._trust or ssl.create_default_context()
            seconds = self._mail.seconds
            if self._mail.security == "tls":
                self._server = smtplib.SMTP_SSL(self._mail.host, self._mail.port, timeout=seconds, context=trust)
            else:
                self._server = smtplib.SMTP(self._mail.host, self._mail.port, timeout=seconds)
            if self._mail.security == "starttls":
                self._server.starttls(context=trust)
            self._server.ehlo_or_helo_if_needed()
        except BaseException:
            self.__exit__()
            raise
        return self._server

    def __exit__(self, *_error: object) -> None:
        self._watch.cancel()
        if self._server is not None:
            self._server.close()

    def _cut(self) -> None:
        sock = self._server.sock if self._server else None
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _due(now: dt.datetime, only: Collection[int] | None) -> Select[OutboxMessage]:
    waiting = and_(OutboxMessage.state == QUEUED, OutboxMessage.next_at <= now)
    left_lying = and_(OutboxMessage.state.in_((SENDING, HANDED)), OutboxMessage.lease_until <= now)
    rows = select(OutboxMessage).where(or_(waiting, left_lying)).order_by(OutboxMessage.next_at, OutboxMessage.id)
    return rows.limit(_LOOKED_AT) if only is None else rows.where(OutboxMessage.id.in_(only))


def _wait(attempts: int) -> dt.timedelta:
    longest = min(_FIRST_WAIT * math.pow(3, attempts - 1), _LONGEST_WAIT)
    return longest * _chance.uniform(0.5, 1.0)


def _expect(reply: tuple[int, bytes]) -> None:
    if reply[0] not in (250, 251):
        raise smtplib.SMTPResponseException(*reply)


def _plain(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:_LONGEST_ERROR]
