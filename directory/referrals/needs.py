"""Needs: what a referral can be for, how soon, how it is paid, in which language; each a code with plain words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from directory.catalogue.codes import code_list
from directory.config import DATA
from directory.referrals.states import Event, Outcome

ENGLISH = "EN"
SPANISH = "SP"
UNKNOWN = "unknown"
UNCOVERED = "none"
OTHER_NEED = "OTHER"


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: what is kept, and what is read. `service` is the code a clinic must have, or ""."""

    code: str
    en: str
    es: str
    service: str = ""

    def label(self, language: str = "en") -> str:
        """The words in English, or in Spanish where they are asked for."""
        return self.es if language == "es" and self.es else self.en


@dataclass(frozen=True, slots=True)
class Options:
    """All that can be chosen, by code. `uncovered` are the codes a person without coverage looks for."""

    needs: Mapping[str, Option]
    urgencies: Mapping[str, Option]
    coverages: Mapping[str, Option]
    languages: Mapping[str, Option]
    uncovered: tuple[str, ...]


@cache
def options() -> Options:
    """data/needs.toml with the words of service codes, read once."""
    table = tomllib.loads((DATA / "needs.toml").read_text(encoding="utf-8"))
    coverage, language = table["coverage"], table["language"]
    english, *unknown = _given(language["also"])
    spoken = [code.code for code in code_list() if code.category in language["categories"]]
    return Options(
        needs=_by_code(_given(table["need"])),
        urgencies=_by_code(_given(table["urgency"])),
        coverages=_by_code([*_services(coverage["codes"]), *_given(coverage["also"])]),
        languages=_by_code([english, *_services(spoken), *unknown]),
        uncovered=tuple(coverage["uncovered"]),
    )


@cache
def reason_words() -> Mapping[str, Mapping[str, Option]]:
    """The words of reasons by event, and those of outcomes under "outcome"."""
    table = tomllib.loads((DATA / "reasons.toml").read_text(encoding="utf-8"))
    return {kind: {code: Option(code, **words) for code, words in group.items()} for kind, group in table.items()}


def reason_label(event: Event | str, reason: str, language: str = "en") -> str:
    """The words of a reason; the code itself where there are none."""
    option = reason_words().get(str(event), {}).get(reason)
    return option.label(language) if option else reason


def outcome_label(outcome: Outcome | str, language: str = "en") -> str:
    """The words of an outcome."""
    return reason_label("outcome", str(outcome), language)


def need_label(codes: Iterable[str], language: str = "en") -> str:
    """The words of what is needed: "Ketamine infusion, Esketamine nasal spray (Spravato)"."""
    return ", ".join(options().needs[code].label(language) for code in codes if code in options().needs)


def written_language(code: str) -> str:
    """The language of papers for somebody who speaks the language of a code: "es" or "en"."""
    return "es" if code == SPANISH else "en"


def _given(rows: Iterable[Mapping[str, Any]]) -> list[Option]:
    return [Option(**row) for row in rows]


def _services(codes: Iterable[str]) -> list[Option]:
    known = code_list().services
    return [Option(code, known[code].plain, known[code].plain_es, code) for code in codes]


def _by_code(given: Iterable[Option]) -> dict[str, Option]:
    return {option.code: option for option in given}
