"""Signing in and out, the one-time link of new people, and one's own account."""

from __future__ import annotations

import dataclasses
import datetime as dt

import segno
from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from directory.accounts.audit import SYSTEM, Actor
from directory.accounts.models import Person
from directory.accounts.password import LONGEST, PasswordError
from directory.accounts.people import (
    AccountError,
    change_password,
    new_recovery,
    person_numbered,
    person_of_link,
    redeem_link,
    sign_out_everywhere,
)
from directory.accounts.roles import Right, may
from directory.accounts.second_factor import matching_step, new_secret, plain_code, provisioning_uri
from directory.accounts.sign_in import (
    forget_try,
    note_failure,
    note_success,
    note_try,
    person_signing_in,
    right_password,
    use_code,
)
from directory.desk.errors import show_error
from directory.desk.forms_kept import address_here, keep_form, returns_to
from directory.desk.guard import accounts_of_request, current_person, guard_of, public, staff, tokened
from directory.desk.session import DESK_PATH, current_session
from directory.desk.words import say_error
from directory.errors import SaidError
from directory.pages.site import site

# After the password, the code is waited for this long.
CODE_WAIT = dt.timedelta(minutes=5)
FRONT_PAGES = ("board.show", "reports.show", "people.show")

bp = Blueprint("sign_in", __name__, url_prefix=DESK_PATH)


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The first step."""

    email = StringField(_l("E-mail address"), [InputRequired(), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=LONGEST)])
    then = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The second step."""

    code = StringField(_l("Code"), [InputRequired(), Length(max=40)])


class WelcomeForm(FlaskForm):  # type: ignore[misc]
    """What the one-time link asks."""

    password = PasswordField(_l("New password"), [InputRequired()])
    again = PasswordField(
        _l("New password again"), [InputRequired(), EqualTo("password", _l("The two passwords are not the same."))]
    )
    code = StringField(_l("Code that the app shows now"), [InputRequired(), Length(max=40)])


class ChangeForm(FlaskForm):  # type: ignore[misc]
    """A change of one's password."""

    present = PasswordField(_l("Present password"), [InputRequired(), Length(max=LONGEST)])
    password = PasswordField(_l("New password"), [InputRequired()])
    again = PasswordField(
        _l("New password again"), [InputRequired(), EqualTo("password", _l("The two passwords are not the same."))]
    )


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def show() -> str | AnyResponse:
    """The first step: address and password. Unknown addresses and wrong passwords are answered alike."""
    session = current_session()
    if session.person:
        return redirect(front_page(session.person), 303)
    form = PasswordForm()
    if not form.is_submitted():
        form.then.data = request.args.get("then", "")
    if not form.validate_on_submit():
        return render_template("desk/sign_in/password.html", form=form)
    email = form.email.data.strip().lower()
    with accounts_of_request(SYSTEM) as accounts:
        number = note_try(accounts, email, request.remote_addr or "")
        person = person_signing_in(accounts, email)
        if number is None:
            note_failure(accounts, person, "too many")
    if number is None:
        return _too_many()
    right = right_password(person, form.password.data)
    with accounts_of_request(SYSTEM) as accounts:
        if right:
            forget_try(accounts, number)
        else:
            note_failure(accounts, person, "password")
    if not right or person is None:
        form.form_errors.append(gettext("This address and password do not go together. Try again."))
        return make_response(render_template("desk/sign_in/password.html", form=form), 400)
    session.renew()
    session["half"] = {"person": person.id, "at": site().clock().isoformat(), "then": form.then.data or ""}
    return redirect(url_for("sign_in.code"), 303)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> str | AnyResponse:
    """The second step: the authenticator's code, or a recovery code."""
    half = current_session().get("half")
    if not half or site().clock() - dt.datetime.fromisoformat(half["at"]) > CODE_WAIT:
        return redirect(url_for("sign_in.show"), 303)
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("desk/sign_in/code.html", form=form)
    person, used = _try_code(half["person"], form.code.data)
    if used == "too many":
        return _too_many()
    if used is None:
        form.code.errors = [gettext("This code is not right, or was used already. Wait for the next one.")]
        return make_response(render_template("desk/sign_in/code.html", form=form), 400)
    current_session().sign_in(person)
    if used == "recovery code":
        return redirect(url_for("sign_in.account"), 303)
    return redirect(returns_to(half["then"]) or front_page(person), 303)


@bp.post("/sign-out")
@staff(Right.DESK)
def out() -> AnyResponse:
    """Sign out here."""
    with accounts_of_request() as accounts:
        accounts.note("signed out", current_person())
    current_session().sign_out()
    return redirect(url_for("sign_in.show"), 303)


