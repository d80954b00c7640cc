"""Wording: distances, payment, treatments and origins in the words people use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache

from flask_babel import format_date, format_decimal, gettext, ngettext

from directory.catalogue.codes import code_list
from directory.catalogue.proper_names import in_a_sentence
from directory.catalogue.sources import source_facts
from directory.pages.language import SPANISH, language
from directory.places.names import place_names
from directory.places.place import Place, PlaceKind

PAYMENT_ON_CARDS = ("MD", "MC", "PI", "MI", "SF", "SS", "PA", "NP")
TREATMENTS_ON_CARDS = ("KIT", "ESK", "TMS", "ECT")


def distance(miles: float | None, precision: str) -> str:
    """ "12.3 miles" where the street is known, "about 12 miles" where only the ZIP is; empty without a place."""
    if miles is None:
        return ""
    if precision != "street":
        whole = round(miles)
        if whole < 2:
            return str(gettext("about a mile or less"))
        return str(ngettext("about %(miles)s mile", "about %(miles)s miles", whole, miles=format_decimal(whole)))
    if miles < 0.1:
        return str(gettext("less than 0.1 mile"))
    return str(gettext("%(miles)s miles", miles=format_decimal(miles, "#,##0.0")))


def place_words(place: Place) -> str:
    """A place as people say it: "Ohio" rather than "OH", everything else by its label."""
    if place.kind is PlaceKind.POINT:
        return str(gettext("your location"))
    return state_name(place.label) if place.kind is PlaceKind.STATE else place.label


def state_name(letters: str) -> str:
    """The name of a state as the language of the page has it: "Ohio", "Carolina del Norte"."""
    names = place_names()
    spanish = names.spanish_state_names if language() == SPANISH else {}
    return spanish.get(letters) or names.state_names.get(letters, letters)


def category_name(category: str) -> str:
    """What heads the services of a category, "" where we never met it."""
    known = code_list().categories.get(category)
    if known is None:
        return ""
    return known.plain_es if language() == SPANISH else known.plain


def miles_words(miles: float) -> str:
    """A radius: "50 miles"."""
    return str(gettext("1 mile") if miles == 1 else gettext("%(miles)s miles", miles=f"{miles:g}"))


@lru_cache(maxsize=4096)
def phone_link(phone: str) -> str:
    """A tel: address from a printed phone number; letters become digits, an extension is dialled after a pause."""
    number, _, extension = phone.lower().partition("x")
    digits = "".join(_KEYPAD.get(mark, mark) for mark in number if mark.isalnum())
    pause = f",{re.sub(r'[^0-9]', '', extension)}" if extension.strip().isdigit() else ""
    return f"tel:+1{digits}{pause}" if len(digits) == 10 else f"tel:{digits}{pause}"


def service_name(code: str, spoken: str = "") -> str:
    """What people call a service; a code we never met is named as such. `spoken` is `language()` where known."""
    return _service_name(code, spoken or language())


def names_on_card(codes: tuple[str, ...], shown: tuple[str, ...], asked: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The few services worth a place on a card: those asked for first, then the usual ones."""
    return _names_on_card(codes, shown, asked, language())


def number_words(number: int, spoken: str = "") -> str:
    """A count as people write it: "1,234"."""
    return _number_words(number, spoken or language())


def briefly(name: str) -> str:
    """A name without the explanation in brackets behind it: "Medicaid (state program by income)" as "Medicaid"."""
    return name.partition(" (")[0]


def listed_words(names: tuple[str, ...]) -> str:
    """Names of services inside of a sentence, without what explains them: "ketamine infusion, Medicaid"."""
    return _listed_words(names, language())


def begun(words: str) -> str:
    """Words that begin a line, with a capital."""
    return words[:1].upper() + words[1:]


def sources_words(sources: tuple[str, ...]) -> str:
    """Where a listing is from, each said once: "Listed by SAMHSA, 2023 edition"."""
    return _sources_words(sources, language())


