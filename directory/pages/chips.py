"""Chips: what was understood, each with the address that takes it back."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from directory.catalogue.proper_names import in_a_sentence
from directory.pages.address import SearchAddress
from directory.pages.language import SPANISH, language
from directory.pages.wording import briefly, miles_words, place_words, recently_words, service_name
from directory.search.question import Question, Understood


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing understood. `without_it` is the address of the same search with its words left as plain words."""

    kind: str
    label: str
    words: str
    without_it: str

    @property
    def inside(self) -> str:
        """The label inside of a sentence."""
        return in_a_sentence(self.label, language())


def chips(question: Question, address: SearchAddress) -> list[Chip]:
    """A chip for everything understood, in the order it was; what was said twice is one chip and comes off as one."""
    overruled = {"radius"} if address.radius else set()
    same: dict[tuple[str, str], list[Understood]] = {}
    for found in question.understood:
        if found.kind not in overruled:
            same.setdefault((found.kind, found.value), []).append(found)
    understood = [
        Chip(
            kind,
            _label(said[0], question),
            ", ".join(found.words for found in said),
            address.but(plain=(*address.plain, *(found.words or found.value for found in said))),
        )
        for (kind, _), said in same.items()
    ]
    return _place_chosen(question, address) + understood + _chosen(address)


def _label(found: Understood, question: Question) -> str:
    if found.kind == "place" and question.place is not None:
        return place_words(question.place)
    if found.kind == "radius":
        return str(gettext("Within %(radius)s", radius=miles_words(float(found.value))))
    if found.kind == "assumed":
        return ", ".join(service_name(code) for code in found.value.split())
    if language() != SPANISH:
        return found.label
    return str(gettext("Not: %(service)s", service=found.label_es)) if found.kind == "without" else found.label_es


def _place_chosen(question: Question, address: SearchAddress) -> list[Chip]:
    if not address.near or question.place is None:
        return []
    return [Chip("place", place_words(question.place), "", address.but(near=""))]


def _chosen(address: SearchAddress) -> list[Chip]:
    chosen = []
    if address.radius:
        within = gettext("Within %(radius)s", radius=miles_words(address.radius))
        chosen.append(Chip("radius", within, "", address.but(radius=None)))
    if address.verified:
        chosen.append(Chip("verified", recently_words(address.verified), "", address.but(verified=None)))
    for code in address.offers:
        rest = tuple(other for other in address.offers if other != code)
        chosen.append(Chip("service", briefly(service_name(code)), "", address.but(offers=rest)))
    return chosen
