"""Mistakes: families say what is wrong on a clinic's page, and leave no trace of themselves."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from itsdangerous import BadSignature, TimestampSigner
from werkzeug.wrappers import Response

from directory.catalogue.merged import standing
from directory.catalogue.models import Facility
from directory.catalogue.questions import Labelled, asking
from directory.catalogue.tasks import LONGEST_WORDS, open_task
from directory.keyring import Keyring, KeysError
from directory.pages.language import language
from directory.pages.site import site

# A form is good for a day; who sends it within two seconds did not read it.
OLDEST_FORM = 24 * 60 * 60
SOONEST = 2
MOST_AN_HOUR = 5
HOUR = 60 * 60
# People leave this field empty, for they do not see it.
TRAP = "your_site"

bp = Blueprint("mistakes", __name__)


class Throttle:
    """How often an address reported lately. Only a hash is kept, of a key that ends with the process, for an hour."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes()
        self._times: dict[bytes, deque[float]] = {}

    def admits(self, address: str, now: float) -> bool:
        """True, and counted, where the address may report once more."""
        for known in [known for known, times in self._times.items() if times[-1] <= now - HOUR]:
            del self._times[known]
        times = self._times.setdefault(hmac.digest(self._key, address.encode(), "sha256"), deque(maxlen=MOST_AN_HOUR))
        if len(times) == MOST_AN_HOUR and times[0] > now - HOUR:
            return False
        times.append(now)
        return True


throttle = Throttle()


@bp.get("/clinic/<int:facility_id>/report")
def show(facility_id: int) -> str:
    """The form, or thanks for one that was sent."""
    return _page(_clinic(facility_id), thanks="thanks" in request.args)


@bp.post("/clinic/<int:facility_id>/report")
def report(facility_id: int) -> tuple[str, int] | Response:
    """A report becomes a task for staff, never a change."""
    clinic = _clinic(facility_id)
    mistake, words = request.form.get("mistake", ""), request.form.get("words", "")[:LONGEST_WORDS]
    thanks = redirect(url_for(".show", facility_id=clinic.id, thanks=1), 303)
    if request.form.get(TRAP):
        return thanks
    if refusal := _refusal(mistake, clinic.id):
        return _page(clinic, refusal, mistake, words), 400
    if not throttle.admits(request.remote_addr or "", time.monotonic()):
        busy = gettext("Many reports came from where you are. Please call us instead, or try again in an hour.")
        return _page(clinic, busy, mistake, words), 429
    with site().catalogue.writing() as session:
        open_task(session, clinic.id, mistake, "public", site().clock(), words)
    return thanks


def _refusal(mistake: str, facility_id: int) -> str:
    """What is wrong with what was sent, "" where nothing is."""
    if mistake not in asking().mistakes:
        return str(gettext("Choose what is wrong."))
    try:
        signed, sent_at = _signer().unsign(request.form.get("form", ""), OLDEST_FORM, return_timestamp=True)
    except BadSignature:
        return str(gettext("This page was open for a long time. Nothing is lost: please send it once more."))
    if signed != str(facility_id).encode() or time.time() - sent_at.timestamp() < SOONEST:
        return str(gettext("That was quick. Please read it once more, and send it again."))
    return ""


def _page(clinic: Facility, refusal: str = "", mistake: str = "", words: str = "", thanks: bool = False) -> str:
    return render_template(
        "clinic/report.html",
        clinic=clinic,
        mistakes={one.id: _words(one) for one in asking().mistakes.values()},
        form=_signer().sign(str(clinic.id)).decode(),
        trap=TRAP,
        refusal=refusal,
        chosen=mistake,
        words=words,
        longest=LONGEST_WORDS,
        thanks=thanks,
    )


def _words(mistake: Labelled) -> str:
    return mistake.es if language() == "es" else mistake.en


def _clinic(facility_id: int) -> Facility:
    with site().catalogue.reading() as session:
        return standing(session, facility_id) or abort(404)


def _signer() -> TimestampSigner:
    """Signs forms alike in every process. It guards no secret: a report changes nothing but the list of tasks."""
    home = site().settings.home
    try:
        key = Keyring.load(home).mark("reports")
    except KeysError:
        key = hashlib.sha256(f"reports {home} {home.stat().st_ino}".encode()).hexdigest()
    return TimestampSigner(key)
