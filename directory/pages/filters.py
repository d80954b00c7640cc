"""Filters: the groups of choices beside a list of results, with how many clinics each would leave."""

from __future__ import annotations

from dataclasses import dataclass

from directory.pages.address import SearchAddress
from directory.pages.language import language
from directory.pages.wording import category_name, number_words, recently_words, service_name
from directory.search.answer import Answer
from directory.search.question import RECENT_DAYS
from directory.search.selection import VERIFIED

GROUPS = ("TAP", "OURS", "PAY", "PYAS", "AGE", "SET", "ACC", "SG", "SL", "OL", "EMS", "FT")
MOST_AT_FIRST = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One service to filter by. `understood` choices come from the words typed and are taken off as chips."""

    code: str
    label: str
    clinics: str
    chosen: bool
    understood: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The choices of one category: any of those chosen will do. `more` are folded away at first."""

    category: str
    heading: str
    first: list[Choice]
    more: list[Choice]


def groups(answer: Answer, address: SearchAddress) -> list[Group]:
    """The filter groups that have something to choose, the most frequent choice first."""
    found = []
    spoken = language()
    for category in GROUPS:
        counts = answer.facets.get(category, {})
        chosen = answer.question.filters.get(category, ())
        choices = [
            Choice(
                code,
                service_name(code, spoken),
                number_words(counts.get(code, 0), spoken),
                code in chosen,
                code in chosen and code not in address.offers,
            )
            for code in sorted({*counts, *chosen}, key=lambda code: (code not in chosen, -counts.get(code, 0), code))
        ]
        if choices:
            found.append(Group(category, category_name(category), choices[:MOST_AT_FIRST], choices[MOST_AT_FIRST:]))
    return found


def recently_verified(answer: Answer, address: SearchAddress) -> list[Choice]:
    """The choices of how lately somebody asked the clinic, where anybody was asked."""
    counts = answer.facets.get(VERIFIED, {})
    spoken = language()
    return [
        Choice(str(days), recently_words(days), number_words(count, spoken), address.verified == days, False)
        for days in RECENT_DAYS
        if (count := counts.get(str(days), 0)) or address.verified == days
    ]
