"""Matching: which rows of a batch are which facilities, by the decision table.

docs/decisions/identity-of-a-facility.md explains how; tests/catalogue/test_matching.py has pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from directory.catalogue.address import Site, SitePart, site_part, street_address
from directory.catalogue.decision_table import (
    CELLS,
    DECISION_TABLE,
    NAMES_TELL_APART,
    Alone,
    Rule,
    Scope,
    Sign,
    Verdict,
)
from directory.catalogue.naming import ClinicName, NamePart, clinic_name, name_part
from directory.catalogue.record import ListingRecord

# Over an edition's change the same clinic keeps this share of its services; of two clinics in one house few do.
_MOST_SERVICES = 0.6
# Listings of one house: at one address whatever their names, in another suite only where the names have much in common.
_HOUSE = frozenset({SitePart.SAME, SitePart.NEAR})
_HOUSE_OF_ONE = frozenset({SitePart.UNIT, SitePart.NUMBER})


@dataclass(frozen=True, slots=True)
class Profile:
    """A listing cleaned for matching. `digest` breaks ties, so that no order of rows can."""

    name: ClinicName
    site: Site
    phone: str
    codes: frozenset[str]
    digest: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A row of the batch is this facility; `reason` in plain words."""

    row: int
    facility_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row of the batch may be this facility, and stays apart until a person has looked."""

    row: int
    facility_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Matching:
    """The outcome: every row is joined at most once, and so is every facility."""

    joined: tuple[Joined, ...]
    doubtful: tuple[Doubt, ...]


def profile(record: ListingRecord, digest: str) -> Profile:
    """Clean a row for matching."""
    return profile_of(
        record.name1,
        record.name2,
        "" if record.street_withheld else record.street1,
        record.street2,
        (record.city, record.state, record.zip),
        record.phone,
        record.codes,
        digest,
    )


def profile_of(
    name1: str,
    name2: str,
    street1: str,
    street2: str,
    town: tuple[str, str, str],
    phone: str,
    codes: Iterable[str],
    digest: str,
) -> Profile:
    """Clean a listing for matching; `town` is city, state and ZIP, an empty street1 is a withheld street."""
    city, state, zip_code = town
    address = street_address(street1, street2) if street1 else None
    site = Site(address, city.casefold(), state, zip_code)
    signs = frozenset(address.signs) if address else frozenset()
    return Profile(clinic_name(name1, name2, city, signs), site, phone[:12], frozenset(codes), digest)


def decide(one: Profile, other: Profile, scope: Scope) -> Rule:
    """The rule of the decision table that fits a pair."""
    return DECISION_TABLE[_decided(one, other, scope)[0]]


def _decided(one: Profile, other: Profile, scope: Scope) -> tuple[int, bool]:
    """The number of the rule that fits a pair, and whether both are in one house."""
    site = site_part(one.site, other.site)
    phones_agree = bool(one.phone) and one.phone == other.phone
    if site in {SitePart.FAR, SitePart.ELSEWHERE}:
        moved = phones_agree and site is SitePart.ELSEWHERE and scope is Scope.EDITION
        if not moved and one.name.words != other.name.words:
            return len(DECISION_TABLE) - 1, False
        sign = Sign.PHONE if phones_agree else _services(one, other, scope)
        return CELLS[name_part(one.name, other.name), site, sign, scope], False
    name = name_part(one.name, other.name)
    house = site in _HOUSE or (site in _HOUSE_OF_ONE and name not in {NamePart.OTHER, NamePart.OPPOSED})
    return CELLS[name, site, Sign.PHONE if phones_agree else _services(one, other, scope), scope], house


def _services(one: Profile, other: Profile, scope: Scope) -> Sign:
    most = scope is Scope.EDITION and share_of_codes(one.codes, other.codes) >= _MOST_SERVICES
    return Sign.SERVICES if most else Sign.NOTHING


def match(
    rows: Sequence[Profile],
    before: Sequence[tuple[int, Profile]],
    elsewhere: Sequence[tuple[int, Profile]],
    whole: bool = True,
    apart: Set[tuple[int, int]] = frozenset(),
) -> Matching:
    """Assign rows of one batch to facilities, one to one, whatever the order of rows.

    `before` are (facility id, profile) of what the same source said of facilities it may still list; `elsewhere` what
    other sources say of facilities that this source does not list. The former is asked first. `whole`: the batch is
    all of its edition, so that what it lacks has gone; otherwise a rule that needs this is a doubt. `apart`
    are (row, facility id) that people judged to be different.
    """
    meeting = _Meeting(rows, whole, apart)
    meeting.join(Scope.EDITION, before)
    meeting.join(Scope.SOURCE, elsewhere)
    meeting.doubt_twins(elsewhere)
    return meeting.outcome()


class _Meeting:
    """The rows of a batch on their way to facilities: which rows are free, which facilities taken, what is doubtful."""

    def __init__(self, rows: Sequence[Profile], whole: bool, apart: Set[tuple[int, int]]) -> None:
        self.rows = rows
        self.whole = whole
        self.apart = apart
        self.free = set(range(len(rows)))
        self.taken: set[int] = set()
        self.joined: list[Joined] = []
        self.doubtful: dict[tuple[int, int], Doubt] = {}
        self.twins: list[Doubt] = []

    def join(self, scope: Scope, known: Sequence[tuple[int, Profile]]) -> None:
        """Join by the rules in their order, each pair that fits while both sides are open."""
        pairs, house = _decided_pairs(self.rows, known, scope, self.free, self.apart)
        for number in sorted(pairs):
            rule = DECISION_TABLE[number]
            open_pairs = [pair for pair in pairs[number] if self._open(pair[1], pair[2])]
            sole = _sole((row, facility_id) for _key, row, facility_id in open_pairs)
            fit = sole & _sole(pair for pair in house if self._open(*pair)) if rule.alone is Alone.LONE else sole
            for _key, row, facility_id in sorted(open_pairs):
                if not self._open(row, facility_id):
                    continue
                fits = rule.alone is Alone.ANYWAY or (row, facility_id) in fit
                if rule.verdict is Verdict.SAME and fits and (self.whole or not rule.replaces):
                    self.free.discard(row)
                    self.taken.add(facility_id)
                    self.joined.append(Joined(row, facility_id, rule.reason))
                elif (row, facility_id) in sole or (rule.verdict is Verdict.SAME and rule.alone is Alone.SOLE):
                    self.doubtful[row, facility_id] = Doubt(row, facility_id, rule.reason)

    def doubt_twins(self, elsewhere: Sequence[tuple[int, Profile]]) -> None:
        """A facility that its own source alone listed may say now what another source's facility says: one clinic.

        Both stand in the catalogue already, so a person decides. It happens where an old edition of one source came
        after a new one of another.
        """
        listed = {facility_id for facility_id, _profile in elsewhere}
        home = {join.row: join.facility_id for join in self.joined if join.facility_id not in listed}
        pairs, _house = _decided_pairs(self.rows, elsewhere, Scope.SOURCE, set(home), self.apart)
        for number in sorted(pairs):
            rule = DECISION_TABLE[number]
            open_pairs = [
                (row, facility_id) for _key, row, facility_id in pairs[number] if facility_id not in self.taken
            ]
            if rule.verdict is Verdict.SAME and rule.alone is not Alone.LONE:
                self.twins += [Doubt(*pair, rule.reason) for pair in sorted(_sole(open_pairs))]

    def outcome(self) -> Matching:
        """What is joined, and the doubts of which both sides are still open."""
        open_doubts = [self.doubtful[pair] for pair in sorted(self.doubtful) if self._open(*pair)]
        return Matching(tuple(self.joined), (*open_doubts, *self.twins))

    def _open(self, row: int, facility_id: int) -> bool:
        return row in self.free and facility_id not in self.taken


_Pair = tuple[tuple[float, str, str], int, int]


def _decided_pairs(
    rows: Sequence[Profile],
    known: Sequence[tuple[int, Profile]],
    scope: Scope,
    free: set[int],
    apart: Set[tuple[int, int]],
) -> tuple[dict[int, list[_Pair]], set[tuple[int, int]]]:
    """Rule number → pairs, each with a key that orders the likeliest first and never depends on ids nor on which
    side a listing stands; and all pairs of one house, whatever the rule."""
    best: dict[tuple[int, int], tuple[int, tuple[float, str, str]]] = {}
    opposed: set[tuple[int, int]] = set()
    house: set[tuple[int, int]] = set()
    for row, place in _candidates(rows, known, free):
        facility_id, other = known[place]
        number, in_one_house = _decided(rows[row], other, scope)
        if in_one_house:
            house.add((row, facility_id))
        if (row, facility_id) in apart:
            continue
        if number < NAMES_TELL_APART and scope is Scope.SOURCE:
            opposed.add((row, facility_id))
        if DECISION_TABLE[number].verdict is Verdict.DIFFERENT:
            continue
        first, second = sorted((rows[row].digest, other.digest))
        key = (-_agreement(rows[row], other), first, second)
        best[row, facility_id] = min(best.get((row, facility_id), (number, key)), (number, key))
    pairs: dict[int, list[_Pair]] = defaultdict(list)
    for (row, facility_id), (number, key) in best.items():
        if (row, facility_id) not in opposed:
            pairs[number].append((key, row, facility_id))
    return pairs, house


def _candidates(
    rows: Sequence[Profile], known: Sequence[tuple[int, Profile]], free: set[int]
) -> Iterator[tuple[int, int]]:
    """Pairs worth a look: those that share a ZIP, a phone in one state, or a house number in one town."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, (_facility_id, other) in enumerate(known):
        for block in _blocks(other):
            blocks[block].append(place)
    for row in sorted(free):
        near = {place for block in _blocks(rows[row]) for place in blocks.get(block, ())}
        for place in near:
            yield row, place


