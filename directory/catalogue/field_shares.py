"""FieldShares: how many of a source's listings a run changed in each field, so that a drifted column stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.catalogue.redraw import LISTING
from directory.catalogue.sites import SITE_COLUMNS

_COLUMNS = (*SITE_COLUMNS, "phone", "website", "latitude", "longitude")


@dataclass(frozen=True, slots=True)
class FieldShares:
    """By field, intake phones by their own names: `filled` listings before or after, and `changed` ones of these."""

    filled: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)


def field_shares(session: Session, source_id: str, run_id: int) -> FieldShares:
    """Compare what a run ended with what it brought for the same facility, among all that the source lists.

    Facilities with several listings of the source on either side are left out: which follows which is not told.
    """
    columns = (*(LISTING.c[name] for name in _COLUMNS), LISTING.c.intake_phones)
    statement = select(LISTING.c.facility_id, LISTING.c.ended_run_id, LISTING.c.first_run_id, *columns).where(
        LISTING.c.source_id == source_id,
        or_(LISTING.c.ended_run_id.is_(None), LISTING.c.ended_run_id == run_id),
    )
    ended: dict[int, list[dict[str, Any]]] = {}
    brought: dict[int, list[dict[str, Any]]] = {}
    shares = FieldShares()
    for row in session.execute(statement):
        values = dict(_filled(row._asdict()))
        if row.ended_run_id == run_id:
            ended.setdefault(row.facility_id, []).append(values)
            continue
        shares.filled.update(values.keys())
        if row.first_run_id == run_id:
            brought.setdefault(row.facility_id, []).append(values)
    for facility_id, old in ended.items():
        new = brought.get(facility_id, [])
        if len(old) == len(new) == 1:
            _compare(old[0], new[0], shares)
    return shares


def _filled(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, row[name]) for name in _COLUMNS if row[name] not in ("", None))
    yield from row["intake_phones"].items()


def _compare(old: Mapping[str, Any], new: Mapping[str, Any], shares: FieldShares) -> None:
    for name in {*old, *new}:
        shares.changed[name] += old.get(name) != new.get(name)
        shares.filled[name] += name not in new
