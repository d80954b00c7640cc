"""Clients: found by name or reference, their record, and what is changed in it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.desk.answers import refused
from directory.desk.forms import ClientForm
from directory.desk.guard import records_of_request, staff
from directory.desk.opened import client_or_404
from directory.desk.session import DESK_PATH
from directory.referrals.client import (
    ClientChanged,
    ClientDocument,
    ClientError,
    ClientFacts,
    add_client,
    change_client,
    find_clients,
)
from directory.referrals.states import LIVE

# What was searched waits on the server, sealed, for the page that shows it: a name stands in no address.
SEARCHED = "client_search"
LONGEST_SEARCH = 200

bp = Blueprint("clients", __name__, url_prefix=f"{DESK_PATH}/clients")


@bp.get("")
@staff(Right.CLIENTS)
def show() -> str:
    """Look for a client; what was found by the last search where it was asked for just now."""
    text, found = searched()
    return render_template("desk/clients/find.html", text=text, found=found)


@bp.post("")
@staff(Right.CLIENTS)
def search() -> Response:
    """Keep what is searched for, and show the page that answers."""
    session[SEARCHED] = request.form.get("text", "")[:LONGEST_SEARCH].strip()
    return redirect(url_for(".show", found=1), 303)


@bp.get("/<int:client_id>")
@staff(Right.CLIENTS)
def record(client_id: int) -> str:
    """A client's record with their referrals."""
    with records_of_request() as records:
        client = client_or_404(records, client_id)
    live = [referral for referral in client.referrals if referral.state in LIVE]
    ended = [referral for referral in client.referrals if referral.state not in LIVE]
    return render_template("desk/clients/record.html", client=client, live=live, ended=ended)


@bp.route("/new", methods=["GET", "POST"])
@staff(Right.CLIENTS)
def new() -> str | Response:
    """Keep a new client."""
    form = ClientForm()
    if not form.validate_on_submit():
        return refused(form, "desk/clients/form.html")
    try:
        client_id = added(form)
    except ClientError as error:
        form.refuse(error)
        return refused(form, "desk/clients/form.html")
    return redirect(url_for(".record", client_id=client_id), 303)


@bp.route("/<int:client_id>/change", methods=["GET", "POST"])
@staff(Right.CLIENTS)
def change(client_id: int) -> str | Response:
    """Change what is known of a client."""
    with records_of_request() as records:
        client = client_or_404(records, client_id)
    form = ClientForm(**initial(client))
    if not form.validate_on_submit():
        return refused(form, "desk/clients/form.html", client=client)
    try:
        with records_of_request() as records:
            change_client(records, client_id, ClientFacts(**form.values), form.seen)
    except (ClientError, ClientChanged) as error:
        form.refuse(error)
        client = _newest(form, error, client)
        return refused(form, "desk/clients/form.html", client=client, meanwhile=isinstance(error, ClientChanged))
    flash(gettext("The record is changed."))
    return redirect(url_for(".record", client_id=client_id), 303)


def searched() -> tuple[str, list[ClientDocument] | None]:
    """The last search of this session and whom it finds, where the address asks for it; else nothing."""
    text = str(session.get(SEARCHED, "")) if "found" in request.args else ""
    if not text:
        return "", None
    with records_of_request() as records:
        return text, find_clients(records, text)


def added(form: ClientForm) -> int:
    """Keep the client of a form; their id. Raises ClientError."""
    with records_of_request() as records:
        return add_client(records, ClientFacts(**form.values)).id


def initial(client: ClientDocument) -> dict[str, object]:
    """What a form of this client starts with."""
    facts = client.facts
    names = ("name", "reference", "contact_wish", "zip", "birth_year", "coverage", "language")
    return {name: getattr(facts, name) for name in names} | {"version": client.version}


def _newest(form: ClientForm, error: ClientError | ClientChanged, client: ClientDocument) -> ClientDocument:
    if not isinstance(error, ClientChanged):
        return client
    form.see(error.version)
    return ClientDocument(client.id, error.version, error.facts, client.created_at, client.referrals)
