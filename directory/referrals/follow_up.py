"""Follow-up: which referrals somebody should look at again, and a daily e-mail that says how many."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import case, func, select

from directory.accounts.audit import SYSTEM
from directory.accounts.models import Person
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.referrals.consent import end_expired
from directory.referrals.day import center_day
from directory.referrals.models import Choice, Referral
from directory.referrals.outbox import queue
from directory.referrals.records import Records, open_records
from directory.referrals.states import State

BOARD = "/staff?mine=1"
SUBJECT = "Your follow-ups for today"
TEXT = """\
Good morning,

{counts}

Open your board:
{address}

This e-mail comes once a day, and only when there is something to do.
"""
_LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A referral that is due; `late` is by how many days. No client's fact: the board shows these."""

    referral_id: int
    state: State
    clinic: str
    assigned_to: int
    due_on: dt.date
    late: int


def due_list(records: Records, person_id: int | None = None, limit: int = _LONGEST_LIST) -> list[FollowUp]:
    """Referrals due today or before, of a person or of everybody; those overdue longest come first."""
    today = center_day(records)
    rows = (
        select(Referral, Choice.name)
        .outerjoin(Choice, Choice.id == Referral.choice_id)
        .where(Referral.due_on <= today, Referral.closed_at.is_(None), Referral.purged_on.is_(None))
        .order_by(Referral.due_on, Referral.id)
        .limit(limit)
    )
    if person_id is not None:
        rows = rows.where(Referral.assigned_to == person_id)
    due = [
        FollowUp(one.id, State(one.state), clinic or "", one.assigned_to, one.due_on, (today - one.due_on).days)
        for one, clinic in records.session.execute(rows)
        if one.due_on is not None
    ]
    if due:
        records.note("follow-ups read", *(f"referral:{one.referral_id}" for one in due))
    return due


def remind(catalogue: Catalogue, keyring: Keyring, settings: Settings, now: dt.datetime | None = None) -> int:
    """Queue today's e-mail for each person with something due; how many are new. Safe to run any number of times.

    Consents that ran out since are taken note of first: what awaits a new one is due.
    """
    with open_records(catalogue, keyring, settings, SYSTEM) as opened:
        records = replace(opened, now=now or opened.now)
        end_expired(records)
        today = center_day(records)
        queued = [_queue(records, person, overdue, due, today) for person, overdue, due in _counts(records, today)]
    return sum(queued)


def _counts(records: Records, today: dt.date) -> list[tuple[Person, int, int]]:
    overdue = func.sum(case((Referral.due_on < today, 1), else_=0))
    rows = (
        select(Person, overdue, func.count())
        .join(Referral, Referral.assigned_to == Person.id)
        .where(Person.active, Referral.due_on <= today, Referral.closed_at.is_(None), Referral.purged_on.is_(None))
        .group_by(Person.id)
        .order_by(Person.id)
    )
    return [(person, int(late), int(due)) for person, late, due in records.session.execute(rows)]


def _queue(records: Records, person: Person, overdue: int, due: int, today: dt.date) -> bool:
    lines = []
    if overdue:
        lines.append(f"{overdue} {_referrals(overdue)} overdue.")
    if due > overdue:
        lines.append(f"{due - overdue} {_referrals(due - overdue)} due today.")
    address = records.settings.center.address.rstrip("/") + BOARD
    text = TEXT.format(counts="\n".join(lines), address=address)
    return queue(records, f"digest:{person.id}:{today}", person.email, SUBJECT, text) is not None


def _referrals(count: int) -> str:
    return "referral is" if count == 1 else "referrals are"
