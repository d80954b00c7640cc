"""Deliveries: what goes to a clinic, by link, fax or paper, and what the family takes home."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from directory.accounts.roles import Right
from directory.desk.answers import refused
from directory.desk.documents import pdf
from directory.desk.forms import SendForm
from directory.desk.guard import records_of_request, staff
from directory.desk.opened import choice_or_404, opened, referral_or_404
from directory.desk.session import DESK_PATH
from directory.errors import SaidError
from directory.pages.record_number import record_number
from directory.pages.site import site
from directory.referrals.delivery import clinic_contact, note_fax, note_print, send_link
from directory.referrals.document import keep
from directory.referrals.needs import written_language
from directory.referrals.outbox import Outbox, messages_of
from directory.referrals.packet import family_pdf, packet_pdf
from directory.referrals.packet_facts import form_facts, packet_facts

bp = Blueprint("deliveries", __name__, url_prefix=f"{DESK_PATH}/referrals/<int:referral_id>")


@bp.route("/send", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def send(referral_id: int) -> str | AnyResponse:
    """Choose how the packet leaves, and let it leave."""
    found = opened(referral_id)
    choice = found.document.current or abort(404)
    form = SendForm(version=found.document.referral.version, **_known_contact(choice.facility_id))
    if not site().settings.mail.host:
        form.how.choices = [way for way in form.how.choices if way.value != "link"]
    shown: dict[str, Any] = {"found": found, "choice": choice, "mail": bool(site().settings.mail.host)}
    if not form.validate_on_submit():
        return refused(form, "desk/send/send.html", **shown)
    try:
        document_id = _leave(choice.id, form)
    except SaidError as error:
        return refused(form, "desk/send/send.html", **shown, meanwhile=form.take_in(error))
    return redirect(url_for(".sent", referral_id=referral_id, choice_id=choice.id, document_id=document_id), 303)


@bp.get("/sent/<int:choice_id>")
@staff(Right.REFERRALS)
def sent(referral_id: int, choice_id: int) -> str:
    """What left; the code of a link, shown this once."""
    code = session.pop(f"code {choice_id}", "")
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        choice = choice_or_404(document, choice_id)
        messages = messages_of(records.session, choice_id)
    paper = request.args.get("document_id", type=record_number)
    shown = {"document": document, "choice": choice, "code": code, "messages": messages, "paper": paper}
    return render_template("desk/send/sent.html", **shown)


@bp.get("/packet/<int:choice_id>")
@staff(Right.REFERRALS)
def preview(referral_id: int, choice_id: int) -> Response:
    """The packet as it would leave now; nothing is kept of it."""
    try:
        with records_of_request() as records:
            choice_or_404(referral_or_404(records, referral_id), choice_id)
            content = packet_pdf(packet_facts(records, choice_id))
    except SaidError:
        abort(404)
    return pdf(content, "packet")


@bp.post("/family/<int:choice_id>")
@staff(Right.REFERRALS)
def family(referral_id: int, choice_id: int) -> AnyResponse:
    """Make the family's own copy, in their language."""
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        choice_or_404(document, choice_id)
        spoken = written_language(document.facts.language)
        content = family_pdf(form_facts(records, choice_id, spoken), spoken)
        kept = keep(records, referral_id, choice_id, "family", "application/pdf", content)
    return redirect(url_for("documents.show", document_id=kept.id), 303)


def _leave(choice_id: int, form: SendForm) -> int | None:
    """Let the packet leave; the document to print, None for a link, whose code waits for the next page."""
    with records_of_request() as records:
        if form.how.data == "fax":
            return note_fax(records, choice_id, form.seen, form.fax.data or "").id
        if form.how.data == "print":
            return note_print(records, choice_id, form.seen).id
        _link, code = send_link(records, choice_id, form.seen, form.email.data or "")
        queued = [message.id for message in messages_of(records.session, choice_id) if message.state == "queued"]
    session[f"code {choice_id}"] = code
    here = site()
    Outbox(here.catalogue, here.keyring, here.settings, clock=here.clock).send_due(1, only=queued)
    flash(gettext("The e-mail with the link is on its way."))
    return None


def _known_contact(facility_id: int) -> dict[str, str]:
    with records_of_request() as records:
        contact = clinic_contact(records, facility_id)
    return {"email": contact.email, "fax": contact.fax} if contact else {}
