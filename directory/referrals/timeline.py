"""Timeline: what happened to a referral, by whom and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, cast, literal, select

from directory.accounts.models import Person
from directory.referrals.models import Choice, Referral, ReferralEvent
from directory.referrals.needs import reason_label
from directory.referrals.records import Records
from directory.referrals.states import Event


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One thing that happened: `who` is a name, "the clinic" or "the directory"; `said` what was told with it."""

    at: dt.datetime
    who: str
    event: str
    what: str
    from_state: str
    to_state: str
    reason: str
    clinic: str
    version: int
    note: str = ""
    said: dict[str, Any] = field(default_factory=dict)


def timeline(records: Records, referral_id: int) -> list[TimelineLine]:
    """Everything that happened to a referral, oldest first, with notes opened."""
    referral = records.session.get(Referral, referral_id)
    lines = _lines(records, referral_id, 0)
    if referral is not None:
        records.note("timeline read", f"client:{referral.client_id}", f"referral:{referral_id}")
    return lines


def lines_since(records: Records, referral_id: int, version: int) -> list[TimelineLine]:
    """What happened after a version, without notes."""
    return _lines(records, referral_id, version, with_notes=False)


def _lines(records: Records, referral_id: int, version: int, *, with_notes: bool = True) -> list[TimelineLine]:
    rows = records.session.execute(
        select(ReferralEvent, Choice.name, Person.name)
        .outerjoin(Choice, Choice.id == ReferralEvent.choice_id)
        .outerjoin(Person, ReferralEvent.actor == literal("staff:") + cast(Person.id, String))
        .where(ReferralEvent.referral_id == referral_id, ReferralEvent.version > version)
        .order_by(ReferralEvent.id)
    ).all()
    return [
        _line(event, clinic or "", person or _who(event.actor), _opened(records, event) if with_notes else {})
        for event, clinic, person in rows
    ]


def _line(kept: ReferralEvent, clinic: str, who: str, said: dict[str, Any]) -> TimelineLine:
    words = dict(said)
    what = str(Event(kept.event).plain) if kept.event in set(Event) else kept.event
    reason = reason_label(kept.event, kept.reason)
    return TimelineLine(
        at=kept.at,
        who=who,
        event=kept.event,
        what=f"{what} ({reason})" if reason else what,
        from_state=kept.from_state,
        to_state=kept.to_state,
        reason=kept.reason,
        clinic=clinic,
        version=kept.version,
        note=words.pop("note", ""),
        said=words,
    )


def _opened(records: Records, event: ReferralEvent) -> dict[str, Any]:
    if event.sealed is None:
        return {}
    opened: dict[str, Any] = records.keyring.open(f"event:{event.uid}", event.sealed)
    return opened


def _who(actor: str) -> str:
    kind = actor.partition(":")[0]
    return {"clinic": "the clinic", "system": "the directory"}.get(kind, actor)
