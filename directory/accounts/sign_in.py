"""Signing in: a password, then a code. A try is counted before it is looked at: many at once gain nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, select, update

from directory.accounts import audit
from directory.accounts.models import Person, SignInTry
from directory.accounts.password import verify_password
from directory.accounts.people import Accounts
from directory.accounts.second_factor import matching_step, plain_code, recovery_hash


def note_try(accounts: Accounts, email: str, address: str) -> int | None:
    """Count a try before it is looked at: its number, or None where too many were made and it must be refused."""
    staff = accounts.settings.staff
    since = accounts.now - dt.timedelta(minutes=staff.tries_minutes)
    account, place = _account(accounts, email), accounts.keyring.lookup(f"address:{address}")
    accounts.session.execute(delete(SignInTry).where(SignInTry.tried_at <= since))
    if (
        _tries(accounts, SignInTry.account == account) >= staff.tries_an_account
        or _tries(accounts, SignInTry.address == place) >= staff.tries_an_address
    ):
        return None
    tried = SignInTry(account=account, address=place, tried_at=accounts.now)
    accounts.session.add(tried)
    accounts.session.flush()
    return tried.id


def forget_try(accounts: Accounts, number: int) -> None:
    """Take one try back: it was a right one."""
    accounts.session.execute(delete(SignInTry).where(SignInTry.id == number))


def right_password(person: Person | None, password: str) -> bool:
    """True where somebody who may sign in has this password; as long is spent where there is nobody."""
    kept = person.password if person and person.active and person.totp_sealed else ""
    return verify_password(kept, password)


def note_failure(accounts: Accounts, person: Person | None, what: str) -> None:
    """Write a refused try into the trail; `what` is "password", "code" or "too many"."""
    subjects = [f"person:{person.id}"] if person else []
    audit.record(accounts.session, accounts.keyring, accounts.actor, "sign-in refused", subjects, what=what)


def use_code(accounts: Accounts, person: Person, typed: str) -> str | None:
    """Use up a code of the second factor: "code" or "recovery code" says which it was, None that it is wrong.

    Each works once: the code of an authenticator also within the half minute in which it is shown.
    """
    code = plain_code(typed)
    if person.totp_sealed is None:
        return None
    secret = accounts.keyring.open(f"person:{person.uid}", person.totp_sealed)
    step = matching_step(secret, code, accounts.now)
    if step is not None:
        return "code" if _use_step(accounts, person, step) else None
    hashed = recovery_hash(code)
    left = person.recovery.split()
    if hashed not in left:
        return None
    person.recovery = " ".join(kept for kept in left if kept != hashed)
    accounts.note("recovery code used", person, left=len(left) - 1)
    return "recovery code"


def note_success(accounts: Accounts, person: Person) -> None:
    """Note who signed in; the wrong tries for this account are forgiven."""
    person.signed_in_at = accounts.now
    account = _account(accounts, person.email)
    accounts.session.execute(delete(SignInTry).where(SignInTry.account == account))
    accounts.note("signed in", person)


def person_signing_in(accounts: Accounts, email: str) -> Person | None:
    """Whoever has this address, if anybody has."""
    return accounts.session.scalar(select(Person).where(Person.email == email.strip().lower()))


def _use_step(accounts: Accounts, person: Person, step: int) -> bool:
    later = (Person.totp_step.is_(None)) | (Person.totp_step < step)
    rows = update(Person).where(Person.id == person.id, later).values(totp_step=step).returning(Person.id)
    return accounts.session.scalar(rows) is not None


def _tries(accounts: Accounts, which: object) -> int:
    return accounts.session.scalar(select(func.count()).select_from(SignInTry).where(which)) or 0  # type: ignore[arg-type]


def _account(accounts: Accounts, email: str) -> str:
    return accounts.keyring.lookup(f"account:{email.strip().lower()}")
