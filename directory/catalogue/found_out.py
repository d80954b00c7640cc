"""Found out: what people know of a facility beyond its listings, fit for JSON; who found it out is never in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from directory.catalogue.certainty import certainty_of
from directory.catalogue.corrected import PLACED_BY, STATUS, corrections_of
from directory.catalogue.heard import Answer, answers_of, verifications_of
from directory.catalogue.models import Correction, Facility


def found_out(session: Session, facility: Facility, today: dt.date) -> dict[str, Any]:
    """`status` with its day, `certainty` 0 to 1, `answers` by question, `verifications` newest first.

    An answer is {"question", "value", "on", "how", "faded"}; `faded` where it is older than its shelf life.
    """
    heard = verifications_of(session, [facility.id]).get(facility.id, [])
    closed = next((row for row in _corrections(session, facility) if row.field == STATUS), None)
    return {
        "status": facility.status,
        "status_on": closed.made_at.date().isoformat() if closed else None,
        "verified_on": facility.verified_on.isoformat() if facility.verified_on else None,
        "certainty": round(certainty_of(facility.verified_on, facility.precision, today), 3),
        "answers": [
            answer_as_dict(answer) for answer in answers_of(session, [facility.id], today).get(facility.id, ())
        ],
        "verifications": [
            {
                "verification": row.id,
                "verified_on": row.verified_on.isoformat(),
                "how": row.how,
                "offers": list(row.offers),
                "lacks": list(row.lacks),
                "answers": row.answers,
            }
            for row in reversed(heard)
        ],
    }


def corrected_origins(session: Session, facility: Facility) -> dict[str, dict[str, Any]]:
    """Corrected fields → an origin: {"correction", "corrected_on"}; a corrected address places the clinic anew."""
    origins: dict[str, dict[str, Any]] = {}
    for row in _corrections(session, facility):
        origin = {"correction": row.id, "corrected_on": row.made_at.date().isoformat()}
        moved = ("latitude", "longitude") if row.field in PLACED_BY else ()
        origins |= dict.fromkeys((row.field, *moved), origin)
    return origins


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """An answer fit for JSON, without the name of who asked."""
    return {
        "question": answer.question,
        "value": answer.value,
        "on": answer.on.isoformat(),
        "how": answer.how,
        "faded": answer.faded,
    }


def _corrections(session: Session, facility: Facility) -> list[Correction]:
    return corrections_of(session, [facility.id]).get(facility.id, [])
