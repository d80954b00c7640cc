"""About: where the listings come from, what happens with what people type, and who can use these pages."""

from __future__ import annotations

from flask import Blueprint, render_template

from directory.catalogue.facility import source_editions
from directory.pages.site import site

bp = Blueprint("about", __name__)


@bp.get("/about-the-data")
def data() -> str:
    """The sources, their editions, counts and licences."""
    with site().catalogue.reading() as session:
        return render_template("about/data.html", sources=source_editions(session))


@bp.get("/privacy")
def privacy() -> str:
    """What is kept of a visit: nothing."""
    return render_template("about/privacy.html")


@bp.get("/about/accessibility")
def accessibility() -> str:
    """How accessible the pages are meant to be, how that is checked, and what is known not to work."""
    return render_template("about/accessibility.html")
