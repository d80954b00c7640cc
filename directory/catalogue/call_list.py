"""Call list: which clinics somebody should ask next, and why; weights in data/verification.toml."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Text, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from directory.catalogue.certainty import certainty_of
from directory.catalogue.claims import claims
from directory.catalogue.heard import KETAMINE, REACHED, Answer, Reach, answers_of, reach_of
from directory.catalogue.merged import merged_facilities
from directory.catalogue.models import Facility, ImportRun, Listing, VerificationTask
from directory.catalogue.questions import asking
from directory.catalogue.tasks import open_tasks

TREATMENTS = ("KIT", "ESK")
# They make a call more pressing, and are no reason for one by themselves.
_ONLY_MORE_PRESSING = frozenset({"referred", "often shown", "near"})
# From so little certainty on a clinic counts as asked long ago.
LONG_AGO = 0.5


@dataclass(frozen=True, slots=True)
class Around:
    """What the call list cannot know by itself: facility id → referrals, share of the country it is shown to, miles."""

    referrals: Mapping[int, int] = field(default_factory=dict)
    shown: Mapping[int, float] = field(default_factory=dict)
    miles: Mapping[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class ToCall:
    """A clinic to call. `whys` are ids of the reasons in data/verification.toml, the weightiest first."""

    facility: Facility
    weight: float
    whys: list[str]
    tasks: list[VerificationTask]
    reach: Reach | None
    claimed_by: str = ""


def call_list(session: Session, now: dt.datetime, around: Around) -> list[ToCall]:
    """Who to ask, the most pressing first; without those who were just missed, or could not be reached lately.

    On it stands whoever is listed with ketamine or esketamine, or of whom something was said, and who has a reason:
    a clinic that answered everything lately has none.
    """
    tasks: dict[int, list[VerificationTask]] = defaultdict(list)
    stands = merged_facilities(session)
    for task, _facility in open_tasks(session):
        tasks[stands.get(task.facility_id, task.facility_id)].append(task)
    facilities = _facilities(session, sorted(tasks))
    ids = [facility.id for facility in facilities]
    reached, answers, taken = reach_of(session, ids), answers_of(session, ids, now.date()), claims(session, now)
    news = _KetamineNews.of(session, ids, now)
    found = []
    for facility in facilities:
        reach = reached.get(facility.id)
        if _rests(reach, now):
            continue
        known = answers.get(facility.id, [])
        weights = _weights(facility, tasks[facility.id], known, around, now.date()) | news.weights(facility, known)
        if weights.keys() <= _ONLY_MORE_PRESSING:
            continue
        whys = sorted(weights, key=lambda why: -weights[why])
        claim = taken.get(facility.id)
        entry = ToCall(facility, sum(weights.values()), whys, tasks[facility.id], reach)
        entry.claimed_by = claim.claimed_by if claim else ""
        found.append(entry)
    return sorted(found, key=lambda entry: (-entry.weight, entry.facility.id))


def _facilities(session: Session, with_tasks: Sequence[int]) -> list[Facility]:
    # The codes are one text, "CBT KIT MD"; as a column of codes, LIKE would be bound as one.
    codes = " " + type_coerce(Facility.codes, Text) + " "
    treats = or_(*(codes.contains(f" {code} ") for code in TREATMENTS))
    asked = Facility.in_results() & treats
    told = Facility.id.in_(with_tasks) & (Facility.status != "merged")
    return list(session.scalars(select(Facility).where(or_(asked, told)).order_by(Facility.id)))


def _rests(reach: Reach | None, now: dt.datetime) -> bool:
    """True where a call was missed a moment ago, or so many that nobody needs to try for a while."""
    if reach is None or reach.missed == 0:
        return False
    days = asking().questions[REACHED].shelf_days if reach.unreachable else asking().calling["days_after_missed"]
    return now - reach.last_called_at < dt.timedelta(days)


def _weights(
    facility: Facility, tasks: Sequence[VerificationTask], known: Sequence[Answer], around: Around, today: dt.date
) -> dict[str, float]:
    sure = certainty_of(facility.verified_on, "street", today)
    many = asking().call_list["many_referrals"]
    miles = around.miles.get(facility.id)
    shares = {
        "told by a clinic": 1.0 if any(task.told_by == "clinic" for task in tasks) else 0,
        "told by staff": 1.0 if any(task.told_by == "staff" for task in tasks) else 0,
        "told by the public": 1.0 if any(task.told_by == "public" for task in tasks) else 0,
        "never asked": 1.0 if facility.verified_on is None else 0,
        "asked long ago": 1 - sure if facility.verified_on and sure < LONG_AGO else 0,
        "answers faded": 1.0 if any(answer.faded for answer in known) else 0,
        "referred": min(around.referrals.get(facility.id, 0) / many, 1),
        "often shown": around.shown.get(facility.id, 0),
        "near": 0 if miles is None else max(0, 1 - miles / asking().call_list["near_miles"]),
    }
    return {why: _weight(why) * share for why, share in shares.items() if share > 0}


def _weight(why: str) -> float:
    return float(asking().whys[why].more["weight"])


@dataclass(frozen=True, slots=True)
class _KetamineNews:
    """What sources newly say of ketamine: facility id → the day a listing gained it, or the last one lost it."""

    gained: Mapping[int, dt.date]
    lost: Mapping[int, dt.date]
    lately: dt.date

    @classmethod
    def of(cls, session: Session, ids: Sequence[int], now: dt.datetime) -> _KetamineNews:
        codes = " " + type_coerce(Listing.codes, Text) + " "
        has = codes.contains(f" {TREATMENTS[0]} ")
        days = {run.id: run.started_at.date() for run in session.scalars(select(ImportRun))}
        beginnings = select(func.min(ImportRun.id)).where(ImportRun.state == "published").group_by(ImportRun.source_id)
        # A source's first edition brings everything at once: nothing in it is news.
        first = set(session.scalars(beginnings))
        rows = select(Listing.facility_id, Listing.first_run_id, Listing.ended_run_id).where(has)
        begun: dict[int, int] = {}
        ended: dict[int, int] = {}
        still: set[int] = set()
        wanted = set(ids)
        for facility_id, first_run, ended_run in session.execute(rows):
            if facility_id in wanted and ended_run != first_run:
                begun[facility_id] = min(begun.get(facility_id, first_run), first_run)
                ended[facility_id] = max(ended.get(facility_id, 0), ended_run or 0)
                still |= {facility_id} if ended_run is None else set()
        return cls(
            gained={i: days[run] for i, run in begun.items() if i in still and run not in first},
            lost={i: days[run] for i, run in ended.items() if run and i not in still},
            lately=now.date() - dt.timedelta(asking().call_list["gained_days"]),
        )

    def weights(self, facility: Facility, known: Sequence[Answer]) -> dict[str, float]:
        """ "gained lately", or "contradictory" where it is against what the clinic itself said before."""
        said = next((answer for answer in known if answer.question == KETAMINE), None)
        gained, lost = self.gained.get(facility.id), self.lost.get(facility.id)
        against = said and (
            (not said.value and gained and gained > said.on) or (said.value and lost and lost > said.on)
        )
        if against:
            return {"contradictory": _weight("contradictory")}
        asked_since = facility.verified_on is not None and gained is not None and facility.verified_on >= gained
        if gained is None or gained < self.lately or asked_since:
            return {}
        return {"gained lately": _weight("gained lately")}
