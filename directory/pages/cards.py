"""Cards: a clinic as a list of results shows it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from directory.pages.wording import (
    PAYMENT_ON_CARDS,
    TREATMENTS_ON_CARDS,
    briefly,
    distance,
    miles_words,
    names_on_card,
    place_words,
    sources_words,
)
from directory.search.answer import Answer, Result


@dataclass(frozen=True, slots=True)
class Card:
    """One result in words. `number` is its place in the whole list, the same as its pin on the map.

    `why` says in sentences why it is in the list, and why there.
    """

    number: int
    result: Result
    distance: str
    treatments: tuple[str, ...]
    payment: str
    sources: str
    why: list[str]
    ask_spravato: bool

    @property
    def town(self) -> str:
        """ "Toledo, OH 43604"."""
        return f"{self.result.city}, {self.result.state} {self.result.zip}"


def cards(answer: Answer) -> list[Card]:
    """The cards of an answer's page of results."""
    filters = answer.question.filters
    asked = tuple(code for group in ("TAP", "OURS") for code in filters.get(group, ()))
    wanted = tuple(code for codes in filters.values() for code in codes)
    first = (answer.question.page - 1) * answer.question.per_page + 1
    return [
        Card(
            number=number,
            result=result,
            distance=distance(result.miles, result.precision),
            treatments=names_on_card(result.codes, TREATMENTS_ON_CARDS, asked),
            payment=", ".join(briefly(name) for name in names_on_card(result.codes, PAYMENT_ON_CARDS)),
            sources=sources_words(result.sources),
            why=why(answer, result, wanted),
            ask_spravato="ask_spravato" in result.reasons,
        )
        for number, result in enumerate(answer.results, first)
    ]


def why(answer: Answer, result: Result, wanted: tuple[str, ...]) -> list[str]:
    """Result.reasons in sentences."""
    reasons, place, said = result.reasons, answer.question.place, []
    if "named" in reasons:
        said.append(gettext("Its name is what you typed."))
    if listed := names_on_card(result.codes, (), wanted):
        said.append(gettext("It lists what you asked for: %(services)s.", services=", ".join(map(briefly, listed))))
    if words := reasons.get("words", ""):
        said.append(gettext("Its name, town or services have the words “%(words)s”.", words=words))
    if "ask_spravato" in reasons:
        said.append(gettext("It lists ketamine infusion. No public listing says who offers Spravato, so ask them."))
    if place is not None and result.miles is not None:
        said.append(_distance_reason(result, place_words(place)))
    if "beyond_radius" in reasons:
        said.append(_beyond_reason(answer))
    return said


def _distance_reason(result: Result, place: str) -> str:
    far = distance(result.miles, result.precision)
    if result.precision == "street":
        return str(gettext("It is %(far)s from %(place)s in a straight line.", far=far, place=place))
    return str(gettext("It is %(far)s from %(place)s, measured to the middle of its ZIP code.", far=far, place=place))


def _beyond_reason(answer: Answer) -> str:
    if answer.radius_miles is None:
        return str(gettext("It lies outside the area you named. Few or no clinics lie inside it."))
    radius = miles_words(answer.radius_miles)
    return str(gettext("It is farther than %(radius)s. Few or no clinics lie nearer.", radius=radius))
