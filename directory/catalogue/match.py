"""Matching: which rows of a batch are which facilities, by one decision table.

docs/decisions/identity-of-a-facility.md explains the table; tests/catalogue/test_matching.py has pairs for its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the decision table; the first that fits decides.

    `phones_agree` None fits both. `sole` joins only where neither side has another candidate by the same rule;
    otherwise the pairs are doubtful.
    """

    names: frozenset[NamePart]
    sites: frozenset[SitePart]
    phones_agree: bool | None
    scopes: frozenset[Scope]
    verdict: Verdict
    sole: bool
    reason: str


N, P, BOTH = NamePart, SitePart, frozenset(Scope)
_EDITION, _SOURCE = frozenset({Scope.EDITION}), frozenset({Scope.SOURCE})
_SPELT = frozenset({N.SAME, N.SPELT})
_IN_PART = frozenset({N.PART, N.MARKED_PART, N.SIBLING, N.RELATED})


def _rule(
    names: Iterable[NamePart],
    sites: Iterable[SitePart],
    phones_agree: bool | None,
    scopes: frozenset[Scope],
    verdict: Verdict,
    reason: str,
    sole: bool = True,
) -> Rule:
    return Rule(frozenset(names), frozenset(sites), phones_agree, scopes, verdict, sole, reason)


DECISION_TABLE: tuple[Rule, ...] = (
    _rule({N.OPPOSED}, P, None, BOTH, Verdict.DIFFERENT, "the names tell two clinics apart"),
    _rule(
        {N.NUMBERED}, P, None, _SOURCE, Verdict.DIFFERENT, "one name has a number or a direction that the other lacks"
    ),
    _rule(N, {P.FAR}, None, BOTH, Verdict.DIFFERENT, "the towns and the ZIPs differ"),
    _rule({N.SAME}, {P.SAME}, True, BOTH, Verdict.SAME, "name, address and phone agree", sole=False),
    _rule({N.SAME}, {P.SAME}, False, BOTH, Verdict.SAME, "name and address agree", sole=False),
    _rule({N.SPELT}, {P.SAME}, None, BOTH, Verdict.SAME, "name but for its spelling, and address agree"),
    _rule({N.SAME}, {P.WITHHELD}, True, _EDITION, Verdict.SAME, "name, ZIP and phone agree, the street is withheld"),
    _rule({N.SAME}, {P.WITHHELD}, True, _SOURCE, Verdict.DOUBTFUL, "same name, ZIP and phone, a street is withheld"),
    _rule(N, {P.WITHHELD}, None, BOTH, Verdict.DIFFERENT, "a withheld street proves nothing"),
    _rule(_SPELT, {P.UNIT, P.NEAR}, True, BOTH, Verdict.SAME, "name and phone agree, the address nearly"),
    _rule({N.SAME}, {P.UNIT}, False, _EDITION, Verdict.SAME, "name and building agree"),
    _rule(_SPELT, {P.UNIT, P.NEAR}, False, BOTH, Verdict.DOUBTFUL, "same name, nearly the address, another phone"),
    _rule({N.FULLER}, {P.SAME}, True, BOTH, Verdict.SAME, "address and phone agree, one name is fuller"),
    _rule({N.FULLER}, {P.SAME}, False, _EDITION, Verdict.SAME, "address agrees, one name is fuller"),
    _rule({N.FULLER}, {P.UNIT, P.NEAR}, True, _EDITION, Verdict.SAME, "building and phone agree, one name is fuller"),
    _rule({N.PART}, {P.SAME}, True, BOTH, Verdict.SAME, "organisation, address, phone agree, one names no programme"),
    _rule({N.MARKED_PART}, {P.SAME}, True, _EDITION, Verdict.SAME, "organisation, address and phone agree as before"),
    _rule({N.SIBLING, N.RELATED}, {P.SAME}, True, _EDITION, Verdict.SAME, "address and phone agree, the name in part"),
    _rule(
        {N.RELATED}, {P.SAME}, True, _SOURCE, Verdict.SAME, "address and phone agree, the names share a telling word"
    ),
    _rule(_IN_PART, {P.NEAR}, True, _EDITION, Verdict.SAME, "phone agrees, name and address in part"),
    _rule({N.NUMBERED}, {P.SAME}, True, _EDITION, Verdict.SAME, "address and phone agree, one name has a number more"),
    _rule({N.PART}, {P.SAME}, False, _EDITION, Verdict.SAME, "organisation and address agree, one names no programme"),
    _rule(_SPELT, {P.ALONG}, True, _EDITION, Verdict.SAME, "name, phone and street agree, the house number does not"),
    _rule({N.OTHER}, {P.SAME}, True, _EDITION, Verdict.SAME, "address and phone agree as before: renamed"),
    _rule(
        {N.FULLER, N.PART, N.MARKED_PART},
        {P.SAME, P.UNIT, P.NEAR},
        None,
        BOTH,
        Verdict.DOUBTFUL,
        "same organisation at this address, but one names a programme the other does not",
    ),
    _rule({N.SIBLING}, {P.SAME}, True, BOTH, Verdict.DOUBTFUL, "same organisation, address, phone, other programmes"),
    _rule({N.OTHER}, {P.SAME}, True, BOTH, Verdict.DOUBTFUL, "same address and phone under another name"),
    _rule({N.SAME}, {P.ELSEWHERE}, True, _EDITION, Verdict.DOUBTFUL, "same name and phone at another address: moved?"),
    _rule(N, P, None, BOTH, Verdict.DIFFERENT, "too little agrees"),
)


