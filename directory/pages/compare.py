"""Compare: two to four clinics side by side."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from directory.pages.chosen import ChosenClinics, chosen_clinics
from directory.pages.comparison import Comparison
from directory.pages.site import site

MOST_SIDE_BY_SIDE = 4

bp = Blueprint("compare", __name__)


@bp.get("/compare")
def show() -> str:
    """The first four of the clinics that the address names; with fewer than two it says what to do."""
    chosen = ChosenClinics.parse(request.args, "compare.show")
    found = chosen_clinics(chosen)
    clinics, left_out = found[:MOST_SIDE_BY_SIDE], found[MOST_SIDE_BY_SIDE:]
    return render_template(
        "compare/show.html",
        chosen=chosen,
        clinics=clinics,
        left_out=left_out,
        comparison=Comparison.of(clinics),
        today=site().clock(),
    )
