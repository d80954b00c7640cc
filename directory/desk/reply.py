"""Reply: the one page a clinic opens, with the link of an e-mail and a code told by phone; no account, no script."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import DateTimeLocalField, SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as Spare

from directory.accounts.audit import Actor
from directory.desk.errors import show_error
from directory.desk.forms import DeskForm, Fault
from directory.desk.guard import records_of_request, tokened
from directory.desk.session import REPLY_PATH, current_session
from directory.desk.words import say_error
from directory.errors import SaidError
from directory.pages.language import language
from directory.pages.site import site
from directory.referrals.needs import reason_label
from directory.referrals.reply import LONGEST, LinkOverError, ReplyPage, enter, open_packet, reply_page
from directory.referrals.reply import accept as take
from directory.referrals.reply import ask as ask_center
from directory.referrals.reply import decline as turn_down
from directory.referrals.states import DeclineReason, Event

OPEN_FOR = dt.timedelta(minutes=30)
_CLINIC = Actor("clinic")

bp = Blueprint("reply", __name__, url_prefix=REPLY_PATH)


class CodeForm(DeskForm):
    """The code told by phone."""

    code = StringField(_l("Code"), [InputRequired(_l("Write the code we told you by phone.")), Length(max=40)])


class OneOfTwo(Spare):  # type: ignore[misc]
    """May be left empty where the other field is written: neither is called optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, Any] = {}


class AcceptForm(DeskForm):
    """When the clinic sees the client, or calls the center back. All forms stand on one page."""

    appointment = DateTimeLocalField(
        _l("Day and time of the first visit"), [OneOfTwo()], format="%Y-%m-%dT%H:%M", id="accept-appointment"
    )
    callback = DateTimeLocalField(
        _l("Or: when you will call us"), [OneOfTwo()], format="%Y-%m-%dT%H:%M", id="accept-callback"
    )
    note = TextAreaField(_l("Anything we should know"), [Spare(), Length(max=LONGEST)], id="accept-note")


def _reasons() -> list[SelectChoice]:
    return [SelectChoice(one.value, reason_label(Event.DECLINE, one, language())) for one in DeclineReason]


class DeclineForm(DeskForm):
    """Why the clinic cannot take the client."""

    reason = RadioField(
        _l("Why?"),
        [InputRequired(_l("Choose why you cannot take this referral."))],
        choices=_reasons,
        id="decline-reason",
    )
    note = TextAreaField(_l("In your words"), [Spare(), Length(max=LONGEST)], id="decline-note")


class QuestionForm(DeskForm):
    """What the clinic would like to know first."""

    question = TextAreaField(
        _l("Your question"),
        [InputRequired(_l("Write what you would like to know.")), Length(max=LONGEST)],
        id="ask-question",
    )


@bp.get("/<token>")
@tokened
def code(token: str) -> str:
    """Ask for the code. Nothing is looked up: whoever only follows the link learns and changes nothing."""
    return render_template("reply/code.html", form=CodeForm(), token=token, refused=False)


@bp.post("/<token>")
@tokened
def unlock(token: str) -> AnyResponse | str | tuple[str, int]:
    """Open the link with its code."""
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("reply/code.html", form=form, token=token, refused=False)
    with records_of_request(_CLINIC) as records:
        link_id = enter(records, token, form.code.data)
    if link_id is None:
        return render_template("reply/code.html", form=form, token=token, refused=True), 403
    session = current_session()
    session.renew()
    session["link"], session["until"] = link_id, (site().clock() + OPEN_FOR).isoformat()
    return redirect(url_for("reply.show"), 303)


@bp.get("/open")
@tokened
def show() -> str | tuple[str, int]:
    """What the clinic can do: read, accept, decline, ask."""
    return _page()


@bp.get("/open/referral.pdf")
@tokened
def packet() -> Response | tuple[str, int]:
    """The packet."""
    try:
        with records_of_request(_CLINIC) as records:
            content = open_packet(records, _link_id())
    except LinkOverError:
        return _over()
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="referral.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/open/accept")
@tokened
def accept() -> AnyResponse | str | tuple[str, int]:
    """Take the client."""
    form = AcceptForm()
    if not form.validate_on_submit():
        return _page(accept=form)
    try:
        with records_of_request(_CLINIC) as records:
            take(
                records,
                _link_id(),
                appointment=form.appointment.data,
                callback=form.callback.data,
                note=form.note.data or "",
            )
    except LinkOverError:
        return _over()
    except SaidError as error:
        return _page(say_error(error), accept=form)
    return _answered("accepted")


@bp.post("/open/decline")
@tokened
def decline() -> AnyResponse | str | tuple[str, int]:
    """Turn the client down."""
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(decline=form)
    try:
        with records_of_request(_CLINIC) as records:
            turn_down(records, _link_id(), form.reason.data, form.note.data or "")
    except LinkOverError:
        return _over()
    except SaidError as error:
        return _page(say_error(error), decline=form)
    return _answered("declined")


@bp.post("/open/ask")
@tokened
def ask() -> AnyResponse | str | tuple[str, int]:
    """Ask the center something."""
    form = QuestionForm()
    if not form.validate_on_submit():
        return _page(ask=form)
    try:
        with records_of_request(_CLINIC) as records:
            ask_center(records, _link_id(), form.question.data)
    except LinkOverError:
        return _over()
    except SaidError as error:
        return _page(say_error(error), ask=form)
    current_session()["asked"] = True
    return redirect(url_for("reply.show"), 303)


@bp.get("/thanks")
@tokened
def thanks() -> str | tuple[str, int]:
    """What happens next."""
    answer = current_session().get("answered")
    return render_template("reply/thanks.html", answer=answer) if answer else _over()


def _page(wrong: str = "", **sent: DeskForm) -> str | tuple[str, int]:
    try:
        with records_of_request(_CLINIC) as records:
            page: ReplyPage = reply_page(records, _link_id())
    except LinkOverError:
        return _over()
    # A form that was not sent stands empty beside the one that was.
    blank = {"accept": AcceptForm, "decline": DeclineForm, "ask": QuestionForm}
    forms = {name: sent.get(name) or kind(formdata=None) for name, kind in blank.items()}
    faults = [Fault("", wrong)] if wrong else []
    for form in sent.values():
        faults += form.faults
    asked = current_session().pop("asked", False)
    shown = render_template("reply/show.html", page=page, forms=forms, faults=faults, asked=asked)
    return (shown, 422) if faults else shown


def _link_id() -> int:
    session = current_session()
    until, link_id = session.get("until"), session.get("link")
    if not until or not isinstance(link_id, int) or site().clock() >= dt.datetime.fromisoformat(until):
        raise LinkOverError
    return link_id


def _answered(answer: str) -> AnyResponse:
    session = current_session()
    session.renew()
    session["answered"] = answer
    return redirect(url_for("reply.thanks"), 303)


def refuse_form(error: CSRFError) -> AnyResponse:
    """A form without the token of its session: where that session is over, what was written is handed back."""
    if request.endpoint == "reply.unlock":
        token = (request.view_args or {}).get("token", "")
        page = render_template("reply/code.html", form=CodeForm(formdata=None), token=token, refused=False, late=True)
        return make_response(page, 400)
    return make_response(_over()) if current_session().ended else show_error(error)


def _over() -> tuple[str, int]:
    written = [request.form.get(name, "").strip()[:LONGEST] for name in ("note", "question")]
    return render_template("reply/over.html", written=[words for words in written if words]), 403
