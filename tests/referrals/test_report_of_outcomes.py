from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from made_up_outcomes import CANARY, a_past_referral
from made_up_people import NOON

from directory.catalogue.models import VerificationTask
from directory.referrals.records import Records
from directory.referrals.report import WITHHELD, Reached, ReportError, report, report_csv
from directory.referrals.withholding import FEWEST, Sum, withheld

OCTOBER = dt.datetime(2026, 10, 12, 15, tzinfo=dt.UTC)
YEAR = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def test_each_referral_counts_as_far_as_it_came(records: Records, clinics: list[int]) -> None:
    a_past_referral(records, clinics[0], sent=NOON, answer="accepted", hours=4, booked=True, attended=True)
    a_past_referral(records, clinics[0], sent=NOON, answer="accepted", hours=8, booked=True)
    a_past_referral(records, clinics[0], sent=NOON, answer="accepted", hours=30)
    a_past_referral(records, clinics[0], sent=NOON, answer="declined", reason="no_capacity", hours=2)
    a_past_referral(records, clinics[0], sent=NOON)
    whole = report(records, *YEAR).whole
    assert whole.sent == 5
    assert [whole.reached(step) for step in (Reached.ACCEPTED, Reached.BOOKED, Reached.ATTENDED)] == [3, 2, 1]
    assert (whole.counts[Reached.DECLINED], whole.counts[Reached.WAITING]) == (1, 1)
    assert whole.median_hours == 6


def test_lines_by_month_clinic_and_coverage_add_up_to_the_whole(records: Records, clinics: list[int]) -> None:
    chance = random.Random(3)
    for number in range(40):
        answer = chance.choice(["", "accepted", "declined", "no answer"])
        a_past_referral(
            records,
            chance.choice(clinics),
            sent=chance.choice([NOON, OCTOBER]),
            answer=answer,
            reason="coverage" if answer == "declined" else "",
            coverage=chance.choice(["MD", "PI"]),
            hours=number,
        )
    found = report(records, *YEAR)
    for table in found.tables:
        assert sum(line.sent for line in table.lines) == 40
        for step in Reached:
            assert sum(line.counts[step] for line in table.lines) == found.whole.counts[step]
    assert [line.name for line in found.tables[0].lines] == ["2026-10", "2026-11"]
    for step, reasons in found.why.items():
        assert sum(reasons.values()) == found.whole.counts[step]


def test_why_it_ended_badly_is_told_by_reason_a_missed_visit_among_them(records: Records, clinics: list[int]) -> None:
    a_past_referral(records, clinics[0], sent=NOON, answer="declined", reason="coverage")
    a_past_referral(records, clinics[0], sent=NOON, answer="no answer", reason="voicemail")
    a_past_referral(records, clinics[0], sent=NOON, answer="accepted", booked=True, attended=True, missed="cost")
    a_past_referral(records, clinics[1], sent=NOON, answer="accepted", booked=True, missed="transport")
    found = report(records, *YEAR)
    told = {step: {reason for reason, count in reasons.items() if count} for step, reasons in found.why.items()}
    assert told == {
        Reached.DECLINED: {"Does not take the coverage"},
        Reached.NO_ANSWER: {"Only voicemail"},
        Reached.MISSED: {"No way to get there"},
    }
    assert (found.whole.counts[Reached.MISSED], found.whole.reached(Reached.BOOKED)) == (1, 2)


def test_the_days_asked_for_are_the_centers(records: Records, clinics: list[int]) -> None:
    a_past_referral(records, clinics[0], sent=dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC))
    assert report(records, dt.date(2026, 10, 31), dt.date(2026, 10, 31)).whole.sent == 1
    assert report(records, dt.date(2026, 11, 1), dt.date(2026, 11, 30)).whole.sent == 0


def test_wrong_listings_are_counted_once_a_clinic(records: Records, clinics: list[int]) -> None:
    for clinic in (clinics[0], clinics[0], clinics[1]):
        task = VerificationTask(facility_id=clinic, why="no longer offers ketamine", told_by="clinic", opened_at=NOON)
        records.session.add(task)
    records.session.flush()
    assert report(records, *YEAR).wrong_listings == 2


def test_the_export_names_nobody_and_no_figure_under_five(records: Records, clinics: list[int]) -> None:
    for number in range(23):
        answer = "accepted" if number % 3 else "declined"
        reason = "" if number % 3 else "clinical"
        a_past_referral(records, clinics[number % 4], sent=NOON, answer=answer, reason=reason, hours=number)
    written = report_csv(report(records, *YEAR))
    assert CANARY not in written
    rows = [row for row in csv.reader(io.StringIO(written)) if row]
    figures = [cell for row in rows for cell in row[2:] if cell.isdigit()]
    assert figures
    assert all(int(cell) >= FEWEST for cell in figures)
    assert any(WITHHELD in row for row in rows)


def test_the_first_day_comes_first(records: Records) -> None:
    with pytest.raises(ReportError, match="first day comes first"):
        report(records, dt.date(2026, 2, 1), dt.date(2026, 1, 1))


def sums_of(rows: int, columns: int) -> list[Sum[tuple[int, int]]]:
    """A table of cells whose first column sums up its line, and whose first line sums up its column."""
    lines: list[Sum[tuple[int, int]]] = [((r, 0), tuple((r, c) for c in range(1, columns))) for r in range(rows)]
    return lines + [((0, c), tuple((r, c) for r in range(1, rows))) for c in range(columns)]


def table(inner: list[list[int]]) -> dict[tuple[int, int], int]:
    counts = {(r, c): value for r, row in enumerate(inner, 1) for c, value in enumerate(row, 1)}
    height, width = len(inner), len(inner[0])
    counts |= {(r, 0): sum(inner[r - 1]) for r in range(1, height + 1)}
    counts |= {(0, c): sum(row[c - 1] for row in inner) for c in range(1, width + 1)}
    return counts | {(0, 0): sum(map(sum, inner))}


def solutions(counts: dict[tuple[int, int], int], hidden: set[tuple[int, int]], most: int) -> list[dict]:
    """Every table of two lines and two columns that tells the same of what is told."""
    found = []
    for a, b, c, d in itertools.product(range(most + 1), repeat=4):
        other = table([[a, b], [c, d]])
        if all(other[cell] == counts[cell] for cell in counts if cell not in hidden):
            found.append(other)
    return found


@how(max_examples=150)
@given(st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_no_small_figure_can_be_worked_out_from_what_is_told(values: list[int]) -> None:
    counts = table([values[:2], values[2:]])
    hidden = withheld(counts, sums_of(3, 3))
    assert all(cell in hidden for cell, count in counts.items() if count < FEWEST)
    possible = solutions(counts, hidden, 16)
    for cell in hidden:
        if counts[cell] < FEWEST:
            assert len({other[cell] for other in possible}) > 1, (counts, hidden, cell)


@given(st.lists(st.lists(st.integers(5, 90), min_size=3, max_size=3), min_size=2, max_size=6))
def test_nothing_is_withheld_where_nothing_is_small(inner: list[list[int]]) -> None:
    assert withheld(table(inner), sums_of(len(inner) + 1, 4)) == set()


def test_a_lonely_small_figure_takes_others_with_it() -> None:
    counts = table([[2, 30], [20, 40]])
    hidden = withheld(counts, sums_of(3, 3))
    assert {(1, 1), (1, 2), (2, 1), (2, 2)} <= hidden or len(hidden) > 3
