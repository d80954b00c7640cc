"""Suggest: what the words in the box may become, for the list that opens below it while somebody types."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext, ngettext

from directory.pages.language import language
from directory.pages.site import site
from directory.search.question import LONGEST_TEXT
from directory.search.suggest import Suggestion

SHORTEST = 2
# "ketamine near fort w": what stands before the place is kept, the rest is looked up.
_UNFINISHED_PLACE = re.compile(r"(.*\b(?:near|in|at|around|from|cerca de|en)\s+)(\S.*)", re.IGNORECASE | re.DOTALL)

bp = Blueprint("suggest", __name__)


@dataclass(frozen=True, slots=True)
class Option:
    """One line of the list. `text` goes into the box; with `address` the browser goes there instead.

    `more` leaves the person in the box to go on typing.
    """

    kind: str
    label: str
    note: str
    text: str
    address: str = ""
    more: bool = False


@bp.get("/suggest")
def show() -> Response:
    """{"options": […], "said": "5 suggestions."}; kept by no cache and written down nowhere."""
    found = options(request.args.get("q", "")[:LONGEST_TEXT])
    said = ngettext("%(num)d suggestion.", "%(num)d suggestions.", len(found)) if found else gettext("No suggestions.")
    return jsonify(options=[asdict(option) for option in found], said=said)


def options(typed: str) -> list[Option]:
    """The options for what stands in the box; none below two letters."""
    if len(typed.strip()) < SHORTEST:
        return []
    if found := site().search.suggest(typed, language=language()):
        return [_option(suggestion) for suggestion in found]
    unfinished = _UNFINISHED_PLACE.fullmatch(typed)
    if unfinished is None or len(unfinished[2].strip()) < SHORTEST:
        return []
    before, beginning = unfinished.groups()
    places = (
        suggestion for suggestion in site().search.suggest(beginning, language=language()) if suggestion.kind == "place"
    )
    return [_option(place, before) for place in places]


def _option(suggestion: Suggestion, before: str = "") -> Option:
    kind, label = suggestion.kind, suggestion.label
    if kind == "page":
        return Option(kind, label, gettext("Page to read"), label, url_for("learn.show", slug=suggestion.value))
    if kind == "treatment":
        return Option(kind, label, gettext("Treatment"), gettext("%(treatment)s near ", treatment=label), more=True)
    note = gettext("Place") if kind == "place" else gettext("Clinic")
    return Option(kind, before + label, note, before + label)
