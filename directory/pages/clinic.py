"""Clinic: everything known of one place, and where it is known from."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from directory.catalogue.facility import facility_document
from directory.pages.address import clinic_ids
from directory.pages.answers import add_words
from directory.pages.profile import Profile
from directory.pages.qr import qr_code
from directory.pages.site import site

bp = Blueprint("clinic", __name__)
add_words(bp)


@bp.get("/clinic/<int:facility_id>")
def show(facility_id: int) -> str | Response:
    """One clinic."""
    with site().catalogue.reading() as session:
        document = facility_document(session, facility_id, site().clock().date()) or abort(404)
    if document["merged_into"]:
        return redirect(url_for(".show", facility_id=document["merged_into"]), 302)
    return render_template(
        "clinic/show.html",
        clinic=Profile.of(document),
        kept=clinic_ids(request.args.getlist("keep")),
        code=qr_code(url_for("clinic.show", facility_id=facility_id, _external=True)),
    )
