"""Pairs: what people decide of two facilities that may be one, and what becomes of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from directory.catalogue.merged import merged_facilities
from directory.catalogue.models import DoubtfulMatch, Facility, Listing, Verification, VerificationCall
from directory.catalogue.placing import Address, Point
from directory.catalogue.redraw import FACILITY, LISTING, redraw_as_decided
from directory.catalogue.remembered import Judgement, sites_of
from directory.catalogue.session import keep_imports_out
from directory.errors import SaidError
from directory.sentence import Sentence


class PairError(SaidError):
    """A decision that cannot be taken; the message says why and what to do first."""


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, when, and how the place of an address is found."""

    name: str
    now: dt.datetime
    place_of: Callable[[Address], Point]


def waiting_pairs(session: Session) -> list[DoubtfulMatch]:
    """Pairs that nobody judged yet, the oldest first, then those put off, the longest put off first."""
    open_ones = select(DoubtfulMatch).where(
        or_(DoubtfulMatch.decision.is_(None), DoubtfulMatch.decision == Judgement.LATER)
    )
    return list(
        session.scalars(
            open_ones.order_by(DoubtfulMatch.decided_at.is_not(None), DoubtfulMatch.decided_at, DoubtfulMatch.id)
        )
    )


def judged_pairs(session: Session, count: int) -> list[DoubtfulMatch]:
    """The pairs judged last, newest first."""
    judged = select(DoubtfulMatch).where(DoubtfulMatch.decision.in_((Judgement.SAME, Judgement.DIFFERENT)))
    return list(session.scalars(judged.order_by(DoubtfulMatch.decided_at.desc(), DoubtfulMatch.id.desc()).limit(count)))


def pair_of(session: Session, one: int, other: int) -> DoubtfulMatch:
    """The pair of two facilities, made where it is not there yet. Raises PairError for one facility or none."""
    low, high = sorted((one, other))
    if low == high:
        raise PairError(Sentence("name two facilities; this is one"))
    same_pair = and_(DoubtfulMatch.facility_id == low, DoubtfulMatch.other_facility_id == high)
    found = session.scalars(select(DoubtfulMatch).where(same_pair)).first()
    if found is not None:
        return found
    facilities = [session.get(Facility, facility_id) for facility_id in (low, high)]
    if facilities[0] is None or facilities[1] is None:
        missing = low if facilities[0] is None else high
        raise PairError(Sentence("there is no clinic with the number %(number)s; search for it again", number=missing))
    run_id = max(facility.first_run_id for facility in facilities if facility)
    pair = DoubtfulMatch(facility_id=low, other_facility_id=high, run_id=run_id, reason="somebody named them")
    session.add(pair)
    session.flush()
    return pair


def judge(session: Session, pair_id: int, judgement: Judgement, by: By) -> set[int]:
    """Decide of a pair, also otherwise than before; returns the facilities that show something else now.

    "same" puts the listings of both into the older one; the other keeps all that was written about it and stands for
    nothing but its number. Raises PairError where earlier decisions say the opposite.
    """
    if not by.name.strip():
        raise PairError(Sentence("name who decides"), "by")
    _keep_imports_out(session)
    pair = _pair(session, pair_id)
    if judgement != Judgement.LATER:
        _check_agrees(session, pair, judgement)
    pair.decision, pair.decided_by, pair.decided_at, pair.repeats_id = judgement, by.name.strip(), by.now, None
    pair.sites, pair.other_sites = sites_of(session, pair.facility_id), sites_of(session, pair.other_facility_id)
    return _redrawn(session, by)


def take_back(session: Session, pair_id: int, by: By) -> set[int]:
    """Undo a decision: the pair waits again, and both stand as if nobody had decided."""
    _keep_imports_out(session)
    pair = _pair(session, pair_id)
    pair.decision, pair.decided_by, pair.decided_at, pair.repeats_id = None, "", None, None
    pair.sites, pair.other_sites = [], []
    return _redrawn(session, by)


def split(session: Session, facility_id: int, listing_ids: Sequence[int], verifications: Sequence[int], by: By) -> int:
    """Give some listings of a facility, ended ones too, a facility of their own; returns its id.

    Referrals, corrections and calls stay with the number they were written under; of the verifications those named
    (by id) go with the listings. Listings that a decision had brought here go back to the number they came from. No
    import joins the two again. To take it back, judge the pair "same". Raises PairError where nothing would be left,
    something else is named, or listings of several numbers are.
    """
    if not by.name.strip():
        raise PairError(Sentence("name who decides"), "by")
    _keep_imports_out(session)
    rows = session.scalars(select(Listing).where(Listing.facility_id == facility_id)).all()
    moved = [row for row in rows if row.id in set(listing_ids)]
    if not moved or len(moved) != len(set(listing_ids)):
        raise PairError(Sentence("choose some of the listings of this clinic"), "listings")
    if all(row in moved for row in rows if row.home_id is None):
        raise PairError(Sentence("leave at least one listing with this number"), "listings")
    home_id = _home_of(moved, rows)
    if home_id is not None:
        _hand_over(session, verifications, facility_id, home_id)
        judge(session, pair_of(session, facility_id, home_id).id, Judgement.DIFFERENT, by)
        redraw_as_decided(session, {facility_id, home_id}, by.place_of)
        return home_id
    first = min(moved, key=lambda row: (row.first_run_id, row.id))
    values: dict[str, Any] = {
        "name": first.name1,
        "city": first.city,
        "state": first.state,
        "zip": first.zip,
        "origins": {},
    }
    values |= {"first_run_id": first.first_run_id, "changed_run_id": first.first_run_id}
    new_id: int = session.execute(insert(FACILITY).values(**values).returning(FACILITY.c.id)).scalar_one()
    for row in moved:
        row.facility_id, row.home_id = new_id, None
    _hand_over(session, verifications, facility_id, new_id)
    session.flush()
    pair = pair_of(session, facility_id, new_id)
    pair.reason = "split by a person"
    judge(session, pair.id, Judgement.DIFFERENT, by)
    redraw_as_decided(session, {facility_id, new_id}, by.place_of)
    return new_id