def source_words(source: str) -> str:
    """'samhsa-mh 2023' as "listed by SAMHSA, 2023 edition"."""
    source_id, _, edition = source.partition(" ")
    name = source_name(source_id)
    if not edition:
        return str(gettext("listed by %(name)s", name=name))
    return str(gettext("listed by %(name)s, %(edition)s", name=name, edition=edition_words(edition)))


def origin_words(origin: Mapping[str, str] | None) -> str:
    """The origin of a value in a facility's document as "SAMHSA, 2023 edition"; empty where nobody is named."""
    if origin is None:
        return ""
    if "verified_on" in origin:
        return str(gettext("the clinic itself, asked on %(date)s", date=day_words(origin["verified_on"])))
    if "corrected_on" in origin:
        return str(gettext("corrected by our staff on %(date)s", date=day_words(origin["corrected_on"])))
    return f"{source_name(origin['source'])}, {edition_words(origin['edition'])}"


def day_words(day: str) -> str:
    """An ISO date as "November 3, 2026"."""
    return str(format_date(dt.date.fromisoformat(day), "long"))


def recently_words(days: int) -> str:
    """How lately a clinic was asked: "in the last 12 months"."""
    months = round(days / 30.4)
    return str(ngettext("We asked them in the last month", "We asked them in the last %(num)d months", months))


def asked_words(how: str, day: str) -> str:
    """That somebody asked a clinic, and how: "We called on November 3, 2026"."""
    if how == "phone":
        return str(gettext("We called on %(date)s", date=day))
    if how == "e-mail":
        return str(gettext("We wrote to them on %(date)s", date=day))
    if how == "site":
        return str(gettext("We read their website on %(date)s", date=day))
    return str(gettext("We heard from them on %(date)s", date=day))


def source_name(source_id: str) -> str:
    """What a sentence calls a source: its short name where it has one."""
    return source_fact(source_id, "short") or source_fact(source_id, "name")


def source_fact(source_id: str, what: str) -> str:
    """What data/sources.toml says of a source in the language of the page: its "name", "short" name or "licence"."""
    facts = source_facts(source_id)
    spanish = facts.more.get(f"{what}_es", "") if language() == SPANISH else ""
    return str(spanish or facts.more.get(what, "") or getattr(facts, what, ""))


def edition_words(edition: str) -> str:
    """'2023' as "2023 edition", a date as "read on November 3, 2026"."""
    try:
        return str(gettext("read on %(date)s", date=format_date(dt.date.fromisoformat(edition), "long")))
    except ValueError:
        return str(gettext("%(edition)s edition", edition=edition))


# What follows depends on the listings and the language alone, so it is put into words once. The last argument is the
# language that gettext speaks while a page is written; it keeps the languages apart.
@lru_cache(maxsize=4096)
def _service_name(code: str, language: str) -> str:
    service = code_list().services.get(code)
    if service is None:
        return str(gettext("a service we have no name for yet"))
    return service.plain_es if language == SPANISH else service.plain


@lru_cache(maxsize=4096)
def _names_on_card(
    codes: tuple[str, ...], shown: tuple[str, ...], asked: tuple[str, ...], language: str
) -> tuple[str, ...]:
    offered = set(codes)
    return tuple(_service_name(code, language) for code in dict.fromkeys((*asked, *shown)) if code in offered)


@lru_cache(maxsize=4096)
def _listed_words(names: tuple[str, ...], language: str) -> str:
    return ", ".join(in_a_sentence(briefly(name), language) for name in names)


@lru_cache(maxsize=4096)
def _number_words(number: int, _language: str) -> str:
    return str(format_decimal(number))


@lru_cache(maxsize=512)
def _sources_words(sources: tuple[str, ...], _language: str) -> str:
    return begun("; ".join(dict.fromkeys(source_words(source) for source in sources)))


_KEYPAD = {
    letter: digit
    for digit, letters in zip("23456789", ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), strict=True)
    for letter in letters
}
