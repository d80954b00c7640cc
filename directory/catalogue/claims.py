"""Claims: who is about to ask a clinic, so that no two people call it at once."""

from __future__ import annotations

import datetime as dt
from typing import cast

from sqlalchemy import Table, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from directory.catalogue.models import VerificationClaim
from directory.catalogue.questions import asking

_CLAIM = cast(Table, VerificationClaim.__table__)


def claim(session: Session, facility_id: int, by: str, now: dt.datetime) -> bool:
    """Take a clinic for as long as data/verification.toml says; False where somebody else has it.

    One statement, so that of two who claim at once the database lets one through.
    """
    until = now + dt.timedelta(minutes=asking().calling["claim_minutes"])
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    wish = dialect.insert(_CLAIM).values(facility_id=facility_id, claimed_by=by, until=until)
    free = or_(_CLAIM.c.until <= now, _CLAIM.c.claimed_by == by)
    taken = wish.on_conflict_do_update(
        index_elements=[_CLAIM.c.facility_id], set_={"claimed_by": by, "until": until}, where=free
    )
    return session.execute(taken.returning(_CLAIM.c.facility_id)).first() is not None


def release(session: Session, facility_id: int, by: str | None = None) -> None:
    """Give a clinic back, whoever has it or only if it is `by`."""
    whose = [] if by is None else [VerificationClaim.claimed_by == by]
    session.execute(delete(VerificationClaim).where(VerificationClaim.facility_id == facility_id, *whose))


def claims(session: Session, now: dt.datetime) -> dict[int, VerificationClaim]:
    """The claims that hold, by facility."""
    return {
        row.facility_id: row for row in session.scalars(select(VerificationClaim).where(VerificationClaim.until > now))
    }
