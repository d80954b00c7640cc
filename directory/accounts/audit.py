"""Audit: a trail of who read or wrote which record, each entry chained to the one before by hash.

Changing, swapping or removing an entry breaks the chain; cutting off its end, or writing all of it anew, leaves a head
that the keyring did not mark. Whoever holds database and keys can only be caught by a head noted elsewhere: every
backup holds one, and administrators see it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, String, Text, event, insert, select
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from directory.catalogue.models import Base
from directory.errors import PlainError
from directory.keyring import Keyring

BEGINNING = "0" * 64
_HEAD = 1
_WAITING = "entries of the audit trail that wait for the commit"


class AuditEntry(Base):
    """One thing somebody did. `subjects` and `detail` hold ids and words of the field, never a client's fact."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, doc="1, 2, 3 … without a gap")
    at: Mapped[str] = mapped_column(String(32), doc="ISO 8601, UTC")
    actor: Mapped[str] = mapped_column(String(40), doc='"staff:3", "clinic:17" or "system"')
    action: Mapped[str] = mapped_column(String(40), doc='"client read", "consent signed" …')
    subjects: Mapped[str] = mapped_column(Text, doc='"client:4 referral:9"')
    detail: Mapped[str] = mapped_column(Text, doc="a JSON object")
    hash: Mapped[str] = mapped_column(String(64))


class AuditSubject(Base):
    """Which entries speak of a record."""

    __tablename__ = "audit_subject"

    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)


class AuditHead(Base):
    """The last entry's number and hash, marked by the keyring."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    mark: Mapped[str] = mapped_column(String(64))


class AuditError(PlainError):
    """The trail was changed from outside."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: `kind` "staff" or "clinic" with an id, or "system"."""

    kind: str
    id: int | None = None

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the trail: how many entries, and the hash of the last. Written as "12 3f0c…"."""

    entries: int = 0
    hash: str = BEGINNING

    def __str__(self) -> str:
        return f"{self.entries} {self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Raises AuditError where a text is no head."""
        entries, _, digest = text.strip().partition(" ")
        if not entries.isdigit() or len(digest) != len(BEGINNING):
            raise AuditError(f"{text!r} is no head of an audit trail; it looks like “12 3f0c…”, a number and 64 digits")
        return cls(int(entries), digest)


@dataclass(frozen=True, slots=True)
class Note:
    """An entry still to be written: `at` is ISO 8601 in UTC, `subjects` are records such as "client:4"."""

    actor: Actor
    action: str
    subjects: tuple[str, ...]
    detail: dict[str, Any]
    at: str


