"""Clinic: everything known of one place, and where it is known from."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from directory.catalogue.facility import facility_document
from directory.pages.profile import Profile
from directory.pages.site import site

bp = Blueprint("clinic", __name__)


@bp.get("/clinic/<int:facility_id>")
def show(facility_id: int) -> str:
    """One clinic."""
    with site().catalogue.reading() as session:
        document = facility_document(session, facility_id) or abort(404)
    return render_template("clinic/show.html", clinic=Profile.of(document))
