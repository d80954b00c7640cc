"""Passwords: long ones, kept as argon2id."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from directory.errors import SaidError
from directory.sentence import Sentence

SHORTEST, LONGEST = 12, 200
_FEWEST_DIFFERENT = 6
_HASHER = PasswordHasher()


class PasswordError(SaidError):
    """A password is too easy to guess; the message says what to change."""


def hash_password(password: str, email: str) -> str:
    """The argon2id hash of a new password. Raises PasswordError."""
    if len(password) < SHORTEST:
        raise PasswordError(
            Sentence("use at least %(least)s characters; four unrelated words are easy to keep", least=SHORTEST),
            "password",
        )
    if len(password) > LONGEST:
        raise PasswordError(Sentence("use at most %(most)s characters", most=LONGEST), "password")
    mailbox = email.partition("@")[0].lower()
    if len(set(password.lower())) < _FEWEST_DIFFERENT or password.lower().strip("0123456789!.?") in (email, mailbox):
        raise PasswordError(
            Sentence("this one is easy to guess; four or more unrelated words make a good one"), "password"
        )
    return _HASHER.hash(password)


def verify_password(kept: str, password: str) -> bool:
    """True where it is the password. Where none is kept, as long is spent on saying no."""
    try:
        return _HASHER.verify(kept or _nobodys(), password[:LONGEST]) and bool(kept)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
