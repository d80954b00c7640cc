"""Corrections: staff lay down what no import may change, and say what to do when a source has news of it."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.corrected import FIELDS, STATUS, STATUSES, corrections_of
from directory.catalogue.merged import standing
from directory.catalogue.models import Correction, Facility
from directory.catalogue.pairs import By
from directory.catalogue.redraw import redraw_as_decided, sources_say
from directory.errors import SaidError
from directory.sentence import Sentence

LONGEST_VALUE = 300
# What staff may take away, as a street that a clinic does not want to be published.
_MAY_BE_EMPTY = frozenset({"program", "street", "phone", "website"})
_PATTERNS = {
    "zip": (re.compile(r"\d{5}"), Sentence("write five digits, such as 46204")),
    "state": (re.compile(r"[A-Z]{2}"), Sentence("write two letters, such as IN")),
    "website": (re.compile(r"https?://\S+|"), Sentence("write the whole address, such as https://clinic.example")),
    STATUS: (re.compile("|".join(STATUSES)), Sentence("write one of %(known)s", known=", ".join(STATUSES))),
}


class CorrectionError(SaidError):
    """A correction that cannot be kept; the message names the field."""


def correct(session: Session, facility_id: int, field: str, value: str, reason: str, by: By) -> int:
    """Show a value instead of what the sources say, until it is ended; returns the id of the facility that shows it.

    `field` is one of corrected.FIELDS; a status of "closed" or "moved" takes the clinic out of the results. What was
    corrected of the same field before ends. Raises CorrectionError.
    """
    facility = _facility(session, facility_id)
    kept = _checked(field, value)
    if not reason.strip():
        raise CorrectionError(Sentence("write how you know; it stands beside the correction"), "reason")
    if not by.name.strip():
        raise CorrectionError(Sentence("name who corrects"), "by")
    for before in corrections_of(session, [facility.id]).get(facility.id, []):
        if before.field == field:
            _end(before, by.name, by.now)
    told = sources_say(session, facility.id, by.place_of)[field]
    row = Correction(facility_id=facility.id, field=field, value=kept, against=told, reason=reason.strip())
    row.made_by, row.made_at = by.name.strip(), by.now
    session.add(row)
    redraw_as_decided(session, [facility.id], by.place_of)
    return facility.id


def end_correction(session: Session, correction_id: int, by: By) -> int:
    """Show again what the sources say; returns the facility's id. Raises CorrectionError where it ended before."""
    row = _standing(session, correction_id)
    _end(row, by.name, by.now)
    redraw_as_decided(session, [row.facility_id], by.place_of)
    return row.facility_id


def keep_correction(session: Session, correction_id: int, by: By) -> int:
    """Stay with a correction though a source has news; nobody is asked about these news again."""
    row = _standing(session, correction_id)
    _facility(session, row.facility_id)
    row.against = sources_say(session, row.facility_id, by.place_of)[row.field]
    row.asked_value = None
    return row.facility_id


def corrections_in_question(session: Session) -> list[tuple[Correction, Facility]]:
    """Corrections of which a source says something new, the oldest first."""
    rows = select(Correction, Facility).join(Facility, Facility.id == Correction.facility_id)
    asked = rows.where(Correction.ended_at.is_(None), Correction.asked_value.is_not(None), Facility.status != "merged")
    return [(correction, facility) for correction, facility in session.execute(asked.order_by(Correction.id))]


def history_of_corrections(session: Session, facility_id: int) -> list[Correction]:
    """All corrections of a facility, ended ones too, newest first."""
    rows = select(Correction).where(Correction.facility_id == facility_id)
    return list(session.scalars(rows.order_by(Correction.made_at.desc(), Correction.id.desc())))


def _checked(field: str, value: str) -> str:
    if field not in FIELDS:
        raise CorrectionError(Sentence("this cannot be corrected, only %(fields)s", fields=", ".join(FIELDS)), field)
    kept = " ".join(value.split())
    if field == "state":
        kept = kept.upper()
    if not kept and field not in _MAY_BE_EMPTY:
        raise CorrectionError(Sentence("write what is right"), field)
    if len(kept) > LONGEST_VALUE:
        raise CorrectionError(Sentence("at most %(most)s letters fit", most=LONGEST_VALUE), field)
    if field in _PATTERNS and not _PATTERNS[field][0].fullmatch(kept):
        raise CorrectionError(_PATTERNS[field][1], field)
    return kept


def _facility(session: Session, facility_id: int) -> Facility:
    facility = standing(session, facility_id)
    if facility is None:
        raise CorrectionError(
            Sentence("there is no clinic with the number %(number)s; search for it again", number=facility_id)
        )
    session.refresh(facility, with_for_update=True)
    return facility


def _standing(session: Session, correction_id: int) -> Correction:
    row = session.get(Correction, correction_id)
    if row is None or row.ended_at is not None:
        raise CorrectionError(Sentence("this correction has ended already; somebody was quicker"))
    return row


def _end(row: Correction, by: str, now: dt.datetime) -> None:
    row.ended_by, row.ended_at, row.asked_value = by.strip(), now, None
