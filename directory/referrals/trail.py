"""Trail: the audit trail as administrators see and examine it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import audit
from directory.accounts.audit import AuditEntry, AuditSubject, Head
from directory.errors import SaidError
from directory.keyring import Keyring
from directory.referrals.models import Client
from directory.referrals.records import Records
from directory.sentence import Sentence

PAGE = 50
_SUBJECT = re.compile(r"[a-z_]{2,20}:[1-9]\d{0,17}")


class SubjectError(SaidError):
    """What was asked for is no record's name."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail's head and up to 50 entries, newest first. `older` is where the next page begins, None at the end."""

    head: Head
    entries: list[AuditEntry]
    older: int | None


def trail(records: Records, subject: str = "", before: int | None = None) -> Trail:
    """The last entries, of all records or of one such as "client:4". Raises SubjectError."""
    if subject and not _SUBJECT.fullmatch(subject):
        raise SubjectError(
            Sentence("“%(written)s” names no record; write its kind and number, such as client 4", written=subject),
            "record",
        )
    audit.record_waiting(records.session)
    entries = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE + 1)
    if subject:
        entries = entries.join(AuditSubject, AuditSubject.entry_id == AuditEntry.id).where(
            AuditSubject.subject == subject
        )
    if before:
        entries = entries.where(AuditEntry.id < before)
    found = list(records.session.scalars(entries))
    head = audit.head(records.session)
    records.note("trail read", *([subject] if subject else []))
    return Trail(head, found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def trail_faults(session: Session, keyring: Keyring, noted: Head | None = None) -> Iterator[str]:
    """What is wrong with the trail, one sentence each: also a trail that is gone while clients are there."""
    yield from audit.faults(session, keyring, noted)
    if not audit.head(session).entries and session.scalar(select(Client.id).limit(1)) is not None:
        yield "There are clients, but the trail of who read and wrote them is gone."
