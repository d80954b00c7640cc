"""Live: whether a consent lets a clinic be told, today. Whatever leaves asks here first."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from directory.errors import SaidError
from directory.referrals.day import center_day
from directory.referrals.models import Choice, Consent
from directory.referrals.records import Records
from directory.sentence import Sentence


class ConsentNeeded(SaidError):  # noqa: N818 - it is named after what is needed
    """Something would leave without a live consent naming that clinic."""


def live_consent(records: Records, choice_id: int, on: dt.date | None = None) -> Consent | None:
    """The newest consent that lets a clinic be told on a day (default: today at the center)."""
    day = on or center_day(records)
    found = select(Consent).where(Consent.choice_id == choice_id).order_by(Consent.id.desc())
    return next((consent for consent in records.session.scalars(found) if is_live(consent, day)), None)


def needed_consent(records: Records, choice: Choice) -> Consent:
    """The live consent for a clinic. Raises ConsentNeeded."""
    consent = live_consent(records, choice.id)
    if consent is None:
        raise ConsentNeeded(
            Sentence(
                "There is no live consent to tell %(clinic)s; ask the client to sign one, then it can be sent.",
                clinic=choice.name,
            )
        )
    return consent


def is_live(consent: Consent, day: dt.date) -> bool:
    """True where it was signed, was not taken back, and has not ended; it ends with the day of `expires_on`."""
    return (
        consent.method in {"screen", "paper"}
        and consent.signed_on is not None
        and consent.signed_on <= day
        and consent.revoked_at is None
        and (consent.expires_on is None or day <= consent.expires_on)
        and (consent.event_on is None or day < consent.event_on)
    )
