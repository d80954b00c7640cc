"""Sessions as the server keeps them: the cookie holds a random name, everything else is here and ends here."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from directory.accounts.models import Person, StaffSession
from directory.config import StaffSettings
from directory.keyring import Keyring, SealError

# How long an ended session still tells whose a late form is, and how long one that nobody signed in with lives: a
# clinic waits with its page open until somebody calls with the code.
ENDED_KEPT = dt.timedelta(days=2)
NOBODYS_KEPT = dt.timedelta(hours=1)
LATEST = 10


@dataclass(slots=True)
class FoundSession:
    """What a cookie led to. `person` is who it is or was; only a `live` one may do anything."""

    token_hash: str
    live: bool
    person: Person | None
    started_at: dt.datetime
    seen_at: dt.datetime
    data: dict[str, Any] = field(default_factory=dict)


def new_token() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def ends_at(started_at: dt.datetime, seen_at: dt.datetime, staff: StaffSettings) -> dt.datetime:
    """When the session of somebody signed in ends if nothing more happens."""
    idle = seen_at + dt.timedelta(minutes=staff.idle_minutes)
    return min(idle, started_at + dt.timedelta(hours=staff.session_hours))


def find_session(
    session: Session, keyring: Keyring, staff: StaffSettings, kind: str, token: str, now: dt.datetime
) -> FoundSession | None:
    """The session a cookie names, live or ended; None where there is none or it was changed from outside."""
    return session_of_hash(session, keyring, staff, kind, token_hash(token), now)


def session_of_hash(
    session: Session, keyring: Keyring, staff: StaffSettings, kind: str, hashed: str, now: dt.datetime
) -> FoundSession | None:
    """The same by what is kept of its name."""
    rows = (
        select(StaffSession, Person)
        .outerjoin(Person, Person.id == StaffSession.person_id)
        .where(StaffSession.token_hash == hashed, StaffSession.kind == kind)
    )
    found = session.execute(rows).one_or_none()
    return _found(keyring, staff, found[0], found[1], now) if found else None


def ended_sessions(
    session: Session, keyring: Keyring, staff: StaffSettings, person: Person, now: dt.datetime
) -> list[FoundSession]:
    """The last few sessions of a person that ended, newest first."""
    rows = select(StaffSession).where(StaffSession.person_id == person.id).order_by(StaffSession.seen_at.desc())
    found = (_found(keyring, staff, kept, person, now) for kept in session.scalars(rows.limit(LATEST)))
    return [ended for ended in found if ended and not ended.live]


def _found(
    keyring: Keyring, staff: StaffSettings, kept: StaffSession, person: Person | None, now: dt.datetime
) -> FoundSession | None:
    try:
        data = keyring.open(_context(kept.token_hash), kept.sealed)
    except SealError:
        return None
    nobodys_end = kept.seen_at + NOBODYS_KEPT
    end = nobodys_end if kept.person_id is None else ends_at(kept.started_at, kept.seen_at, staff)
    live = kept.ended_at is None and now < end
    live = live and (kept.person_id is None or (person is not None and person.active))
    return FoundSession(kept.token_hash, live, person, kept.started_at, kept.seen_at, data)


def begin_session(
    session: Session, keyring: Keyring, kind: str, data: dict[str, Any], now: dt.datetime, person_id: int | None
) -> str:
    """Keep a new session and sweep out old ones; the token for its cookie."""
    token = new_token()
    hashed = token_hash(token)
    values = {"token_hash": hashed, "kind": kind, "person_id": person_id, "started_at": now, "seen_at": now}
    session.execute(insert(StaffSession), [values | {"sealed": keyring.seal(_context(hashed), data)}])
    swept = or_(
        StaffSession.seen_at < now - ENDED_KEPT,
        (StaffSession.seen_at < now - NOBODYS_KEPT) & StaffSession.person_id.is_(None),
    )
    session.execute(delete(StaffSession).where(swept))
    return token


def keep_session(session: Session, keyring: Keyring, hashed: str, data: dict[str, Any], now: dt.datetime) -> None:
    """Keep what pages changed in a session, unless it was ended meanwhile."""
    sealed = keyring.seal(_context(hashed), data)
    _live(session, hashed, {"sealed": sealed, "seen_at": now})


def touch_session(session: Session, hashed: str, now: dt.datetime) -> None:
    """Note that its holder was here."""
    _live(session, hashed, {"seen_at": now})


def end_session(session: Session, hashed: str, now: dt.datetime) -> None:
    """End one session."""
    _live(session, hashed, {"ended_at": now})


def end_all_sessions(session: Session, person_id: int, now: dt.datetime) -> None:
    """End every session of a person."""
    rows = update(StaffSession).where(StaffSession.person_id == person_id, StaffSession.ended_at.is_(None))
    session.execute(rows.values(ended_at=now), execution_options={"synchronize_session": False})


def _live(session: Session, hashed: str, values: dict[str, Any]) -> None:
    rows = update(StaffSession).where(StaffSession.token_hash == hashed, StaffSession.ended_at.is_(None))
    session.execute(rows.values(**values), execution_options={"synchronize_session": False})


def _context(hashed: str) -> str:
    return f"session:{hashed}"
