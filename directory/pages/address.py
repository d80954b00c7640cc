"""SearchAddress: a search as it stands in the address of its page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from directory.catalogue.codes import code_list
from directory.search.question import (
    LARGEST_PAGE,
    LARGEST_RADIUS_MILES,
    LONGEST_TEXT,
    RECENT_DAYS,
    Question,
    Sort,
)
from directory.search.search import Search

LONGEST_PLACE = 120
MOST_PLAIN = 20
# As many clinics as fit on one sheet of paper with room to write.
MOST_ON_SHORTLIST = 8
LARGEST_ID = 2**31 - 1
_POINT = re.compile(r"(-?\d{1,2}(?:\.\d+)?),\s*(-?\d{1,3}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """The parameters of /search, bounded: what cannot be meant is left out, never an error.

    `offers` are service codes picked in the filters, `plain` words taken back from what was understood,
    `near` a place ("46204", "Fort Wayne, IN") or a point rounded to about a mile ("39.77,-86.16"). `verified` is the
    number of days in which somebody must have asked the clinic. `keep` are clinics on a shortlist that lives in
    addresses, for browsers without scripts. `endpoint` is the page it is an address of.
    """

    q: str = ""
    near: str = ""
    radius: float | None = None
    offers: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    sort: Sort | None = None
    verified: int | None = None
    keep: tuple[int, ...] = ()
    page: int = 1
    endpoint: str = "results.show"

    @classmethod
    def parse(cls, args: MultiDict[str, str], endpoint: str = "results.show") -> SearchAddress:
        """Read the query part of an address."""
        offers = (code for code in args.getlist("offers") if code in code_list())
        radius, page = args.get("radius", type=float), args.get("page", type=int)
        return cls(
            q=args.get("q", "")[:LONGEST_TEXT].strip(),
            near=near_of(args),
            radius=min(radius, LARGEST_RADIUS_MILES) if radius and radius > 0 else None,
            offers=tuple(dict.fromkeys(offers)),
            plain=tuple(dict.fromkeys(words[:LONGEST_TEXT] for words in args.getlist("plain") if words))[:MOST_PLAIN],
            sort=next((sort for sort in Sort if sort == args.get("sort")), None),
            verified=next((days for days in RECENT_DAYS if str(days) == args.get("verified")), None),
            keep=clinic_ids(args.getlist("keep")),
            page=min(max(page or 1, 1), LARGEST_PAGE),
            endpoint=endpoint,
        )

    def question(self, search: Search) -> Question:
        """What the directory understands of it."""
        understood = search.understand(
            self.q,
            near=self.near,
            radius_miles=self.radius,
            offers=self.offers,
            plain=self.plain,
            sort=self.sort,
            page=self.page,
        )
        return dataclasses.replace(understood, verified_days=self.verified)

    @property
    def narrowed(self) -> bool:
        """Whether anything was chosen beside the text in the filters."""
        return bool(self.offers or self.radius or self.sort or self.verified)

    def fields(self) -> list[tuple[str, str]]:
        """Name and value of every parameter that is set."""
        single = {"q": self.q, "near": self.near, "radius": f"{self.radius:g}" if self.radius else ""}
        fields = [(name, value) for name, value in single.items() if value]
        fields += [("offers", code) for code in self.offers] + [("plain", words) for words in self.plain]
        fields += [("verified", str(self.verified))] if self.verified else []
        fields += [("keep", str(clinic)) for clinic in self.keep]
        return fields + ([("sort", self.sort.value)] if self.sort else [])

    def but(self, *, _external: bool = False, **changes: Any) -> str:
        """The address of the same search with some parameters changed, from the first page unless one is named.

        With `_external` it is whole, for other people and devices.
        """
        other = dataclasses.replace(self, **{"page": 1, **changes})
        page = [("page", str(other.page))] if other.page > 1 else []
        return f"{url_for(other.endpoint, _external=_external)}?{urlencode(other.fields() + page)}"


def near_of(args: MultiDict[str, str]) -> str:
    """The place that an address names apart from the text."""
    return rounded(args.get("near", "")[:LONGEST_PLACE].strip())


def rounded(near: str) -> str:
    """A point to two decimals, about a mile, in case a device sent a finer one; any other place as it is."""
    point = _POINT.fullmatch(near)
    return f"{float(point[1]):.2f},{float(point[2]):.2f}" if point else near


def clinic_ids(texts: Iterable[str]) -> tuple[int, ...]:
    """The clinics that parameters name, each once, no more than a shortlist holds."""
    numbers = (int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 11)
    return tuple(dict.fromkeys(number for number in numbers if 0 < number <= LARGEST_ID))[:MOST_ON_SHORTLIST]
