"""Unsent: whatever has not left yet for a clinic, and how it is stopped."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update

from directory.referrals.models import ClinicLink, OutboxMessage
from directory.referrals.records import Records


def stop(records: Records, *choice_ids: int) -> list[int]:
    """End the open links of choices and keep their queued mail from leaving; returns the links' ids.

    Mail that is being sent this moment is left to the outbox, which asks for a live consent right before.
    """
    found = select(ClinicLink.id).where(ClinicLink.choice_id.in_(choice_ids), ClinicLink.ended_at.is_(None))
    links = list(records.session.scalars(found))
    if links:
        _end(records, links)
    return links


def _end(records: Records, links: Iterable[int]) -> None:
    records.session.execute(update(ClinicLink).where(ClinicLink.id.in_(links)).values(ended_at=records.now))
    waiting = OutboxMessage.link_id.in_(links), OutboxMessage.state == "queued"
    records.session.execute(update(OutboxMessage).where(*waiting).values(state="stopped"))