@bp.post("/sign-out-everywhere")
@staff(Right.DESK)
def out_everywhere() -> AnyResponse:
    """End all of one's sessions, this one too."""
    with accounts_of_request() as accounts:
        sign_out_everywhere(accounts, current_person())
    current_session().sign_out()
    return redirect(url_for("sign_in.show"), 303)


@bp.route("/account", methods=["GET", "POST"])
@staff(Right.DESK)
def account() -> str | AnyResponse:
    """One's own account; sent, it changes the password and ends every session."""
    form = ChangeForm()
    if form.validate_on_submit() and _change_password(form):
        current_session().sign_out()
        return redirect(url_for("sign_in.show"), 303)
    page = render_template("desk/sign_in/account.html", form=form, left=len(current_person().recovery.split()))
    return make_response(page, 400) if form.errors else page


@bp.post("/account/recovery-codes")
@staff(Right.DESK)
def recovery_codes() -> str:
    """Ten new recovery codes, shown once."""
    with accounts_of_request() as accounts:
        codes = new_recovery(accounts, person_numbered(accounts.session, current_person().id))
    return render_template("desk/sign_in/recovery_codes.html", codes=codes)


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@tokened
def welcome(token: str) -> str | AnyResponse:
    """The one-time link: a new password and an authenticator. Looking at it does not use it up."""
    with site().catalogue.reading() as database:
        person = person_of_link(database, token, site().clock())
    if person is None:
        return make_response(render_template("desk/sign_in/link_over.html"), 410)
    session = current_session()
    secret: str = session.setdefault("secret", new_secret())
    form = WelcomeForm()
    codes = _redeem(form, token, secret) if form.validate_on_submit() else None
    if codes:
        session.sign_out()
        return render_template("desk/sign_in/recovery_codes.html", codes=codes)
    uri = provisioning_uri(secret, person.email, site().settings.center.name)
    picture = segno.make(uri, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    spelled = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    page = render_template("desk/sign_in/welcome.html", form=form, person=person, picture=picture, secret=spelled)
    return make_response(page, 400) if form.errors else page


def refuse_form(error: CSRFError) -> AnyResponse:
    """A form without the token of its session: refused, with a fresh form where it was one for signing in."""
    if request.endpoint == "sign_in.welcome" and not current_session().live:
        flash(gettext("This page was open for too long. Please begin again, with the picture as it is now."))
        return redirect(request.path, 303)
    if request.endpoint in {"sign_in.show", "sign_in.code"} and not current_session().person:
        form = PasswordForm(formdata=None)
        form.form_errors.append(gettext("This page was open for too long. Please sign in again."))
        return make_response(render_template("desk/sign_in/password.html", form=form), 400)
    if current_session().person and keep_form():
        # It was written in an earlier session, and another tab has signed in since: shown again, to be sent again.
        return redirect(returns_to(address_here()) or url_for("board.show"), 303)
    return show_error(error)


def front_page(person: Person) -> str:
    """Where somebody begins: the first page that is theirs."""
    for endpoint in FRONT_PAGES:
        view = current_app.view_functions.get(endpoint)
        guard = guard_of(view) if view else None
        if guard and guard.right and may(person.role, guard.right):
            return url_for(endpoint)
    return url_for("sign_in.account")


def _try_code(person_id: int, typed: str) -> tuple[Person, str | None]:
    with accounts_of_request(SYSTEM) as accounts:
        person = person_numbered(accounts.session, person_id)
        if note_try(accounts, person.email, request.remote_addr or "") is None:
            note_failure(accounts, person, "too many")
            return person, "too many"
        as_person = dataclasses.replace(accounts, actor=Actor("staff", person.id))
        used = use_code(as_person, person, typed) if person.active else None
        if used:
            note_success(as_person, person)
        else:
            note_failure(accounts, person, "code")
        return person, used


def _change_password(form: ChangeForm) -> bool:
    try:
        with accounts_of_request() as accounts:
            mine = person_numbered(accounts.session, current_person().id)
            change_password(accounts, mine, form.present.data, form.password.data)
    except PasswordError as error:
        _say(form.password, error)
        return False
    except AccountError as error:
        _say(form.present, error)
        return False
    return True


def _redeem(form: WelcomeForm, token: str, secret: str) -> list[str] | None:
    step = matching_step(secret, plain_code(form.code.data), site().clock())
    if step is None:
        form.code.errors = [gettext("The app shows another code. Wait for the next; check the clock of the phone.")]
        return None
    try:
        with accounts_of_request(SYSTEM) as accounts:
            return redeem_link(accounts, token, form.password.data, secret, step)
    except PasswordError as error:
        _say(form.password, error)
    return None


def _say(field: Field, error: SaidError) -> None:
    field.errors = [say_error(error)]


def _too_many() -> Response:
    minutes = site().settings.staff.tries_minutes
    return make_response(render_template("desk/sign_in/too_many.html", minutes=minutes), 429)
