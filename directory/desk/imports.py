"""Imports: every run with its report; held ones decided; two editions of a source beside each other.

No page runs a job: what a steward asks for is noted, and the next job does it.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from directory.accounts.roles import Right
from directory.catalogue.models import ImportRun
from directory.catalogue.run import Decision, RunError, discard, newest_runs
from directory.catalogue.wishes import APPROVE, UNDO, wish
from directory.desk.forms import DeskForm
from directory.desk.guard import current_person, records_of_request, staff
from directory.desk.kept_words import kept_words
from directory.desk.run_page import Compared, RunPage, SourceLine, column_name
from directory.desk.session import DESK_PATH
from directory.desk.words import say, say_error
from directory.pages.site import site

LONGEST_LIST = 100
DISCARD = "discard"
DONE = {
    APPROVE: _l("Noted. The next import job publishes it, usually within ten minutes."),
    UNDO: _l("Noted. The next import job takes it back, usually within ten minutes."),
    DISCARD: _l("It is discarded. The directory is as it was."),
}

bp = Blueprint("imports", __name__, url_prefix=f"{DESK_PATH}/imports")
bp.app_template_global("kept_words")(kept_words)
bp.app_template_global("column_name")(column_name)


class DecisionForm(DeskForm):
    """What becomes of a run, and why."""

    reason = TextAreaField(
        _l("Why?"), [DataRequired(_l("Write why: it stands in the record of the run.")), Length(max=500)]
    )
    what = StringField()


@bp.get("")
@staff(Right.LISTINGS)
def show() -> str:
    """The newest runs, and when each source was last fetched."""
    with site().catalogue.reading() as session:
        runs = [RunPage.of(session, run) for run in newest_runs(session, LONGEST_LIST)]
        sources = SourceLine.all(session)
    return render_template("desk/imports/show.html", runs=runs, sources=sources)


@bp.get("/<int:run_id>")
@staff(Right.LISTINGS)
def run(run_id: int) -> str:
    """A run's report."""
    return _page(run_id, DecisionForm())


@bp.post("/<int:run_id>")
@staff(Right.LISTINGS)
def decide(run_id: int) -> str | AnyResponse:
    """Approve, discard or take back a run, with a reason."""
    form = DecisionForm()
    if form.what.data not in DONE:
        abort(400)
    if not form.validate():
        return make_response(_page(run_id, form), 400)
    try:
        _decide(run_id, form.what.data, form.reason.data)
    except RunError as error:
        return make_response(_page(run_id, form, refused=say(error.sentence)), 409)
    flash(str(DONE[form.what.data]))
    return redirect(url_for("imports.run", run_id=run_id), 303)


@bp.get("/compare")
@staff(Right.LISTINGS)
def compare() -> str | AnyResponse:
    """Two editions of one source."""
    one, other = (request.args.get(name, type=int) for name in ("one", "other"))
    try:
        with site().catalogue.reading() as session:
            found = Compared.of(session, site().settings, request.args.get("source", ""), one, other)
    except RunError as error:
        return make_response(render_template("desk/imports/compare.html", found=None, refused=say_error(error)), 404)
    return render_template("desk/imports/compare.html", found=found, refused="")


def _decide(run_id: int, what: str, reason: str) -> None:
    person = current_person()
    decision = Decision(person.name or person.email, reason)
    with records_of_request() as records:
        if what == DISCARD:
            discard(records.session, run_id, decision)
        else:
            wish(records.session, run_id, what, decision)
        records.note(f"run {what}", f"run:{run_id}")


def _page(run_id: int, form: DecisionForm, *, refused: str = "") -> str:
    with site().catalogue.reading() as session:
        found = session.get(ImportRun, run_id) or abort(404)
        page = RunPage.of(session, found)
    said = refused and gettext("Not done: %(why)s.", why=refused)
    return render_template("desk/imports/run.html", page=page, form=form, refused=said)
