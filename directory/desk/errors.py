"""Errors on the pages of staff and of clinics: in their own design, with what to do next."""

from __future__ import annotations

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, InternalServerError, NotFound, ServiceUnavailable
from werkzeug.exceptions import MethodNotAllowed as NotSentTo
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

from directory.desk.session import DESK_PATH, REPLY_PATH, ServerSession, current_session
from directory.index.generation import IndexDamagedError, IndexMissingError
from directory.keyring import KeysError
from directory.pages import errors

KINDS = (BadRequest, Forbidden, NotFound, NotSentTo, TooLarge, InternalServerError, ServiceUnavailable)
ROOMS = {DESK_PATH: "desk/errors/error.html", REPLY_PATH: "reply/error.html"}


def show_kindly(app: Flask) -> None:
    """Answer errors of these pages with a page of their own; those of every other page stay as they are."""
    for kind in KINDS:
        app.register_error_handler(kind, show_error)
    app.register_error_handler(IndexMissingError, _index_missing)
    app.register_error_handler(IndexDamagedError, _index_missing)
    app.register_error_handler(KeysError, _no_keys)


def show_error(error: HTTPException) -> Response:
    """The page of an error, with its status."""
    template = next((page for top, page in ROOMS.items() if _below(top)), None)
    if template is None:
        return errors.show_error(error)
    _know_who_is_here()
    response = make_response(render_template(template, code=error.code), error.code or 500)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _index_missing(_error: IndexMissingError | IndexDamagedError) -> Response:
    return show_error(ServiceUnavailable())


def _no_keys(_error: KeysError) -> Response:
    return make_response(render_template("desk/sign_in/no_keys.html"), 503)


def _know_who_is_here() -> None:
    # An address that leads nowhere has no door to stand at; whoever is signed in still gets their menu.
    session = current_session()
    if isinstance(session, ServerSession) and session.person is not None and "person" not in g:
        g.person = session.person


def _below(top: str) -> bool:
    return request.path == top or request.path.startswith(f"{top}/")
