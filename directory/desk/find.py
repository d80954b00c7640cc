"""Find: the same search as everybody's, with how clinics answer referrals beside it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.catalogue.facility import facility_document
from directory.catalogue.taken_out import taken_out
from directory.desk.guard import staff
from directory.desk.listing_words import taken_out_words
from directory.desk.session import DESK_PATH
from directory.pages.address import SearchAddress
from directory.pages.cards import cards
from directory.pages.chips import chips
from directory.pages.filters import groups, recently_verified
from directory.pages.profile import Profile
from directory.pages.site import site
from directory.referrals.clinic_record import clinic_records

bp = Blueprint("desk_find", __name__, url_prefix=DESK_PATH)
bp.app_template_global("taken_out_words")(taken_out_words)


@bp.get("/find")
@staff(Right.DESK)
def show() -> str:
    """A search, and its results."""
    address = SearchAddress.parse(request.args, "desk_find.show")
    answer = site().search.answer(address.question(site().search))
    with site().catalogue.reading() as session:
        records = clinic_records(session, [result.id for result in answer.results])
    return render_template(
        "desk/find/show.html",
        address=address,
        answer=answer,
        question=answer.question,
        chips=chips(answer.question, address),
        cards=cards(answer),
        groups=groups(answer, address),
        recent=recently_verified(answer, address),
        records=records,
    )


@bp.get("/clinic/<int:facility_id>")
@staff(Right.DESK)
def clinic(facility_id: int) -> str | Response:
    """One clinic."""
    with site().catalogue.reading() as session:
        document = facility_document(session, facility_id, site().clock().date()) or abort(404)
        record = clinic_records(session, [facility_id])[facility_id]
        gone = taken_out(session, facility_id)
    if document["merged_into"]:
        return redirect(url_for(".clinic", facility_id=document["merged_into"]), 302)
    shown = {"clinic": Profile.of(document), "record_known": record, "listings": document["listings"]}
    return render_template("desk/find/clinic.html", **shown, taken_out=gone)