def note(actor: Actor, action: str, subjects: Iterable[str] = (), **detail: Any) -> Note:
    """An entry of this moment. Never a client's fact."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return Note(actor, action, tuple(sorted(set(subjects))), detail, at)


def record(
    session: Session,
    keyring: Keyring,
    actor: Actor,
    action: str,
    subjects: Iterable[str] = (),
    **detail: Any,
) -> None:
    """Add an entry to the trail now. Raises as `record_all`."""
    record_all(session, keyring, [note(actor, action, subjects, **detail)])


def record_at_commit(session: Session, keyring: Keyring, noted: Note) -> None:
    """Add an entry right before the session commits, together with all others of the transaction.

    Nothing is committed without them, and what is rolled back takes them along. `record_waiting` writes them earlier.
    """
    waiting = session.info.get(_WAITING)
    if waiting is None:
        session.info[_WAITING] = waiting = []
        event.listen(session, "before_commit", record_waiting)
        event.listen(session, "after_soft_rollback", _forget_waiting)
    waiting.append((keyring, noted))


def record_waiting(session: Session) -> None:
    """Write the entries that wait for the commit. Raises as `record_all`."""
    waiting: list[tuple[Keyring, Note]] = session.info.get(_WAITING, [])
    if waiting:
        record_all(session, waiting[-1][0], [noted for _, noted in waiting])
        waiting.clear()


def record_all(session: Session, keyring: Keyring, notes: Sequence[Note]) -> None:
    """Add entries to the trail, in the caller's transaction (one that records alone: `Catalogue.recording`).

    Four statements, however many entries. Raises AuditError where the head is not the one the keyring marked:
    nothing may be built on a broken trail.
    """
    if not notes:
        return
    kept = session.get(AuditHead, _HEAD)
    if kept and not keyring.marked(f"{kept.entries} {kept.hash}", kept.mark):
        raise AuditError("the audit trail was changed from outside; run `directory audit verify` and keep a copy")
    after = Head(kept.entries, kept.hash) if kept else Head()
    entries: list[dict[str, Any]] = []
    for noted in notes:
        values = _values(after.entries + 1, noted)
        after = Head(after.entries + 1, _chained(after.hash, values))
        entries.append(values | {"hash": after.hash})
    session.execute(insert(AuditEntry), entries)
    spoken_of = [
        {"subject": name, "entry_id": values["id"]}
        for values, noted in zip(entries, notes, strict=True)
        for name in noted.subjects
    ]
    if spoken_of:
        session.execute(insert(AuditSubject), spoken_of)
    if kept is None:
        kept = AuditHead(id=_HEAD)
        session.add(kept)
    kept.entries, kept.hash, kept.mark = after.entries, after.hash, keyring.mark(str(after))
    session.flush()


def _values(number: int, noted: Note) -> dict[str, Any]:
    return {
        "id": number,
        "at": noted.at,
        "actor": str(noted.actor),
        "action": noted.action,
        "subjects": " ".join(noted.subjects),
        "detail": json.dumps(noted.detail, ensure_ascii=False, sort_keys=True),
    }


def _forget_waiting(session: Session, _transaction: SessionTransaction) -> None:
    # Rolled back to a savepoint, the transaction goes on, and what was read before it stays shown.
    if not session.in_transaction():
        session.info[_WAITING].clear()


def head(session: Session) -> Head:
    """The end of the trail."""
    kept = session.get(AuditHead, _HEAD)
    return Head(kept.entries, kept.hash) if kept else Head()


def mark_again(session: Session, keyring: Keyring) -> None:
    """Mark the head with the newest key, after keys were rotated."""
    kept = session.get(AuditHead, _HEAD)
    if kept:
        kept.mark = keyring.mark(f"{kept.entries} {kept.hash}")


def faults(session: Session, keyring: Keyring, noted: Head | None = None) -> Iterator[str]:
    """What is wrong with the trail, one sentence each; nothing where it is whole.

    `noted` is a head kept elsewhere, such as in a backup: the trail must have passed through it.
    """
    kept = session.get(AuditHead, _HEAD)
    if kept and not keyring.marked(f"{kept.entries} {kept.hash}", kept.mark):
        yield "The head of the trail was not marked by this installation's keys."
    last, met_noted = Head(), noted is None or noted == Head()
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        if entry.id != last.entries + 1:
            yield f"Entries {last.entries + 1} to {entry.id - 1} are missing."
        columns = ("id", "at", "actor", "action", "subjects", "detail")
        if entry.hash != _chained(last.hash, {name: getattr(entry, name) for name in columns}):
            yield f"Entry {entry.id} does not follow from the one before it: it, or what stood there, was changed."
        last = Head(entry.id, entry.hash)
        met_noted = met_noted or last == noted
    if last != (Head(kept.entries, kept.hash) if kept else Head()):
        yield f"The trail ends at entry {last.entries}, but its head names {kept.entries if kept else 0}."
    if not met_noted:
        yield f"The head noted elsewhere, {noted}, is nowhere in the trail."
    yield from _subject_faults(session)


def _subject_faults(session: Session) -> Iterator[str]:
    entries = select(AuditEntry.id, AuditEntry.subjects).where(AuditEntry.subjects != "")
    said = {(entry, name) for entry, names in session.execute(entries) for name in names.split(" ")}
    found = {(entry, name) for entry, name in session.execute(select(AuditSubject.entry_id, AuditSubject.subject))}
    for entry, name in sorted(said ^ found):
        yield f"Entry {entry} and the list of who it speaks of disagree about {name}."


def _chained(before: str, values: dict[str, Any]) -> str:
    line = json.dumps([before, *(values[name] for name in sorted(values))], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()
