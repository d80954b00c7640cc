"""Answer: the clinics and pages that answer a question, in order, with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from directory.search.question import Question


@dataclass(frozen=True, slots=True)
class ClinicSaid:
    """What a clinic answered on a day when somebody asked it, `how` "phone", "e-mail", "site" or "clinic".

    `answers` maps questions of data/verification.toml to what was answered.
    """

    on: dt.date
    how: str
    offers: tuple[str, ...]
    lacks: tuple[str, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """One clinic of an answer. `miles` is geopy's geodesic from the place, None without a place.

    `precision` is "street" or "zip" (say "about 12 miles"); `reasons` are short keys with values that pages put
    into words, such as {"distance": "12.3"}; `sources` are source ids with editions, "samhsa-mh 2023".
    `verified_on` is the last day somebody asked the clinic, `said` what it answered, newest first.
    """

    id: int
    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    latitude: float | None
    longitude: float | None
    precision: str
    miles: float | None
    beyond_radius: bool
    codes: tuple[str, ...]
    sources: tuple[str, ...]
    verified_on: dt.date | None = None
    said: tuple[ClinicSaid, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageHit:
    """An education page of an answer; `excerpt` is HTML with <mark> around the matched words, all else escaped."""

    slug: str
    title: str
    summary: str
    excerpt: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the directory knows. `total` counts all results, `results` holds the asked page of them.

    `facets` maps a category code to {service code: number of clinics}, ignoring that category's own choice; "VERIFIED"
    maps numbers of days to how many somebody asked in them.
    `within` of the total lie inside the radius. `widened` says that results beyond the radius fill up the list.
    `did_you_mean` is a better spelling, or "".
    """

    question: Question
    radius_miles: float | None
    total: int
    widened: bool
    results: tuple[Result, ...]
    pages: tuple[PageHit, ...]
    facets: Mapping[str, Mapping[str, int]]
    did_you_mean: str = ""
    within: int = 0
