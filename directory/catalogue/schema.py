"""The catalogue's schema: brought to the newest migration, at once where it already is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from directory.catalogue.session import Catalogue
from directory.config import ROOT
from directory.errors import PlainError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = ROOT / "directory" / "catalogue" / "migrations"


class SchemaError(PlainError):
    """The catalogue cannot be brought to a schema; it stays as it was."""


def newest_revision() -> str:
    """The newest migration's number, from the files' names: "0001"."""
    return max(path.name.split("_", maxsplit=1)[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current_revision(catalogue: Catalogue) -> str | None:
    """The migration a catalogue stands at, None where it is empty."""
    with catalogue.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return str(revision) if revision else None


def upgrade(catalogue: Catalogue) -> None:
    """Bring a catalogue to the newest schema; milliseconds where it is there already."""
    if current_revision(catalogue) == newest_revision():
        return
    _run(catalogue, lambda command, config: command.upgrade(config, "head"))


def downgrade(catalogue: Catalogue, revision: str) -> None:
    """Take a catalogue back to an older migration; "base" empties it."""
    _run(catalogue, lambda command, config: command.downgrade(config, revision))


def _run(catalogue: Catalogue, step: Callable[[Any, Config], None]) -> None:
    # Importing Alembic costs a fifth of a second, which a start with a current schema does not pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _altering(catalogue) as connection:
        config.attributes["connection"] = connection
        step(command, config)


@contextmanager
def _altering(catalogue: Catalogue) -> Iterator[Connection]:
    """One transaction for all migrations. SQLite alters a table by making it anew, which its references must bear."""
    on_sqlite = catalogue.url.get_backend_name() == "sqlite"
    with catalogue.engine.connect() as connection:
        if on_sqlite:
            # Only outside of a transaction, and for this connection alone.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        try:
            with connection.begin():
                if on_sqlite:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                if on_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise SchemaError(
                        f"{broken[0]}, row {broken[1]}: it refers to a row of {broken[2]} that is not there"
                    )
        finally:
            if on_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.commit()
