from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from made_up_people import NEED, NOON, OpenRecords, a_referral, a_signed_consent
from sqlalchemy import event, insert

from directory.accounts.audit import head, record_waiting
from directory.accounts.models import Person
from directory.catalogue.session import Catalogue
from directory.referrals.board import ROWS_A_PAGE, board
from directory.referrals.client import client_document
from directory.referrals.clinic_record import clinic_records
from directory.referrals.consent import consent_statuses
from directory.referrals.models import Referral
from directory.referrals.outbox import messages_of
from directory.referrals.records import Records
from directory.referrals.referral import ReferralError, move, open_referral, start_referral
from directory.referrals.states import Event, State
from directory.referrals.timeline import timeline


@contextmanager
def statements(catalogue: Catalogue) -> Iterator[list[str]]:
    """Every statement that is sent in the block."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    event.listen(catalogue.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(catalogue.engine, "before_cursor_execute", hear)


def test_a_row_says_who_what_where_and_how_consent_stands(records: Records, clinics: list[int]) -> None:
    referral = a_referral(records, clinics[:2])
    a_signed_consent(records, referral.choice_id or 0)
    (row,) = board(records).rows
    assert (row.initials, row.reference, row.need, row.clinic) == ("Q. V.", "R-7", ("KIT",), "Quokka Infusion Center")
    assert (row.state, row.consent, row.overdue, row.assigned_name) == (State.READY, "live", False, "Ada Nobody")


def test_overdue_comes_first_and_closed_is_not_shown(records: Records, clinics: list[int]) -> None:
    late, ready, closed = (a_referral(records, clinics[:1]) for _ in range(3))
    a_signed_consent(records, ready.choice_id or 0)
    move(records, closed.id, 1, Event.CLOSE, outcome="changed_mind")
    late.due_on = dt.date(2026, 11, 1)
    shown = board(records)
    assert [(row.id, row.overdue) for row in shown.rows] == [(late.id, True), (ready.id, False)]
    assert (shown.total, shown.open, shown.overdue, shown.counts[State.CLOSED]) == (2, 2, 1, 1)
    assert [row.id for row in board(records, state="closed").rows] == [closed.id]
    assert [row.id for row in board(records, overdue=True).rows] == [late.id]
    assert board(records, mine=999).rows == ()


@pytest.mark.parametrize("state", [None, State.DRAFT, State.CLOSED])
@pytest.mark.parametrize("mine", [False, True])
def test_a_page_takes_at_most_ten_statements(
    catalogue: Catalogue, records: Records, clinics: list[int], state: State | None, mine: bool
) -> None:
    first = a_referral(records, clinics[:1])
    copied = {name: getattr(first, name) for name in ("client_id", "sealed", "assigned_to", "created_by", "choice_id")}
    when = {"created_at": NOON, "changed_at": NOON, "outcome": "", "version": 1, "due_on": NOON.date()}
    again = [copied | when | {"uid": f"copy-{number}", "state": "draft"} for number in range(2 * ROWS_A_PAGE)]
    for values in again:
        values["sealed"] = records.keyring.seal(f"referral:{values['uid']}", {"need": ["KIT"]})
    records.session.execute(insert(Referral), again)
    records.session.expunge_all()
    with statements(catalogue) as heard:
        shown = board(records, state=state, mine=first.assigned_to if mine else None, page=2)
        record_waiting(records.session)
    assert len(shown.rows) == (0 if state is State.CLOSED else ROWS_A_PAGE)
    assert 0 < len(heard) <= 10


def test_a_referral_with_everything_of_it_takes_at_most_ten_statements(
    catalogue: Catalogue, recording: OpenRecords, clinics: list[int]
) -> None:
    with recording() as records:
        first = a_referral(records, clinics)
        a_signed_consent(records, first.choice_id or 0)
        move(records, first.id, first.version, Event.SEND)
        start_referral(records, first.client_id, NEED, clinics[:2], despite_duplicates=True)
    with statements(catalogue) as heard, recording() as records:
        document = open_referral(records, first.id)
        known = client_document(records, first.client_id)
        statuses = consent_statuses(records, [choice.id for choice in document.choices])
        answered = clinic_records(records.session, clinics)
        lines = timeline(records, first.id)
        mail = messages_of(records.session, document.current.id if document.current else 0)
        person = records.session.get(Person, document.referral.assigned_to)
    said = [statement for statement in heard if not statement.startswith("BEGIN")]
    # A page asks besides whose session it is, and which documents there are.
    assert 0 < len(said) <= 8
    assert ([referral.clinic for referral in known.referrals], mail) == (["Quokka Infusion Center"] * 2, [])
    assert list(statuses.values()) == ["live", "none", "none", "none"]
    assert (answered[clinics[0]].sent, lines[0].who, person and person.name) == (1, "Ada Nobody", "Ada Nobody")


def test_nothing_is_shown_without_its_entries(catalogue: Catalogue, recording: OpenRecords, clinics: list[int]) -> None:
    with recording() as records:
        number = a_referral(records, clinics[:1]).id
    with catalogue.reading() as session:
        before = head(session).entries
    with pytest.raises(ReferralError):
        _read_what_is_not_there(recording, number)
    with catalogue.reading() as session:
        assert head(session).entries == before
    with recording() as records:
        timeline(records, number)
        open_referral(records, number)
    with catalogue.reading() as session:
        assert head(session).entries == before + 2


def _read_what_is_not_there(recording: OpenRecords, number: int) -> None:
    with recording() as records:
        timeline(records, number)
        open_referral(records, number + 1)
