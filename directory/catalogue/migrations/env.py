"""Runs migrations on the connection that directory.catalogue.schema hands over."""

from __future__ import annotations

import importlib

from alembic import context

from directory.catalogue.models import Base

# By name: the catalogue lies below the rooms whose tables stand in its database, and imports none of them.
for room in (
    "directory.catalogue.job_models",
    "directory.accounts.models",
    "directory.accounts.audit",
    "directory.referrals.models",
):
    importlib.import_module(room)
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
