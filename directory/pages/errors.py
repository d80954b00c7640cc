"""Errors: a kind page for everything that can go wrong, with the crisis line on it like everywhere."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from directory.index.generation import IndexDamagedError, IndexMissingError

PAGES = {404, 405, 500, 503}


def show_kindly(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(HTTPException, show_error)
    app.register_error_handler(IndexMissingError, _index_missing)
    app.register_error_handler(IndexDamagedError, _index_missing)


def show_error(error: HTTPException) -> Response:
    """The page of an error, with its status."""
    code = error.code or 500
    page = code if code in PAGES else 500 if code > 500 else 400
    response = make_response(render_template(f"errors/{page}.html"), code)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _index_missing(_error: IndexMissingError | IndexDamagedError) -> tuple[str, int]:
    return render_template("errors/503.html"), 503
