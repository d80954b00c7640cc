"""Session: who is signed in, and what pages keep for them, on the server; the cookie only names it.

Pages below /staff have one, pages below /reply another; every other page has none and sees no cookie.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from flask import Flask, Request, Response
from flask import session as flask_session
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from directory.accounts.models import Person
from directory.accounts.sessions import (
    FoundSession,
    begin_session,
    end_session,
    ends_at,
    find_session,
    keep_session,
    session_of_hash,
    touch_session,
)
from directory.keyring import KeysError
from directory.pages.language import PREFIXES
from directory.pages.site import Site, site

DESK_PATH, REPLY_PATH = "/staff", "/reply"
COOKIES = {"staff": DESK_PATH, "reply": REPLY_PATH}
# A session that nobody is signed in with names the ended one it took the cookie of, for forms still open elsewhere.
_BEFORE = "before"
# Every page written down would be a write to the database each; sessions end up to this much early instead.
_TOUCHED_EVERY = dt.timedelta(seconds=20)


def _changed(session: ServerSession) -> None:
    session.modified = True


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What pages keep of one visit. `person` is who is signed in; `ended` a session of theirs that is over."""

    def __init__(self, kind: str, found: FoundSession | None) -> None:
        live = found if found and found.live else None
        super().__init__(live.data if live else {}, _changed)
        self.kind = kind
        self.live = live
        self.ended: FoundSession | None = found if found and not found.live else None
        self.person: Person | None = live.person if live else None
        self.modified = False
        self.accessed = True
        self.renewed = False
        self.over = False

    def sign_in(self, person: Person) -> None:
        """Go on as that person, in a session of a new name that holds nothing of the old one."""
        self.renew()
        self.person = person

    def renew(self) -> None:
        """Go on in a session of a new name: whoever knew the old one has nothing."""
        self.clear()
        self.renewed = self.modified = True
        self.person = None

    def sign_out(self) -> None:
        """End it, and take the cookie back."""
        self.renew()
        self.over = True

    def ends_in(self, now: dt.datetime) -> int:
        """Seconds until it ends if nothing more happens; this very page counts as something."""
        started = self.live.started_at if self.live and not self.renewed else now
        return int((ends_at(started, now, site().settings.staff) - now).total_seconds())


class ServerSessions(SessionInterface):
    """Keeps sessions in the database."""

    def open_session(self, app: Flask, request: Request) -> ServerSession | NullSession:
        """The session of a page below /staff or /reply; elsewhere one that holds nothing and takes nothing."""
        kind = _kind(request.path)
        if kind is None:
            return self.make_null_session(app)
        here = cast(Site, app.extensions["directory"])
        try:
            keyring = here.keyring
        except KeysError:
            return self.make_null_session(app)
        token = request.cookies.get(kind, "")
        if not token:
            return ServerSession(kind, None)
        with here.catalogue.reading() as session:
            staff, now = here.settings.staff, here.clock()
            found = find_session(session, keyring, staff, kind, token, now)
            opened = ServerSession(kind, found)
            if opened.live and opened.person is None and _BEFORE in opened:
                opened.ended = session_of_hash(session, keyring, staff, kind, opened[_BEFORE], now)
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write down what changed, and hand out the name of a new session."""
        if not isinstance(session, ServerSession):
            return
        here = cast(Site, app.extensions["directory"])
        now = here.clock()
        response.vary.add("Cookie")
        if session.over:
            self._end(here, session, response)
            return
        if session.live and not session.renewed:
            self._keep(here, session, session.live, now)
            return
        if not session.modified and not session.person:
            return
        with here.catalogue.writing() as database:
            if session.live:
                end_session(database, session.live.token_hash, now)
            person = session.person.id if session.person else None
            before = {_BEFORE: session.ended.token_hash} if session.ended and not session.person else {}
            token = begin_session(database, here.keyring, session.kind, dict(session) | before, now, person)
        for path in _cookie_paths(session.kind):
            response.set_cookie(
                session.kind,
                token,
                path=path,
                secure=here.settings.staff.secure_cookies,
                httponly=True,
                # Strict would lose the session of who comes from a link in an e-mail; every form has a token besides.
                samesite="Lax",
            )

    def _end(self, here: Site, session: ServerSession, response: Response) -> None:
        if session.live:
            with here.catalogue.writing() as database:
                end_session(database, session.live.token_hash, here.clock())
        for path in _cookie_paths(session.kind):
            response.delete_cookie(session.kind, path=path)

    def _keep(self, here: Site, session: ServerSession, live: FoundSession, now: dt.datetime) -> None:
        if not session.modified and now - live.seen_at < _TOUCHED_EVERY:
            return
        with here.catalogue.writing() as database:
            if session.modified:
                keep_session(database, here.keyring, live.token_hash, dict(session), now)
            else:
                touch_session(database, live.token_hash, now)


def current_session() -> ServerSession:
    """The session of this request; only on pages below /staff or /reply."""
    return cast(ServerSession, flask_session._get_current_object())  # type: ignore[attr-defined]


def session_ends_in() -> int | None:
    """Seconds until the session of whoever is signed in ends if they do nothing; None where nobody is."""
    session = flask_session._get_current_object()  # type: ignore[attr-defined]
    signed_in = isinstance(session, ServerSession) and session.person
    return session.ends_in(site().clock()) if signed_in else None


def _cookie_paths(kind: str) -> list[str]:
    # One session in all languages, and still no cookie for any page that is not of its kind.
    return [f"{prefix}{COOKIES[kind]}" for prefix in PREFIXES.values()]


def _kind(path: str) -> str | None:
    for kind, top in COOKIES.items():
        if path == top or path.startswith(f"{top}/"):
            return kind
    return None
