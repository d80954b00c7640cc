"""Clinics to ask: who is next and why, taking one, the call, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.catalogue.call_list import call_list
from directory.catalogue.claims import claim, claims, release
from directory.catalogue.facility import facility_document
from directory.catalogue.heard import Outcome
from directory.catalogue.questions import asking
from directory.catalogue.tasks import close_task, tasks_of
from directory.catalogue.verification import ClinicAnswer, log_call, record
from directory.desk.answers import refused
from directory.desk.around import around
from directory.desk.call_form import CallForm, asked_questions, call_form
from directory.desk.deciding import facility_or_404, show_at_once, who
from directory.desk.guard import records_of_request, staff
from directory.desk.listing_words import told_words, why_words
from directory.desk.session import DESK_PATH
from directory.errors import SaidError
from directory.pages.profile import Profile
from directory.pages.site import site
from directory.sentence import Sentence

MOST_SHOWN = 50

bp = Blueprint("calls", __name__, url_prefix=f"{DESK_PATH}/clinics-to-ask")
bp.app_template_global("why_words")(why_words)
bp.app_template_global("told_words")(told_words)


@bp.get("")
@staff(Right.LISTINGS)
def show() -> str:
    """Who to ask, the most pressing first; those somebody else is calling are only counted."""
    with site().catalogue.reading() as session:
        everybody = call_list(session, site().clock(), around(session))
        free = [entry for entry in everybody if entry.claimed_by in ("", who())]
        shown = {"total": len(free), "taken": len(everybody) - len(free), "entries": free[:MOST_SHOWN]}
        return render_template("desk/calls/list.html", **shown)


@bp.post("/<int:facility_id>/take")
@staff(Right.LISTINGS)
def take(facility_id: int) -> Response:
    """Take a clinic for the next half hour, if nobody has it."""
    facility_or_404(facility_id)
    with records_of_request() as records:
        mine = claim(records.session, facility_id, who(), records.now)
    if not mine:
        flash(gettext("Somebody else is calling this clinic right now. Take the next one."))
        return redirect(url_for(".show"), 303)
    return redirect(url_for(".call", facility_id=facility_id), 303)


@bp.post("/<int:facility_id>/give-back")
@staff(Right.LISTINGS)
def give_back(facility_id: int) -> Response:
    """Leave the clinic to others."""
    with records_of_request() as records:
        release(records.session, facility_id, who())
    return redirect(url_for(".show"), 303)


@bp.route("/<int:facility_id>", methods=["GET", "POST"])
@staff(Right.LISTINGS)
def call(facility_id: int) -> str | Response:
    """The form to fill in while talking; what was answered shows at once."""
    form = call_form()()
    if not form.validate_on_submit():
        return refused(form, "desk/calls/form.html", **_shown(facility_id))
    try:
        kept = _kept(facility_id, form)
    except SaidError as error:
        form.refuse(error)
        return refused(form, "desk/calls/form.html", **_shown(facility_id))
    show_at_once([kept])
    flash(gettext("Kept. Searches show it now."))
    return redirect(url_for(".show"), 303)


@bp.post("/<int:facility_id>/no-answer")
@staff(Right.LISTINGS)
def no_answer(facility_id: int) -> Response:
    """A call that brought no answer is kept too; the third in a row is an answer."""
    outcomes = {str(outcome): outcome for outcome in Outcome if outcome is not Outcome.ANSWERED}
    outcome = outcomes.get(request.form.get("outcome", "")) or abort(400)
    facility_or_404(facility_id)
    with records_of_request() as records:
        reach = log_call(records.session, facility_id, who(), outcome, records.now)
        release(records.session, facility_id, who())
        records.note("clinic called", f"facility:{facility_id}", outcome=str(outcome))
    days = asking().calling["days_after_missed"]
    again = ngettext("It comes back to the list in %(num)d day.", "It comes back to the list in %(num)d days.", days)
    flash(
        gettext("Noted: it could not be reached in several calls.")
        if reach.unreachable
        else f"{gettext('Noted.')} {again}"
    )
    return redirect(url_for(".show"), 303)


@bp.post("/tasks/<int:task_id>/close")
@staff(Right.LISTINGS)
def close(task_id: int) -> Response:
    """Put aside something that was said and needs no call."""
    with records_of_request() as records:
        facility_id = close_task(records.session, task_id, records.now) or abort(404)
        records.note("report put aside", f"facility:{facility_id}")
    flash(gettext("Put aside."))
    return redirect(url_for(".show"), 303)


def _kept(facility_id: int, form: CallForm) -> int:
    if not form.answers and not form.right:
        raise SaidError(Sentence("Note at least one answer, or say below that nobody answered."))
    with records_of_request() as records:
        heard = ClinicAnswer(
            verified_on=records.today,
            verified_by=who(),
            how=form.how.data,
            answers=form.answers,
            right=form.right,
            note=form.note.data or "",
        )
        kept = record(records.session, facility_id, heard, records.now)
        release(records.session, facility_id, who())
        records.note("clinic asked", f"facility:{kept.facility_id}", questions=len(heard.answers))
        return kept.facility_id


def _shown(facility_id: int) -> dict[str, Any]:
    with site().catalogue.reading() as session:
        document = facility_document(session, facility_id, site().clock().date()) or abort(404)
        holder = claims(session, site().clock()).get(facility_id)
        return {
            "clinic": Profile.of(document),
            "answers": {answer["question"]: answer for answer in document["answers"]},
            "questions": asked_questions(),
            "tasks": tasks_of(session, facility_id),
            "held_by": holder.claimed_by if holder and holder.claimed_by != who() else "",
            "until": holder.until if holder and holder.claimed_by == who() else None,
        }
