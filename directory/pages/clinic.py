"""Clinic: everything known of one place, and where it is known from."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for

from directory.catalogue.facility import facility_document
from directory.pages.address import clinic_ids
from directory.pages.profile import Profile
from directory.pages.qr import qr_code
from directory.pages.site import site

bp = Blueprint("clinic", __name__)


@bp.get("/clinic/<int:facility_id>")
def show(facility_id: int) -> str:
    """One clinic."""
    with site().catalogue.reading() as session:
        document = facility_document(session, facility_id) or abort(404)
    return render_template(
        "clinic/show.html",
        clinic=Profile.of(document),
        kept=clinic_ids(request.args.getlist("keep")),
        code=qr_code(url_for("clinic.show", facility_id=facility_id, _external=True)),
    )
