"""Remembered decisions: pairs that people judged, found again by what their listings say.

Facilities come and go with runs that are taken back; the same rows in another run are the same pair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.models import DoubtfulMatch, Listing

_SITE = ("name1", "name2", "street1", "street2", "city", "state", "zip")


class Judgement(StrEnum):
    """What people say of a pair of facilities."""

    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"


def listing_key(source_id: str, row: Any) -> str:
    """What a source calls a site, as a short digest; `row` has the raw names of a listing, whatever its phone."""
    said = [source_id, *(getattr(row, name).casefold() for name in _SITE)]
    # Where the street is withheld only the phone tells two sites of a name apart.
    said.append(row.phone if row.street_withheld else "")
    return hashlib.blake2b("\x1f".join(said).encode(), digest_size=12).hexdigest()


def sites_of(session: Session, facility_id: int) -> list[str]:
    """The keys of all listings that were matched to a facility, ended ones too, sorted."""
    rows = session.scalars(select(Listing).where(Listing.home() == facility_id))
    return sorted({listing_key(row.source_id, row) for row in rows})


@dataclass(frozen=True, slots=True)
class Remembered:
    """One decision: `sides` are the ids of its facilities with what their listings say."""

    pair: DoubtfulMatch
    sides: tuple[tuple[int, frozenset[str]], tuple[int, frozenset[str]]]

    def others(self, sites: frozenset[str], known: Mapping[int, frozenset[str]]) -> Iterator[int]:
        """The facilities that stand on the other side of whoever has these sites; `known` are facilities' sites."""
        for (_id, ours), (other_id, others) in (self.sides, self.sides[::-1]):
            if sites & ours:
                yield other_id
                yield from (facility_id for facility_id, keys in known.items() if keys & others)


def remembered(session: Session) -> list[Remembered]:
    """What people decided of pairs, the latest decision last; few enough to be looked through."""
    decided = select(DoubtfulMatch).where(DoubtfulMatch.decision.in_((Judgement.SAME, Judgement.DIFFERENT)))
    return [
        Remembered(
            row,
            ((row.facility_id, frozenset(row.sites)), (row.other_facility_id, frozenset(row.other_sites))),
        )
        for row in session.scalars(decided.order_by(DoubtfulMatch.decided_at, DoubtfulMatch.id))
    ]


def decided_pairs(
    decisions: Iterable[Remembered], sites: Mapping[int, frozenset[str]], known: Mapping[int, frozenset[str]]
) -> dict[tuple[int, int], DoubtfulMatch]:
    """(row, facility id) → the decision about them, where there is one; `sites` are of rows, `known` of facilities."""
    found: dict[tuple[int, int], DoubtfulMatch] = {}
    for decision in decisions:
        for row, keys in sites.items():
            for facility_id in decision.others(keys, known):
                found[row, facility_id] = decision.pair
    return found


def judged_apart(
    decisions: Iterable[Remembered], sites: Mapping[int, frozenset[str]], known: Mapping[int, frozenset[str]]
) -> set[tuple[int, int]]:
    """(row, facility id) of those that people judged to be different."""
    judged = decided_pairs(decisions, sites, known)
    return {pair for pair, decision in judged.items() if decision.decision == Judgement.DIFFERENT}
