"""The decision table: what names, addresses, phones and services of two listings say of their being one clinic.

docs/decisions/identity-of-a-facility.md explains it; tests/catalogue/test_matching.py has pairs for its rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from directory.catalogue.address import SitePart
from directory.catalogue.naming import NamePart


class Verdict(StrEnum):
    """What the table says of a pair."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


class Scope(StrEnum):
    """Whether a row meets what its own source said in the last edition, or what another source says."""

    EDITION = "edition"
    SOURCE = "source"


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
NAMES_TELL_APART = 1


def _laid_out() -> dict[tuple[NamePart, SitePart, Sign, Scope], int]:
    cells: dict[tuple[NamePart, SitePart, Sign, Scope], int] = {}
    for number, rule in reversed(tuple(enumerate(DECISION_TABLE))):
        cells |= {(n, s, a, c): number for n in rule.names for s in rule.sites for a in rule.signs for c in rule.scopes}
    return cells


CELLS = _laid_out()
