"""Opening the catalogue: one engine, a session that writes and a session that cannot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

# Any number will do, as long as all programs of this catalogue use the same.
_IMPORT_LOCK = 5_550_100
_RECORD_LOCK = 5_550_101
# An import holds SQLite's one lock on writing until it has read its file; a minute covers every yearly listing.
BUSY_MILLISECONDS = 60_000


class ReadOnlyError(RuntimeError):
    """A reading session was asked to write."""


class ReadingSession(Session):
    """A session that refuses to write: on flush here, and on every statement in the database itself."""

    def flush(self, _objects: Any = None) -> None:
        if self.new or self.dirty or self.deleted:
            self._refuse()

    def commit(self) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ReadOnlyError("this is a reading session; use Catalogue.writing() to change the catalogue")


class Catalogue:
    """The catalogue behind one SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        _make_private(self.url)
        self.engine = create_engine(self.url)
        self._reading_engine = self.engine
        if self.url.get_backend_name() == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            self._reading_engine = create_engine(self.url)
            event.listen(self._reading_engine, "connect", _prepare_reading_sqlite)

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Session]:
        """One transaction: committed whole at the end of the block, or not at all.

        `alone` waits for every other writer that asked the same, before anything is read: for imports.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            if alone:
                _wait_for_other_writers(session, _IMPORT_LOCK)
            yield session

    @contextmanager
    def recording(self) -> Iterator[Session]:
        """One transaction over client records, one after the other; on PostgreSQL no import holds it up."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            _wait_for_other_writers(session, _RECORD_LOCK)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A view of the catalogue at one moment, in which every attempt to write raises."""
        with ReadingSession(self._reading_engine, autoflush=False) as session:
            match self.url.get_backend_name():
                case "postgresql":
                    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
                case "sqlite":
                    # Without it each statement would see a moment of its own.
                    session.connection().exec_driver_sql("BEGIN")
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()
        self._reading_engine.dispose()


def keep_imports_out(session: Session) -> bool:
    """Let no import begin until this transaction ends; False where one runs. On SQLite nobody else writes."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _IMPORT_LOCK}))


def _wait_for_other_writers(session: Session, lock: int) -> None:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})


def _make_private(url: URL) -> None:
    """A new SQLite file is its owner's alone: it will hold client records."""
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        with suppress(OSError):
            os.close(os.open(url.database, os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reading_sqlite(connection: Any, _record: Any) -> None:
    for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")
