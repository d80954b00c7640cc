"""Report: what came of the referrals sent in a time, by month, clinic and coverage, told without a single person.

What is counted is a referral with one clinic. Each stands in exactly one column, the furthest it came to; the columns
add up to those sent.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from directory.catalogue.models import VerificationTask
from directory.csv_text import csv_text
from directory.errors import SaidError
from directory.referrals.models import Choice, Referral, ReferralEvent
from directory.referrals.needs import UNKNOWN, options, reason_words
from directory.referrals.records import Records
from directory.referrals.states import Event
from directory.referrals.withholding import FEWEST, Sum, withheld
from directory.sentence import Sentence

MOST = 50_000
_PORTION = 1000
WITHHELD = f"under {FEWEST}, or withheld beside it"


class ReportError(SaidError):
    """The time asked for cannot be reported on; the message names the field."""


class Reached(StrEnum):
    """How far a referral came with a clinic. Each counts once."""

    WAITING = "waiting"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    BOOKED = "booked"
    MISSED = "missed"
    ATTENDED = "attended"

    @property
    def plain(self) -> str:
        """As the heading of a column says it."""
        return _PLAIN[self]


_PLAIN = {
    Reached.WAITING: "waiting for an answer",
    Reached.NO_ANSWER: "no answer",
    Reached.DECLINED: "declined",
    Reached.ACCEPTED: "accepted, not booked yet",
    Reached.BOOKED: "booked, not attended yet",
    Reached.MISSED: "booked, did not attend",
    Reached.ATTENDED: "attended",
}
# Where something ended badly, the event whose reasons say why.
WHY = {Reached.DECLINED: Event.DECLINE, Reached.NO_ANSWER: Event.NO_ANSWER, Reached.MISSED: Event.MISS}
_OTHER = "other"
_GONE = {"en": "not kept any more", "es": "ya no se conserva"}


@dataclass(slots=True)
class Line:
    """One line of a table: how many came how far, and the hours until each clinic's first answer."""

    name: str
    counts: dict[Reached, int] = field(default_factory=lambda: dict.fromkeys(Reached, 0))
    hours: list[float] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """All that were sent."""
        return sum(self.counts.values())

    @property
    def median_hours(self) -> float | None:
        """Half of the answers came within so many hours; None where none came."""
        return statistics.median(self.hours) if self.hours else None

    def reached(self, least: Reached) -> int:
        """How many were accepted, booked or attended, those that came further among them."""
        return sum(self.counts[step] for step in list(Reached)[list(Reached).index(least) :])