def _home_of(moved: Sequence[Listing], rows: Sequence[Listing]) -> int | None:
    """The number that all these listings came from by a decision, None where they were always here."""
    homes = {row.home_id for row in moved}
    if homes == {None}:
        return None
    home_id = next(iter(homes))
    if len(homes) > 1 or len(moved) != sum(row.home_id == home_id for row in rows):
        numbers = ", ".join(sorted({str(row.home_id) for row in rows if row.home_id is not None}, key=int))
        told = Sentence(
            "some came from number %(numbers)s by a decision; choose all of one such number", numbers=numbers
        )
        raise PairError(told, "listings")
    return home_id


def _hand_over(session: Session, verifications: Sequence[int], facility_id: int, to: int) -> None:
    for table in (Verification, VerificationCall):
        key = table.id if table is Verification else VerificationCall.verification_id
        named = and_(table.facility_id == facility_id, key.in_(list(verifications)))
        session.execute(update(table).where(named).values(facility_id=to))


def stand_as_decided(session: Session) -> set[int]:
    """Put every listing where decisions want it; returns the facilities that must be drawn anew."""
    session.flush()
    before, wanted = merged_facilities(session), _wanted(session)
    changed = sorted(i for i in {*before, *wanted} if before.get(i) != wanted.get(i))
    for facility_id in changed:
        into = wanted.get(facility_id)
        moved = {"facility_id": into or facility_id, "home_id": facility_id if into else None}
        session.execute(update(LISTING).where(Listing.home() == facility_id).values(**moved))
        status = {"merged_into_id": into, "status": "merged" if into else "open"}
        session.execute(update(FACILITY).where(FACILITY.c.id == facility_id).values(**status))
    touched = {*changed, *(before[i] for i in changed if i in before), *(wanted[i] for i in changed if i in wanted)}
    if touched:
        session.expire_all()
    return touched


def _keep_imports_out(session: Session) -> None:
    # An import that has read the decisions would put its listings where they were wanted before.
    if not keep_imports_out(session):
        raise PairError(Sentence("an import is running; decide again in a few minutes"))


def _pair(session: Session, pair_id: int) -> DoubtfulMatch:
    pair = session.get(DoubtfulMatch, pair_id)
    if pair is None:
        raise PairError(Sentence("there is no pair %(number)s in the review queue", number=pair_id))
    return pair


def _redrawn(session: Session, by: By) -> set[int]:
    touched = stand_as_decided(session)
    redraw_as_decided(session, touched, by.place_of)
    return touched


def _wanted(session: Session) -> dict[int, int]:
    """Every facility that decisions merge → the oldest of those it is the same as."""
    return _grouped((pair.facility_id, pair.other_facility_id) for pair in _judged(session, Judgement.SAME))


def _judged(session: Session, judgement: Judgement) -> list[DoubtfulMatch]:
    return list(session.scalars(select(DoubtfulMatch).where(DoubtfulMatch.decision == judgement)))


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    oldest: dict[int, int] = {}

    def root(facility_id: int) -> int:
        while oldest.get(facility_id, facility_id) != facility_id:
            facility_id = oldest[facility_id]
        return facility_id

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        oldest[high] = low
    return {facility_id: root(facility_id) for facility_id in oldest if root(facility_id) != facility_id}


def _check_agrees(session: Session, pair: DoubtfulMatch, judgement: Judgement) -> None:
    """Who is the same as somebody from whom another of the same is different cannot be."""
    joined = [other for other in _judged(session, Judgement.SAME) if other.id != pair.id]
    apart = [other for other in _judged(session, Judgement.DIFFERENT) if other.id != pair.id]
    (joined if judgement == Judgement.SAME else apart).append(pair)
    groups = _grouped((one.facility_id, one.other_facility_id) for one in joined)

    def group(facility_id: int) -> int:
        return groups.get(facility_id, facility_id)

    ours = {group(pair.facility_id), group(pair.other_facility_id)}
    for one in apart:
        if group(one.facility_id) == group(one.other_facility_id) in ours:
            if one is pair:
                raise PairError(
                    Sentence(
                        "numbers %(one)s and %(other)s are one clinic by other decisions; take one of those back first",
                        one=one.facility_id,
                        other=one.other_facility_id,
                    )
                )
            raise PairError(
                Sentence(
                    "numbers %(one)s and %(other)s were judged different; take that back first",
                    one=one.facility_id,
                    other=one.other_facility_id,
                )
            )
