"""Forms kept: what somebody had written when the session ended comes back after signing in again."""

from __future__ import annotations

import datetime as dt
import re
from typing import TypeVar, cast
from urllib.parse import parse_qsl, urlencode

from flask import current_app, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import ValidationError, validate_csrf
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from directory.accounts.models import KeptForm, new_uid
from directory.accounts.sessions import FoundSession, ended_sessions
from directory.desk.session import current_session
from directory.pages.language import address_in, language
from directory.pages.site import site

KEPT = dt.timedelta(hours=24)
LONGEST = 200_000
_FIELD = "csrf_token"
# What of a query goes through signing in; a search could name somebody.
_HARMLESS = {"clinic": r"[0-9]{1,9}", "language": "en|es"}
_SENT_FROM = {"corrections.close": "corrections.mend"}
FormKind = TypeVar("FormKind", bound=FlaskForm)


def kept_fields(path: str | None = None) -> MultiDict[str, str] | None:
    """What whoever is signed in had written on the page of that path (this one) when a session ended, else None.

    Given to a form as `formdata`, it shows the fields filled in; the page then says so (`form_was_kept` in templates).
    It stays until the form is sent again, a day at most.
    """
    person = current_session().person
    if person is None or request.method == "POST":
        return None
    kept = select(KeptForm).where(KeptForm.person_id == person.id, KeptForm.path == (path or request.path))
    with site().catalogue.reading() as session:
        found = session.scalar(kept.order_by(KeptForm.id.desc()).limit(1))
    if found is None or site().clock() - found.kept_at > KEPT:
        return None
    g.form_was_kept = True
    return MultiDict((name, value) for name, value in site().keyring.open(f"form:{found.uid}", found.sealed))


def form_was_kept() -> bool:
    """True where this page shows what was written before the session ended."""
    return bool(g.get("form_was_kept"))


def filled(form: type[FormKind]) -> FormKind:
    """A form: as it was sent, or on its page filled in with what was kept of it."""
    made = form() if request.method == "POST" else form(formdata=kept_fields())
    return cast(FormKind, made)


def keep_form() -> bool:
    """Keep the form of a request for the person whose session ended while they wrote it; True where it was kept.

    The form must hold the token of that very session: a cookie found later cannot put words into anybody's form.
    Forms for signing in hold secrets and are never kept.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != _FIELD]
    if request.method != "POST" or not fields or request.blueprint == "sign_in":
        return False
    if sum(len(value) for _, value in fields) > LONGEST:
        return False
    ended = next((ended for ended in _ended() if _sent_from(ended)), None)
    if ended is None or ended.person is None or not ended.person.active:
        return False
    here = site()
    uid, path = new_uid(), request.path[:300]
    sealed = here.keyring.seal(f"form:{uid}", fields)
    kept = KeptForm(uid=uid, person_id=ended.person.id, path=path, kept_at=here.clock(), sealed=sealed)
    with here.catalogue.writing() as database:
        database.execute(delete(KeptForm).where(KeptForm.person_id == kept.person_id, KeptForm.path == kept.path))
        database.execute(delete(KeptForm).where(KeptForm.kept_at < kept.kept_at - KEPT))
        database.add(kept)
    g.form_kept_now = True
    return True


def forget_form() -> None:
    """Forget a kept form once it was sent again with a live session."""
    person = current_session().person
    if person is None or request.method != "POST" or g.get("form_kept_now"):
        return
    with site().catalogue.reading() as session:
        kept = select(KeptForm.id).where(KeptForm.person_id == person.id, KeptForm.path == request.path)
        numbers = session.scalars(kept).all()
    if numbers:
        with site().catalogue.writing() as database:
            database.execute(delete(KeptForm).where(KeptForm.id.in_(numbers)))


def address_here() -> str:
    """The path of this page with what of its query says nothing of anybody: a clinic's number, a language."""
    said = [(name, value) for name, value in request.args.items(multi=True) if _is_harmless(name, value)]
    return f"{request.path}?{urlencode(said)}" if said else request.path


def returns_to(address: str) -> str | None:
    """The address in this language, if it is of a page of the desk that can be opened by following it; else None."""
    path, _, query = address.partition("?")
    if not all(_is_harmless(name, value) for name, value in parse_qsl(query, keep_blank_values=True)):
        return None
    if not (path == "/staff" or path.startswith("/staff/")) or path.startswith("/staff/sign-"):
        return None
    shown = _page_of(path)
    return address_in(language(), f"{shown}?{query}" if query else shown) if shown else None


def _page_of(path: str) -> str | None:
    """The page with the form of a path: itself, or the page it is sent from where it is only sent to."""
    ways = current_app.url_map.bind("")
    try:
        ways.match(path, method="GET")
    except HTTPException:
        try:
            endpoint, numbers = ways.match(path, method="POST")
        except HTTPException:
            return None
        return ways.build(_SENT_FROM[endpoint], numbers) if endpoint in _SENT_FROM else None
    return path


def _is_harmless(name: str, value: str) -> bool:
    return name in _HARMLESS and re.fullmatch(_HARMLESS[name], value) is not None


def _ended() -> list[FoundSession]:
    session, here = current_session(), site()
    if session.person is None:
        return [session.ended] if session.ended else []
    with here.catalogue.reading() as database:
        return ended_sessions(database, here.keyring, here.settings.staff, session.person, here.clock())


def _sent_from(ended: FoundSession) -> bool:
    session = current_session()
    if _FIELD not in ended.data:
        return False
    own = session.get(_FIELD)
    session[_FIELD] = ended.data[_FIELD]
    try:
        validate_csrf(request.form.get(_FIELD))
    except ValidationError:
        return False
    finally:
        if own is None:
            del session[_FIELD]
        else:
            session[_FIELD] = own
    return True
