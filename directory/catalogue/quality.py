"""Quality: how much of the directory somebody checked, and how often the sources were right when called."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from directory.catalogue.certainty import certainty_of
from directory.catalogue.models import Facility, VerificationCall

SPANS = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class Checked:
    """How many of a group of clinics were asked in the last days: span → count; `certainty` is their mean, 0 to 1."""

    clinics: int
    asked_in: dict[int, int]
    certainty: float


@dataclass(frozen=True, slots=True)
class Right:
    """How often a source was right about a field when the clinic was called."""

    source: str
    field: str
    judged: int
    right: int


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of the quality page. `calls` counts attempts by outcome."""

    everything: Checked
    ketamine: Checked
    right: list[Right]
    calls: dict[str, int]


def quality(session: Session, today: dt.date) -> Quality:
    """All figures as of today."""
    codes = type_coerce(Facility.codes, Text)
    columns = (Facility.verified_on, Facility.precision, (" " + codes + " ").contains(" KIT ").label("ketamine"))
    rows = session.execute(select(*columns).where(Facility.in_results())).all()
    judged: dict[tuple[str, str], list[bool]] = defaultdict(list)
    calls: dict[str, int] = defaultdict(int)
    for call in session.scalars(select(VerificationCall)):
        calls[call.outcome] += 1
        for one in call.checked:
            judged[one["source"], one["field"]].append(one["right"])
    return Quality(
        everything=_checked([(row[0], row[1]) for row in rows], today),
        ketamine=_checked([(row[0], row[1]) for row in rows if row[2]], today),
        right=[Right(source, field, len(said), sum(said)) for (source, field), said in sorted(judged.items())],
        calls=dict(calls),
    )


def _checked(rows: Sequence[tuple[dt.date | None, str]], today: dt.date) -> Checked:
    asked = {span: sum(day is not None and (today - day).days <= span for day, _precision in rows) for span in SPANS}
    sure = sum(certainty_of(day, precision, today) for day, precision in rows if day)
    return Checked(len(rows), asked, sure / len(rows) if rows else 0.0)
