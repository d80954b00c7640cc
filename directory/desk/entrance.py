"""Entrance: everything the desk adds to the application, in the order in which a request meets it."""

from __future__ import annotations

import secrets

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response

from directory.desk import errors, reply, sign_in
from directory.desk.blueprints import BLUEPRINTS
from directory.desk.forms_kept import form_was_kept
from directory.desk.guard import guard_all, may_see, person_here
from directory.desk.quick_keys import keys_here
from directory.desk.rooms import MOST_UNFOLDED, rooms_here
from directory.desk.session import ServerSessions, session_ends_in
from directory.keyring import Keyring, KeysError
from directory.pages import mistakes
from directory.pages.site import Site

# A scan of a signed consent may weigh ten megabytes.
LARGEST_REQUEST = 11 * 1024 * 1024


def open_desk(app: Flask, site: Site, public_blueprints: set[str]) -> None:
    """Add the pages for staff and for clinics, and guard every page there is. Raises GuardError."""
    app.session_interface = ServerSessions()
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        WTF_CSRF_SECRET_KEY=_forms_key(site),
        # A form is good as long as its session; and no page here tells another where someone came from.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.globals.update(
        MOST_UNFOLDED=MOST_UNFOLDED,
        form_was_kept=form_was_kept,
        keys_here=keys_here,
        may_see=may_see,
        person_here=person_here,
        rooms_here=rooms_here,
        session_ends_in=session_ends_in,
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.show_kindly(app)
    app.register_error_handler(CSRFError, _refuse_form)
    # The guard stands before the check of forms: an ended session gets its form kept, not an error.
    guard_all(app, public_blueprints)
    forms = CSRFProtect(app)
    # A report sets no cookie, so no session holds its token; its form is signed and dated instead.
    forms.exempt(mistakes.report)


def _refuse_form(error: CSRFError) -> Response:
    return reply.refuse_form(error) if request.blueprint == reply.bp.name else sign_in.refuse_form(error)


def _forms_key(site: Site) -> str:
    # The token inside is random and stays on the server; this key only varies its look from page to page.
    try:
        return Keyring.load(site.settings.home).mark("forms")
    except KeysError:
        return secrets.token_hex()
