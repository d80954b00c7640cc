"""People: the administrator's page of accounts."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from directory.accounts import people as domain
from directory.accounts.audit import head
from directory.accounts.models import Person
from directory.accounts.people import AccountError, Accounts
from directory.accounts.roles import Right, Role
from directory.desk.forms_kept import filled
from directory.desk.guard import accounts_of_request, staff
from directory.desk.session import DESK_PATH
from directory.desk.words import say_error
from directory.pages.site import site

ROLE_NAMES = {
    Role.INTAKE: _l("Intake"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.STEWARD: _l("Data steward"),
    Role.ADMINISTRATOR: _l("Administrator"),
}
_CHOICES = [SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()]

bp = Blueprint("people", __name__, url_prefix=f"{DESK_PATH}/people")


class PersonForm(FlaskForm):  # type: ignore[misc]
    """A new person."""

    email = StringField(_l("E-mail address"), [InputRequired(), Length(max=254)])
    name = StringField(_l("Name"), [Length(max=120)])
    role = SelectField(_l("Role"), choices=_CHOICES)


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A person's role."""

    role = SelectField(_l("Role"), choices=_CHOICES)


@bp.get("")
@staff(Right.ACCOUNTS)
def show() -> str:
    """Everybody who has an account, and the end of the audit trail."""
    return _page(filled(PersonForm))


@bp.post("")
@staff(Right.ACCOUNTS)
def add() -> str | AnyResponse:
    """Add a person; the page shows their one-time link, once."""
    form = PersonForm()
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        with accounts_of_request() as accounts:
            person, token = domain.add_person(accounts, form.email.data, Role(form.role.data), form.name.data or "")
    except AccountError as error:
        return _refused(error, form)
    return _page(PersonForm(formdata=None), link_of=person, link=link_address(token))


@bp.post("/<int:person_id>/role")
@staff(Right.ACCOUNTS)
def change_role(person_id: int) -> str | AnyResponse:
    """Give a person another role."""
    form = RoleForm()
    if not form.validate():
        return make_response(_page(PersonForm(formdata=None)), 400)
    role = Role(form.role.data)
    return _changed(person_id, lambda accounts, person: domain.change_role(accounts, person, role))


@bp.post("/<int:person_id>/disable")
@staff(Right.ACCOUNTS)
def disable(person_id: int) -> str | AnyResponse:
    """End a person's access."""
    return _changed(person_id, domain.disable)


@bp.post("/<int:person_id>/enable")
@staff(Right.ACCOUNTS)
def enable(person_id: int) -> str | AnyResponse:
    """Give a person access again."""
    return _changed(person_id, domain.enable)


@bp.post("/<int:person_id>/sign-out")
@staff(Right.ACCOUNTS)
def sign_out(person_id: int) -> str | AnyResponse:
    """End all sessions of a person."""
    return _changed(person_id, domain.sign_out_everywhere)


@bp.post("/<int:person_id>/link")
@staff(Right.ACCOUNTS)
def new_link(person_id: int) -> str | AnyResponse:
    """A new one-time link, shown once; password and second factor of before are void."""
    try:
        with accounts_of_request() as accounts:
            person = domain.person_numbered(accounts.session, person_id)
            token = domain.new_link(accounts, person)
    except AccountError as error:
        return _refused(error, PersonForm(formdata=None))
    return _page(PersonForm(formdata=None), link_of=person, link=link_address(token))


def link_address(token: str) -> str:
    """The whole address of a one-time link."""
    return site().settings.center.address.rstrip("/") + url_for("sign_in.welcome", token=token)


def _changed(person_id: int, change: Callable[[Accounts, Person], None]) -> str | AnyResponse:
    try:
        with accounts_of_request() as accounts:
            change(accounts, domain.person_numbered(accounts.session, person_id))
    except AccountError as error:
        return _refused(error, PersonForm(formdata=None))
    return redirect(url_for("people.show"), 303)


def _refused(error: AccountError, form: PersonForm) -> AnyResponse:
    return make_response(_page(form, refused=say_error(error)), 409)


def _page(form: PersonForm, *, link_of: Person | None = None, link: str = "", refused: str = "") -> str:
    with site().catalogue.reading() as session:
        everybody, end = domain.people(session), head(session)
    return render_template(
        "desk/people/show.html",
        form=form,
        everybody=everybody,
        head=end,
        link_of=link_of,
        link=link,
        refused=refused,
        role_names={role.value: name for role, name in ROLE_NAMES.items()},
    )
