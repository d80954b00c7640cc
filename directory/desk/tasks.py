"""Clinics to ask: what was said of a listing that somebody should ask the clinic about."""

from __future__ import annotations

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from directory.accounts.roles import Right
from directory.catalogue.heard import KETAMINE
from directory.catalogue.tasks import open_tasks
from directory.catalogue.verification import WAYS, ClinicAnswer, answer_task
from directory.desk.guard import current_person, records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.index.generation import update
from directory.pages.site import site

WAY_NAMES = dict(zip(WAYS, (_l("Phone"), _l("E-mail"), _l("Their website"), _l("They told us")), strict=True))
REASONS = {"no longer offers ketamine": _l("It was said that they no longer offer ketamine infusion.")}

bp = Blueprint("tasks", __name__, url_prefix=f"{DESK_PATH}/clinics-to-ask")


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What the clinic said."""

    how = SelectField(_l("How we asked"), choices=[SelectChoice(way, name) for way, name in WAY_NAMES.items()])
    ketamine = RadioField(
        _l("Do they offer ketamine infusion?"),
        choices=[SelectChoice("offers", _l("Yes")), SelectChoice("lacks", _l("No, not any more"))],
    )


@bp.get("")
@staff(Right.LISTINGS)
def show() -> str:
    """Every clinic that waits to be asked."""
    return _page()


@bp.post("/<int:task_id>")
@staff(Right.LISTINGS)
def answer(task_id: int) -> str | AnyResponse:
    """Keep what a clinic answered; searches show it at once."""
    form = AnswerForm()
    if not form.validate():
        return make_response(_page(failed=task_id), 400)
    with records_of_request() as records:
        heard = ClinicAnswer(
            verified_on=records.today,
            verified_by=current_person().name or current_person().email,
            how=form.how.data,
            answers={KETAMINE: form.ketamine.data == "offers"},
        )
        facility_id = answer_task(records.session, task_id, heard, records.now) or abort(404)
        records.note("clinic asked", f"facility:{facility_id}", ketamine=form.ketamine.data)
    update(site().catalogue, site().settings.index_dir, [facility_id])
    flash(gettext("Kept. Searches show it now."))
    return redirect(url_for("tasks.show"), 303)


def _page(failed: int | None = None) -> str:
    with site().catalogue.reading() as session:
        tasks = open_tasks(session)
        return render_template(
            "desk/tasks/show.html", tasks=tasks, form=AnswerForm(formdata=None), failed=failed, reasons=REASONS
        )
