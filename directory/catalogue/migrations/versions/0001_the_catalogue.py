"""The catalogue: sources, runs, facilities, listings, codes, doubtful matches, geocoded addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geocoded_address",
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_geocoded_address")),
    )
    op.create_table(
        "service_category",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_service_category")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("homepage", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_import_run_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_source_id"), ["source_id"], unique=False)

    op.create_table(
        "service_code",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("category_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_code"], ["service_category.code"], name=op.f("fk_service_code_category_code_service_category")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_service_code")),
    )
    with op.batch_alter_table("service_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_code_category_code"), ["category_code"], unique=False)

    op.create_table(
        "facility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("zip", sa.String(length=5), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("precision", sa.String(length=6), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("first_run_id", sa.Integer(), nullable=False),
        sa.Column("changed_run_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_run_id"], ["import_run.id"], name=op.f("fk_facility_changed_run_id_import_run")
        ),
        sa.ForeignKeyConstraint(["first_run_id"], ["import_run.id"], name=op.f("fk_facility_first_run_id_import_run")),
        sa.ForeignKeyConstraint(
            ["withdrawn_run_id"], ["import_run.id"], name=op.f("fk_facility_withdrawn_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
    )
    with op.batch_alter_table("facility", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facility_changed_run_id"), ["changed_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facility_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_facility_withdrawn_run_id"), ["withdrawn_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facility_zip"), ["zip"], unique=False)

    op.create_table(
        "doubtful_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("other_facility_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decision", sa.String(length=9), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_doubtful_match_facility_id_facility")),
        sa.ForeignKeyConstraint(
            ["other_facility_id"], ["facility.id"], name=op.f("fk_doubtful_match_other_facility_id_facility")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_doubtful_match_run_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubtful_match")),
        sa.UniqueConstraint("facility_id", "other_facility_id", name=op.f("uq_doubtful_match_facility_id")),
    )
    with op.batch_alter_table("doubtful_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_doubtful_match_facility_id"), ["facility_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_doubtful_match_other_facility_id"), ["other_facility_id"], unique=False)

    op.create_table(
        "listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("first_run_id", sa.Integer(), nullable=False),
        sa.Column("ended_run_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("name1", sa.String(), nullable=False),
        sa.Column("name2", sa.String(), nullable=False),
        sa.Column("street1", sa.String(), nullable=False),
        sa.Column("street2", sa.String(), nullable=False),
        sa.Column("street_withheld", sa.Boolean(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("zip", sa.String(length=5), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("intake_phones", sa.JSON(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("unrecognised", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ended_run_id"], ["import_run.id"], name=op.f("fk_listing_ended_run_id_import_run")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_listing_facility_id_facility")),
        sa.ForeignKeyConstraint(["first_run_id"], ["import_run.id"], name=op.f("fk_listing_first_run_id_import_run")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_listing_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index("ix_listing_current", ["source_id", "ended_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listing_ended_run_id"), ["ended_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listing_facility_id"), ["facility_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listing_first_run_id"), ["first_run_id"], unique=False)
        batch_op.create_index("ix_listing_zip_phone", ["zip", "phone"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_zip_phone")
        batch_op.drop_index(batch_op.f("ix_listing_first_run_id"))
        batch_op.drop_index(batch_op.f("ix_listing_facility_id"))
        batch_op.drop_index(batch_op.f("ix_listing_ended_run_id"))
        batch_op.drop_index("ix_listing_current")

    op.drop_table("listing")
    with op.batch_alter_table("doubtful_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_doubtful_match_other_facility_id"))
        batch_op.drop_index(batch_op.f("ix_doubtful_match_facility_id"))

    op.drop_table("doubtful_match")
    with op.batch_alter_table("facility", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_facility_zip"))
        batch_op.drop_index(batch_op.f("ix_facility_withdrawn_run_id"))
        batch_op.drop_index(batch_op.f("ix_facility_state"))
        batch_op.drop_index(batch_op.f("ix_facility_changed_run_id"))

    op.drop_table("facility")
    with op.batch_alter_table("service_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_code_category_code"))

    op.drop_table("service_code")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_run_source_id"))

    op.drop_table("import_run")
    op.drop_table("source")
    op.drop_table("service_category")
    op.drop_table("geocoded_address")
