"""Reports: what came of referrals by month, clinic and coverage, as charts, tables and a file without identities."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from directory.accounts.roles import Right
from directory.desk.figure_words import outcome_figures, outcome_heading, outcome_words
from directory.desk.guard import records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.desk.words import say_error
from directory.pages.language import language
from directory.referrals.day import center_day
from directory.referrals.report import Reached, Report, ReportError, report, report_csv
from directory.sentence import Sentence

MONTHS = 12
FIELD_NAMES = {"from": _l("Sent from"), "to": _l("to")}

bp = Blueprint("reports", __name__, url_prefix=f"{DESK_PATH}/reports")
for word in (outcome_figures, outcome_heading, outcome_words):
    bp.app_template_global(word.__name__)(word)


@bp.get("")
@staff(Right.REPORTS)
def show() -> str | AnyResponse:
    """The report of the last twelve months, or of the days asked for."""
    try:
        found, said = _asked(language()), ""
    except ReportError as error:
        found, said = None, f"{FIELD_NAMES[error.field]}: {say_error(error)}"
    page = render_template("desk/reports/show.html", report=found, refused=said, Reached=Reached)
    return make_response(page, 400) if said else page


@bp.get("/outcomes.csv")
@staff(Right.REPORTS)
def export() -> Response:
    """The same as CSV, figures about fewer than five people withheld."""
    try:
        # A file has the same words whoever asked for it.
        found = _asked("en")
    except ReportError as error:
        return Response(f"{say_error(error)}\n", 400, mimetype="text/plain")
    name = f"outcomes-{found.since}-{found.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(report_csv(found), mimetype="text/csv", headers=headers)


def _asked(spoken: str) -> Report:
    with records_of_request() as records:
        today = center_day(records)
        first = today.replace(day=1, year=today.year - MONTHS // 12)
        return report(records, _day("from", first), _day("to", today), spoken)


def _day(name: str, otherwise: dt.date) -> dt.date:
    text = request.args.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else otherwise
    except ValueError as error:
        raise ReportError(Sentence("write a day such as 2026-01-31"), name) from error
