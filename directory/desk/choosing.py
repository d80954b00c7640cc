"""Choosing: one to five clinics in order, from a search made of what the client needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.desk.forms import PlaceForm, VersionedForm
from directory.desk.guard import records_of_request, staff
from directory.desk.opened import OpenedReferral, opened
from directory.desk.session import DESK_PATH
from directory.errors import SaidError
from directory.pages.language import language
from directory.pages.site import site
from directory.pages.wording import distance
from directory.referrals.clinic_record import ClinicRecord, clinic_records
from directory.referrals.referral import MOST_CLINICS, choose_clinics
from directory.referrals.wishes import FittingClinic, clinics_for

bp = Blueprint("choosing", __name__, url_prefix=f"{DESK_PATH}/referrals/<int:referral_id>/clinics")


@dataclass(frozen=True, slots=True)
class Suggested:
    """A clinic that fits, and how it answers."""

    clinic: FittingClinic
    record: ClinicRecord

    @property
    def far(self) -> str:
        """How far it is, as people say it."""
        return distance(self.clinic.result.miles, self.clinic.result.precision)


@bp.get("")
@staff(Right.REFERRALS)
def show(referral_id: int) -> str:
    """The clinics chosen, and those that fit."""
    return _page(opened(referral_id), VersionedForm(formdata=None))


@bp.post("")
@staff(Right.REFERRALS)
def choose(referral_id: int) -> Response:
    """Add a clinic, take one off, or move it up or down: `do` holds "add 12", "drop 12", "up 12" or "down 12"."""
    found = opened(referral_id)
    form = VersionedForm()
    meanwhile: list[str] = []
    try:
        with records_of_request() as records:
            wanted = rearranged([choice.facility_id for choice in found.document.choices], request.form.get("do", ""))
            choose_clinics(records, referral_id, form.seen, wanted)
    except SaidError as error:
        meanwhile = form.take_in(error)
        return make_response(_page(opened(referral_id), form, meanwhile), 409 if meanwhile else 422)
    return redirect(url_for(".show", referral_id=referral_id, _anchor="chosen"), 303)


@bp.post("/around")
@staff(Right.REFERRALS)
def look_around(referral_id: int) -> Response:
    """Look around another ZIP code; it waits on the server, for it may tell where the client lives."""
    form = PlaceForm()
    if form.validate():
        session[f"around {referral_id}"] = form.zip.data.strip()
    return redirect(url_for(".show", referral_id=referral_id, _anchor="fitting"), 303)


def rearranged(chosen: list[int], do: str) -> list[int]:
    """Clinics after one was added, dropped or moved; as they were where `do` says nothing that can be done."""
    verb, _, number = do.partition(" ")
    if not number.isdecimal() or len(number) > 9:
        return chosen
    clinic = int(number)
    rest = [other for other in chosen if other != clinic]
    if verb == "add":
        return [*rest, clinic]
    if clinic not in chosen or verb not in {"drop", "up", "down"}:
        return chosen
    place = chosen.index(clinic) + {"up": -1, "down": 1}.get(verb, 0)
    return rest if verb == "drop" else [*rest[: max(place, 0)], clinic, *rest[max(place, 0) :]]


def _page(found: OpenedReferral, form: VersionedForm, meanwhile: list[str] | None = None) -> str:
    form.see(found.document.referral.version)
    around = session.get(f"around {found.document.referral.id}") or found.client.facts.zip
    place = PlaceForm(formdata=None, zip=around)
    return render_template(
        "desk/referral/clinics.html",
        found=found,
        form=form,
        place=place,
        around=around,
        most=MOST_CLINICS,
        suggested=_suggested(found, around),
        meanwhile=meanwhile or [],
    )


def _suggested(found: OpenedReferral, around: str) -> list[Suggested]:
    """The clinics that fit and are not chosen; asked outside of any transaction over records."""
    fitting = clinics_for(site().search, replace(found.client.facts, zip=around), found.document.facts, language())
    chosen = {choice.facility_id for choice in found.document.choices}
    left = [clinic for clinic in fitting if clinic.result.id not in chosen]
    with site().catalogue.reading() as reading:
        known = clinic_records(reading, [clinic.result.id for clinic in left])
    return [Suggested(clinic, known[clinic.result.id]) for clinic in left]
