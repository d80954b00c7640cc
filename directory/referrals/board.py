"""Board: all referrals that somebody must look after, the most overdue first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from directory.accounts.models import Person
from directory.referrals.client import open_facts
from directory.referrals.consent import consent_statuses
from directory.referrals.day import center_day
from directory.referrals.models import Choice, Client, Referral
from directory.referrals.records import Records
from directory.referrals.states import State

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A referral on the board. `consent` is "live", "expired", "revoked", "verbal only" or "none", for its clinic."""

    id: int
    client_id: int
    version: int
    initials: str
    reference: str
    need: tuple[str, ...]
    urgency: str
    clinic: str
    choice_id: int | None
    state: State
    consent: str
    due_on: dt.date | None
    overdue: bool
    assigned_to: int
    assigned_name: str
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Board:
    """A page of the board. `counts` has every state; `open`, `overdue` and `total` count referrals."""

    counts: dict[State, int]
    overdue: int
    rows: tuple[BoardRow, ...]
    total: int
    page: int = 1
    pages: int = 1
    overdue_by_state: dict[State, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many are not closed."""
        return sum(count for state, count in self.counts.items() if state is not State.CLOSED)


def board(
    records: Records,
    *,
    state: State | str | Sequence[State] | None = None,
    mine: int | None = None,
    overdue: bool = False,
    page: int = 1,
) -> Board:
    """A page of referrals: of one state or several, or all that are open; `mine` is a person's id, theirs only.

    Pages count from 1; one beyond the last shows the last.
    """
    wanted = _states(state)
    today = center_day(records)
    counts, late = _counts(records, mine, today)
    asked = late if overdue else counts
    total = (
        sum(asked[one] for one in wanted)
        if wanted
        else sum(count for one, count in asked.items() if one is not State.CLOSED)
    )
    pages = max(1, -(-total // ROWS_A_PAGE))
    shown = min(max(page, 1), pages)
    rows = _rows(records, wanted, mine, today if overdue else None, shown)
    board_rows = _opened(records, rows, today)
    subjects = {f"referral:{row.id}" for row in board_rows} | {f"client:{row.client_id}" for row in board_rows}
    records.note("board read", *subjects, state=" ".join(wanted) or "open", page=shown)
    return Board(counts, sum(late.values()), board_rows, total, shown, pages, late)


def _states(asked: State | str | Sequence[State] | None) -> tuple[State, ...]:
    if not asked:
        return ()
    return (State(asked),) if isinstance(asked, str) else tuple(asked)


def _counts(records: Records, mine: int | None, today: dt.date) -> tuple[dict[State, int], dict[State, int]]:
    late = func.sum(case((Referral.due_on < today, 1), else_=0))
    found = select(Referral.state, func.count(), late).group_by(Referral.state)
    if mine is not None:
        found = found.where(Referral.assigned_to == mine)
    counts, overdue = dict.fromkeys(State, 0), dict.fromkeys(State, 0)
    for state, count, count_late in records.session.execute(found):
        counts[State(state)], overdue[State(state)] = count, int(count_late or 0)
    return counts, overdue


def _rows(
    records: Records, states: Sequence[State], mine: int | None, due_before: dt.date | None, page: int
) -> list[tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = []
    if states:
        conditions.append(Referral.state.in_([one.value for one in states]))
    else:
        # Only closed referrals are due never, and the index on due dates passes them over.
        conditions.append(Referral.due_on.is_not(None))
    if mine is not None:
        conditions.append(Referral.assigned_to == mine)
    if due_before is not None:
        conditions.append(Referral.due_on < due_before)
    order = (Referral.id.desc(),) if State.CLOSED in states else (Referral.due_on, Referral.id)
    of_page = (
        select(Referral.id).where(*conditions).order_by(*order).limit(ROWS_A_PAGE).offset((page - 1) * ROWS_A_PAGE)
    )
    found = (
        select(Referral, Client, Choice.name, Person.name)
        .join(Client, Client.id == Referral.client_id)
        .join(Person, Person.id == Referral.assigned_to)
        .outerjoin(Choice, Choice.id == Referral.choice_id)
        .where(Referral.id.in_(of_page.scalar_subquery()))
        .order_by(*order)
    )
    return [tuple(row) for row in records.session.execute(found)]


def _opened(records: Records, rows: list[tuple[Any, ...]], today: dt.date) -> tuple[BoardRow, ...]:
    consents = consent_statuses(records, [referral.choice_id for referral, *_ in rows if referral.choice_id])
    return tuple(_row(records, *row, consents=consents, today=today) for row in rows)


def _row(
    records: Records,
    referral: Referral,
    client: Client,
    clinic: str | None,
    person: str,
    *,
    consents: dict[int, str],
    today: dt.date,
) -> BoardRow:
    purged = referral.purged_on is not None
    known = None if purged or client.purged_on is not None else open_facts(records, client)
    asked = {} if purged else records.keyring.open(f"referral:{referral.uid}", referral.sealed)
    return BoardRow(
        id=referral.id,
        client_id=referral.client_id,
        version=referral.version,
        initials=known.initials if known else "",
        reference=known.reference if known else "",
        need=tuple(asked.get("need", ())),
        urgency=asked.get("urgency", ""),
        clinic=clinic or "",
        choice_id=referral.choice_id,
        state=State(referral.state),
        consent=consents.get(referral.choice_id or 0, "none"),
        due_on=referral.due_on,
        overdue=referral.due_on is not None and referral.due_on < today,
        assigned_to=referral.assigned_to,
        assigned_name=person,
        changed_at=referral.changed_at,
    )
