"""Home: the one question, and the ways to begin."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from directory.pages.language import ENGLISH, PREFIXES
from directory.pages.sharing import whole_address
from directory.pages.site import site

BEGIN_WITH = ("how-it-works", "cost-and-insurance", "risks-and-side-effects", "fda-approval-and-off-label")
# Not for search engines: what holds a person's place or choice, and what is behind a door.
NOT_TO_BE_FOUND = ("/search", "/share", "/suggest", "/shortlist", "/compare", "/staff", "/reply", "/offline")

bp = Blueprint("home", __name__)


@bp.get("/")
def show() -> str:
    """The home page."""
    pages = site().education
    return render_template("home/show.html", begin_with=[pages[slug] for slug in BEGIN_WITH if slug in pages])


@bp.get("/robots.txt")
def robots() -> Response:
    """Pages that hold a person's place are not for search engines."""
    closed = [f"Disallow: {prefix}{path}" for prefix in PREFIXES.values() for path in NOT_TO_BE_FOUND]
    lines = ["User-agent: *", *closed, f"Sitemap: {whole_address(ENGLISH, '/sitemap.xml')}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/healthz")
def health() -> Response:
    """Says "ok" to whoever watches the process; asks nothing of the catalogue."""
    return Response("ok\n", mimetype="text/plain")
