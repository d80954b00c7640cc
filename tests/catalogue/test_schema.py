"""The schema: up, down, and equal to the models, on both databases."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from made_up_clinics import add_clinics, clinic
from sqlalchemy import inspect, select

from directory.accounts import audit as _audit  # noqa: F401  its tables
from directory.accounts import models as _accounts  # noqa: F401  its tables
from directory.catalogue import job_models as _jobs  # noqa: F401  its tables
from directory.catalogue.models import Base, ImportRun, Listing, Source, Verification
from directory.catalogue.schema import MIGRATIONS, current_revision, downgrade, newest_revision, upgrade
from directory.catalogue.session import Catalogue

MOMENT = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)


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


def test_a_filled_catalogue_keeps_its_facilities_from_an_older_schema_to_the_newest(any_database: Catalogue) -> None:
    upgrade(any_database)
    with any_database.writing() as session:
        source = Source(id="made-up", name="Purple clinics")
        session.add(ImportRun(source=source, edition="2026", file_name="a.csv", file_sha256="", started_at=MOMENT))
    ids = add_clinics(any_database, [clinic(), clinic(), clinic()])
    with any_database.writing() as session:
        asked = (
            Verification(facility_id=i, verified_on=MOMENT.date(), verified_by="A. Nobody", how="phone") for i in ids
        )
        session.add_all(asked)
    downgrade(any_database, "0005")
    upgrade(any_database)
    with any_database.reading() as session:
        assert [listing.facility_id for listing in session.scalars(select(Listing).order_by(Listing.id))] == ids
        assert {kept.facility_id for kept in session.scalars(select(Verification))} == set(ids)


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
