"""Trail: the audit trail's head and entries, for administrators and supervisors."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.desk.guard import records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.referrals.trail import SubjectError, trail

bp = Blueprint("trail", __name__, url_prefix=f"{DESK_PATH}/trail")


@bp.get("")
@staff(Right.TRAIL)
def show() -> str | Response:
    """The last entries, of all records or of one."""
    subject = request.args.get("record", "").strip()
    before = request.args.get("before", type=int)
    try:
        with records_of_request() as records:
            found, refused = trail(records, subject, before), ""
    except SubjectError as error:
        with records_of_request() as records:
            found, refused = trail(records), str(error)
    page = render_template("desk/trail/show.html", trail=found, subject=subject, refused=refused)
    return make_response(page, 400) if refused else page