def _blocks(one: Profile) -> Iterator[tuple[str, ...]]:
    yield ("zip", one.site.zip)
    if one.phone:
        yield ("phone", one.phone, one.site.state)
    if one.site.address and one.site.address.number:
        yield ("house", one.site.address.number, one.site.city, one.site.state)


def _sole(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """The pairs whose row and whose facility stand in no other pair."""
    by_row: dict[int, set[int]] = defaultdict(set)
    by_facility: dict[int, set[int]] = defaultdict(set)
    for row, facility_id in pairs:
        by_row[row].add(facility_id)
        by_facility[facility_id].add(row)
    only = {row: next(iter(ids)) for row, ids in by_row.items() if len(ids) == 1}
    return {(row, facility_id) for row, facility_id in only.items() if len(by_facility[facility_id]) == 1}


def _agreement(one: Profile, other: Profile) -> float:
    """How much a pair of equal standing agrees: units, then the share of codes in common."""
    units = bool(one.site.address and other.site.address and one.site.address.units == other.site.address.units)
    return units + share_of_codes(one.codes, other.codes)


def share_of_codes(one: frozenset[str], other: frozenset[str]) -> float:
    """Codes in common as a share (0 to 1) of those in either; 1 where neither has any."""
    either = one | other
    return len(one & other) / len(either) if either else 1.0
