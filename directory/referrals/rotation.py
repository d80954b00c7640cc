"""Rotation: every sealed value sealed anew with a new key, in portions, so that no old key is needed any more.

A portion is one transaction, and the old keys stay until all of it is done: killed at any moment, everything can still
be opened, and the next run goes on.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, LargeBinary, func, select, update
from sqlalchemy.orm import Session

from directory.accounts import audit
from directory.accounts import models as _accounts  # noqa: F401  its tables hold sealed values too
from directory.accounts.audit import SYSTEM, AuditEntry
from directory.catalogue.models import Base
from directory.catalogue.session import Catalogue
from directory.keyring import VARIABLE, Keyring, KeysError, SealError, add_key, drop_old_keys, keys_in
from directory.referrals.client import name_lookup, reference_lookup
from directory.referrals.models import Client, ClinicLink

KEY_MADE = "key made"
ROTATED = "keys rotated"
_PORTION = 200
# A scan may weigh ten megabytes.
_FILES = 10


@dataclass(slots=True)
class Rotation:
    """What a rotation did: how many values it sealed anew, by column, and which it could not open at all.

    `links_until` is when the last link ends whose code an old key hashed.
    """

    sealed_anew: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    links_until: dt.datetime | None = None

    @property
    def finished(self) -> bool:
        """True where no old key is needed any more."""
        return not self.unreadable and self.links_until is None

    @property
    def total(self) -> int:
        """All values sealed anew."""
        return sum(self.sealed_anew.values())


def sealed_columns() -> list[Column[Any]]:
    """Every column of every table that holds sealed values."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]


def keys_held(home: Path, environment: Mapping[str, str] = os.environ) -> list[bytes]:
    """The keys in use, newest first: those of DIRECTORY_KEYS, else of keys.txt in the home. Raises KeysError."""
    if environment.get(VARIABLE):
        return [key.strip().encode() for key in environment[VARIABLE].split(",") if key.strip()]
    keys = keys_in(home)
    Keyring(keys)
    return keys


