"""Answers: how a form that was refused, or never sent, goes back to whoever writes it."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from directory.desk.forms import DeskForm


def refused(form: DeskForm, template: str, status: int = 422, **shown: Any) -> str | Response:
    """The page of a form: plain where it was only asked for, with what is wrong where it was sent.

    Where somebody else was quicker, `meanwhile` holds what they did, and the status is 409.
    """
    page = render_template(template, form=form, **shown)
    status = 409 if shown.get("meanwhile") else status
    return make_response(page, status) if request.method == "POST" else page
