"""Review queue: two listings side by side that may be one clinic, judged once; and clinics taken apart."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.catalogue.facility import facility_document
from directory.catalogue.models import DoubtfulMatch
from directory.catalogue.pairs import judge, judged_pairs, pair_of, split, take_back, waiting_pairs
from directory.catalogue.quality import quality
from directory.catalogue.remembered import Judgement
from directory.desk.deciding import by, show_at_once
from directory.desk.guard import records_of_request, staff
from directory.desk.listing_words import pair_words
from directory.desk.session import DESK_PATH
from directory.desk.words import say_error
from directory.errors import SaidError
from directory.pages.record_number import record_number
from directory.pages.site import site
from directory.pages.wording import source_name

MOST_JUDGED = 50
TAKE_BACK = "take back"

bp = Blueprint("pairs", __name__, url_prefix=f"{DESK_PATH}/listings")
bp.app_template_global("source_name")(source_name)
bp.app_template_global("pair_words")(pair_words)


@bp.get("/pairs")
@staff(Right.LISTINGS)
def show() -> str:
    """The pair that was asked for, else the one that waits longest; and the decisions taken last."""
    return _page(request.args.get("pair", type=record_number))


@bp.post("/pairs/<int:pair_id>")
@staff(Right.LISTINGS)
def decide(pair_id: int) -> str | Response:
    """Judge a pair, or take a judgement back."""
    said = request.form.get("judgement", "")
    if said != TAKE_BACK and said not in set(Judgement):
        abort(400)
    try:
        with records_of_request() as records:
            pair = records.session.get(DoubtfulMatch, pair_id) or abort(404)
            if said == TAKE_BACK:
                touched = take_back(records.session, pair_id, by(records))
            else:
                touched = judge(records.session, pair_id, Judgement(said), by(records))
            subjects = (f"facility:{pair.facility_id}", f"facility:{pair.other_facility_id}")
            records.note("pair judged", *subjects, judgement=said)
    except SaidError as error:
        return _page(pair_id, say_error(error))
    if touched:
        show_at_once(touched)
    flash(gettext("Kept, and remembered for every import. It can be taken back below."))
    return redirect(url_for(".show"), 303)


@bp.post("/pairs")
@staff(Right.LISTINGS)
def name() -> str | Response:
    """Put two clinics beside each other that somebody holds for one."""
    numbers = [request.form.get(key, "") for key in ("one", "other")]
    if not all(number.isdecimal() and len(number) < 10 for number in numbers):
        return _page(
            refusal=gettext("Write the numbers of two listings; each stands at the end of a clinic’s address.")
        )
    try:
        with records_of_request() as records:
            pair_id = pair_of(records.session, int(numbers[0]), int(numbers[1])).id
    except SaidError as error:
        return _page(refusal=say_error(error))
    return redirect(url_for(".show", pair=pair_id), 303)


@bp.route("/<int:facility_id>/split", methods=["GET", "POST"])
@staff(Right.LISTINGS)
def part(facility_id: int) -> str | Response:
    """Give some listings of a clinic a number of their own."""
    refusal = ""
    if request.method == "POST":
        chosen, asked = ([int(i) for i in request.form.getlist(key) if i.isdecimal()] for key in ("listing", "asked"))
        try:
            with records_of_request() as records:
                new_id = split(records.session, facility_id, chosen, asked, by(records))
                records.note("clinic split", f"facility:{facility_id}", f"facility:{new_id}")
        except SaidError as error:
            refusal = say_error(error)
        else:
            show_at_once([facility_id, new_id])
            flash(gettext("The chosen listings now stand as number %(number)d.", number=new_id))
            return redirect(url_for(".show"), 303)
    with site().catalogue.reading() as session:
        document = facility_document(session, facility_id) or abort(404)
    return render_template("desk/pairs/split.html", clinic=document, refusal=refusal)


@bp.get("/quality")
@staff(Right.LISTINGS)
def figures() -> str:
    """How much somebody checked, and how often the sources were right."""
    with site().catalogue.reading() as session:
        return render_template("desk/quality/show.html", quality=quality(session, site().clock().date()))


def _page(pair_id: int | None = None, refusal: str = "") -> str:
    with site().catalogue.reading() as session:
        waiting = waiting_pairs(session)
        pair = session.get(DoubtfulMatch, pair_id) or abort(404) if pair_id else next(iter(waiting), None)
        ids = (pair.facility_id, pair.other_facility_id) if pair else ()
        both = [facility_document(session, facility_id) for facility_id in ids]
        shown = {"pair": pair, "both": both, "waiting": len(waiting), "judged": judged_pairs(session, MOST_JUDGED)}
        return render_template("desk/pairs/show.html", **shown, refusal=refusal)
