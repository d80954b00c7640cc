"""People who checked: corrections, decisions about doubtful matches, calls and their answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Columns that rows of before must have a value in, with that value.
FILLED: tuple[tuple[str, str, sa.types.TypeEngine[Any], str], ...] = (
    ("facility", "status", sa.String(length=6), "open"),
    ("doubtful_match", "decided_by", sa.String(), ""),
    ("doubtful_match", "sites", sa.JSON(), "[]"),
    ("doubtful_match", "other_sites", sa.JSON(), "[]"),
    ("verification", "answers", sa.JSON(), "{}"),
    ("verification", "note", sa.Text(), ""),
    ("verification_task", "words", sa.Text(), ""),
)
REFERRING = (("facility", "merged_into_id"), ("listing", "home_id"))
REPEATS = "fk_doubtful_match_repeats_id_doubtful_match"


def upgrade() -> None:
    for table, column, kind, before in FILLED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, kind, server_default=before, nullable=False))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, server_default=None)
    with op.batch_alter_table("doubtful_match", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("repeats_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f(REPEATS), "doubtful_match", ["repeats_id"], ["id"])
    for table, column in REFERRING:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)
            batch_op.create_foreign_key(batch_op.f(f"fk_{table}_{column}_facility"), "facility", [column], ["id"])
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("asked_value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_correction_facility_id_facility")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_facility_id"), "correction", ["facility_id"], unique=False)
    op.create_table(
        "verification_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("verification_id", sa.Integer(), nullable=True),
        sa.Column("called_by", sa.String(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("checked", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_verification_call_facility_id_facility")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verification.id"], name=op.f("fk_verification_call_verification_id_verification")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_call")),
    )
    op.create_index(op.f("ix_verification_call_facility_id"), "verification_call", ["facility_id"], unique=False)
    op.create_table(
        "verification_claim",
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_verification_claim_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_verification_claim")),
    )


def downgrade() -> None:
    op.drop_table("verification_claim")
    op.drop_table("verification_call")
    op.drop_table("correction")
    # What people joined stands joined: a schema without decisions cannot take it apart.
    for table, column in reversed(REFERRING):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_{column}_facility"), type_="foreignkey")
            batch_op.drop_index(batch_op.f(f"ix_{table}_{column}"))
            batch_op.drop_column(column)
    with op.batch_alter_table("doubtful_match", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(REPEATS), type_="foreignkey")
        batch_op.drop_column("repeats_id")
        batch_op.drop_column("decided_at")
    for table, column, _kind, _before in FILLED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
