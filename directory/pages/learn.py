"""Learn: the education pages."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from directory.pages.site import site

bp = Blueprint("learn", __name__)


@bp.get("/learn")
def index() -> str:
    """All education pages."""
    return render_template("learn/index.html", pages=list(site().education.values()))


@bp.get("/learn/<slug>")
def show(slug: str) -> str:
    """One education page."""
    page = site().education.get(slug) or abort(404)
    onward = [site().education[next_slug] for next_slug in page.next if next_slug in site().education]
    return render_template("learn/show.html", page=page, onward=onward)
