"""Phone: a number in a text, and the facilities that can be called under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from directory.catalogue.models import Facility, Listing
from directory.search.wording import Token

# Ten digits as North America writes them; neither area code nor exchange begins with 0 or 1.
_NUMBER = re.compile(
    r"(?<![\d.,-])(?:\+?1[\s.-]{0,2})?\(?([2-9]\d\d)\)?[\s./-]{0,3}([2-9]\d\d)[\s.-]{0,3}(\d{4})(?!\d)"
)


@dataclass(frozen=True, slots=True)
class PhoneSaid:
    """A number as the catalogue writes it ("317-555-0100"), said at tokens first to last (exclusive)."""

    number: str
    first: int
    last: int


def phone_said(text: str, tokens: Sequence[Token], plain: Sequence[bool]) -> PhoneSaid | None:
    """The first phone number of a text, None where there is none or its words are to stay plain."""
    match = _NUMBER.search(text)
    if match is None:
        return None
    within = [index for index, token in enumerate(tokens) if token.start < match.end() and match.start() < token.end]
    if not within or any(plain[index] for index in within):
        return None
    return PhoneSaid("-".join(match.groups()), within[0], within[-1] + 1)


def facilities_called(session: Session, number: str) -> list[int]:
    """The ids of the facilities whose phone, or number for appointments, is this one, whatever the extension."""
    listed = select(Listing.facility_id).where(
        Listing.ended_run_id.is_(None), cast(Listing.intake_phones, String).contains(number)
    )
    theirs = or_(Facility.phone.startswith(number), Facility.id.in_(listed))
    return list(session.scalars(select(Facility.id).where(theirs).order_by(Facility.id)))
