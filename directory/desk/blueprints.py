"""The blueprints of the desk: each room's pages, registered in this order."""

from __future__ import annotations

from directory.desk import (
    accounting,
    board,
    calls,
    choosing,
    clients,
    consents,
    corrections,
    deliveries,
    documents,
    find,
    imports,
    pairs,
    people,
    refer,
    referrals,
    reply,
    reports,
    sign_in,
    trail,
)

BLUEPRINTS = (
    sign_in.bp,
    people.bp,
    reply.bp,
    reports.bp,
    accounting.bp,
    trail.bp,
    imports.bp,
    calls.bp,
    corrections.bp,
    pairs.bp,
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
