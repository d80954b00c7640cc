"""Design: every component of the public pages in every state, for those who change them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from flask import Blueprint, abort, render_template
from markupsafe import Markup

from directory.education.diagram import drawing
from directory.pages.address import SearchAddress
from directory.pages.cards import Card
from directory.pages.comparison import Cell, Kind, Row
from directory.pages.qr import qr_code
from directory.pages.site import site
from directory.pages.theme import Theme, contrast, parsed, tokens
from directory.search.answer import Result

SHOWN = {"page": "ink", "surface": "ink", "raised": "ink", "note": "ink", "help-soft": "help", "calm": "on-calm"}

bp = Blueprint("design", __name__)


@dataclass(frozen=True, slots=True)
class Swatch:
    """A surface of the tokens in both schemes, and the contrast of its text on it there."""

    name: str
    light: str
    dark: str
    contrasts: str


@bp.get("/design")
def show() -> str:
    """The page, where the settings of this installation ask for it."""
    if not site().settings.development.design_page:
        abort(404)
    return render_template(
        "design/show.html",
        theme=Theme.of(site().settings.center.accent_colour),
        swatches=[_swatch(name, ink) for name, ink in SHOWN.items()],
        address=SearchAddress(q="ketamine near Fort Wayne"),
        cards=_cards(),
        rows=_rows(),
        code=qr_code("https://directory.invalid/shortlist?clinic=1"),
        drawing=Markup(drawing("how-it-acts", "A drawing", "en")),  # noqa: S704 - drawn by us
    )


def _swatch(name: str, ink: str) -> Swatch:
    day, night = tokens("light"), tokens("dark")
    found = (contrast(parsed(own[ink]), parsed(own[name])) for own in (day, night))
    return Swatch(name, day[name], night[name], ", ".join(f"{each:.1f}" for each in found))


def _cards() -> list[Card]:
    """A card with little on it, and one with all there can be, beyond the radius."""
    plain = Result(
        id=1, name="Paper Boat Made-Up Clinic", program="", street="1 Invented Street", city="Fort Wayne", state="IN",
        zip="46802", phone="260-555-0100", latitude=None, longitude=None, precision="street", miles=2.34,
        beyond_radius=False, codes=(), sources=(),
    )  # fmt: skip
    full = replace(
        plain, id=2, name="Seven Acorns Made-Up Clinic", program="Evening program", street="", precision="zip",
        beyond_radius=True, verified_on=dt.date(2026, 11, 3),
    )  # fmt: skip
    treatments = ("Ketamine infusion", "Magnetic brain stimulation (TMS)")
    why = ["It lists what you asked for: Ketamine infusion."]
    listed, said = "SAMHSA 2023", "2026-11-03"
    return [
        Card(1, plain, "2.3", (), "", listed, "", [], ask_spravato=False),
        Card(12, full, "61", treatments, "Medicaid", listed, said, why, ask_spravato=True),
    ]


def _rows() -> list[Row]:
    listed, denied = Cell("Yes", Kind.LISTED), Cell("No", Kind.DENIED)
    unsaid = Cell("Not listed", Kind.UNSAID)
    return [
        Row("Medicaid", (listed, unsaid)),
        Row("Ketamine infusion", (listed, denied)),
        Row("Medicare", (listed, listed)),
    ]
