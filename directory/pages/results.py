"""Results: the answer to a question, as a page with list and map, as a file for a spreadsheet, and as JSON."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, Response, jsonify, render_template, request

from directory.pages.address import SearchAddress
from directory.pages.cards import cards
from directory.pages.chips import chips
from directory.pages.filters import groups, recently_verified
from directory.pages.language import language
from directory.pages.list_file import MOST_IN_FILE, list_file
from directory.pages.site import site
from directory.search.answer import Answer
from directory.search.shape import answer_as_dict

bp = Blueprint("results", __name__)


@bp.get("/search")
def show() -> str:
    """The results of a search."""
    address = SearchAddress.parse(request.args)
    answer = answer_to(address)
    return render_template(
        "results/show.html",
        address=address,
        answer=answer,
        question=answer.question,
        chips=chips(answer.question, address),
        cards=cards(answer),
        groups=groups(answer, address),
        recent=recently_verified(answer, address),
    )


@bp.get("/search.csv")
def as_file() -> Response:
    """The list from its beginning, for a spreadsheet."""
    address = SearchAddress.parse(request.args)
    question = dataclasses.replace(address.question(site().search), page=1, per_page=MOST_IN_FILE)
    headers = {"Content-Disposition": 'attachment; filename="clinics.csv"'}
    # A byte order mark, without which a spreadsheet takes the accents of Spanish for something else.
    text = "\ufeff" + list_file(site().search.answer(question, language=language()))
    return Response(text, mimetype="text/csv", headers=headers)


@bp.get("/search.json")
def as_json() -> Response:
    """The same answer for programs."""
    return jsonify(answer_as_dict(answer_to(SearchAddress.parse(request.args))))


def answer_to(address: SearchAddress) -> Answer:
    """What the directory answers, in the language of the address."""
    search = site().search
    return search.answer(address.question(search), language=language())
