"""Trail: the audit trail's head and entries, for administrators and supervisors."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from directory.accounts.models import Person
from directory.accounts.roles import Right
from directory.desk.guard import records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.desk.trail_words import action_words, actor_words, record_named, record_words_of
from directory.desk.words import say_error
from directory.pages.record_number import record_number
from directory.pages.site import site
from directory.referrals.trail import SubjectError, Trail, trail

bp = Blueprint("trail", __name__, url_prefix=f"{DESK_PATH}/trail")
for word in (action_words, actor_words, record_words_of):
    bp.app_template_global(word.__name__)(word)


@bp.get("")
@staff(Right.TRAIL)
def show() -> str | Response:
    """The last entries, of all records or of one."""
    subject = record_named(request.args.get("record", "").strip())
    before = request.args.get("before", type=record_number)
    try:
        with records_of_request() as records:
            found, refused = trail(records, subject, before), ""
    except SubjectError as error:
        with records_of_request() as records:
            found, refused = trail(records), say_error(error)
    page = render_template("desk/trail/show.html", trail=found, subject=subject, refused=refused, people=_people(found))
    return make_response(page, 400) if refused else page


def _people(found: Trail) -> dict[int, str]:
    """The names of those of the staff who stand in it, by number."""
    numbers = {int(entry.actor.partition(":")[2]) for entry in found.entries if entry.actor.startswith("staff:")}
    with site().catalogue.reading() as session:
        rows = session.execute(select(Person.id, Person.name, Person.email).where(Person.id.in_(numbers)))
        return {number: name or email for number, name, email in rows}
