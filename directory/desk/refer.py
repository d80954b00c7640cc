"""Refer: who it is for, what they need; and whoever is being referred for it already is shown first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.desk.answers import refused
from directory.desk.clients import LONGEST_SEARCH, SEARCHED, added, searched
from directory.desk.forms import ClientForm, NeedForm
from directory.desk.guard import records_of_request, staff
from directory.desk.opened import client_or_404
from directory.desk.session import DESK_PATH
from directory.desk.wanted import WantedClinics, wanted_clinics
from directory.errors import SaidError
from directory.referrals.client import ClientDocument, ClientError
from directory.referrals.needs import UNKNOWN
from directory.referrals.referral import DuplicateReferral, ReferralFacts, start_referral

bp = Blueprint("refer", __name__, url_prefix=f"{DESK_PATH}/refer")


@bp.get("")
@staff(Right.REFERRALS)
def show() -> str:
    """Who is referred: found by name or reference, or new."""
    text, found = searched()
    return render_template("desk/refer/client.html", text=text, found=found, wanted=wanted_clinics())


@bp.post("")
@staff(Right.REFERRALS)
def search() -> Response:
    """Keep what is searched for, and show the page that answers."""
    session[SEARCHED] = request.form.get("text", "")[:LONGEST_SEARCH].strip()
    return redirect(url_for(".show", found=1, clinic=wanted_clinics().ids), 303)


@bp.route("/new", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def new() -> str | Response:
    """Keep a new client, and go on."""
    form = ClientForm(clinic=wanted_clinics().field)
    wanted = wanted_clinics(form.clinic.data)
    if not form.validate_on_submit():
        return refused(form, "desk/clients/form.html", wanted=wanted, refer=True)
    try:
        client_id = added(form)
    except ClientError as error:
        form.refuse(error)
        return refused(form, "desk/clients/form.html", wanted=wanted, refer=True)
    return redirect(url_for(".need", client_id=client_id, clinic=wanted.ids), 303)


@bp.route("/<int:client_id>", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def need(client_id: int) -> str | Response:
    """What the client needs; then the referral begins as a draft."""
    with records_of_request() as records:
        client = client_or_404(records, client_id)
    form = NeedForm(**_initial(client))
    shown: dict[str, Any] = {"client": client, "wanted": wanted_clinics(form.clinic.data)}
    if not form.validate_on_submit():
        return refused(form, "desk/refer/need.html", **shown)
    try:
        referral_id = _started(client_id, form, shown["wanted"])
    except DuplicateReferral as error:
        return refused(form, "desk/refer/need.html", 409, **shown, duplicates=error.referrals)
    except SaidError as error:
        form.refuse(error)
        return refused(form, "desk/refer/need.html", **shown)
    return redirect(url_for("choosing.show", referral_id=referral_id), 303)


def _started(client_id: int, form: NeedForm, wanted: WantedClinics) -> int:
    with records_of_request() as records:
        despite = bool(form.despite.data)
        return start_referral(
            records, client_id, ReferralFacts(**form.values), wanted.ids, despite_duplicates=despite
        ).id


def _initial(client: ClientDocument) -> dict[str, Any]:
    asked: dict[str, Any] = {"need": ["KIT"], "urgency": "routine"}
    asked |= {"coverage": client.facts.coverage or UNKNOWN, "language": client.facts.language or UNKNOWN}
    return asked | {"clinic": wanted_clinics().field}
