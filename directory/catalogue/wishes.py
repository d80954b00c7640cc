"""Wishes: what stewards ask of runs at the desk, for the next job to carry out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.job_models import RunWish
from directory.catalogue.run import Decision, RunError, RunState, run_numbered
from directory.sentence import Sentence

APPROVE, UNDO = "approve", "undo"
_WISHED_OF = {APPROVE: (RunState.HELD,), UNDO: (RunState.PUBLISHED, RunState.HISTORY)}
_WHAT = {
    APPROVE: Sentence("only a held run can be approved"),
    UNDO: Sentence("only a published run or history can be taken back"),
}


def wish(session: Session, run_id: int, what: str, decision: Decision) -> RunWish:
    """Ask for a run to be approved or taken back. Raises RunError where that cannot be, or was asked already."""
    decision.check()
    run = run_numbered(session, run_id)
    if run.state not in _WISHED_OF[what]:
        raise RunError(
            Sentence(
                "run %(number)s is %(state)s; %(instead)s",
                number=run_id,
                state=RunState(run.state).plain,
                instead=_WHAT[what],
            )
        )
    if any(open_one.run_id == run_id for open_one in open_wishes(session)):
        raise RunError(
            Sentence("somebody asked for run %(number)s already; the next job carries it out", number=run_id)
        )
    asked = RunWish(
        run_id=run_id, what=what, asked_by=decision.by, asked_at=dt.datetime.now(dt.UTC), reason=decision.reason
    )
    session.add(asked)
    session.flush()
    return asked


def open_wishes(session: Session) -> list[RunWish]:
    """What nobody carried out yet, oldest first."""
    return list(session.scalars(select(RunWish).where(RunWish.done_at.is_(None)).order_by(RunWish.id)))


def wishes_of(session: Session, run_id: int) -> list[RunWish]:
    """Everything asked of a run, newest first."""
    return list(session.scalars(select(RunWish).where(RunWish.run_id == run_id).order_by(RunWish.id.desc())))


def note_done(session: Session, wish_id: int, outcome: str) -> None:
    """Note that a wish was carried out, or why it could not be."""
    done = session.get_one(RunWish, wish_id)
    done.done_at, done.outcome = dt.datetime.now(dt.UTC), outcome
