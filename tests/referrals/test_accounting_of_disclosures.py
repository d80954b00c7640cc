from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_outcomes import a_past_referral
from made_up_people import NOON
from sqlalchemy import select

from directory.accounts.audit import AuditEntry, record_waiting
from directory.csv_text import csv_text
from directory.referrals.accounting import NoClientError, accounting, accounting_csv
from directory.referrals.packet import DisclosureRow
from directory.referrals.records import Records


def test_every_disclosure_of_a_client_is_told_oldest_first(records: Records, clinics: list[int]) -> None:
    made = a_past_referral(records, clinics[0], sent=NOON)
    a_past_referral(records, clinics[1], sent=NOON - dt.timedelta(days=9), client=made.client)
    a_past_referral(records, clinics[2], sent=NOON)
    found = accounting(records, made.client.id)
    assert [(row.on, row.recipient) for row in found.rows] == [
        (dt.date(2026, 11, 14), f"Clinic {clinics[1]}"),
        (dt.date(2026, 11, 23), f"Clinic {clinics[0]}"),
    ]
    assert (found.rows[0].what, found.rows[0].why, found.rows[0].how) == ("the letter", "treatment", "fax")


def test_reading_the_accounting_stands_in_the_trail(records: Records, clinics: list[int]) -> None:
    made = a_past_referral(records, clinics[0], sent=NOON)
    accounting(records, made.client.id)
    record_waiting(records.session)
    last = records.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (last.action, last.subjects) == ("accounting read", f"client:{made.client.id} disclosure:1")


def test_a_disclosure_late_in_the_evening_counts_to_the_centers_day(records: Records, clinics: list[int]) -> None:
    made = a_past_referral(records, clinics[0], sent=dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC))
    assert accounting(records, made.client.id).rows[0].on == dt.date(2026, 11, 23)


def test_a_clinics_name_is_never_a_formula() -> None:
    row = DisclosureRow(dt.date(2026, 11, 23), '=HYPERLINK("x")', "+1 Nonesuch", "-what", "@why", "fax")
    cells = next(csv.DictReader(io.StringIO(accounting_csv([row]))))
    assert cells["recipient"] == '\'=HYPERLINK("x")'
    assert all(cell[0] not in "=+-@" for cell in cells.values())


@pytest.mark.parametrize("sign", ["＝", "＋", "－", "＠", "\u200b=", "\ufeff=", "\xa0=", "\n\u2060@", "\x0b-"])
def test_a_formula_that_hides_behind_another_sign_is_none_either(sign: str) -> None:
    assert csv_text([[f"{sign}SUM(A1)"]]).lstrip('"').startswith("'")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_no_cell_begins_as_a_formula_and_none_is_lost(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(csv_text([cells]), newline=""))
    assert len(read) == len(cells)
    for cell, kept in zip(cells, read, strict=True):
        assert kept.removeprefix("'") == cell.removeprefix("'")
        assert not kept.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_there_is_no_accounting_of_nobody(records: Records) -> None:
    with pytest.raises(NoClientError, match="no client 404"):
        accounting(records, 404)
