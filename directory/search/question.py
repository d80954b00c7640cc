"""Question: what a person wants to know, typed and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from directory.places.place import Place

LONGEST_TEXT = 500
LARGEST_PAGE = 10_000
LARGEST_RADIUS_MILES = 3_000.0
# "Verified recently" is one of these numbers of days.
RECENT_DAYS = (90, 365)


class Sort(StrEnum):
    """The order of results."""

    DISTANCE = "distance"
    MATCH = "match"
    NAME = "name"
    VERIFIED = "verified"


class Intent(StrEnum):
    """An errand leads with clinics, a question with education pages."""

    FIND = "find"
    LEARN = "learn"


@dataclass(frozen=True, slots=True)
class Understood:
    """One thing understood in the text, shown as a removable chip.

    `kind` is "place", "radius", "service", "without", "phone" or "assumed"; `value` is a place label, a number of
    miles, a phone number or service codes joined by blanks; `words` are the typed words it came from, at
    text[start:end]. `label_es` is the label of a service in Spanish.
    """

    kind: str
    value: str
    label: str
    words: str = ""
    start: int = 0
    end: int = 0
    label_es: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the directory.

    `filters` maps a category code to service codes: any of them inside a category, all categories together.
    `without` maps alike to codes a facility must not have. `words` is what was not understood, for the index.
    `page_words` are the words for a search of education pages, `page_hints` slugs of pages the question is about.
    `radius_miles` None asks for the setting's default. `verified_days` leaves only clinics that somebody asked in the
    last so many days. Pages count from 1. `name` is the part of the text that names a facility, perhaps with its town,
    where the rest only asks something of it. `phone` is a number whose facility is wanted, as "317-555-0100".
    """

    text: str = ""
    words: str = ""
    place: Place | None = None
    radius_miles: float | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    intent: Intent = Intent.FIND
    crisis: bool = False
    needs_place: bool = False
    understood: tuple[Understood, ...] = ()
    other_places: tuple[Place, ...] = ()
    sort: Sort | None = None
    page: int = 1
    per_page: int = 20
    page_words: str = ""
    page_hints: tuple[str, ...] = ()
    verified_days: int | None = None
    name: str = ""
    phone: str = ""
