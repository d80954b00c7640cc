"""Undo: a published run taken back, as if it had never been; what people found out since stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import MetaData, Table, delete, or_, select, update
from sqlalchemy.orm import Session

from directory.catalogue.models import DoubtfulMatch, Facility, ImportRun, Listing
from directory.catalogue.placing import PlaceFinder
from directory.catalogue.publish import placer
from directory.catalogue.redraw import FACILITY, LISTING, portions, redraw, redraw_withdrawn
from directory.catalogue.run import Decision, RunError, RunState, decided, run_numbered
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.sentence import Sentence


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back: `run_id` is the run that records it. Listings and facilities are counts."""

    run_id: int
    undone: int
    listings_removed: int
    listings_restored: int
    facilities_removed: int
    facilities_redrawn: int

    def as_text(self) -> str:
        """One line for a terminal."""
        return (
            f"Run {self.undone} is taken back (run {self.run_id}): {self.listings_removed:,} listings removed, "
            f"{self.listings_restored:,} restored, {self.facilities_removed:,} facilities gone that it had brought, "
            f"{self.facilities_redrawn:,} drawn anew."
        )


def undo(
    catalogue: Catalogue,
    run_id: int,
    decision: Decision,
    gazetteer: PlaceFinder,
    settings: Settings,
    *,
    before_commit: Callable[[Session], None] | None = None,
) -> UndoReport:
    """Take a published run back, wholly or not at all. Raises RunError where it cannot be.

    Only the newest published run of its source can be taken back, the later ones first; and any that filled in history.
    Its listings go, those it
    ended stand again, and the facilities it brought go too, unless another source lists them or somebody wrote
    something about them (a referral, a verification …): those are withdrawn instead.
    `before_commit` is shown the catalogue as it will be.
    """
    decision.check()
    with catalogue.writing(alone=True) as session:
        run = _undoable(session, run_id)
        ours, ended = LISTING.c.first_run_id == run_id, LISTING.c.ended_run_id == run_id
        touched = _touched(session, run)
        born = set(session.scalars(select(FACILITY.c.id).where(FACILITY.c.first_run_id == run_id)))
        record = _recorded(session, run, decision)
        _forget_doubts(session, run)
        removed = session.connection().execute(delete(Listing).where(ours)).rowcount
        restored = session.connection().execute(update(Listing).where(ended).values(ended_run_id=None)).rowcount
        gone = _remove(session, born)
        place_of = placer(session, gazetteer, settings, asks=True)
        drawn = redraw(session, record.id, touched - gone, place_of)
        redraw_withdrawn(session, record.id, touched - gone - set(drawn.columns), place_of)
        record.finished_at = dt.datetime.now(dt.UTC)
        if before_commit is not None:
            session.flush()
            before_commit(session)
        return UndoReport(record.id, run_id, removed, restored, len(gone), len(touched - gone))


def _undoable(session: Session, run_id: int) -> ImportRun:
    run = run_numbered(session, run_id)
    if run.state == RunState.HISTORY:
        return run
    if run.state != RunState.PUBLISHED:
        raise RunError(
            Sentence(
                "run %(number)s is %(state)s; only a published run can be taken back",
                number=run_id,
                state=RunState(run.state).plain,
            )
        )
    later = session.scalars(
        select(ImportRun.id)
        .where(ImportRun.source_id == run.source_id, ImportRun.id > run_id, ImportRun.state == RunState.PUBLISHED)
        .order_by(ImportRun.id.desc())
    ).all()
    if later:
        numbers = ", ".join(map(str, later))
        raise RunError(
            Sentence(
                "run %(number)s is not the newest of %(source)s; take back first: %(later)s",
                number=run_id,
                source=run.source_id,
                later=numbers,
            )
        )
    return run


def _touched(session: Session, run: ImportRun) -> set[int]:
    """The facilities that may look otherwise without the run; of one that filled in history, those drawn from it."""
    if run.state == RunState.HISTORY:
        return set(session.scalars(select(FACILITY.c.id).where(FACILITY.c.withdrawn_run_id == run.id)))
    own = or_(LISTING.c.first_run_id == run.id, LISTING.c.ended_run_id == run.id)
    return set(session.scalars(select(LISTING.c.facility_id).where(own))) | _shared(session, run.source_id)


def _shared(session: Session, source_id: str) -> set[int]:
    """Facilities that this source lists and another too: its older edition may change which of them is believed."""
    current = select(LISTING.c.facility_id).where(LISTING.c.ended_run_id.is_(None))
    ours = set(session.scalars(current.where(LISTING.c.source_id == source_id)))
    return ours.intersection(session.scalars(current.where(LISTING.c.source_id != source_id)))


def _recorded(session: Session, run: ImportRun, decision: Decision) -> ImportRun:
    """The run that records the taking back, so that whoever looks for changes (the index) finds them."""
    decided(run, RunState.UNDONE, decision)
    record = ImportRun(
        source_id=run.source_id,
        edition=run.edition,
        file_name=run.file_name,
        file_sha256=run.file_sha256,
        started_at=dt.datetime.now(dt.UTC),
        state=RunState.UNDO,
        undoes_run_id=run.id,
    )
    session.add(record)
    session.flush()
    return record


def _forget_doubts(session: Session, run: ImportRun) -> None:
    """Doubts of the run that nobody judged, and those in which it only repeated what was judged before it."""
    unjudged = or_(DoubtfulMatch.decision.is_(None), DoubtfulMatch.repeats_id.is_not(None))
    session.execute(delete(DoubtfulMatch).where(DoubtfulMatch.run_id == run.id, unjudged))


def _remove(session: Session, born: set[int]) -> set[int]:
    """Delete the facilities that nothing refers to any longer; returns their ids."""
    gone = born - _referred_to(session, born)
    for some in portions(sorted(gone)):
        either = or_(DoubtfulMatch.facility_id.in_(some), DoubtfulMatch.other_facility_id.in_(some))
        session.execute(delete(DoubtfulMatch).where(either))
        session.execute(delete(Facility).where(FACILITY.c.id.in_(some)))
    return gone


def _referred_to(session: Session, facility_ids: Iterable[int]) -> set[int]:
    # Client records live in rooms above this one: which tables refer to facilities is asked of the database itself.
    metadata = MetaData()
    metadata.reflect(session.connection())
    judged = select(DoubtfulMatch).where(DoubtfulMatch.decision.is_not(None))
    found = {i for pair in session.scalars(judged) for i in (pair.facility_id, pair.other_facility_id)}
    for table in metadata.sorted_tables:
        if table.name != DoubtfulMatch.__tablename__:
            for some in portions(sorted(facility_ids)):
                found |= _named_in(session, table, some)
    return found


def _named_in(session: Session, table: Table, facility_ids: Iterable[int]) -> set[int]:
    columns = [key.parent for key in table.foreign_keys if key.column.table.name == FACILITY.name]
    return {i for column in columns for i in session.scalars(select(column).where(column.in_(facility_ids)))}
