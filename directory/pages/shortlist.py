"""Shortlist: clinics somebody keeps for themselves. The list lives in the page's address and in their browser."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from directory.pages.chosen import ChosenClinics, chosen_clinics
from directory.pages.qr import qr_code
from directory.pages.site import site

bp = Blueprint("shortlist", __name__)


@bp.get("/shortlist")
def show() -> str:
    """The clinics that the address names."""
    chosen = ChosenClinics.parse(request.args, "shortlist.show")
    clinics = chosen_clinics(chosen)
    link = chosen.link()
    return render_template(
        "shortlist/show.html",
        chosen=chosen,
        clinics=clinics,
        link=link,
        code=qr_code(link) if clinics else "",
        today=site().clock(),
    )
