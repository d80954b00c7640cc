"""Opening the catalogue: one engine, a session that writes and a session that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session


class ReadOnlyError(RuntimeError):
    """A reading session was asked to write."""


class ReadingSession(Session):
    """A session that refuses to write: on flush here, and on every statement in the database itself."""

    def flush(self, objects: Any = None) -> None:
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
        self.engine = create_engine(self.url)
        self._reading_engine = self.engine
        if self.url.get_backend_name() == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            self._reading_engine = create_engine(self.url)
            event.listen(self._reading_engine, "connect", _prepare_reading_sqlite)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed whole at the end of the block, or not at all."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A view of the catalogue in which every attempt to write raises."""
        with ReadingSession(self._reading_engine, autoflush=False) as session:
            if self.url.get_backend_name() == "postgresql":
                session.execute(text("SET TRANSACTION READ ONLY"))
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()
        self._reading_engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reading_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("busy_timeout=10000", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")
