"""Roles: what each may do. Whoever keeps the accounts reads no client, and whoever keeps the listings neither."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody does at the center."""

    INTAKE = "intake"
    SUPERVISOR = "supervisor"
    STEWARD = "steward"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """Something a page lets people do."""

    DESK = "desk"
    """Sign in, look for clinics, keep one's own account."""
    CLIENTS = "clients"
    """Read and change clients, consents and documents."""
    REFERRALS = "referrals"
    """Make referrals, send them and note what came back."""
    REASSIGN = "reassign"
    """Give a referral to somebody else."""
    REPORTS = "reports"
    """See outcomes, without identities."""
    ACCOUNTING = "accounting"
    """See and print what was disclosed of a client."""
    TRAIL = "trail"
    """Read the audit trail, which names records by number only."""
    LISTINGS = "listings"
    """Ask clinics about their listings and note the answers."""
    ACCOUNTS = "accounts"
    """Add people, change their roles, end their access."""


_EVERYONE = frozenset(Role)
MAY: Mapping[Right, frozenset[Role]] = {
    Right.DESK: _EVERYONE,
    Right.CLIENTS: frozenset({Role.INTAKE, Role.SUPERVISOR}),
    Right.REFERRALS: frozenset({Role.INTAKE, Role.SUPERVISOR}),
    Right.REASSIGN: frozenset({Role.INTAKE, Role.SUPERVISOR}),
    Right.REPORTS: frozenset({Role.SUPERVISOR, Role.STEWARD, Role.ADMINISTRATOR}),
    Right.ACCOUNTING: frozenset({Role.INTAKE, Role.SUPERVISOR}),
    Right.TRAIL: frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    Right.LISTINGS: frozenset({Role.SUPERVISOR, Role.STEWARD}),
    Right.ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
}


def may(role: str, right: Right) -> bool:
    """True where somebody in that role has the right; an unknown role has none."""
    return role in MAY[right]
