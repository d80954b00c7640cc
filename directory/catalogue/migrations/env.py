"""Runs migrations on the connection that directory.catalogue.schema hands over."""

from __future__ import annotations

from alembic import context

from directory.catalogue.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
