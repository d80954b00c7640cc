"""The second factor: a code that an authenticator app shows, or one of ten recovery codes on paper."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets

import pyotp

STEP_SECONDS = 30
RECOVERY_CODES = 10
_BORNE_STEPS = (0, -1, 1)


def new_secret() -> str:
    """A secret to share with an authenticator app, in base 32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str, center: str) -> str:
    """What the QR code of a secret says to an authenticator app."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=center)


def matching_step(secret: str, code: str, now: dt.datetime) -> int | None:
    """The step of time whose code this is: the present one, or a neighbour where clocks differ. Else None."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    step = int(now.timestamp()) // STEP_SECONDS
    matching = [step + borne for borne in _BORNE_STEPS if secrets.compare_digest(totp.generate_otp(step + borne), code)]
    return matching[0] if matching else None


def plain_code(typed: str) -> str:
    """A code as it was typed, without the spaces and dashes that make it easy to read."""
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits: "ABCD-EFGH-IJKL-MNOP"."""
    codes = (base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code; 80 random bits need no slow hash."""
    return hashlib.sha256(plain_code(code).encode()).hexdigest()
