"""Questions of the measurements, drawn from the data by a seed, a hundred of each kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bench import sphere
from bench.facilities import Facility, gazetteer
from directory.catalogue.codes import code_list
from directory.index.words import words_of
from directory.places.place import Place

KINDS = ("place", "filters", "words", "prefix", "mixed", "facets", "mixed+facets")
RADII = (25.0, 50.0, 100.0)
SHORTEST_WORD = 4
# No facility within so many miles of a circle's rim: engines that round coordinates must still agree exactly.
CLEAR_RIM = 0.004


@dataclass(frozen=True, slots=True)
class BenchQuestion:
    """What every engine is asked: all words (or one prefix), any code of each category, within miles of a place.

    With a place, answers come nearest first. With `facets`, the count of every service code in the filter groups
    over the whole answer, a group's counts ignoring the group's own choice.
    """

    kind: str
    words: tuple[str, ...] = ()
    prefix: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: Place | None = None
    radius: float = 0.0
    facets: bool = False

    @property
    def circle(self) -> tuple[float, float, float]:
        """Latitude, longitude and radius of a question with a place."""
        if self.place is None:
            raise ValueError(f"a question of kind {self.kind} has no circle")
        return self.place.latitude, self.place.longitude, self.radius


def facet_categories() -> dict[str, str]:
    """Service code → category, for the codes of filter groups."""
    known = code_list()
    groups = {service.code: service.group or service.category for service in known}
    return {code: group for code, group in groups.items() if known.categories[group].facet}


def label_words() -> frozenset[str]:
    """Words of service labels: ours finds facilities by them that bear them in no name, so no question uses them."""
    return frozenset(word for service in code_list() for word in words_of(f"{service.name} {service.plain}"))


def grouped_facets(question: BenchQuestion, counts: Callable[[BenchQuestion], Mapping[str, int]]) -> dict[str, int]:
    """Facets out of an engine's plain counts: one count over the answer and one more for each chosen group."""
    category = facet_categories()
    over_all = counts(question)
    facets = {
        code: number for code, number in over_all.items() if category.get(code, "") not in {"", *question.filters}
    }
    for group in question.filters:
        others = {name: codes for name, codes in question.filters.items() if name != group}
        over_others = counts(replace(question, filters=others))
        facets |= {code: number for code, number in over_others.items() if category.get(code) == group}
    return {code: number for code, number in facets.items() if number}


def draw(facilities: Sequence[Facility], count: int = 100, seed: int = 1) -> dict[str, list[BenchQuestion]]:
    """That many questions of each kind; each is drawn from one facility, so mixed ones seldom come back empty."""
    labels = label_words()
    latitudes = np.array([facility.latitude for facility in facilities])
    longitudes = np.array([facility.longitude for facility in facilities])
    questions: dict[str, list[BenchQuestion]] = {}
    for kind in KINDS:
        chance = random.Random(f"{seed} {kind.removesuffix('+facets')}")
        drawn: list[BenchQuestion] = []
        while len(drawn) < count:
            question = _drawn(kind, chance.choice(facilities), chance, labels)
            if question and question.place:
                question = replace(question, radius=_clear(question, latitudes, longitudes))
            if question:
                drawn.append(question)
        questions[kind] = drawn
    return questions


def _drawn(kind: str, facility: Facility, chance: random.Random, labels: frozenset[str]) -> BenchQuestion | None:
    words = sorted({word for word in facility.name_words if _plain(word)} - labels)
    category = facet_categories()
    groups = sorted({category[code] for code in facility.codes if code in category})
    if not words or len(groups) < 2:
        return None
    filters = {group: _choice(facility, group, category, chance) for group in chance.sample(groups, 2)}
    some = tuple(dict.fromkeys(chance.sample(words, min(len(words), chance.choice((1, 2))))))
    place, radius = gazetteer().zip(facility.zip), chance.choice(RADII)
    match kind:
        case "place":
            return BenchQuestion(kind, place=place, radius=radius)
        case "filters" | "facets":
            return BenchQuestion(kind, filters=filters, facets=kind == "facets")
        case "words":
            return BenchQuestion(kind, words=some)
        case "prefix":
            return BenchQuestion(kind, prefix=some[0][:SHORTEST_WORD])
        case _:
            return BenchQuestion(kind, some, "", filters, place, radius, kind == "mixed+facets")


def _plain(word: str) -> bool:
    return len(word) >= SHORTEST_WORD and word.isascii() and word.isalpha()


def _choice(facility: Facility, group: str, category: Mapping[str, str], chance: random.Random) -> tuple[str, ...]:
    own = chance.choice([code for code in facility.codes if category.get(code) == group])
    if chance.random() < 0.5:
        return (own,)
    other = chance.choice([code for code in category if category[code] == group])
    return tuple(sorted({own, other}))


def _clear(question: BenchQuestion, latitudes: sphere.Floats, longitudes: sphere.Floats) -> float:
    """The first radius from the question's own upwards whose rim is clear."""
    latitude, longitude, radius = question.circle
    distances = sphere.miles(latitude, longitude, latitudes, longitudes)
    rim = np.sort(distances[(distances > radius - CLEAR_RIM) & (distances < radius + 5)])
    for distance in rim:
        if distance - radius > CLEAR_RIM:
            break
        radius = max(radius, float(distance) + 1.01 * CLEAR_RIM)
    return round(radius, 5)
