"""Link: how one clinic opens one packet, with an address sent by e-mail and a code told by phone.

Neither is kept: the database holds hashes of both. A link that is unknown, over or locked answers like a wrong code.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import select

from directory.accounts.audit import Actor
from directory.keyring import Keyring
from directory.referrals import unsent
from directory.referrals.client import acting_person
from directory.referrals.live import live_consent
from directory.referrals.models import Choice, ClinicLink
from directory.referrals.records import Records

PATH = "/reply/"
_CODE_DIGITS = 8


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made. `token` and `code` ("1234 5678") are known here for the last time."""

    link: ClinicLink
    token: str
    code: str

    def address(self, site: str) -> str:
        """The whole address, on a site such as "https://directory.example.org"."""
        return f"{site.rstrip('/')}{PATH}{self.token}"


def make_link(records: Records, choice_id: int, document_id: int) -> NewLink:
    """Make a link to a packet; whatever link the clinic had before ends."""
    unsent.stop(records, choice_id)
    token = secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"
    hashed = _token_hash(token)
    link = ClinicLink(
        choice_id=choice_id,
        document_id=document_id,
        token_hash=hashed,
        code_hash=records.keyring.lookup(_code_text(hashed, code)),
        expires_at=records.now + dt.timedelta(days=records.settings.referral.link_days),
        made_at=records.now,
        made_by=acting_person(records),
    )
    records.session.add(link)
    records.session.flush()
    records.note("link made", f"link:{link.id}", f"choice:{choice_id}")
    return NewLink(link, token, f"{code[:4]} {code[4:]}")


def try_code(records: Records, token: str, code: str) -> ClinicLink | None:
    """The link of an address, where the code is right and it may be opened; None in every other case.

    A wrong code is counted in the caller's transaction, which must therefore be committed also after None.
    """
    hashed = _token_hash(token)
    link = records.session.scalars(select(ClinicLink).where(ClinicLink.token_hash == hashed)).one_or_none()
    usable = link is not None and _usable(records, link)
    # Compared also where there is no link or it is over, so that every refusal takes the same work.
    right = _right(records.keyring, hashed, code, link.code_hash if link else "0" * 64)
    if link is None or not usable:
        return None
    if right:
        return link if _consent_lives(records, link) else None
    link.wrong_codes += 1
    if link.wrong_codes >= records.settings.referral.wrong_codes:
        link.locked_at = records.now
    as_clinic(records, link).note("link refused", f"link:{link.id}", locked=link.locked_at is not None)
    return None


def open_link(records: Records, link_id: int) -> ClinicLink | None:
    """A link whose code was given before, where it is still open and the client still consents."""
    link = records.session.get(ClinicLink, link_id)
    return link if link and _usable(records, link) and _consent_lives(records, link) else None


def as_clinic(records: Records, link: ClinicLink) -> Records:
    """The same records, in the hands of the clinic that holds a link: the trail names it so."""
    return dataclasses.replace(records, actor=Actor("clinic", link.id))


def _usable(records: Records, link: ClinicLink) -> bool:
    return link.ended_at is None and link.locked_at is None and records.now < link.expires_at


def _consent_lives(records: Records, link: ClinicLink) -> bool:
    choice = records.session.get_one(Choice, link.choice_id)
    return choice.referral.choice_id == choice.id and live_consent(records, choice.id) is not None


def _right(keyring: Keyring, token_hash: str, code: str, kept: str) -> bool:
    digits = "".join(sign for sign in code if sign.isascii() and sign.isdigit())
    given = keyring.lookups(_code_text(token_hash, digits))
    return any(hmac.compare_digest(one, kept) for one in given)


def _code_text(token_hash: str, code: str) -> str:
    return f"code:{token_hash}:{code}"


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
