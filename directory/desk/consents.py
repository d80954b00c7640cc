"""Consents: one for each clinic, signed on the screen or on paper, taken back at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from directory.accounts.roles import Right
from directory.desk.answers import refused
from directory.desk.forms import ConsentForm, DeskForm, EventForm, PaperForm, RevokeForm, ScreenForm, SpokenForm
from directory.desk.guard import records_of_request, staff
from directory.desk.opened import choice_or_404, consent_or_404, consents_of, referral_or_404
from directory.desk.session import DESK_PATH
from directory.desk.words import say
from directory.errors import SaidError
from directory.referrals.consent import (
    ConsentFacts,
    ConsentIncomplete,
    Element,
    consent_statuses,
    draft_consent,
    event_came,
    missing_elements,
    note_verbal,
    read_consent,
    revoke,
    sign_on_paper,
    sign_on_screen,
)
from directory.referrals.document import keep, keep_scan
from directory.referrals.live import live_consent
from directory.referrals.models import Choice, Consent
from directory.referrals.needs import written_language
from directory.referrals.packet import consent_form_pdf
from directory.referrals.packet_facts import form_facts
from directory.referrals.records import Records
from directory.referrals.referral import ReferralDocument

LANGUAGES = ("en", "es")
TO_SIGN = (Element.SIGNATURE, Element.SIGNED_ON)
# Where an element of the law is written in the form.
FIELDS = {
    Element.REVOCATION: "revocation_text",
    Element.EXPIRY: "expires_on",
    Element.REDISCLOSURE: "redisclosure_text",
    Element.RECIPIENT: "description",
}

bp = Blueprint("consents", __name__, url_prefix=f"{DESK_PATH}/referrals/<int:referral_id>/consent/<int:choice_id>")


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """A clinic of a referral, and the consents there are for it, newest first, each with what it says."""

    document: ReferralDocument
    choice: Choice
    consents: list[tuple[Consent, ConsentFacts]]
    live: Consent | None
    status: str

    @property
    def missing(self) -> list[str]:
        """What the newest consent lacks, in words; where there is none, what drafting leaves open."""
        newest = self.consents[0] if self.consents else None
        lacking = missing_elements(newest[1], newest[0]) if newest else list(TO_SIGN)
        return [say(Element(name).plain) for name in lacking]


@bp.get("")
@staff(Right.REFERRALS)
def show(referral_id: int, choice_id: int) -> str:
    """How consent for one clinic stands, and every way to get it or to end it."""
    return render_template("desk/consent/show.html", page=_page(referral_id, choice_id))


@bp.route("/sign", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def sign(referral_id: int, choice_id: int) -> str | Response:
    """Sign on this screen."""

    def signed(records: Records, form: ScreenForm, drafted: ConsentFacts) -> None:
        sign_on_screen(records, choice_id, form.facts(drafted))

    return _sign(referral_id, choice_id, ScreenForm, "desk/consent/sign.html", signed)


@bp.route("/paper", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def paper(referral_id: int, choice_id: int) -> str | Response:
    """Keep the scan of a signed form."""

    def signed(records: Records, form: PaperForm, drafted: ConsentFacts) -> None:
        scan = keep_scan(records, referral_id, choice_id, form.scan.data.read())
        facts = replace(form.facts(drafted), signed_on=form.signed_on.data)
        sign_on_paper(records, choice_id, facts, scan.id)

    return _sign(referral_id, choice_id, PaperForm, "desk/consent/paper.html", signed)


@bp.post("/form")
@staff(Right.REFERRALS)
def make_form(referral_id: int, choice_id: int) -> Response:
    """Make the form to print and sign by hand."""
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        choice_or_404(document, choice_id)
        spoken = _language(document)
        content = consent_form_pdf(form_facts(records, choice_id, spoken), spoken)
        kept = keep(records, referral_id, choice_id, "form", "application/pdf", content)
    return redirect(url_for("documents.show", document_id=kept.id), 303)


@bp.route("/spoken", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def spoken_word(referral_id: int, choice_id: int) -> str | Response:
    """Note a spoken word, which is not enough to send."""
    page, form = _page(referral_id, choice_id), SpokenForm()
    if not form.validate_on_submit():
        return refused(form, "desk/consent/spoken.html", page=page)

    def noted(records: Records) -> None:
        note_verbal(records, choice_id, draft_consent(records, choice_id, _language(page.document)))

    return _done(page, form, "desk/consent/spoken.html", noted, gettext("Noted. It is not enough to send."))


@bp.route("/<int:consent_id>/revoke", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def take_back(referral_id: int, choice_id: int, consent_id: int) -> str | Response:
    """Take a consent back, at once."""
    page, form = _page(referral_id, choice_id, consent_id), RevokeForm()
    if not form.validate_on_submit():
        return refused(form, "desk/consent/revoke.html", page=page)

    def revoked(records: Records) -> None:
        revoke(records, consent_id, form.how.data, form.note.data or "")

    said = gettext("The consent is taken back. Whatever had not left is stopped.")
    return _done(page, form, "desk/consent/revoke.html", revoked, said)


@bp.route("/<int:consent_id>/event", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def event(referral_id: int, choice_id: int, consent_id: int) -> str | Response:
    """Note that the event which ends a consent came."""
    page, form = _page(referral_id, choice_id, consent_id), EventForm()
    if not form.validate_on_submit():
        return refused(form, "desk/consent/event.html", page=page)
    on: dt.date = form.on.data
    said = gettext("The consent has ended. Whatever had not left is stopped.")
    return _done(page, form, "desk/consent/event.html", lambda records: event_came(records, consent_id, on), said)


def _sign(
    referral_id: int,
    choice_id: int,
    kind: type[ConsentForm],
    template: str,
    signed: Callable[[Records, ConsentForm, ConsentFacts], None],
) -> str | Response:
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        choice = choice_or_404(document, choice_id)
        drafted = draft_consent(records, choice_id, _language(document))
    form = kind(obj=drafted)
    shown: dict[str, Any] = {
        "document": document,
        "choice": choice,
        "said": form.said,
        "optional_word": form.said["optional"],
    }
    if not form.validate_on_submit():
        if request.method == "POST":
            _name_missing(form, missing_elements(form.facts(drafted)))
        return refused(form, template, **shown)
    try:
        with records_of_request() as records:
            signed(records, form, replace(drafted, language=form.language.data))
    except SaidError as error:
        _refuse(form, error)
        return refused(form, template, **shown)
    flash(gettext("The consent is signed and kept."))
    return redirect(url_for("referrals.show", referral_id=referral_id), 303)


def _done(
    page: ConsentPage, form: DeskForm, template: str, do: Callable[[Records], object], said: str
) -> str | Response:
    try:
        with records_of_request() as records:
            do(records)
    except SaidError as error:
        form.refuse(error)
        return refused(form, template, page=page)
    flash(said)
    here: dict[str, Any] = {"referral_id": page.document.referral.id, "choice_id": page.choice.id}
    return redirect(url_for(".show", **here), 303)


def _refuse(form: ConsentForm, error: SaidError) -> None:
    """Each missing element beside its field, the rest as it is told."""
    if isinstance(error, ConsentIncomplete):
        _name_missing(form, error.missing)
    else:
        form.refuse(error)


def _name_missing(form: ConsentForm, missing: Iterable[str]) -> None:
    for element in (Element(name) for name in missing if name != Element.SIGNED_ON):
        field, said = _field_of(element, form), form.lacking(element)
        if field not in form:
            form.form_errors.append(said)
        elif not form[field].errors:
            form[field].errors = [said]


def _field_of(element: Element, form: ConsentForm) -> str:
    # Somebody else's signature counts only with what authorizes them.
    if element is Element.SIGNATURE and form.signature.data:
        return "authority"
    return FIELDS.get(element, element.value)


def _language(document: ReferralDocument) -> str:
    asked = request.form.get("language") or request.args.get("language", "")
    return asked if asked in LANGUAGES else written_language(document.facts.language)


def _page(referral_id: int, choice_id: int, consent_id: int | None = None) -> ConsentPage:
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        choice = choice_or_404(document, choice_id)
        if consent_id is not None:
            consent_or_404(records, choice_id, consent_id)
        kept = [(consent, read_consent(records, consent.id)) for consent in consents_of(records, choice_id)]
        status = consent_statuses(records, [choice_id])[choice_id]
        return ConsentPage(document, choice, kept, live_consent(records, choice_id), status)
