"""Tasks: what was said of a facility that somebody should ask it about; never a change by itself."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from directory.catalogue.merged import standing, with_merged
from directory.catalogue.models import Facility, VerificationTask

LONGEST_WORDS = 1000
# A flood of reports about one clinic says no more than so many do.
MOST_OPEN = 20


def open_tasks(session: Session) -> list[tuple[VerificationTask, Facility]]:
    """What was said of facilities that somebody should ask them about, the oldest first."""
    rows = select(VerificationTask, Facility).join(Facility, Facility.id == VerificationTask.facility_id)
    found = session.execute(rows.where(VerificationTask.closed_at.is_(None)).order_by(VerificationTask.id))
    return [(task, facility) for task, facility in found]


def tasks_of(session: Session, facility_id: int) -> list[VerificationTask]:
    """What was said of a facility and of those merged into it, the oldest first."""
    ids = list(with_merged(session, [facility_id]))
    rows = select(VerificationTask).where(VerificationTask.facility_id.in_(ids), VerificationTask.closed_at.is_(None))
    return list(session.scalars(rows.order_by(VerificationTask.id)))


def open_task(
    session: Session, facility_id: int, why: str, told_by: str, now: dt.datetime, words: str = ""
) -> VerificationTask | None:
    """Note that somebody said something; None where there is no such clinic, it is noted already, or too often.

    `told_by` is "clinic", "staff" or "public". Reports alike in every word are one.
    """
    facility = standing(session, facility_id)
    if facility is None:
        return None
    here = (VerificationTask.facility_id == facility.id, VerificationTask.closed_at.is_(None))
    told = " ".join(words.split())[:LONGEST_WORDS]
    same = (VerificationTask.why == why, VerificationTask.told_by == told_by, VerificationTask.words == told)
    known = session.scalar(select(VerificationTask.id).where(*here, *same).limit(1))
    if known is not None or (session.scalar(select(func.count(VerificationTask.id)).where(*here)) or 0) >= MOST_OPEN:
        return None
    task = VerificationTask(facility_id=facility.id, why=why, told_by=told_by, words=told, opened_at=now)
    session.add(task)
    session.flush()
    return task


def close_task(session: Session, task_id: int, now: dt.datetime) -> int | None:
    """Close a task that needs no call, and forget its words; the facility's id, or None where it was closed before."""
    task = session.get(VerificationTask, task_id)
    if task is None or task.closed_at is not None:
        return None
    task.closed_at, task.words = now, ""
    return task.facility_id


def close_tasks(session: Session, facility_id: int, now: dt.datetime) -> None:
    """Close all that was to be asked of a facility and of those merged into it: somebody asked."""
    ids = list(with_merged(session, [facility_id]))
    open_ones = VerificationTask.facility_id.in_(ids) & VerificationTask.closed_at.is_(None)
    session.execute(update(VerificationTask).where(open_ones).values(closed_at=now, words=""))
