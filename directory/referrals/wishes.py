"""Wishes: the search that finds clinics for a client, and how each one fits, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.catalogue.codes import code_list
from directory.catalogue.proper_names import in_a_sentence
from directory.referrals.client import ClientFacts
from directory.referrals.needs import ENGLISH, UNCOVERED, UNKNOWN, options
from directory.referrals.referral import ReferralFacts
from directory.search.answer import Result
from directory.search.question import Question
from directory.search.search import Search
from directory.sentence import Sentence

MOST_CLINICS = 20


@dataclass(frozen=True, slots=True)
class Fit:
    """A wish and whether a clinic's listing meets it: "takes Medicaid: yes". Not listed does not mean no."""

    wish: Sentence
    met: bool

    @property
    def plain(self) -> str:
        """ "takes Medicaid: not listed"."""
        return f"{self.wish}: {'yes' if self.met else 'not listed'}"


@dataclass(frozen=True, slots=True)
class FittingClinic:
    """A clinic of the search with its fits; `met` counts those its listing names."""

    result: Result
    fits: tuple[Fit, ...]

    @property
    def met(self) -> int:
        """How many wishes its listing meets."""
        return sum(fit.met for fit in self.fits)


def question_for(
    search: Search, client: ClientFacts, referral: ReferralFacts, *, need: str = "", narrow: bool = False
) -> Question:
    """The search for one need (default: the first) around the client's ZIP, made of codes only: no text, no URL.

    `narrow` also asks for the coverage and the language.
    """
    wanted = options().needs[need or referral.need[0]].service
    codes = [wanted] if wanted else []
    if narrow:
        codes += [*_coverage(referral), *_language(referral)]
    place = search.gazetteer.zip(client.zip) if client.zip else None
    return Question(
        place=place, filters=code_list().by_group(tuple(codes)), needs_place=place is None, per_page=MOST_CLINICS
    )


def clinics_for(
    search: Search, client: ClientFacts, referral: ReferralFacts, language: str = "en"
) -> list[FittingClinic]:
    """Clinics for a client: those within reach that meet every wish, then the nearest others; at most 20.

    `language` is that of the reader, for the names of what is wished for.
    """
    found: dict[int, FittingClinic] = {}
    for need in referral.need:
        for narrow in (True, False):
            question = question_for(search, client, referral, need=need, narrow=narrow)
            for result in search.answer(question).results:
                found.setdefault(result.id, FittingClinic(result, tuple(fits(result, referral, language))))
    ordered = sorted(found.values(), key=_order)
    return ordered[:MOST_CLINICS]


def fits(result: Result, referral: ReferralFacts, language: str = "en") -> list[Fit]:
    """How a clinic fits, wish by wish: each need, the coverage, the language."""
    listed = set(result.codes)
    told = [
        Fit(Sentence("offers %(service)s", service=_need(code, language)), service in listed)
        for code, service in _services(referral.need)
    ]
    if codes := _coverage(referral):
        helps = Sentence("takes self-pay or helps with paying")
        paid = helps if referral.coverage == UNCOVERED else Sentence("takes %(what)s", what=_named(codes, language))
        told.append(Fit(paid, not listed.isdisjoint(codes)))
    if codes := _language(referral):
        told.append(Fit(Sentence("language: %(which)s", which=_named(codes, language)), not listed.isdisjoint(codes)))
    return told


def _order(clinic: FittingClinic) -> tuple[bool, bool, float]:
    unmet = any(not fit.met for fit in clinic.fits)
    miles = clinic.result.miles
    return clinic.result.beyond_radius, unmet, miles if miles is not None else float("inf")


def _services(need: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, service) for code in need if (service := options().needs[code].service)]


def _coverage(referral: ReferralFacts) -> tuple[str, ...]:
    if referral.coverage == UNKNOWN:
        return ()
    return options().uncovered if referral.coverage == UNCOVERED else (referral.coverage,)


def _language(referral: ReferralFacts) -> tuple[str, ...]:
    return () if referral.language in {UNKNOWN, ENGLISH} else (referral.language,)


def _need(code: str, language: str) -> str:
    return in_a_sentence(options().needs[code].label(language), language)


def _named(codes: Sequence[str], language: str) -> str:
    named = [code_list().services[code] for code in codes]
    names = (service.plain_es if language == "es" else service.plain for service in named)
    return ", ".join(in_a_sentence(name, language) for name in names)