def create(catalogue: Catalogue, home: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Make the first key of an installation. Raises KeysError where there is one, or where there must have been one."""
    if environment.get(VARIABLE) or keys_in(home):
        raise KeysError("there is a key already; `directory keys rotate` puts a new one in its place")
    with catalogue.reading() as session:
        if audit.head(session).entries:
            raise KeysError("the records here were sealed with a key that is missing; put keys.txt back from its copy")
    path = add_key(home)
    with catalogue.recording() as session:
        keyring = Keyring(keys_in(home))
        audit.record(session, keyring, SYSTEM, KEY_MADE, key=fingerprint(keyring))
    return path


def fingerprint(keyring: Keyring) -> str:
    """A short name of the newest key, from which nothing can be learned about it."""
    return keyring.lookup("which key is this")[:12]


def made_at(session: Session, keyring: Keyring) -> str | None:
    """When the newest key came into use, ISO 8601 in UTC; None where the trail doesn't know."""
    noted = select(AuditEntry.at).where(
        AuditEntry.action.in_([KEY_MADE, ROTATED]), AuditEntry.detail.contains(f'"{fingerprint(keyring)}"')
    )
    return session.scalar(noted.order_by(AuditEntry.id).limit(1))


def rotate_file(catalogue: Catalogue, home: Path, *, end_links: bool = False) -> Rotation:
    """Put a new key before that of keys.txt, seal everything with it, then drop the old one.

    Where an earlier run was interrupted, its new key is used. The old keys stay where a value can't be opened, and
    while a clinic may still type a code they hashed; `end_links` ends those links instead.
    """
    if len(keys_held(home, {})) == 1:
        add_key(home)
    keys = keys_in(home)
    done = seal_anew(catalogue, keys, end_links=end_links)
    if not done.finished:
        return done
    with catalogue.recording():
        drop_old_keys(home)
    # A page that was being answered meanwhile may have sealed with the key it began with.
    return _sweep(catalogue, keys, done)


def seal_anew(catalogue: Catalogue, keys: Sequence[bytes], *, end_links: bool = False) -> Rotation:
    """Seal every value with the first key until a whole walk finds none left, and mark the trail's head with it."""
    done = Rotation()
    before = -1
    while done.total != before:
        before = done.total
        done = _sweep(catalogue, keys, done)
    keyring = Keyring(keys)
    with catalogue.recording() as session:
        audit.mark_again(session, keyring)
        audit.record(
            session,
            keyring,
            SYSTEM,
            ROTATED,
            key=fingerprint(keyring),
            values=done.total,
            unreadable=len(done.unreadable),
        )
        done.links_until = _links_until(session, keyring, end_links=end_links)
    return done


def _links_until(session: Session, keyring: Keyring, *, end_links: bool) -> dt.datetime | None:
    """Until when a code may be typed that an older key hashed; codes themselves are not known, to hash them anew."""
    since = dt.datetime.fromisoformat(made_at(session, keyring) or dt.datetime.now(dt.UTC).isoformat())
    now = dt.datetime.now(dt.UTC)
    older = (
        ClinicLink.made_at < since,
        ClinicLink.expires_at > now,
        ClinicLink.ended_at.is_(None),
        ClinicLink.locked_at.is_(None),
    )
    if end_links:
        session.execute(update(ClinicLink).where(*older).values(ended_at=now))
    return session.scalar(select(func.max(ClinicLink.expires_at)).where(*older))


def _sweep(catalogue: Catalogue, keys: Sequence[bytes], done: Rotation) -> Rotation:
    """One walk over all columns. What cannot be opened is named anew by each walk."""
    walk = Rotation(dict(done.sealed_anew), links_until=done.links_until)
    for column in sealed_columns():
        for count in _portions(catalogue, keys, column, walk):
            walk.sealed_anew[str(column)] = walk.sealed_anew.get(str(column), 0) + count
    return walk


def _portions(catalogue: Catalogue, keys: Sequence[bytes], column: Column[Any], walk: Rotation) -> Iterator[int]:
    """Walk a column by its primary key, each portion a transaction; gives how many values each sealed anew."""
    keyring, fernet = Keyring(keys), MultiFernet([Fernet(key) for key in keys])
    key = next(iter(column.table.primary_key.columns))
    size = _FILES if column.table.name == "document" else _PORTION
    page = select(key, column).where(column.is_not(None)).order_by(key).limit(size)
    last: Any = None
    while True:
        with catalogue.recording() as session:
            rows = session.execute(page if last is None else page.where(key > last)).all()
            count = 0
            for number, sealed in rows:
                try:
                    count += _renew(session, keyring, fernet, column, number, sealed)
                except (InvalidToken, SealError):
                    walk.unreadable.append(f"{column.table.name} {number}")
        if rows:
            last = rows[-1][0]
            yield count
        if len(rows) < size:
            return


def _renew(
    session: Session, keyring: Keyring, fernet: MultiFernet, column: Column[Any], number: Any, sealed: bytes
) -> bool:
    values: dict[str, Any] = {} if keyring.newest(sealed) else {column.name: fernet.rotate(sealed)}
    if column.table.name == Client.__tablename__:
        values |= _looked_up_anew(session, keyring, number, sealed)
    if values:
        key = next(iter(column.table.primary_key.columns))
        # Written only over what was read: on PostgreSQL another writer may have come between.
        session.execute(update(column.table).where(key == number, column == sealed).values(values))
    return bool(values)


def _looked_up_anew(session: Session, keyring: Keyring, number: int, sealed: bytes) -> dict[str, str]:
    """The keyed hashes by which a client's name and reference are found, where they are not the newest key's."""
    columns = (Client.uid, Client.name_lookup, Client.reference_lookup)
    kept = session.execute(select(*columns).where(Client.id == number)).one()
    if not kept.name_lookup and not kept.reference_lookup:
        return {}
    facts = keyring.open(f"client:{kept.uid}", sealed)
    fresh = {
        "name_lookup": name_lookup(keyring, facts["name"]) if kept.name_lookup else "",
        "reference_lookup": reference_lookup(keyring, facts["reference"]) if kept.reference_lookup else "",
    }
    return {column: value for column, value in fresh.items() if value != getattr(kept, column)}