def _laid_out() -> dict[tuple[NamePart, SitePart, bool, Scope], int]:
    cells: dict[tuple[NamePart, SitePart, bool, Scope], int] = {}
    for number, rule in reversed(tuple(enumerate(DECISION_TABLE))):
        phones = (True, False) if rule.phones_agree is None else (rule.phones_agree,)
        cells |= {(n, s, p, c): number for n in rule.names for s in rule.sites for p in phones for c in rule.scopes}
    return cells


_CELLS = _laid_out()
# The rules before this one are about names that tell two clinics apart.
_TOWNS_DIFFER = next(number for number, rule in enumerate(DECISION_TABLE) if rule.sites == {P.FAR})


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
    return DECISION_TABLE[_deciding_number(one, other, scope)]


def _deciding_number(one: Profile, other: Profile, scope: Scope) -> int:
    site = site_part(one.site, other.site)
    if site is SitePart.FAR:
        return _TOWNS_DIFFER
    phones_agree = bool(one.phone) and one.phone == other.phone
    if site is SitePart.ELSEWHERE and not (phones_agree and one.name.words == other.name.words):
        return len(DECISION_TABLE) - 1
    return _CELLS[name_part(one.name, other.name), site, phones_agree, scope]


def match(
    rows: Sequence[Profile],
    before: Sequence[tuple[int, Profile]],
    elsewhere: Sequence[tuple[int, Profile]],
) -> Matching:
    """Assign rows of one batch to facilities, one to one, whatever the order of rows.

    `before` are (facility id, profile) of what the same source said of facilities it may still list; `elsewhere` what
    other sources say of facilities that this source does not list. The former is asked first.
    """
    free = set(range(len(rows)))
    joined: list[Joined] = []
    doubtful: dict[tuple[int, int], Doubt] = {}
    taken: set[int] = set()
    for scope, known in ((Scope.EDITION, before), (Scope.SOURCE, elsewhere)):
        pairs = _decided_pairs(rows, known, scope, free)
        for number in sorted(pairs):
            rule = DECISION_TABLE[number]
            open_pairs = [pair for pair in pairs[number] if pair[1] in free and pair[2] not in taken]
            sole = _sole(open_pairs)
            for _key, row, facility_id in sorted(open_pairs):
                if row not in free or facility_id in taken:
                    continue
                if rule.verdict is Verdict.SAME and (not rule.sole or (row, facility_id) in sole):
                    free.discard(row)
                    taken.add(facility_id)
                    joined.append(Joined(row, facility_id, rule.reason))
                elif (row, facility_id) in sole or rule.verdict is Verdict.SAME:
                    doubtful[row, facility_id] = Doubt(row, facility_id, rule.reason)
    open_doubts = sorted(pair for pair in doubtful if pair[0] in free and pair[1] not in taken)
    return Matching(tuple(joined), tuple(doubtful[pair] for pair in open_doubts))


_Pair = tuple[tuple[float, str, str], int, int]


def _decided_pairs(
    rows: Sequence[Profile], known: Sequence[tuple[int, Profile]], scope: Scope, free: set[int]
) -> dict[int, list[_Pair]]:
    """Rule number → pairs, each with a key that orders the likeliest first and never depends on ids."""
    best: dict[tuple[int, int], tuple[int, tuple[float, str, str]]] = {}
    opposed: set[tuple[int, int]] = set()
    for row, place in _candidates(rows, known, free):
        facility_id, other = known[place]
        number = _deciding_number(rows[row], other, scope)
        if number < _TOWNS_DIFFER and scope is Scope.SOURCE:
            opposed.add((row, facility_id))
        if DECISION_TABLE[number].verdict is Verdict.DIFFERENT:
            continue
        key = (-_agreement(rows[row], other), rows[row].digest, other.digest)
        best[row, facility_id] = min(best.get((row, facility_id), (number, key)), (number, key))
    pairs: dict[int, list[_Pair]] = defaultdict(list)
    for (row, facility_id), (number, key) in best.items():
        if (row, facility_id) not in opposed:
            pairs[number].append((key, row, facility_id))
    return pairs


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


def _sole(pairs: Iterable[_Pair]) -> set[tuple[int, int]]:
    """The pairs whose row and whose facility have no other candidate."""
    by_row: dict[int, set[int]] = defaultdict(set)
    by_facility: dict[int, set[int]] = defaultdict(set)
    for _key, row, facility_id in pairs:
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
