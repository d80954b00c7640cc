"""Accounting: what was disclosed of a client, on a page, as PDF to hand over, and as CSV."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from directory.accounts.roles import Right
from directory.desk.guard import records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.pages.language import language
from directory.pages.site import site
from directory.referrals.accounting import Accounting, NoClientError, accounting, accounting_csv
from directory.referrals.day import day_of
from directory.referrals.packet import accounting_pdf
from directory.referrals.records import Records

bp = Blueprint("accounting", __name__, url_prefix=f"{DESK_PATH}/clients/<int:client_id>/disclosures")


@bp.get("")
@staff(Right.ACCOUNTING)
def show(client_id: int) -> str:
    """Every disclosure of a client."""
    return render_template("desk/accounting/show.html", client_id=client_id, accounting=_asked(client_id))


@bp.get("/accounting.pdf")
@staff(Right.ACCOUNTING)
def pdf(client_id: int) -> Response:
    """The accounting to hand to the client."""
    with records_of_request() as records:
        found = _kept(records, client_id)
        on = day_of(records, records.now)
    center = site().settings.center
    content = accounting_pdf(found.rows, language(), center=center, client_name=found.client_name, on=on)
    return _file(content, "application/pdf", client_id, "pdf")


@bp.get("/accounting.csv")
@staff(Right.ACCOUNTING)
def export(client_id: int) -> Response:
    """The accounting as CSV."""
    return _file(accounting_csv(_asked(client_id).rows).encode(), "text/csv", client_id, "csv")


def _asked(client_id: int) -> Accounting:
    with records_of_request() as records:
        return _kept(records, client_id)


def _kept(records: Records, client_id: int) -> Accounting:
    try:
        return accounting(records, client_id)
    except NoClientError:
        abort(404)


def _file(content: bytes, media_type: str, client_id: int, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="accounting-{client_id}.{ending}"'}
    return Response(content, mimetype=media_type, headers=headers)
