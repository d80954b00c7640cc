"""Corrections: a listing mended by staff, and the list of those about which a source has news."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from directory.accounts.roles import Right
from directory.catalogue.corrected import FIELDS, STATUS
from directory.catalogue.corrections import (
    LONGEST_VALUE,
    correct,
    corrections_in_question,
    end_correction,
    history_of_corrections,
    keep_correction,
)
from directory.catalogue.models import Correction
from directory.catalogue.taken_out import NO_KETAMINE
from directory.catalogue.verification import ClinicAnswer, record
from directory.desk.answers import refused
from directory.desk.deciding import by, facility_or_404, show_at_once, who
from directory.desk.forms import LONGEST_LINE, DeskForm, FirstRequired, Written
from directory.desk.forms_kept import kept_fields
from directory.desk.guard import records_of_request, staff
from directory.desk.listing_words import FIELD_NAMES
from directory.desk.session import DESK_PATH
from directory.errors import SaidError
from directory.pages.site import site

STATUS_CHOICES = {
    "closed": _l("It has closed"),
    "moved": _l("It has moved, and nobody knows where"),
    NO_KETAMINE: _l("It does not offer ketamine infusion after all"),
}

bp = Blueprint("corrections", __name__, url_prefix=f"{DESK_PATH}/listings")
bp.app_template_global("field_name")(lambda field: FIELD_NAMES[field])


class CorrectionForm(DeskForm):
    """One value that is right."""

    field = SelectField(
        _l("What is wrong"), choices=[SelectChoice(name, FIELD_NAMES[name]) for name in FIELDS if name != STATUS]
    )
    value = StringField(_l("What is right"), [Length(max=LONGEST_VALUE)])
    reason = TextAreaField(_l("How do we know?"), [Written(), Length(max=LONGEST_LINE)])


class StatusForm(DeskForm):
    """That people should not be sent there."""

    status = SelectField(
        _l("What happened"),
        [FirstRequired()],
        choices=[SelectChoice(value, words) for value, words in STATUS_CHOICES.items()],
    )
    because = TextAreaField(_l("How do we know?"), [Written(), Length(max=LONGEST_LINE)])


@bp.route("/<int:facility_id>/correct", methods=["GET", "POST"])
@staff(Right.LISTINGS)
def mend(facility_id: int) -> str | Response:
    """Correct a value; it stands above every source and outlives imports."""
    form = CorrectionForm()
    if not form.validate_on_submit():
        kept = StatusForm(formdata=kept_fields(f"{DESK_PATH}/listings/{facility_id}/status"))
        return refused(form, "desk/corrections/form.html", **_shown(facility_id), gone=kept)
    try:
        _correct(facility_id, form.field.data, form.value.data or "", form.reason.data)
    except SaidError as error:
        form.refuse(error)
        return refused(form, "desk/corrections/form.html", **_shown(facility_id), gone=StatusForm(formdata=None))
    flash(gettext("Corrected. Pages and searches show it now."))
    return redirect(url_for(".mend", facility_id=facility_id), 303)


@bp.post("/<int:facility_id>/status")
@staff(Right.LISTINGS)
def close(facility_id: int) -> str | Response:
    """Take a clinic out of the results, and keep why."""
    form = StatusForm()
    if not form.validate():
        shown = _shown(facility_id)
        return refused(CorrectionForm(formdata=None), "desk/corrections/form.html", **shown, gone=form)
    if form.status.data == NO_KETAMINE:
        _deny(facility_id, form.because.data)
    else:
        _correct(facility_id, STATUS, form.status.data, form.because.data)
    flash(gettext("Kept. Searches show it now."))
    return redirect(url_for(".mend", facility_id=facility_id), 303)


@bp.get("/news")
@staff(Right.LISTINGS)
def asked() -> str:
    """Corrections about which a source says something new: each is asked once."""
    with site().catalogue.reading() as session:
        return render_template("desk/corrections/asked.html", asked=corrections_in_question(session))


@bp.post("/corrections/<int:correction_id>/<any(keep, end):do>")
@staff(Right.LISTINGS)
def decide(correction_id: int, do: str) -> Response:
    """Stay with a correction, or show again what the sources say."""
    act = keep_correction if do == "keep" else end_correction
    with records_of_request() as records:
        if records.session.get(Correction, correction_id) is None:
            abort(404)
        facility_id = act(records.session, correction_id, by(records))
        records.note(f"correction {'kept' if do == 'keep' else 'ended'}", f"facility:{facility_id}")
    show_at_once([facility_id])
    flash(gettext("The correction stands.") if do == "keep" else gettext("The sources are shown again."))
    return redirect(url_for(".asked"), 303)


def _correct(facility_id: int, field: str, value: str, reason: str) -> None:
    with records_of_request() as records:
        shown = correct(records.session, facility_id, field, value, reason, by(records))
        records.note("listing corrected", f"facility:{shown}", field=field)
    show_at_once([shown])


def _deny(facility_id: int, reason: str) -> None:
    with records_of_request() as records:
        told = ClinicAnswer(records.today, who(), "clinic", answers={"ketamine": False}, note=reason)
        shown = record(records.session, facility_id, told, records.now).facility_id
        records.note("clinic asked", f"facility:{shown}", ketamine="lacks")
    show_at_once([shown])


def _shown(facility_id: int) -> dict[str, Any]:
    facility = facility_or_404(facility_id)
    with site().catalogue.reading() as session:
        return {"clinic": facility, "history": history_of_corrections(session, facility.id)}
