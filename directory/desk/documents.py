"""Documents: packets, copies, forms and scans, opened in the browser and kept by none."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from directory.accounts.roles import Right
from directory.desk.guard import records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.referrals.document import open_document
from directory.referrals.models import Document

ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}

bp = Blueprint("documents", __name__, url_prefix=f"{DESK_PATH}/documents")


@bp.get("/<int:document_id>")
@staff(Right.REFERRALS)
def show(document_id: int) -> Response:
    """One document."""
    with records_of_request() as records:
        document = records.session.get(Document, document_id) or abort(404)
        content = open_document(records, document_id)
    return shown(content, document.media_type, f"{document.kind}-{document_id}")


def pdf(content: bytes, name: str) -> Response:
    """A PDF, shown under a name that says nothing of anybody."""
    return shown(content, "application/pdf", name)


def shown(content: bytes, media_type: str, name: str) -> Response:
    """A file as an answer."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{ENDINGS[media_type]}"'
    return response
