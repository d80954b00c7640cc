"""People: adding them, their one-time links, roles and access; every change leaves an entry in the audit trail."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.accounts import audit
from directory.accounts.audit import Actor
from directory.accounts.models import Person
from directory.accounts.password import hash_password, verify_password
from directory.accounts.roles import Role
from directory.accounts.second_factor import new_recovery_codes, recovery_hash
from directory.accounts.sessions import end_all_sessions, new_token, token_hash
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.errors import SaidError
from directory.keyring import Keyring
from directory.sentence import Sentence

LINK_HOURS = 24
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")


class AccountError(SaidError):
    """An account cannot be made or changed so; the message says why."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """One transaction over accounts: the session, the keys, the settings, who acts and when."""

    session: Session
    keyring: Keyring
    settings: Settings
    actor: Actor
    now: dt.datetime

    def note(self, action: str, person: Person, **detail: Any) -> None:
        """Write into the audit trail what happened to a person's account."""
        audit.record(self.session, self.keyring, self.actor, action, [f"person:{person.id}"], **detail)


@contextmanager
def open_accounts(
    catalogue: Catalogue, keyring: Keyring, settings: Settings, actor: Actor, now: dt.datetime
) -> Iterator[Accounts]:
    """One transaction: what is done in the block and its trail are kept together, or not at all."""
    with catalogue.recording() as session:
        yield Accounts(session, keyring.current(), settings, actor, now)


def plain_email(text: str) -> str:
    """An address as accounts keep it. Raises AccountError."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise AccountError(
            Sentence("“%(written)s” is no address; write one such as a.person@center.example", written=text.strip()),
            "email",
        )
    return email


def people(session: Session) -> Sequence[Person]:
    """Everybody who has or had an account, by address."""
    return session.scalars(select(Person).order_by(Person.email)).all()


def person_named(session: Session, email: str) -> Person:
    """The person with that address. Raises AccountError."""
    found = session.scalar(select(Person).where(Person.email == plain_email(email)))
    if found is None:
        raise AccountError(
            Sentence("nobody here has %(email)s; `directory user list` shows who does", email=email.strip()), "email"
        )
    return found


def person_numbered(session: Session, person_id: int) -> Person:
    """The person of that number. Raises AccountError."""
    found = session.get(Person, person_id)
    if found is None:
        raise AccountError(Sentence("there is nobody with the number %(number)s", number=person_id), "person")
    return found


def add_person(accounts: Accounts, email: str, role: Role, name: str = "") -> tuple[Person, str]:
    """A new person, and the token of the one-time link with which they set password and second factor."""
    email = plain_email(email)
    if accounts.session.scalar(select(Person.id).where(Person.email == email)):
        raise AccountError(Sentence("%(email)s has an account already; make a new link for it", email=email), "email")
    called = name.strip()[:120] or email.partition("@")[0]
    person = Person(email=email, name=called, role=role.value, active=True, created_at=accounts.now)
    accounts.session.add(person)
    accounts.session.flush()
    accounts.note("account added", person, role=role.value)
    return person, _new_link(accounts, person)


def new_link(accounts: Accounts, person: Person) -> str:
    """A new one-time link; what they signed in with until now is void at once."""
    person.password, person.totp_sealed, person.totp_step, person.recovery = "", None, None, ""
    end_all_sessions(accounts.session, person.id, accounts.now)
    return _new_link(accounts, person)


def change_role(accounts: Accounts, person: Person, role: Role) -> None:
    """Give a person another role; they have to sign in again."""
    if person.role == role:
        return
    if role is not Role.ADMINISTRATOR:
        _keep_an_administrator(accounts, person)
    accounts.note("role changed", person, before=person.role, after=role.value)
    person.role = role.value
    end_all_sessions(accounts.session, person.id, accounts.now)


def disable(accounts: Accounts, person: Person) -> None:
    """End a person's access at once. What they did stays on record; a new link does not bring it back."""
    _keep_an_administrator(accounts, person)
    person.active, person.link_hash, person.link_ends_at = False, None, None
    end_all_sessions(accounts.session, person.id, accounts.now)
    accounts.note("account disabled", person)


def enable(accounts: Accounts, person: Person) -> None:
    """Give a disabled person access again."""
    person.active = True
    accounts.note("account enabled", person)


def sign_out_everywhere(accounts: Accounts, person: Person) -> None:
    """End all sessions of a person."""
    end_all_sessions(accounts.session, person.id, accounts.now)
    accounts.note("signed out everywhere", person)


def person_of_link(session: Session, token: str, now: dt.datetime) -> Person | None:
    """Whose one-time link this is, None where it was used, has expired or never was."""
    person = session.scalar(select(Person).where(Person.link_hash == token_hash(token)))
    good = person and person.active and person.link_ends_at and now < person.link_ends_at
    return person if good else None


def redeem_link(accounts: Accounts, token: str, password: str, secret: str, step: int) -> list[str]:
    """Set password and second factor by a one-time link, which is used up; the ten recovery codes, shown once.

    `step` is the step of time of the code that proved the authenticator knows the secret.
    """
    person = person_of_link(accounts.session, token, accounts.now)
    if person is None:
        raise AccountError(
            Sentence("it was used already, or its 24 hours are over; ask an administrator for a new one"), "link"
        )
    person.password = hash_password(password, person.email)
    person.totp_sealed = accounts.keyring.seal(f"person:{person.uid}", secret)
    person.totp_step = step
    person.link_hash = person.link_ends_at = None
    end_all_sessions(accounts.session, person.id, accounts.now)
    accounts.note("password and second factor set", person)
    return new_recovery(accounts, person)


def change_password(accounts: Accounts, person: Person, present: str, new: str) -> None:
    """Change one's password; every session ends. Raises AccountError, PasswordError."""
    if not verify_password(person.password, present):
        raise AccountError(Sentence("it is not the one you sign in with"), "present password")
    person.password = hash_password(new, person.email)
    end_all_sessions(accounts.session, person.id, accounts.now)
    accounts.note("password changed", person)


def new_recovery(accounts: Accounts, person: Person) -> list[str]:
    """Ten new recovery codes, shown once; older ones are void."""
    codes = new_recovery_codes()
    person.recovery = " ".join(recovery_hash(code) for code in codes)
    accounts.note("recovery codes made", person)
    return codes


def _new_link(accounts: Accounts, person: Person) -> str:
    token = new_token()
    person.link_hash = token_hash(token)
    person.link_ends_at = accounts.now + dt.timedelta(hours=LINK_HOURS)
    accounts.note("one-time link made", person)
    return token


def _keep_an_administrator(accounts: Accounts, person: Person) -> None:
    others = select(func.count()).where(
        Person.role == Role.ADMINISTRATOR.value, Person.active.is_(True), Person.id != person.id
    )
    if person.role == Role.ADMINISTRATOR and person.active and not accounts.session.scalar(others):
        raise AccountError(Sentence("this is the last administrator; make somebody else one first"), "role")
