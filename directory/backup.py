"""Backup: the records and settings copied into a folder, with the audit trail's head beside them, never the keys."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from directory.accounts import audit
from directory.accounts.audit import SYSTEM, AuditEntry, Head
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.errors import PlainError
from directory.keyring import Keyring
from directory.referrals.trail import trail_faults

DATABASE = "catalogue.sqlite3"
SETTINGS = "settings.toml"
HEAD = "audit-head.txt"
_OURS = frozenset({DATABASE, SETTINGS, HEAD})
_PAGES_AT_A_TIME = 4096


class BackupError(PlainError):
    """A backup cannot be made there, or is none; the message says why."""


def back_up(catalogue: Catalogue, keyring: Keyring, settings: Settings, folder: Path) -> list[str]:
    """Write a backup while the pages are served; gives one sentence for each thing written, or still to be done.

    An earlier backup in the folder is replaced, unless the trail no longer passes through its head. Raises BackupError.
    """
    _prepare(catalogue, folder)
    with catalogue.recording() as session:
        audit.record(session, keyring, SYSTEM, "backup made")
    if catalogue.url.get_backend_name() == "sqlite":
        said = [_copy_sqlite(catalogue, folder)]
    else:
        said = [f"The database is not SQLite: copy it with `pg_dump --format=custom --file={folder}/catalogue.dump`."]
    with catalogue.reading() as session:
        head = audit.head(session)
    if catalogue.url.get_backend_name() == "sqlite":
        head = _head_of_copy(folder)
    _write(folder / HEAD, f"{head}\n".encode())
    said.append(f"{folder / HEAD}: the trail of {head.entries} entries ends with {head.hash}.")
    own = settings.home / SETTINGS
    if own.exists():
        _write(folder / SETTINGS, own.read_bytes())
        said.append(f"{folder / SETTINGS}: the settings of this installation.")
    said.append("The keys are not in it: keep a copy of them elsewhere, for without them no backup can be read.")
    return said


def noted_head(folder: Path) -> Head:
    """The audit trail's head that a backup wrote down. Raises BackupError or AuditError."""
    path = folder / HEAD
    if not path.is_file():
        raise BackupError(f"{folder} holds no backup: {HEAD} is missing")
    return Head.parse(path.read_text(encoding="utf-8"))


def backup_faults(folder: Path, keyring: Keyring) -> Iterator[str]:
    """What is wrong with a backup, one sentence each: the copy opened, checked, and its trail walked to its head."""
    head = noted_head(folder)
    for path in sorted(folder.iterdir()):
        if path.name in _OURS and path.stat().st_mode & 0o077:
            yield f"{path} can be read by others; run `chmod 600` on it."
    database = folder / DATABASE
    if not database.is_file():
        yield f"{database} is missing; a copy by pg_dump is checked by restoring it."
        return
    broken = [f"{database} is damaged: {said}." for said in _database_faults(database)]
    yield from broken
    if broken:
        return
    catalogue = Catalogue(f"sqlite:///file:{database.resolve()}?mode=ro&immutable=1&uri=true")
    with closing(catalogue), catalogue.reading() as session:
        yield from trail_faults(session, keyring, head)


def _prepare(catalogue: Catalogue, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    strange = sorted(path.name for path in folder.iterdir() if path.name.removesuffix(".new") not in _OURS)
    if strange and not (folder / HEAD).exists():
        raise BackupError(f"{folder} holds other things, such as {strange[0]}; name an empty or a new folder")
    if not (folder / HEAD).exists():
        return
    earlier = noted_head(folder)
    with catalogue.reading() as session:
        standing = session.scalar(select(AuditEntry.hash).where(AuditEntry.id == earlier.entries))
    if earlier.entries and standing != earlier.hash:
        raise BackupError(
            f"the audit trail does not pass through the head of the backup in {folder}, so that backup is left as it "
            f"is; run `directory audit verify --backup {folder}`, and back up into another folder"
        )


def _copy_sqlite(catalogue: Catalogue, folder: Path) -> str:
    beside = folder / f"{DATABASE}.new"
    beside.unlink(missing_ok=True)
    _write_nothing(beside)
    source = catalogue.engine.raw_connection()
    try:
        with closing(sqlite3.connect(beside)) as copy:
            connection = source.driver_connection
            if not isinstance(connection, sqlite3.Connection):
                raise BackupError("the database is no SQLite database")
            connection.backup(copy, pages=_PAGES_AT_A_TIME)
            # The copy is one file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        source.close()
    beside.replace(folder / DATABASE)
    return f"{folder / DATABASE}: the records, {(folder / DATABASE).stat().st_size / 1e6:.1f} MB."


def _head_of_copy(folder: Path) -> Head:
    copy = Catalogue(f"sqlite:///file:{(folder / DATABASE).resolve()}?mode=ro&immutable=1&uri=true")
    with closing(copy), copy.reading() as session:
        return audit.head(session)


def _database_faults(path: Path) -> list[str]:
    try:
        with closing(sqlite3.connect(f"file:{path.resolve()}?mode=ro&immutable=1", uri=True)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            lost = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return said + [f"row {row[1]} of {row[0]} names a {row[2]} that is not there" for row in lost[:5]]


def _write_nothing(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
