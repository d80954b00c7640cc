"""The blueprints of the desk: each room's pages, registered in this order."""

from __future__ import annotations

from directory.desk import (
    accounting,
    board,
    choosing,
    clients,
    consents,
    deliveries,
    documents,
    find,
    imports,
    people,
    refer,
    referrals,
    reply,
    reports,
    sign_in,
    tasks,
    trail,
)

BLUEPRINTS = (
    sign_in.bp,
    people.bp,
    reply.bp,
    reports.bp,
    accounting.bp,
    trail.bp,
    tasks.bp,
    imports.bp,
    board.bp,
    find.bp,
    clients.bp,
    refer.bp,
    referrals.bp,
    choosing.bp,
    consents.bp,
    deliveries.bp,
    documents.bp,
)
