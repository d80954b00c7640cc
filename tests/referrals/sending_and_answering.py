"""What test_crash_of_sending kills: sends what is due, then answers each link as its clinic would, once."""

from __future__ import annotations

import datetime as dt
import sys

from sending import with_mail
from sqlalchemy import select

from directory.accounts.audit import SYSTEM, Actor
from directory.catalogue.session import Catalogue
from directory.config import load_settings
from directory.keyring import Keyring
from directory.referrals import reply
from directory.referrals.models import Choice, ClinicLink, OutboxMessage, Referral
from directory.referrals.outbox import Outbox
from directory.referrals.records import Records
from directory.referrals.referral import move
from directory.referrals.states import Event

# Each kill uses up a try; this proof is not about giving up.
MANY = 1000


def main(url: str, port: str, now: str, home: str) -> None:
    """Send and answer at a moment, against a mail server on this machine."""
    settings = with_mail(load_settings({"DIRECTORY_HOME": home}), int(port), attempts=MANY)
    keyring, catalogue, moment = Keyring.load(settings.home), Catalogue(url), dt.datetime.fromisoformat(now)
    print("at work", flush=True)
    sender = Outbox(catalogue, keyring, settings, clock=lambda: moment)
    while True:
        report = sender.send_due(limit=1)
        answered = _answer_one(catalogue, keyring, settings, moment)
        if not report.sent and not report.failed and not report.put_off and not answered:
            return


def _answer_one(catalogue, keyring, settings, moment) -> bool:  # type: ignore[no-untyped-def]
    told = select(OutboxMessage.link_id).where(OutboxMessage.state.in_(("sent", "failed")))
    waiting = select(ClinicLink.id).where(ClinicLink.ended_at.is_(None), ClinicLink.id.in_(told)).limit(1)
    with catalogue.recording() as session:
        link_id = session.scalar(waiting)
    if link_id is None:
        return False
    for step in (_view, _ask, _decide):
        with catalogue.recording() as session:
            step(Records(session, keyring, settings, SYSTEM, moment), link_id)
    return True


def _view(records: Records, link_id: int) -> None:
    # As reply.enter does behind the right code, which only the person on the phone knows.
    link = records.session.get_one(ClinicLink, link_id)
    link.opened_at = link.opened_at or records.now
    referral = records.session.get_one(Referral, _referral_id(records, link))
    if referral.state == "sent":
        acting = Records(records.session, records.keyring, records.settings, Actor("clinic", link_id), records.now)
        move(acting, referral.id, referral.version, Event.VIEW)


def _ask(records: Records, link_id: int) -> None:
    reply.ask(records, link_id, "May they bring a friend?")


def _decide(records: Records, link_id: int) -> None:
    if link_id % 2:
        reply.accept(records, link_id, callback=records.now.replace(tzinfo=None) + dt.timedelta(days=1))
    else:
        reply.decline(records, link_id, "no_ketamine")


def _referral_id(records: Records, link: ClinicLink) -> int:
    return records.session.get_one(Choice, link.choice_id).referral_id


if __name__ == "__main__":
    main(*sys.argv[1:5])
