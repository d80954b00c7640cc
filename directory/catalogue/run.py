"""Runs: what became of each import, and what a steward decided about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.models import ImportRun
from directory.errors import SaidError
from directory.sentence import Sentence


class RunError(SaidError):
    """A run that is not there, or cannot be decided so; the message says which and why."""


class RunState(StrEnum):
    """What became of an import."""

    PUBLISHED = "published"
    HISTORY = "history"
    """Older than the newest edition of its source: it filled in history and changed nothing that is shown."""
    HELD = "held"
    """A check stopped it: nothing of it is in the directory, its file is kept."""
    DISCARDED = "discarded"
    """Held, and a steward decided against it."""
    UNDONE = "undone"
    """Published once, and taken back."""
    UNDO = "undo"
    """The taking back of another run."""

    @property
    def plain(self) -> Sentence:
        """As a sentence says it: "run 3 is held"."""
        return _PLAIN_STATES[self]


_PLAIN_STATES = {
    RunState.PUBLISHED: Sentence("published"),
    RunState.HISTORY: Sentence("history"),
    RunState.HELD: Sentence("held"),
    RunState.DISCARDED: Sentence("discarded"),
    RunState.UNDONE: Sentence("undone"),
    RunState.UNDO: Sentence("a taking back"),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, and why."""

    by: str
    reason: str

    def check(self) -> None:
        """Raise RunError where somebody or their reason is missing."""
        if not self.by.strip():
            raise RunError(Sentence("name who decides"), "by")
        if not self.reason.strip():
            raise RunError(Sentence("write why; it stands in the record of the run"), "reason")


def run_numbered(session: Session, run_id: int) -> ImportRun:
    """The run of that number; raises RunError where there is none."""
    run = session.get(ImportRun, run_id)
    if run is None:
        raise RunError(Sentence("there is no run %(number)s; the list of runs shows those there are", number=run_id))
    return run


def held_run(session: Session, run_id: int) -> ImportRun:
    """The run of that number, which must be held; raises RunError."""
    run = run_numbered(session, run_id)
    if run.state != RunState.HELD:
        raise RunError(
            Sentence(
                "run %(number)s is %(state)s; only a held run can be approved or discarded",
                number=run_id,
                state=RunState(run.state).plain,
            )
        )
    return run


def discard(session: Session, run_id: int, decision: Decision) -> ImportRun:
    """Decide against a held run; its file and its report stay. Raises RunError."""
    decision.check()
    run = held_run(session, run_id)
    decided(run, RunState.DISCARDED, decision)
    return run


def decided(run: ImportRun, state: RunState, decision: Decision) -> None:
    """Note on a run what was decided, by whom and why."""
    run.state = state
    run.decided_by, run.decision_reason = decision.by.strip(), decision.reason.strip()
    run.decided_at = dt.datetime.now(dt.UTC)


def newest_runs(session: Session, count: int) -> list[ImportRun]:
    """The newest runs, newest first."""
    return list(session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(count)))
