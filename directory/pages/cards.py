"""Cards: a clinic as a list of results shows it."""

from __future__ import annotations

from dataclasses import dataclass

from directory.pages.wording import (
    PAYMENT_ON_CARDS,
    TREATMENTS_ON_CARDS,
    briefly,
    distance,
    names_on_card,
    source_words,
)
from directory.search.answer import Answer, Result


@dataclass(frozen=True, slots=True)
class Card:
    """One result in words. `number` is its place in the whole list, the same as its pin on the map."""

    number: int
    result: Result
    distance: str
    treatments: list[str]
    payment: list[str]
    sources: list[str]

    @property
    def town(self) -> str:
        """ "Toledo, OH 43604"."""
        return f"{self.result.city}, {self.result.state} {self.result.zip}"


def cards(answer: Answer) -> list[Card]:
    """The cards of an answer's page of results."""
    asked = [code for category in ("TAP", "OURS") for code in answer.question.filters.get(category, ())]
    first = (answer.question.page - 1) * answer.question.per_page + 1
    return [
        Card(
            number=number,
            result=result,
            distance=distance(result.miles, result.precision),
            treatments=names_on_card(result.codes, TREATMENTS_ON_CARDS, asked),
            payment=[briefly(name) for name in names_on_card(result.codes, PAYMENT_ON_CARDS)],
            sources=[source_words(source) for source in result.sources],
        )
        for number, result in enumerate(answer.results, first)
    ]
