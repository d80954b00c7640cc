"""Figure words: what the figures of reports and runs count, in the number that stands beside them."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import format_decimal, ngettext, pgettext

from directory.referrals.report import Line, Reached

# What a line of the outcome report counts, in the order of its columns.
OUTCOMES = ("sent", "hours", "accepted", "booked", "attended", "missed", "declined", "no_answer", "waiting")
_AND_FURTHER = (Reached.ACCEPTED, Reached.BOOKED, Reached.ATTENDED)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is shown, and what it counts: `words` beside it, `heading` over many."""

    what: str
    text: str
    words: str
    heading: str


def outcome_figures(line: Line) -> list[Figure]:
    """The figures of a line of the outcome report, in the order of its columns."""
    figures = [("sent", line.sent), ("hours", None if line.median_hours is None else round(line.median_hours, 1))]
    figures += [(step, line.reached(step) if step in _AND_FURTHER else line.counts[step]) for step in Reached]
    by_name = dict(figures)
    return [
        Figure(what, _text(what, by_name[what]), outcome_words(what, by_name[what] or 0), outcome_heading(what))
        for what in OUTCOMES
    ]


def _text(what: str, count: float | None) -> str:
    if count is None:
        return "–"
    return "< 1" if what == "hours" and count < 1 else str(format_decimal(count))


def outcome_words(what: str, count: float) -> str:
    """What a figure of the outcome report counts, beside `count` of them: "1" "Referral sent"."""
    said = {
        "sent": ngettext("Referral sent", "Referrals sent", count),
        "hours": ngettext("Hour to an answer", "Hours to an answer", count),
        "accepted": ngettext("Referral accepted", "Referrals accepted", count),
        "booked": ngettext("Visit booked", "Visits booked", count),
        "attended": ngettext("Client attended", "Clients attended", count),
        "missed": ngettext("Client did not attend", "Clients did not attend", count),
        "declined": ngettext("Referral declined", "Referrals declined", count),
        "no_answer": ngettext("Referral without an answer", "Referrals without an answer", count),
        "waiting": ngettext("Referral waiting", "Referrals waiting", count),
        "wrong": ngettext("Listing found wrong", "Listings found wrong", count),
    }
    return str(said[what])


def outcome_heading(what: str) -> str:
    """What a column of the outcome report counts."""
    said = {
        "sent": pgettext("referrals", "Sent"),
        "hours": pgettext("referrals", "Hours"),
        "accepted": pgettext("referrals", "Accepted"),
        "booked": pgettext("referrals", "Booked"),
        "attended": pgettext("referrals", "Attended"),
        "missed": pgettext("referrals", "Did not attend"),
        "declined": pgettext("referrals", "Declined"),
        "no_answer": pgettext("referrals", "No answer"),
        "waiting": pgettext("referrals", "Waiting"),
    }
    return str(said[what])


def run_words(what: str, count: int) -> str:
    """What a figure of a run counts, beside `count` of them: "1" "Row refused"."""
    said = {
        "read": ngettext("Row read", "Rows read", count),
        "refused": ngettext("Row refused", "Rows refused", count),
        "new": ngettext("New clinic", "New clinics", count),
        "changed": ngettext("Clinic changed", "Clinics changed", count),
        "unchanged": ngettext("Clinic unchanged", "Clinics unchanged", count),
        "withdrawn": ngettext("Clinic withdrawn", "Clinics withdrawn", count),
        "moved": ngettext("Clinic moved", "Clinics moved", count),
        "merged": ngettext("Row merged", "Rows merged", count),
        "gained_ketamine": ngettext("Clinic gained ketamine", "Clinics gained ketamine", count),
        "lost_ketamine": ngettext("Clinic lost ketamine", "Clinics lost ketamine", count),
        "doubtful": ngettext("Doubtful pair", "Doubtful pairs", count),
        "filled_in": ngettext("Listing of history", "Listings of history", count),
    }
    return str(said[what])
