"""Cards: a clinic as a list of results shows it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from directory.pages.answers import openings
from directory.pages.site import site
from directory.pages.wording import (
    PAYMENT_ON_CARDS,
    TREATMENTS_ON_CARDS,
    asked_words,
    day_words,
    distance,
    listed_words,
    miles_words,
    names_on_card,
    place_words,
    sources_words,
)
from directory.search.answer import Answer, ClinicSaid, Result

MOST_SAID = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One result in words. `number` is its place in the whole list, the same as its pin on the map.

    `said` is what the clinic itself answered, "" where nobody asked it; `why` says in sentences why it is in the list,
    and why there.
    """

    number: int
    result: Result
    distance: str
    treatments: tuple[str, ...]
    payment: str
    sources: str
    said: str
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
            payment=listed_words(names_on_card(result.codes, PAYMENT_ON_CARDS)),
            sources=sources_words(result.sources),
            said=said(result, wanted),
            why=why(answer, result, wanted),
            ask_spravato="ask_spravato" in result.reasons,
        )
        for number, result in enumerate(answer.results, first)
    ]


def said(result: Result, wanted: tuple[str, ...]) -> str:
    """What the clinic answered: "We called on November 3, 2026: offers ketamine infusion."

    It is the newest answer about a service that was asked for, else the newest of all; what a later answer took back
    is left out.
    """
    if not result.said:
        return ""
    asked = set(wanted)
    answer = next((one for one in result.said if asked & {*one.offers, *one.lacks}), result.said[0])
    heard = [*_offers(answer, result, wanted), *_lacks(answer, result, wanted), *_openings(result)]
    told = asked_words(answer.how, day_words(answer.on.isoformat()))
    return f"{told}: {'; '.join(heard)}." if heard else f"{told}."


def _offers(answer: ClinicSaid, result: Result, wanted: tuple[str, ...]) -> list[str]:
    still = tuple(code for code in answer.offers if code in result.codes)
    names = names_on_card(still, (*TREATMENTS_ON_CARDS, *still), wanted)[:MOST_SAID]
    return [gettext("offers %(services)s", services=listed_words(names))] if names else []


def _lacks(answer: ClinicSaid, result: Result, wanted: tuple[str, ...]) -> list[str]:
    """Only treatments and what was asked for: what else a clinic lacks is for its own page."""
    lacking = tuple(code for code in answer.lacks if code not in result.codes)
    names = names_on_card(lacking, TREATMENTS_ON_CARDS, wanted)[:MOST_SAID]
    return [gettext("does not offer %(services)s", services=listed_words(names))] if names else []


def _openings(result: Result) -> list[str]:
    """Whether new patients are taken, by whichever answer said so last."""
    asked = (one for one in result.said if {"new_patients", "wait_days"} & one.answers.keys())
    newest = next(asked, None)
    said = openings(newest.answers, newest.on, site().clock().date()) if newest else ""
    return [said] if said else []


def why(answer: Answer, result: Result, wanted: tuple[str, ...]) -> list[str]:
    """Result.reasons in sentences."""
    reasons, place, told = result.reasons, answer.question.place, []
    if "named" in reasons:
        told.append(gettext("Its name is what you typed."))
    if "phone" in reasons:
        told.append(gettext("It has the phone number you typed."))
    if listed := names_on_card(result.codes, (), wanted):
        told.append(gettext("It lists what you asked for: %(services)s.", services=listed_words(listed)))
    if words := reasons.get("words", ""):
        told.append(gettext("Its name, town or services have the words “%(words)s”.", words=words))
    if "ask_spravato" in reasons:
        told.append(gettext("It lists ketamine infusion. No public listing says who offers Spravato, so ask them."))
    if place is not None and result.miles is not None:
        told.append(_distance_reason(result, place_words(place)))
    if "verified" in reasons and result.verified_on is not None:
        told.append(_verified_reason(result.verified_on.isoformat(), reasons["verified"]))
    if "beyond_radius" in reasons:
        told.append(_beyond_reason(answer))
    return told


def _distance_reason(result: Result, place: str) -> str:
    far = distance(result.miles, result.precision)
    if result.precision == "street":
        return str(gettext("It is %(far)s from %(place)s in a straight line.", far=far, place=place))
    return str(gettext("It is %(far)s from %(place)s, measured to the middle of its ZIP code.", far=far, place=place))


def _verified_reason(day: str, miles: str) -> str:
    return str(
        gettext(
            "We asked them on %(date)s, so the list counts them as %(miles)s miles nearer.",
            date=day_words(day),
            miles=miles,
        )
    )


def _beyond_reason(answer: Answer) -> str:
    if answer.radius_miles is None:
        return str(gettext("It lies outside the area you named. Few or no clinics lie inside it."))
    radius = miles_words(answer.radius_miles)
    return str(gettext("It is farther than %(radius)s. Few or no clinics lie nearer.", radius=radius))
