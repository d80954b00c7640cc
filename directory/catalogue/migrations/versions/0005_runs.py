"""Runs: what became of each import, and who decided it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=10), server_default="published", nullable=False))
        batch_op.add_column(sa.Column("held_because", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("decided_by", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decision_reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("undoes_run_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_import_run_undoes_run_id"), ["undoes_run_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_import_run_undoes_run_id_import_run"), "import_run", ["undoes_run_id"], ["id"]
        )
    # An edition that was older than its source's newest was kept as a run and changed nothing.
    op.execute(
        """UPDATE import_run SET state = 'history' WHERE EXISTS (SELECT 1 FROM import_run AS earlier
        WHERE earlier.source_id = import_run.source_id AND earlier.id < import_run.id
        AND earlier.edition > import_run.edition) AND source_id <> 'one-off'"""
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        for column in ("state", "held_because", "decided_by", "decision_reason"):
            batch_op.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_import_run_undoes_run_id_import_run"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_import_run_undoes_run_id"))
        for column in ("state", "held_because", "decided_by", "decided_at", "decision_reason", "undoes_run_id"):
            batch_op.drop_column(column)
