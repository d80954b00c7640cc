"""Share: a list of results for somebody else or another device, without telling who looked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext

from directory.catalogue.codes import code_list
from directory.pages.address import SearchAddress
from directory.pages.qr import qr_code
from directory.pages.site import site
from directory.pages.wording import briefly, miles_words, place_words, recently_words, service_name
from directory.places.place import Place, PlaceKind
from directory.search.question import Question

bp = Blueprint("share", __name__)


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list as it is passed on: its address, what that says in words, and whether it holds what somebody typed."""

    address: SearchAddress
    says: list[str]
    with_words: bool


@bp.get("/share")
def show() -> str:
    """The link and its code. With `words=1` the link holds what was typed, which only the person may choose."""
    asked = SearchAddress.parse(request.args, "share.show")
    shared = shared_list(asked, asked.question(site().search), with_words=request.args.get("words") == "1")
    link = shared.address.but(page=1, _external=True)
    return render_template("share/show.html", address=asked, shared=shared, link=link, code=qr_code(link))


def shared_list(asked: SearchAddress, question: Question, *, with_words: bool) -> SharedList:
    """What is passed on: the place by its name or ZIP code and the filters, whatever words they came from.

    A point becomes the ZIP code around it. The shortlist of an address is left out.
    """
    place = _named(question.place)
    codes = tuple(code for chosen in question.filters.values() for code in chosen)
    # What is taken as plain words was typed, too, but for a code: the assumed treatment that somebody took off.
    taken_off = tuple(words for words in asked.plain if words in code_list())
    words: dict[str, Any] = {"offers": codes, "plain": taken_off}
    if with_words:
        words = {"q": asked.q, "offers": asked.offers, "plain": asked.plain}
    address = SearchAddress(
        near=place.label if place and not (with_words and not asked.near) else "",
        radius=question.radius_miles,
        sort=asked.sort,
        verified=asked.verified,
    )
    return SharedList(replace(address, **words), _says(place, codes, question, asked, with_words), with_words)


def _named(place: Place | None) -> Place | None:
    if place is None or place.kind is not PlaceKind.POINT:
        return place
    return site().search.gazetteer.zip_around(place.latitude, place.longitude)


def _says(
    place: Place | None, codes: tuple[str, ...], question: Question, asked: SearchAddress, with_words: bool
) -> list[str]:
    says = [gettext("Near %(place)s", place=place_words(place))] if place else []
    if question.radius_miles:
        says.append(gettext("Within %(radius)s", radius=miles_words(question.radius_miles)))
    says += [briefly(service_name(code)) for code in codes]
    if asked.verified:
        says.append(recently_words(asked.verified))
    if with_words and asked.q:
        says.append(gettext("Your words: “%(words)s”", words=asked.q))
    return says
