"""Killed at any moment of sending or answering, nothing is half there and nothing is lost."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from made_up_people import NOON
from mail_server import MailServer, mail_server
from sending import Center

from directory.accounts.audit import Actor, faults
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.referrals.models import ClinicLink, OutboxMessage, Referral, ReferralEvent
from directory.referrals.outbox import DOUBTFUL
from directory.referrals.records import Records

HERE = Path(__file__).parent
REFERRALS = 6


@pytest.mark.parametrize(
    "kills", [pytest.param(10, id="ten kills"), pytest.param(200, id="200 kills", marks=pytest.mark.soak)]
)
def test_a_process_killed_while_sending_and_answering_leaves_nothing_half_done(
    kills: int,
    catalogue: Catalogue,
    person: int,
    settings: Settings,
    clinics: list[int],
    tmp_path: Path,
) -> None:
    chance = random.Random(20261123)
    key = Fernet.generate_key()
    keyring = Keyring([key])

    @contextmanager
    def recording(now: dt.datetime = NOON, by: Actor | None = None) -> Iterator[Records]:
        with catalogue.recording() as session:
            yield Records(session, keyring, settings, by or Actor("staff", person), now)

    killed = 0
    with mail_server() as (post, port):
        center = Center.sending_to(port, catalogue, keyring, settings, recording)
        while killed < kills:
            if killed % 10 == 0 and not _unfinished(center):
                for _referral in range(REFERRALS):
                    center.queued(clinics)
            child = _start(center, port, key, tmp_path)
            time.sleep(chance.uniform(0.0, 0.25))
            child.send_signal(signal.SIGKILL)
            child.communicate()
            killed += 1
            # The next run comes after the lease of the one that died.
            center.turn(minutes=10)
            if killed % 10 == 0:
                assert _finish(_start(center, port, key, tmp_path)) == 0
                center.turn(minutes=10)
            _check(center, post)
        for _run in range(3):
            assert _finish(_start(center, port, key, tmp_path)) == 0, "the next run finishes what is left"
            center.turn(minutes=10)
        _check(center, post)
        _check_finished(center, post)


def _start(center: Center, port: int, key: bytes, folder: Path) -> subprocess.Popen[str]:
    arguments = [str(center.catalogue.url), str(port), center.now.isoformat(), str(folder / "home")]
    child = subprocess.Popen(
        [sys.executable, str(HERE / "sending_and_answering.py"), *arguments],
        env=os.environ
        | {
            "DIRECTORY_KEYS": key.decode(),
            "DIRECTORY_HOME": str(folder / "home"),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "at work\n"
    return child


def _finish(child: subprocess.Popen[str]) -> int:
    child.communicate(timeout=60)
    return child.returncode


def _unfinished(center: Center) -> bool:
    with center.catalogue.recording() as session:
        open_ones = session.query(OutboxMessage).filter(OutboxMessage.state.in_(("queued", "sending", "handed")))
        return open_ones.count() > 0


def _check(center: Center, post: MailServer) -> None:
    with center.catalogue.recording() as session:
        for referral in session.query(Referral):
            events = session.query(ReferralEvent).filter_by(referral_id=referral.id).order_by(ReferralEvent.id).all()
            assert events[-1].to_state == referral.state, "no referral is in two states"
            assert [event.version for event in events] == list(range(1, referral.version + 1)), "no step is lost"
            for before, after in itertools.pairwise(events):
                assert after.from_state == before.to_state
        assert list(faults(session, center.keyring)) == []
        messages = {message.uid: message for message in session.query(OutboxMessage)}
    for uid, times in _delivered(post).items():
        assert uid in messages
        assert times <= 2, "at most the documented double"


def _check_finished(center: Center, post: MailServer) -> None:
    delivered = _delivered(post)
    with center.catalogue.recording() as session:
        for message in session.query(OutboxMessage):
            doubted = message.state == "failed" and message.error.startswith(DOUBTFUL)
            assert message.state == "sent" or doubted, (message.state, message.error)
            assert delivered[message.uid] >= 1 or doubted, "none is lost unseen"
        for link in session.query(ClinicLink):
            assert link.ended_at is not None
        assert {referral.state for referral in session.query(Referral)} <= {"accepted", "declined"}


def _delivered(post: MailServer) -> Counter[str]:
    return Counter(message["Message-ID"].strip("<>").partition("@")[0] for message in post.received)
