"""Matching: which rows of a batch are which facilities, by one decision table.

docs/decisions/identity-of-a-facility.md explains the table; tests/catalogue/test_matching.py has pairs for its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from directory.catalogue.address import Site, SitePart, site_part, street_address
from directory.catalogue.naming import ClinicName, NamePart, clinic_name, name_part
from directory.catalogue.record import ListingRecord


class Verdict(StrEnum):
    """What the table says of a pair."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


class Scope(StrEnum):
    """Whether a row meets what its own source said in the last edition, or what another source says."""

    EDITION = "edition"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Profile:
    """A listing cleaned for matching. `digest` breaks ties, so that no order of rows can."""

    name: ClinicName
    site: Site
    phone: str
    codes: frozenset[str]
    digest: str


class Sign(StrEnum):
    """What agrees beside name and address. Services say something within one source only: each asks its own."""

    PHONE = "the phone"
    SERVICES = "most services"
    NOTHING = "neither"


class Alone(StrEnum):
    """How far a pair must stand alone to be joined; if it does not, it is doubtful."""

    ANYWAY = "others may fit as well, the likeliest is taken"
    SOLE = "neither side has another candidate by the same rule"
    LONE = "nothing else of this house is left to join on either side"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the decision table; the first that fits decides."""

    names: frozenset[NamePart]
    sites: frozenset[SitePart]
    signs: frozenset[Sign]
    scopes: frozenset[Scope]
    verdict: Verdict
    alone: Alone
    reason: str

    @property
    def replaces(self) -> bool:
        """True where the pair is one clinic only if its source no longer lists the older of the two."""
        lone = self.alone is Alone.LONE or NamePart.OTHER in self.names
        return self.scopes == {Scope.EDITION} and (lone or bool(self.sites & {SitePart.ALONG, SitePart.ELSEWHERE}))


N, P, BOTH = NamePart, SitePart, frozenset(Scope)
_EDITION, _SOURCE = frozenset({Scope.EDITION}), frozenset({Scope.SOURCE})
_PHONE, _OTHER_PHONE, _ANY = frozenset({Sign.PHONE}), frozenset({Sign.SERVICES, Sign.NOTHING}), frozenset(Sign)
_SERVICES = frozenset({Sign.SERVICES})
_SPELT = frozenset({N.SAME, N.SPELT})
_SAME_BUT_WORDS = frozenset({N.FULLER, N.PART, N.MARKED_PART})
_IN_PART = frozenset({N.PART, N.MARKED_PART, N.SIBLING, N.RELATED})
_MAIN = frozenset({P.SAME, P.UNIT, P.NEAR})


def _rule(
    names: Iterable[NamePart],
    sites: Iterable[SitePart],
    signs: frozenset[Sign],
    scopes: frozenset[Scope],
    verdict: Verdict,
    reason: str,
    alone: Alone = Alone.SOLE,
) -> Rule:
    return Rule(frozenset(names), frozenset(sites), signs, scopes, verdict, alone, reason)


SAME, DOUBTFUL, DIFFERENT, LONE = Verdict.SAME, Verdict.DOUBTFUL, Verdict.DIFFERENT, Alone.LONE
DECISION_TABLE: tuple[Rule, ...] = (
    _rule({N.OPPOSED}, P, _ANY, BOTH, DIFFERENT, "the names tell two clinics apart"),
    _rule({N.SAME}, {P.SAME}, _PHONE, BOTH, SAME, "name, address and phone agree", Alone.ANYWAY),
    _rule({N.SAME}, {P.SAME}, _OTHER_PHONE, BOTH, SAME, "name and address agree", Alone.ANYWAY),
    _rule({N.SPELT}, {P.SAME}, _ANY, BOTH, SAME, "name but for its spelling, and address agree"),
    _rule({N.SAME}, {P.WITHHELD}, _PHONE, _EDITION, SAME, "name, ZIP and phone agree, the street is withheld"),
    _rule({N.SAME}, {P.WITHHELD}, _PHONE, _SOURCE, DOUBTFUL, "same name, ZIP and phone, a street is withheld"),
    _rule(N, {P.WITHHELD}, _ANY, BOTH, DIFFERENT, "a withheld street proves nothing"),
    _rule(_SPELT, {P.UNIT, P.NEAR, P.NUMBER}, _PHONE, BOTH, SAME, "name and phone agree, the address nearly"),
    _rule(_SPELT, {P.RETOWNED}, _PHONE, BOTH, SAME, "name, street and phone agree, the town is named otherwise"),
    _rule(_IN_PART | {N.FULLER}, {P.RETOWNED}, _PHONE, BOTH, SAME, "street and phone agree, name and town in part"),
    _rule({N.SAME}, {P.UNIT}, _OTHER_PHONE, _EDITION, SAME, "name and building agree"),
    _rule({N.SAME}, {P.NEAR}, _OTHER_PHONE, _EDITION, SAME, "name agrees, the address nearly"),
    _rule({N.FULLER}, {P.SAME}, _PHONE, BOTH, SAME, "address and phone agree, one name is fuller"),
    _rule({N.FULLER}, {P.SAME}, _OTHER_PHONE, _EDITION, SAME, "address agrees, one name is fuller"),
    _rule({N.FULLER}, {P.UNIT, P.NEAR}, _PHONE, _EDITION, SAME, "building and phone agree, one name is fuller"),
    _rule({N.PART}, {P.SAME}, _PHONE, BOTH, SAME, "organisation, address, phone agree, one names no programme"),
    _rule({N.MARKED_PART}, {P.SAME}, _PHONE, _EDITION, SAME, "organisation, address and phone agree as before"),
    _rule({N.SIBLING, N.RELATED}, {P.SAME}, _PHONE, _EDITION, SAME, "address and phone agree, the name in part"),
    _rule({N.RELATED}, {P.SAME}, _PHONE, _SOURCE, SAME, "address and phone agree, the names share a telling word"),
    _rule(_IN_PART, {P.NEAR}, _PHONE, _EDITION, SAME, "phone agrees, name and address in part"),
    _rule({N.NUMBERED}, {P.SAME}, _PHONE, _EDITION, SAME, "address and phone agree, one name has a number more"),
    _rule({N.PART}, {P.SAME}, _OTHER_PHONE, _EDITION, SAME, "organisation and address agree, one names no programme"),
    _rule(_SPELT, {P.ALONG}, _PHONE, _EDITION, SAME, "name, phone and street agree, the house number does not"),
    _rule({N.OTHER}, {P.SAME}, _PHONE, _EDITION, SAME, "address and phone agree as before: renamed"),
    _rule(_IN_PART | {N.FULLER}, {P.NUMBER}, _PHONE, _EDITION, SAME, "house and phone agree, the name in part", LONE),
    _rule({N.FULLER, N.PART}, {P.NEAR}, _OTHER_PHONE, _EDITION, SAME, "address and name agree nearly", LONE),
    _rule(
        {N.RELATED, N.MARKED_PART},
        {P.SAME},
        _OTHER_PHONE,
        _EDITION,
        SAME,
        "address agrees, name in part",
        LONE,
    ),
    _rule({N.OTHER}, {P.SAME}, _SERVICES, _EDITION, SAME, "address and services agree: renamed", LONE),
    _rule(_SPELT, {P.NUMBER}, _SERVICES, _EDITION, SAME, "name, house number and services agree", LONE),
    _rule({N.SIBLING, N.MARKED_PART}, {P.SAME}, _PHONE, _SOURCE, SAME, "organisation, address and phone agree", LONE),
    _rule(
        {N.FULLER},
        {P.UNIT, P.NEAR},
        _PHONE,
        _SOURCE,
        SAME,
        "building and phone agree, one name is fuller",
        LONE,
    ),
    _rule({N.FULLER}, {P.SAME}, _OTHER_PHONE, _SOURCE, SAME, "address agrees, one name is fuller", LONE),
    _rule(_SPELT, {P.ELSEWHERE}, _PHONE, _EDITION, SAME, "name and phone agree: moved within the town"),
    _rule({N.FULLER}, {P.ELSEWHERE}, _PHONE, _EDITION, DOUBTFUL, "name nearly and phone at another address: moved?"),
    _rule({N.SAME}, {P.FAR}, _PHONE, _EDITION, DOUBTFUL, "same name and phone in another town: moved?"),
    _rule({N.SAME}, {P.ELSEWHERE}, _SERVICES, _EDITION, DOUBTFUL, "same name and services at another address: moved?"),
    _rule(N, {P.FAR, P.RETOWNED}, _ANY, BOTH, DIFFERENT, "the towns and the ZIPs differ"),
    _rule(
        _SPELT, {P.UNIT, P.NEAR, P.NUMBER}, _OTHER_PHONE, BOTH, DOUBTFUL, "same name, nearly the address, another phone"
    ),
    _rule(
        _SAME_BUT_WORDS,
        _MAIN,
        _ANY,
        BOTH,
        DOUBTFUL,
        "same organisation at this address, but one names a programme the other does not",
    ),
    _rule(
        {N.SIBLING, N.RELATED}, {P.NEAR, P.NUMBER}, _PHONE, BOTH, DOUBTFUL, "house and phone agree, the name in part"
    ),
    _rule(
        {N.SIBLING, N.NUMBERED}, {P.SAME}, _PHONE, BOTH, DOUBTFUL, "same organisation, address, phone, other programmes"
    ),
    _rule({N.SIBLING, N.RELATED}, {P.UNIT}, _PHONE, _EDITION, DOUBTFUL, "building and phone agree, the name in part"),
    _rule({N.OTHER}, {P.SAME}, _PHONE, BOTH, DOUBTFUL, "same address and phone under another name"),
    _rule(
        {N.SIBLING}, {P.SAME}, _SERVICES, BOTH, DOUBTFUL, "same organisation, address and services, other programmes"
    ),
    _rule(N, P, _ANY, BOTH, DIFFERENT, "too little agrees"),
)
# The rules before this one are about names that tell two clinics apart.
_NAMES_TELL_APART = 1
# Over an edition's change the same clinic keeps this share of its services; of two clinics in one house few do.
_MOST_SERVICES = 0.6
_HOUSE = frozenset({P.SAME, P.NEAR})
_HOUSE_OF_ONE = frozenset({P.UNIT, P.NUMBER})


def _laid_out() -> dict[tuple[NamePart, SitePart, Sign, Scope], int]:
    cells: dict[tuple[NamePart, SitePart, Sign, Scope], int] = {}
    for number, rule in reversed(tuple(enumerate(DECISION_TABLE))):
        cells |= {(n, s, a, c): number for n in rule.names for s in rule.sites for a in rule.signs for c in rule.scopes}
    return cells


_CELLS = _laid_out()


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
    if site in {P.FAR, P.ELSEWHERE}:
        moved = phones_agree and site is P.ELSEWHERE and scope is Scope.EDITION
        if not moved and one.name.words != other.name.words:
            return len(DECISION_TABLE) - 1, False
        sign = Sign.PHONE if phones_agree else _services(one, other, scope)
        return _CELLS[name_part(one.name, other.name), site, sign, scope], False
    name = name_part(one.name, other.name)
    house = site in _HOUSE or (site in _HOUSE_OF_ONE and name not in {N.OTHER, N.OPPOSED})
    return _CELLS[name, site, Sign.PHONE if phones_agree else _services(one, other, scope), scope], house


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
        if number < _NAMES_TELL_APART and scope is Scope.SOURCE:
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
