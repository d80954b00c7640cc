"""Sitemap: the pages that may be found through search engines, in every language."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from sqlalchemy import Text, select, type_coerce

from directory.catalogue.models import Facility
from directory.pages.language import LANGUAGES
from directory.pages.offline import pages_for_all
from directory.pages.sharing import whole_address
from directory.pages.site import site

# Of these each language has one; a sitemap may hold 50,000 addresses.
MOST_CLINICS = 20_000

bp = Blueprint("sitemap", __name__)


@bp.get("/sitemap.xml")
def show() -> Response:
    """Pages to read and clinics with ketamine; nothing that holds where a person is."""
    paths = [path.removeprefix(request.script_root) for path in pages_for_all()] + clinics_with_ketamine()
    addresses = [[(code, whole_address(code, path)) for code in LANGUAGES] for path in paths]
    return Response(render_template("sitemap.xml", addresses=addresses), mimetype="application/xml")


def clinics_with_ketamine() -> list[str]:
    """The paths of the clinics that offer ketamine infusion, in the order they were met."""
    has_ketamine = (" " + type_coerce(Facility.codes, Text) + " ").contains(" KIT ")
    wanted = select(Facility.id).where(has_ketamine, Facility.withdrawn_run_id.is_(None)).order_by(Facility.id)
    with site().catalogue.reading() as session:
        return [f"/clinic/{number}" for number in session.scalars(wanted.limit(MOST_CLINICS))]
