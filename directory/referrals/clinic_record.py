"""ClinicRecord: how often and how fast a clinic answers referrals. Staff see it, families never do."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from directory.referrals.models import Choice


@dataclass(frozen=True, slots=True)
class ClinicRecord:
    """Counts of referrals sent to a facility; `median_hours` from sending to its first answer, None without any."""

    sent: int = 0
    answered: int = 0
    accepted: int = 0
    declined: int = 0
    no_answer: int = 0
    attended: int = 0
    median_hours: float | None = None


def clinic_records(session: Session, facility_ids: Sequence[int]) -> dict[int, ClinicRecord]:
    """The record of each facility, also of those that were never sent any, in one statement."""
    columns = (Choice.facility_id, Choice.sent_at, Choice.answered_at, Choice.answer, Choice.attended_on)
    found = select(*columns).where(Choice.facility_id.in_(facility_ids), Choice.sent_at.is_not(None))
    sent: dict[int, list[Row[Any]]] = {facility_id: [] for facility_id in facility_ids}
    choices: Iterable[Row[Any]] = session.execute(found) if facility_ids else ()
    for choice in choices:
        sent[choice.facility_id].append(choice)
    return {facility_id: _record(choices) for facility_id, choices in sent.items()}


def _record(choices: Sequence[Row[Any]]) -> ClinicRecord:
    answers = [choice.answer for choice in choices]
    hours = [
        (choice.answered_at - choice.sent_at).total_seconds() / 3600
        for choice in choices
        if choice.answered_at is not None and choice.sent_at is not None
    ]
    return ClinicRecord(
        sent=len(choices),
        answered=len(hours),
        accepted=answers.count("accepted"),
        declined=answers.count("declined"),
        no_answer=answers.count("no answer"),
        attended=sum(choice.attended_on is not None for choice in choices),
        median_hours=statistics.median(hours) if hours else None,
    )
