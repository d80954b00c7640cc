"""A center that can send e-mail: settings with a mail server, a referral ready to go, and a clock to turn."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage

from made_up_people import NOON, a_referral, a_signed_consent

from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.referrals.delivery import send_link
from directory.referrals.models import OutboxMessage, Referral
from directory.referrals.outbox import Outbox
from directory.referrals.records import Records
from directory.referrals.referral import move
from directory.referrals.states import Event

CLINIC_ADDRESS = "intake@quokka.example.org"
Recording = Callable[..., AbstractContextManager[Records]]


def with_mail(settings: Settings, port: int, **changes: object) -> Settings:
    """Settings whose mail goes to a port of this machine, without encryption."""
    mail = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "desk@center.example.org",
        "seconds": 1.0,
        "attempts": 3,
    }
    return dataclasses.replace(settings, mail=dataclasses.replace(settings.mail, **(mail | changes)))


@dataclass
class Center:
    """A catalogue with keys, settings and a clock; `sender()` is an outbox over it."""

    catalogue: Catalogue
    keyring: Keyring
    settings: Settings
    open_records: Recording
    now: dt.datetime = NOON

    @classmethod
    def sending_to(
        cls, port: int, catalogue: Catalogue, keyring: Keyring, settings: Settings, recording: Recording
    ) -> Center:
        """A center whose mail goes to a port of this machine."""
        sending = with_mail(settings, port)

        @contextmanager
        def opened(**options: object) -> Iterator[Records]:
            with recording(**options) as records:
                yield dataclasses.replace(records, settings=sending)

        return cls(catalogue, keyring, sending, opened)

    def sender(self, **options: object) -> Outbox:
        return Outbox(self.catalogue, self.keyring, self.settings, clock=lambda: self.now, **options)  # type: ignore[arg-type]

    def turn(self, **time: float) -> None:
        self.now += dt.timedelta(**time)

    def records(self, **options: object) -> AbstractContextManager[Records]:
        return self.open_records(now=self.now, **options)

    def ready(self, clinics: list[int]) -> tuple[int, list[int]]:
        """A referral with consent for every clinic, ready for the first; its id and those of its choices."""
        with self.records() as records:
            referral = a_referral(records, clinics)
            move(records, referral.id, referral.version, Event.ASK_CONSENT)
            choices = [choice.id for choice in referral.choices]
            for choice in choices:
                a_signed_consent(records, choice)
            return referral.id, choices

    def queued(self, clinics: list[int]) -> tuple[int, int, str]:
        """A referral whose link waits in the outbox: its id, the clinic's choice and the code."""
        referral_id, choices = self.ready(clinics)
        with self.records() as records:
            version = records.session.get_one(Referral, referral_id).version
            _link, code = send_link(records, choices[0], version, CLINIC_ADDRESS)
        return referral_id, choices[0], code

    def message(self, number: int = -1) -> OutboxMessage:
        with self.catalogue.recording() as session:
            return session.query(OutboxMessage).order_by(OutboxMessage.id).all()[number]

    def referral(self, referral_id: int) -> Referral:
        with self.catalogue.recording() as session:
            return session.get_one(Referral, referral_id)


def token_in(message: EmailMessage) -> str:
    """The token of the link in an e-mail."""
    found = re.search(r"/reply/(\S+)", message.get_content())
    assert found
    return found[1]
