"""Referrals: everything of one referral, and each step it takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from directory.accounts.models import Person
from directory.accounts.roles import Right, may
from directory.desk.answers import refused
from directory.desk.forms import AnswerForm, AssignForm, NeedForm, StepForm, VersionedForm, talk_form
from directory.desk.guard import current_person, records_of_request, staff
from directory.desk.next_step import next_step, untried
from directory.desk.opened import OpenedReferral, opened, referral_or_404
from directory.desk.session import DESK_PATH
from directory.desk.words import STEP_TITLES
from directory.errors import SaidError
from directory.pages.language import language
from directory.referrals.records import Records
from directory.referrals.referral import ReferralFacts, assign, change_facts, move
from directory.referrals.reply import answer_question, ask_about_ketamine, conversation
from directory.referrals.states import DeclineReason, Event, State
from directory.referrals.talk_through import points

bp = Blueprint("referrals", __name__, url_prefix=f"{DESK_PATH}/referrals/<int:referral_id>")


@bp.get("")
@staff(Right.REFERRALS)
def show(referral_id: int) -> str:
    """A referral."""
    found = opened(referral_id)
    return render_template("desk/referral/show.html", found=found, step=next_step(found), points=points())


@bp.route("/step/<event>", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def step(referral_id: int, event: str) -> str | Response:
    """Note what happened."""
    happened = next((one for one in STEP_TITLES if one == event), None) or abort(404)
    found = opened(referral_id)
    form = StepForm.of(happened, version=found.document.referral.version, **_offered(found, happened))
    shown = {"found": found, "event": happened, "title": STEP_TITLES[happened], "following": untried(found)}
    if not form.validate_on_submit():
        return refused(form, "desk/referral/step.html", **shown)
    try:
        with records_of_request() as records:
            _take(records, referral_id, happened, form)
    except SaidError as error:
        return refused(form, "desk/referral/step.html", **shown, meanwhile=form.take_in(error))
    flash(gettext("Noted."))
    return redirect(url_for(".show", referral_id=referral_id), 303)


@bp.route("/need", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def need(referral_id: int) -> str | Response:
    """Change what is asked for."""
    found = opened(referral_id)
    facts = found.document.facts
    names = ("urgency", "coverage", "language", "note")
    initial = {name: getattr(facts, name) for name in names}
    form = NeedForm(need=list(facts.need), version=found.document.referral.version, **initial)
    if not form.validate_on_submit():
        return refused(form, "desk/referral/need.html", found=found)
    return _changed(referral_id, form, replace(facts, **form.values), "desk/referral/need.html")


@bp.route("/talk", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def talk(referral_id: int) -> str | Response:
    """Talk through the points that may rule ketamine out; what the client says is kept, and never counted."""
    found = opened(referral_id)
    facts = found.document.facts
    spoken = {point.code: point.wording(language()) for point in points().values()}
    form = talk_form({code: wording.question for code, wording in spoken.items()}, facts.talk_through)
    if not form.version.data:
        form.see(found.document.referral.version)
    if not form.validate_on_submit():
        return refused(form, "desk/referral/talk.html", found=found, spoken=spoken)
    said = {code: form[f"said-{code}"].data or "" for code in spoken}
    return _changed(referral_id, form, replace(facts, talk_through=said), "desk/referral/talk.html", spoken=spoken)


@bp.route("/answer", methods=["GET", "POST"])
@staff(Right.REFERRALS)
def answer(referral_id: int) -> str | Response:
    """Answer what a clinic asked."""
    with records_of_request() as records:
        document = referral_or_404(records, referral_id)
        current = document.current or abort(404)
        said = conversation(records, current)
    form = AnswerForm(version=document.referral.version)
    if not form.validate_on_submit():
        return refused(form, "desk/referral/answer.html", document=document, said=said)
    try:
        with records_of_request() as records:
            answer_question(records, referral_id, form.seen, form.answer.data)
    except SaidError as error:
        meanwhile = form.take_in(error)
        return refused(form, "desk/referral/answer.html", document=document, said=said, meanwhile=meanwhile)
    flash(gettext("The clinic reads your answer on its page."))
    return redirect(url_for(".show", referral_id=referral_id), 303)


@bp.route("/assign", methods=["GET", "POST"])
@staff(Right.REASSIGN)
def give(referral_id: int) -> str | Response:
    """Give a referral to somebody else."""
    found = opened(referral_id)
    form = AssignForm(version=found.document.referral.version, person=found.document.referral.assigned_to)
    form.person.choices = _colleagues()
    if not form.validate_on_submit():
        return refused(form, "desk/referral/assign.html", found=found)
    try:
        with records_of_request() as records:
            assign(records, referral_id, form.seen, form.person.data)
    except SaidError as error:
        return refused(form, "desk/referral/assign.html", found=found, meanwhile=form.take_in(error))
    return redirect(url_for(".show", referral_id=referral_id), 303)


def _offered(found: OpenedReferral, event: Event) -> dict[str, Any]:
    """The visit its clinic offered, so that nobody types it again."""
    if event is not Event.BOOK or found.document.referral.state != State.ACCEPTED or not found.appointment:
        return {}
    visit = dt.datetime.fromisoformat(found.appointment)
    return {"appointment": visit.date(), "hour": visit.time() if "T" in found.appointment else None}


def _take(records: Records, referral_id: int, event: Event, form: StepForm) -> None:
    referral = move(records, referral_id, form.seen, event, **form.said)
    if event is Event.DECLINE and form.said.get("reason") == DeclineReason.NO_KETAMINE:
        current = next(choice for choice in referral.choices if choice.id == referral.choice_id)
        ask_about_ketamine(records, current.facility_id)


def _changed(
    referral_id: int, form: VersionedForm, facts: ReferralFacts, template: str, **shown: Any
) -> str | Response:
    try:
        with records_of_request() as records:
            change_facts(records, referral_id, form.seen, facts)
    except SaidError as error:
        meanwhile = form.take_in(error)
        return refused(form, template, found=opened(referral_id), meanwhile=meanwhile, **shown)
    flash(gettext("The referral is changed."))
    return redirect(url_for(".show", referral_id=referral_id), 303)


def _colleagues() -> list[SelectChoice]:
    with records_of_request() as records:
        people = records.session.scalars(select(Person).where(Person.active.is_(True)).order_by(Person.name)).all()
    able = [person for person in people if may(person.role, Right.REFERRALS)]
    mine = current_person().id
    named = ((person.id, person.name, gettext("(you)") if person.id == mine else "") for person in able)
    return [SelectChoice(number, f"{name} {you}".strip()) for number, name, you in named]
