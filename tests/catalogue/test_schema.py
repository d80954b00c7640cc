"""The schema: up, down, and equal to the models, on both databases."""

from __future__ import annotations

import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from directory.accounts import audit as _audit  # noqa: F401  its tables
from directory.accounts import models as _accounts  # noqa: F401  its tables
from directory.catalogue import job_models as _jobs  # noqa: F401  its tables
from directory.catalogue.models import Base
from directory.catalogue.schema import MIGRATIONS, current_revision, downgrade, newest_revision, upgrade
from directory.catalogue.session import Catalogue


def test_the_migrations_make_exactly_the_tables_of_the_models(any_database: Catalogue) -> None:
    upgrade(any_database)
    with any_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_way_down_leaves_no_table_and_the_way_up_works_again(any_database: Catalogue) -> None:
    upgrade(any_database)
    downgrade(any_database, "base")
    assert set(inspect(any_database.engine).get_table_names()) == {"alembic_version"}
    upgrade(any_database)
    assert set(Base.metadata.tables) < set(inspect(any_database.engine).get_table_names())


def test_an_empty_catalogue_stands_at_no_revision_and_an_upgraded_one_at_the_newest(any_database: Catalogue) -> None:
    assert current_revision(any_database) is None
    upgrade(any_database)
    assert current_revision(any_database) == newest_revision()


def test_a_start_with_a_current_schema_does_not_import_alembic(catalogue: Catalogue) -> None:
    program = (
        "import sys; from directory.catalogue.schema import upgrade; from directory.catalogue.session import Catalogue;"
        f"upgrade(Catalogue({str(catalogue.url)!r})); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_migration_says_in_its_first_line_what_it_does() -> None:
    for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path
