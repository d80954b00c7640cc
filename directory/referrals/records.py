"""Records: one transaction over client records, by one person, with its trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from directory.accounts import audit
from directory.accounts.audit import Actor
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring


def present() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Records:
    """What every step of a referral needs: the session, the keys, the settings, who acts and when."""

    session: Session
    keyring: Keyring
    settings: Settings
    actor: Actor
    now: dt.datetime = field(default_factory=present)

    @property
    def today(self) -> dt.date:
        """The day in UTC."""
        return self.now.date()

    def note(self, action: str, *subjects: str, **detail: Any) -> None:
        """Write into the audit trail: note("client read", "client:4"). Never a client's fact.

        The notes of a transaction are written together, right before it is committed.
        """
        audit.record_at_commit(self.session, self.keyring, audit.note(self.actor, action, subjects, **detail))


@contextmanager
def open_records(catalogue: Catalogue, keyring: Keyring, settings: Settings, actor: Actor) -> Iterator[Records]:
    """One transaction: everything done in the block and its trail are kept together, or not at all."""
    with catalogue.recording() as session:
        # Keys are dropped in such a transaction too: from here on they stay as they are.
        yield Records(session, keyring.current(), settings, actor)
