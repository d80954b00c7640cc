"""Numbers called: a call missed at a number that was wrong says nothing of the right one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verification_call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(), server_default="", nullable=False))
    with op.batch_alter_table("verification_call", schema=None) as batch_op:
        batch_op.alter_column("phone", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("verification_call", schema=None) as batch_op:
        batch_op.drop_column("phone")
