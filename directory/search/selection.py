"""Selection: which clinics answer a question, in which order, from the index alone; the catalogue is not asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from directory.index.columns import Bits, Columns, Rows, bits_of, rows_of
from directory.index.generation import Generation, WordMatch
from directory.index.globe import SHORTEST_DEGREE, TIGHTEST_RADIUS, WIDEST_RADIUS, chord, geodesic_miles, position
from directory.index.words import words_of
from directory.places.place import Place, PlaceKind
from directory.search import facets
from directory.search.named import named_clinics
from directory.search.question import LARGEST_RADIUS_MILES, RECENT_DAYS, Intent, Question, Sort
from directory.search.ranking import (
    FACILITY_BOOSTS,
    MILES_FOR_WORDS,
    PART_OF_NAME,
    SERVICE_BOOST,
    SHELF_LIFE_DAYS,
    bent_miles,
    by_day,
    certainty,
    miles_for_certainty,
    nearest,
    surest,
    window,
)
from directory.search.spelling import forgiving_matches

Floats = NDArray[np.float64]
Choice = Mapping[str, Bits]

STAFF_VERIFIED, ESKETAMINE = "OURS", "ESK"
ASKED_INSTEAD = "KIT"
# The filter group of clinics that somebody asked; its choices are numbers of days.
VERIFIED = "VERIFIED"
# What a phone number leaves; no filter group.
CALLED = "CALLED"
SECONDS_A_DAY = 86_400
NAMES_AT_ONCE = 2048
# No clinic's name is longer, and every word costs.
MOST_WORDS = 16
NO_ROWS: Rows = np.empty(0, dtype=np.int32)
NO_LINES: Floats = np.empty(0, dtype=np.float64)


class Reach(Protocol):
    """How far a search goes by itself; `SearchSettings` is one. Miles."""

    @property
    def radius_miles(self) -> float: ...
    @property
    def fewest_within_radius(self) -> int: ...
    @property
    def widen_to(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """The clinics of one page of an answer, and what is known of the whole.

    `rows` are rows of the generation's columns, in order; `beyond` tells for each whether it lies beyond the radius;
    `scores` how well each matches the words, 0 without words. `within` of the `total` results lie inside the radius.
    `facets` maps a category to counts of its codes. `corrected` maps a typed word to the one it was taken for.
    `asked_instead`: nobody near is confirmed for esketamine, so these are clinics to ask about it. The first `named`
    results of the whole answer are clinics whose very name was typed, whether or not they pass the filters.
    `sure` is how sure we are of each clinic, 0 to 1, where that bent the order; all 0 where it did not.
    """

    rows: Rows
    beyond: tuple[bool, ...]
    scores: tuple[float, ...]
    total: int
    within: int
    radius_miles: float | None
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    corrected: Mapping[str, str] = field(default_factory=dict)
    asked_instead: bool = False
    named: int = 0
    sure: tuple[float, ...] = ()

    @property
    def widened(self) -> bool:
        """True where clinics beyond the radius fill up the answer."""
        return self.total > self.within


def select(
    generation: Generation,
    question: Question,
    reach: Reach,
    *,
    count_facets: bool = True,
    today: int | None = None,
    called: Sequence[int] | None = None,
) -> Selection:
    """Answer a question from the index.

    Results are the clinics that pass every filter and match the words, within the radius of the place; where they are
    fewer than `reach.fewest_within_radius`, the nearest beyond fill the list up to `reach.widen_to`. A state is its own
    radius: clinics inside it count as within, others as beyond. `today` is in days since 1970-01-01, UTC, if
    not now. `called` are the ids of the only facilities that can be results, where a phone number was typed.
    """
    columns = generation.columns
    today = int(time.time()) // SECONDS_A_DAY if today is None else today
    radius = radius_of(question, reach)
    if not columns.count:
        return Selection(NO_ROWS, (), (), 0, 0, radius)
    choice = {category: columns.code_bits(codes) for category, codes in question.filters.items()}
    matches, corrected = _word_matches(generation, question, choice)
    if called is not None:
        choice[CALLED] = bits_of(np.isin(columns.ids, called))
    without = [columns.code_bits(codes) for codes in question.without.values()]
    start = (question.page - 1) * question.per_page
    stop = start + question.per_page
    recent = _recent(generation, today)
    bending = today if SHELF_LIFE_DAYS in recent and question.sort is None else None
    search: _Everywhere | _Near
    if question.place is None:
        search = _Everywhere(columns, question, matches, without)
    else:
        search = _Near(columns, question, question.place, radius, matches, without, reach, bending)
        if matches and _words_mislead(search, choice, matches, reach):
            matches, corrected = (), {}
            search = _Near(columns, question, question.place, radius, matches, without, reach, bending)
    if question.verified_days is not None:
        choice[VERIFIED] = _asked_since(columns, today - question.verified_days)
    confirmed = choice
    instead = ESKETAMINE in question.filters.get(STAFF_VERIFIED, ()) and not search.within(confirmed)
    if instead:
        choice = confirmed | {STAFF_VERIFIED: columns.code_bits((ASKED_INSTEAD,))}
    total, within = search.total(choice)
    named = _named(generation, question)
    if len(named):
        found, away = search.page(choice, 0, stop + len(named))
        added = ~search.has(choice, named)
        far = search.beyond(named)
        others = ~np.isin(found, named)
        rows = np.concatenate([named, found[others]])[start:stop]
        beyond = tuple(np.concatenate([far, np.array(away, dtype=np.bool_)[others]])[start:stop].tolist())
        total, within = total + int(added.sum()), within + int((added & ~far).sum())
    else:
        rows, beyond = search.page(choice, start, stop)
    return Selection(
        rows=rows,
        beyond=beyond,
        scores=tuple((_scores_if_any if len(named) else scores_of)(matches, rows).tolist()),
        total=total,
        within=within,
        radius_miles=radius,
        facets=_facets(columns, search, choice, recent) if count_facets else {},
        corrected=corrected,
        asked_instead=instead,
        named=len(named),
        sure=search.sure(rows),
    )


def radius_of(question: Question, reach: Reach) -> float | None:
    """The radius an answer has: the one asked for, else the usual one; none without a place or for a whole state."""
    if question.place is None:
        return None
    if question.radius_miles is not None:
        return min(question.radius_miles, LARGEST_RADIUS_MILES)
    return None if question.place.kind is PlaceKind.STATE else reach.radius_miles


def _named(generation: Generation, question: Question) -> Rows:
    """The clinics whose very name was typed; nobody where an order was chosen."""
    if question.sort is not None or not question.text:
        return NO_ROWS
    if question.name:
        return named_clinics(generation, question.name, of_name=PART_OF_NAME)
    return named_clinics(generation, question.text)


def scores_of(matches: Sequence[WordMatch], rows: Rows) -> NDArray[np.float32]:
    """The summed scores of rows that all the matches have."""
    total = np.zeros(len(rows), dtype=np.float32)
    for match in matches:
        total += match.scores[match.rows.searchsorted(rows)]
    return total


def _scores_if_any(matches: Sequence[WordMatch], rows: Rows) -> NDArray[np.float32]:
    """As `scores_of`, for rows that may lack a match, such as named ones."""
    total = np.zeros(len(rows), dtype=np.float32)
    for match in matches:
        if len(match.rows):
            places = np.minimum(match.rows.searchsorted(rows), len(match.rows) - 1)
            total += np.where(match.rows[places] == rows, match.scores[places], np.float32(0))
    return total


def _word_matches(
    generation: Generation, question: Question, choice: Choice
) -> tuple[tuple[WordMatch, ...], Mapping[str, str]]:
    """The matches of the words, and which word was taken for another.

    All words as they were typed; where no clinic anywhere has them all, misspellings are forgiven; where still none has
    them, clinics with at least half of them will do. The words of a question to learn from are the pages' to answer.
    """
    words = _cut(question.words) if question.intent is Intent.FIND else ()
    if not words:
        return (), {}
    exact = tuple(generation.match(word, FACILITY_BOOSTS, SERVICE_BOOST) for word in words)
    # Nobody may be confirmed for esketamine yet; that says nothing about the words.
    chosen = [bits for category, bits in choice.items() if category != STAFF_VERIFIED]
    if _any(chosen, exact):
        return exact, {}
    forgiving, corrected, most = forgiving_matches(generation, words)
    return (forgiving if _any(chosen, forgiving) else most), corrected


def _words_mislead(search: _Near, choice: Choice, matches: Sequence[WordMatch], reach: Reach) -> bool:
    """Whether an errand is better answered without its words: "best ketamine doctor near 46204".

    Where a service is asked for and nobody within the radius has the words, they were chat; so they were where no
    clinic at all has any of them. Clinics that were named are found all the same.
    """
    if not reach.fewest_within_radius:
        return False
    if not any(len(match.rows) for match in matches):
        return True
    chosen = {category: bits for category, bits in choice.items() if category != STAFF_VERIFIED}
    return bool(choice) and not search.within(chosen)


def _any(chosen: Sequence[Bits], matches: Sequence[WordMatch]) -> bool:
    return bool(reduce(np.bitwise_and, [*chosen, *(match.bits for match in matches)]).any())


def _asked_since(columns: Columns, day: int) -> Bits:
    """The clinics that somebody asked on a day or later."""
    return bits_of(columns.verified >= max(day, 1))


def _recent(generation: Generation, today: int) -> Mapping[int, Bits]:
    """Who was asked in so many days, for each filter and the shelf life; spans in which nobody was are left out."""

    def asked() -> Mapping[int, Bits]:
        spans = {days: _asked_since(generation.columns, today - days) for days in (*RECENT_DAYS, SHELF_LIFE_DAYS)}
        return {days: bits for days, bits in spans.items() if bits.any()}

    return generation.kept(("asked", today), asked)


def _facets(
    columns: Columns, search: _Everywhere | _Near, choice: Choice, recent: Mapping[int, Bits]
) -> dict[str, dict[str, int]]:
    """Counts over the answer; a chosen group's counts are over the answer without that group's choice."""
    every = slice(0, columns.facet_width)
    counts = [(every, search.counts(choice, every))]
    for category, codes in columns.facet_codes.items():
        if category in choice:
            others = {name: bits for name, bits in choice.items() if name != category}
            counts.append((codes, search.counts(others, codes)))
    grouped = facets.grouped(columns, counts)
    if recent:
        others = {name: bits for name, bits in choice.items() if name != VERIFIED}
        asked = {str(days): search.having(others, recent[days]) for days in RECENT_DAYS if days in recent}
        grouped |= {VERIFIED: found} if (found := {days: count for days, count in asked.items() if count}) else {}
    return grouped


class _Everywhere:
    """A question without a place: the whole country is within."""

    def __init__(
        self, columns: Columns, question: Question, matches: Sequence[WordMatch], without: Sequence[Bits]
    ) -> None:
        self.columns = columns
        self.matches = matches
        self.by_name = question.sort is Sort.NAME or not matches
        self.by_day = question.sort is Sort.VERIFIED
        self.base = _mask(columns, [match.bits for match in matches], without)

    def _bits(self, choice: Choice) -> Bits:
        return reduce(np.bitwise_and, choice.values(), self.base)

    def within(self, choice: Choice) -> int:
        """How many clinics there are."""
        return int(np.bitwise_count(self._bits(choice)).sum(dtype=np.int64))

    def total(self, choice: Choice) -> tuple[int, int]:
        """How many results there are, and how many of them within the radius."""
        total = self.within(choice)
        return total, total

    def counts(self, choice: Choice, codes: slice) -> facets.Counts:
        """How many results have each code of a run of codes."""
        return facets.count_bits(self.columns, self._bits(choice), codes)

    def page(self, choice: Choice, start: int, stop: int) -> tuple[Rows, tuple[bool, ...]]:
        """The results of ranks start to stop; none is beyond."""
        bits = self._bits(choice)
        if self.by_day:
            rows = self._latest(rows_of(bits), start, stop)
        elif self.by_name:
            rows = self._first_names(bits, start, stop)
        else:
            rows = self._best(rows_of(bits), start, stop)
        return rows, (False,) * len(rows)

    def having(self, choice: Choice, bits: Bits) -> int:
        """How many results a bitset has."""
        return int(np.bitwise_count(self._bits(choice) & bits).sum(dtype=np.int64))

    def sure(self, rows: Rows) -> tuple[float, ...]:
        """How sure we are of some rows where that bent the order: it did not."""
        return (0.0,) * len(rows)

    def has(self, choice: Choice, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows are results."""
        return _in_bits(self._bits(choice), rows)

    def beyond(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows lie beyond the radius: none."""
        return np.zeros(len(rows), dtype=np.bool_)

    def _best(self, rows: Rows, start: int, stop: int) -> Rows:
        keys = self.columns.name_order[rows] if self.by_name else -scores_of(self.matches, rows)
        return rows[window(keys.astype(np.float64), self.columns.ids[rows], start, stop)]

    def _latest(self, rows: Rows, start: int, stop: int) -> Rows:
        days = by_day(self.columns.verified[rows], start, stop)
        return _joined(self._best(rows[places], first, last) for places, first, last in days)

    def _first_names(self, bits: Bits, start: int, stop: int) -> Rows:
        """Go down the list of names only as far as the page."""
        found: list[Rows] = []
        met = 0
        for first in range(0, self.columns.count, NAMES_AT_ONCE):
            rows = self.columns.by_name[first : first + NAMES_AT_ONCE]
            rows = rows[_in_bits(bits, rows)]
            found.append(rows)
            met += len(rows)
            if met >= stop:
                break
        return np.concatenate(found)[start:stop]


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of an answer: the first `within` lie within the radius, the others fill it up; with their straight miles."""

    rows: Rows
    within: int
    lines: Floats


class _Near:
    """A question about a place. What lies within the radius is found once, then filters choose among it."""

    def __init__(
        self,
        columns: Columns,
        question: Question,
        place: Place,
        radius: float | None,
        matches: Sequence[WordMatch],
        without: Sequence[Bits],
        reach: Reach,
        bending: int | None,
    ) -> None:
        self.columns = columns
        self.bending = bending
        self.question = question
        self.place = place
        self.radius = radius
        self.matches = matches
        self.without = without
        self.reach = reach
        self.centre = position(place.latitude, place.longitude)
        if place.kind is PlaceKind.STATE:
            base = _mask(columns, [columns.state_bits(place.state), *(match.bits for match in matches)], without)
            self.rows = rows_of(base)
            self.lines = self._lines(self.rows)
            if radius is not None:
                self._keep(radius)
        else:
            self._find(radius or 0.0)
        self._answers: dict[tuple[int, ...], _Found] = {}
        self._members: dict[int, NDArray[np.bool_]] = {}

    def _find(self, radius: float) -> None:
        first, stop = self.columns.band(self.place.latitude, radius / SHORTEST_DEGREE)
        if not self.matches and not self.without:
            lines = self._run_lines(first, stop)
            inside = np.flatnonzero(lines <= chord(radius, WIDEST_RADIUS))
            self.rows, self.lines = (inside + first).astype(np.int32), lines[inside]
        else:
            words = slice(first >> 6, -(-stop // 64))
            bits = [match.bits[words] for match in self.matches]
            rows = rows_of(_mask(self.columns, bits, [lacking[words] for lacking in self.without], words), first >> 6)
            ends = rows.searchsorted(np.array([first, stop], dtype=np.int32))
            self.rows = rows[ends[0] : ends[1]]
            self.lines = self._lines(self.rows)
        self._keep(radius)

    def _keep(self, radius: float) -> None:
        """Keep what lies within the radius; between the two chords only the geodesic can tell, and hardly ever must."""
        inside = self.lines <= chord(radius, TIGHTEST_RADIUS)
        if inside.all():
            return
        unsure = ((self.lines <= chord(radius, WIDEST_RADIUS)) & ~inside).nonzero()[0]
        if len(unsure):
            near = self.rows[unsure]
            latitudes, longitudes = self.columns.latitudes[near], self.columns.longitudes[near]
            inside[unsure] = geodesic_miles(self.place.latitude, self.place.longitude, latitudes, longitudes) <= radius
        self.rows, self.lines = self.rows[inside], self.lines[inside]

    def _run_lines(self, first: int, stop: int) -> Floats:
        x, y, z = self.columns.places[:, first:stop] - np.array(self.centre)[:, None]
        return _straight(x, y, z)

    def _lines(self, rows: Rows) -> Floats:
        """Straight miles from the place to rows, infinite for the unplaced."""
        x, y, z = self.columns.places.take(rows, axis=1) - np.array(self.centre)[:, None]
        lines = _straight(x, y, z)
        if len(rows) and rows[-1] >= self.columns.placed:
            lines[np.isnan(lines)] = np.inf
        return lines

    def within(self, choice: Choice) -> int:
        """How many clinics lie within the radius."""
        return self._answer(choice).within

    def total(self, choice: Choice) -> tuple[int, int]:
        """How many results there are, and how many of them within the radius."""
        found = self._answer(choice)
        return len(found.rows), found.within

    def counts(self, choice: Choice, codes: slice) -> facets.Counts:
        """How many results have each code of a run of codes."""
        return facets.count_rows(self.columns, self._answer(choice).rows, codes)

    def page(self, choice: Choice, start: int, stop: int) -> tuple[Rows, tuple[bool, ...]]:
        """The results of ranks start to stop, and which of them lie beyond the radius."""
        found = self._answer(choice)
        within, total = found.within, len(found.rows)
        near = self._ranked(found.rows[:within], found.lines[:within], start, stop)
        if stop <= within or within == total:
            return near, (False,) * len(near)
        far = self._ranked(found.rows[within:], found.lines[within:], max(start - within, 0), stop - within)
        return np.concatenate([near, far]), (False,) * len(near) + (True,) * len(far)

    def having(self, choice: Choice, bits: Bits) -> int:
        """How many results a bitset has."""
        return int(np.count_nonzero(_in_bits(bits, self._answer(choice).rows)))

    def sure(self, rows: Rows) -> tuple[float, ...]:
        """How sure we are of some rows, 0 to 1, where that bent the order."""
        if self.bending is None:
            return (0.0,) * len(rows)
        return tuple(certainty(self.columns, rows, self.bending).tolist())

    def has(self, choice: Choice, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows are results."""
        return np.isin(rows, self._answer(choice).rows)

    def beyond(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows lie beyond the radius, or outside the state."""
        if self.place.kind is PlaceKind.STATE:
            return ~_in_bits(self.columns.state_bits(self.place.state), rows)
        columns = self.columns
        latitudes, longitudes = columns.latitudes[rows], columns.longitudes[rows]
        miles = geodesic_miles(self.place.latitude, self.place.longitude, latitudes, longitudes)
        return ~(miles <= (self.radius or 0.0))

    def _answer(self, choice: Choice) -> _Found:
        # The bitsets of a question all live until it is answered, so that their ids can stand for what was chosen.
        key = tuple(map(id, choice.values()))
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._chosen(choice)
        return found

    def _chosen(self, choice: Choice) -> _Found:
        rows, lines = self.rows, self.lines
        if choice and len(rows):
            having = reduce(np.bitwise_and, [self._having(bits) for bits in choice.values()])
            rows, lines = rows[having], lines[having]
        if len(rows) >= self.reach.fewest_within_radius:
            return _Found(rows, len(rows), lines)
        return self._widened(choice, rows, lines)

    def _having(self, bits: Bits) -> NDArray[np.bool_]:
        having = self._members.get(id(bits))
        if having is None:
            having = self._members[id(bits)] = _in_bits(bits, self.rows)
        return having

    def _widened(self, choice: Choice, rows: Rows, lines: Floats) -> _Found:
        """Fill up with the nearest beyond, or with words the best of bent distance."""
        columns = self.columns
        others = rows_of(_mask(columns, [*choice.values(), *(match.bits for match in self.matches)], self.without))
        if len(rows):
            beyond = np.ones(len(others), dtype=np.bool_)
            beyond[others.searchsorted(rows)] = False
            others = others[beyond]
        others = others[: others.searchsorted(np.int32(columns.placed))]
        if not len(others):
            return _Found(rows, len(rows), lines)
        far = self._lines(others)
        missing = self.reach.widen_to - len(rows)
        if not self.matches:
            best = nearest(columns, self.place, others, far, 0, missing)
        else:
            if len(others) > missing:
                # Words bend by so much and no more: who lies farther cannot come into the list.
                hopeful = far <= np.partition(far, missing - 1)[missing - 1] + MILES_FOR_WORDS
                others, far = others[hopeful], far[hopeful]
            best = window(self._bent(others, far), columns.ids[others], 0, missing)
        return _Found(np.concatenate([rows, others[best]]), len(rows), np.concatenate([lines, far[best]]))

    def _bent(self, rows: Rows, lines: Floats) -> Floats:
        return bent_miles(lines, scores_of(self.matches, rows), sum(match.best for match in self.matches))

    def _ranked(self, rows: Rows, lines: Floats, start: int, stop: int) -> Rows:
        if self.question.sort is Sort.VERIFIED:
            days = by_day(self.columns.verified[rows], start, stop)
            return _joined(self._ordered(rows[day], lines[day], first, last) for day, first, last in days)
        return self._ordered(rows, lines, start, stop)

    def _ordered(self, rows: Rows, lines: Floats, start: int, stop: int) -> Rows:
        """Ranks start to stop; a chosen order is kept to the letter, only the usual one is bent by certainty."""
        sort = self.question.sort
        sure = None if self.bending is None else certainty(self.columns, rows, self.bending)
        if sure is not None and not sure.any():
            sure = None
        if sort is Sort.NAME:
            keys = self.columns.name_order[rows].astype(np.float64)
        elif self.matches and sort is Sort.MATCH:
            keys = -scores_of(self.matches, rows).astype(np.float64)
        elif self.matches and sort is not Sort.DISTANCE:
            keys = self._bent(rows, lines)
            if sure is not None:
                keys = keys - miles_for_certainty(lines, sure)
        elif sure is not None:
            return rows[surest(self.columns, self.place, rows, lines, sure, start, stop)]
        else:
            return rows[nearest(self.columns, self.place, rows, lines, start, stop)]
        return rows[window(keys, self.columns.ids[rows], start, stop)]


def _mask(columns: Columns, having: Iterable[Bits], lacking: Iterable[Bits], words: slice | None = None) -> Bits:
    """The rows that all of the first have and none of the second; a stretch of the bitset where `words` says so."""
    parts = list(having)
    mask = reduce(np.bitwise_and, parts) if parts else _everybody(columns.count)[words or slice(None)]
    for bits in lacking:
        mask = mask & ~bits
    return mask


def _joined(parts: Iterable[Rows]) -> Rows:
    return np.concatenate([NO_ROWS, *parts])


def _straight(x: Floats, y: Floats, z: Floats) -> Floats:
    return np.asarray(np.sqrt(x * x + y * y + z * z))


def _in_bits(bits: Bits, rows: Rows) -> NDArray[np.bool_]:
    """Which of some rows a bitset has."""
    octets = bits.view(np.uint8)
    return np.asarray((octets[rows >> 3] >> (rows & 7).astype(np.uint8) & 1).view(np.bool_))


@lru_cache(maxsize=4096)
def _cut(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words_of(words)))[:MOST_WORDS]


@lru_cache(maxsize=4)
def _everybody(count: int) -> Bits:
    return bits_of(np.ones(count, dtype=np.bool_))