@dataclass(frozen=True, slots=True)
class Table:
    """Lines by month, clinic or coverage; they add up to the whole of the report."""

    by: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the referrals sent from one day to another, both within.

    `why` has, for each bad end, how many came to it by reason; `wrong_listings` counts clinics.
    """

    since: dt.date
    until: dt.date
    whole: Line
    tables: list[Table]
    why: dict[Reached, dict[str, int]]
    wrong_listings: int


@dataclass(frozen=True, slots=True)
class _Sent:
    referral_id: int
    facility_id: int
    clinic: str
    month: str
    reached: Reached
    reason: str
    hours: float | None


def report(records: Records, since: dt.date, until: dt.date, language: str = "en") -> Report:
    """Count what came of the referrals sent in a time, reasons and coverages in a language. Raises ReportError."""
    if since > until:
        raise ReportError(
            Sentence("%(since)s is after %(until)s; the first day comes first", since=since, until=until), "from"
        )
    zone = ZoneInfo(records.settings.center.time_zone)
    begin = dt.datetime.combine(since, dt.time(), zone).astimezone(dt.UTC)
    end = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
    sent = _sent(records, begin, end, zone)
    coverages = _coverages(records, {one.referral_id for one in sent}, language)
    records.note("report read", since=str(since), until=str(until), referrals=len(coverages))
    return Report(
        since,
        until,
        _line("all", sent),
        [
            Table("month", _lines(sent, lambda one: one.month)),
            Table("clinic", _lines(sent, _clinics_apart(sent))),
            Table("coverage", _lines(sent, lambda one: coverages[one.referral_id])),
        ],
        {step: _reasons(sent, step, language) for step in WHY},
        records.session.scalar(
            select(func.count(VerificationTask.facility_id.distinct())).where(
                VerificationTask.opened_at >= begin, VerificationTask.opened_at < end
            )
        )
        or 0,
    )


def report_csv(found: Report) -> str:
    """The report without identities, as CSV: what could count out a few people is withheld, as `withholding` says."""
    counts, sums = _cells(found)
    hidden = withheld(counts, sums)

    def told(cell: tuple[str, str, str]) -> str:
        return WITHHELD if cell in hidden else str(counts[cell])

    heading = ["table", "line", "sent", *(step.plain for step in Reached), "median hours to the first answer"]
    written: list[list[str]] = [heading]
    for by, line in [("all", found.whole), *((table.by, line) for table in found.tables for line in table.lines)]:
        cells = [told((by, line.name, column)) for column in ("sent", *Reached)]
        written.append([by, line.name, *cells, _median_told(line)])
    for step, reasons in found.why.items():
        written += [[], ["table", "line", step.plain]]
        written += [[f"why {step.plain}", reason, told((f"why {step}", reason, step))] for reason in reasons]
    few = found.wrong_listings < FEWEST
    written += [[], ["wrong listings found", WITHHELD if few else str(found.wrong_listings)]]
    return csv_text(written)


def _median_told(line: Line) -> str:
    if len(line.hours) < FEWEST:
        return WITHHELD
    return f"{line.median_hours:.1f}"


def _cells(found: Report) -> tuple[dict[tuple[str, str, str], int], list[Sum[tuple[str, str, str]]]]:
    """Every figure of the export and what it is the sum of: the columns of its line, the lines of its table."""
    counts: dict[tuple[str, str, str], int] = {}
    sums: list[Sum[tuple[str, str, str]]] = []
    for by, line in [("all", found.whole), *((table.by, line) for table in found.tables for line in table.lines)]:
        counts[by, line.name, "sent"] = line.sent
        counts |= {(by, line.name, step): line.counts[step] for step in Reached}
        sums.append(((by, line.name, "sent"), tuple((by, line.name, step) for step in Reached)))
    for table in found.tables:
        for column in ("sent", *Reached):
            parts = tuple((table.by, line.name, column) for line in table.lines)
            sums.append((("all", "all", column), parts))
    for step, reasons in found.why.items():
        counts |= {(f"why {step}", reason, step): count for reason, count in reasons.items()}
        sums.append((("all", "all", step), tuple((f"why {step}", reason, step) for reason in reasons)))
    return counts, sums


def _sent(records: Records, begin: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> list[_Sent]:
    within = Choice.sent_at >= begin, Choice.sent_at < end
    visits = _visits(records, *within)
    rows = records.session.execute(
        select(
            Choice.id,
            Choice.referral_id,
            Choice.facility_id,
            Choice.name,
            Choice.sent_at,
            Choice.answered_at,
            Choice.answer,
            Choice.reason,
            Choice.attended_on,
        )
        .where(*within)
        .order_by(Choice.sent_at, Choice.id)
        .limit(MOST + 1)
    ).all()
    if len(rows) > MOST:
        raise ReportError(
            Sentence("more than %(most)s referrals were sent in this time; choose a shorter one", most=f"{MOST:,}"),
            "from",
        )
    return [
        _Sent(
            referral_id,
            facility_id,
            name,
            went.astimezone(zone).strftime("%Y-%m"),
            _reached(answer, attended_on is not None, visits.get(number, ("", ""))[0]),
            visits[number][1] if number in visits and visits[number][0] == Event.MISS else reason,
            (answered_at - went).total_seconds() / 3600 if answered_at and answered_at >= went else None,
        )
        for number, referral_id, facility_id, name, went, answered_at, answer, reason, attended_on in rows
        if went
    ]


def _visits(records: Records, *within: ColumnElement[bool]) -> dict[int, tuple[str, str]]:
    """What was last noted of a visit, by choice: booked or missed, and why."""
    noted = (
        select(ReferralEvent.choice_id, ReferralEvent.event, ReferralEvent.reason)
        .join(Choice, Choice.id == ReferralEvent.choice_id)
        .where(ReferralEvent.event.in_((Event.BOOK.value, Event.MISS.value)), *within)
        .order_by(ReferralEvent.id)
    )
    return {number: (event, reason) for number, event, reason in records.session.execute(noted) if number}


def _reasons(sent: Iterable[_Sent], step: Reached, language: str) -> dict[str, int]:
    """How many came to a bad end by reason, in words; what has no reason that is known counts as another one."""
    words = reason_words()[WHY[step].value]
    codes = [one.reason if one.reason in words else _OTHER for one in sent if one.reached is step]
    return {option.label(language): codes.count(code) for code, option in words.items()}


def _reached(answer: str, attended: bool, visit: str) -> Reached:
    if attended:
        return Reached.ATTENDED
    if answer == "declined":
        return Reached.DECLINED
    if answer == "no answer":
        return Reached.NO_ANSWER
    if visit:
        return Reached.MISSED if visit == Event.MISS else Reached.BOOKED
    return Reached.ACCEPTED if answer == "accepted" else Reached.WAITING


def _coverages(records: Records, ids: Iterable[int], language: str) -> dict[int, str]:
    """How each referral is paid, in words. Each is opened once, and only this is kept of it."""
    words = options().coverages
    ordered = sorted(ids)
    found: dict[int, str] = {}
    for start in range(0, len(ordered), _PORTION):
        portion = ordered[start : start + _PORTION]
        rows = records.session.execute(
            select(Referral.id, Referral.uid, Referral.sealed, Referral.purged_on).where(Referral.id.in_(portion))
        )
        for number, uid, sealed, purged_on in rows:
            code = UNKNOWN if purged_on else records.keyring.open(f"referral:{uid}", sealed).get("coverage", UNKNOWN)
            found[number] = _GONE[language] if purged_on else words[code].label(language) if code in words else code
    return found


def _clinics_apart(sent: Iterable[_Sent]) -> Callable[[_Sent], str]:
    """A clinic's name, with its number where two have the same."""
    named: Mapping[str, set[int]] = defaultdict(set)
    for one in sent:
        named[one.clinic].add(one.facility_id)
    newest = {one.facility_id: one.clinic for one in sent}
    return lambda one: (
        f"{newest[one.facility_id]} ({one.facility_id})"
        if len(named[newest[one.facility_id]]) > 1
        else newest[one.facility_id]
    )


def _lines(sent: Sequence[_Sent], name: Callable[[_Sent], str]) -> list[Line]:
    groups: dict[str, list[_Sent]] = defaultdict(list)
    for one in sent:
        groups[name(one)].append(one)
    return [_line(group, groups[group]) for group in sorted(groups)]


def _line(name: str, sent: Iterable[_Sent]) -> Line:
    line = Line(name)
    for one in sent:
        line.counts[one.reached] += 1
        if one.hours is not None:
            line.hours.append(one.hours)
    return line
