"""HsdsTerms: what the terms and words of an HSDS package mean here, by data/hsds_terms.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from directory.catalogue.codes import code_list
from directory.config import DATA
from importers import clean
from importers.labels import key


@dataclass(frozen=True, slots=True)
class Words:
    """Words that make a site of interest where one of `fields` holds them; `lead` marks it for the people who call."""

    id: str
    why: str
    lead: bool
    pattern: re.Pattern[str]
    fields: tuple[str, ...]


@dataclass(slots=True)
class Meaning:
    """What terms came to: service codes, and the terms nobody knows here as "Taxonomy: term"."""

    codes: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)


class HsdsTerms:
    """Terms, languages and ages to service codes, and the rules of words."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = said
        self._denials = frozenset(said["denials"])
        self._by_name = {key(name): tuple(codes) for name, codes in said["terms"].items()}
        for label, codes in _labels().items():
            self._by_name.setdefault(label, codes)
        self.rules = tuple(
            Words(
                rule["id"],
                rule["why"],
                rule["lead"],
                re.compile(rf"\b(?:{'|'.join(map(re.escape, rule['words']))})", re.IGNORECASE),
                tuple(rule["fields"]),
            )
            for rule in said["words"]
        )

    def read(self, attributes: Sequence[Mapping[str, Any]], meaning: Meaning) -> None:
        """Take in the attributes of an object; one whose value denies its term says nothing."""
        for attribute in attributes:
            term = attribute.get("taxonomy_term")
            value = clean.text(attribute.get("value"))
            if not term or value.casefold() in self._denials:
                continue
            codes = self._codes(term)
            meaning.codes.update(dict.fromkeys(codes))
            if not codes:
                meaning.unknown[f"{_taxonomy(term) or 'term'}: {clean.text(term.get('name'))}"] = None

    def _codes(self, term: Mapping[str, Any]) -> tuple[str, ...]:
        code = clean.text(term.get("code")).upper()
        taxonomy = _taxonomy(term).casefold()
        if code in code_list() and any(word in taxonomy for word in self._said["coded_taxonomies"]):
            return (code,)
        return self.named(clean.text(term.get("name")))

    def named(self, term: str) -> tuple[str, ...]:
        """The codes a term means by its name alone, none where it is unknown or means several things."""
        return self._by_name.get(key(term), ())

    def of_organization(self, codes: Mapping[str, None]) -> Iterator[str]:
        """Of the codes an organization says of itself those that hold for each of its sites."""
        return (code for code in codes if code_list().category_of(code) in self._said["of_organizations"])

    def languages(self, languages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Codes of the languages of a service or location."""
        for language in languages:
            code = clean.text(language.get("code")).casefold().partition("-")[0]
            yield from self._said["languages"].get(code) or self._by_name.get(key(language.get("name", "")), ())

    def ages(self, least: float | None, most: float | None) -> Iterator[str]:
        """Codes of the age groups that bounds in years meet; none where no bound is given."""
        if least is None and most is None:
            return
        for code, (youngest, oldest) in self._said["ages"].items():
            if (least or 0) <= oldest and (most is None or most >= youngest):
                yield code

    def says_treatment(self, codes: Mapping[str, None]) -> bool:
        """Whether any code says what is treated or how, not only who may come and how they pay."""
        return any(code_list().category_of(code) not in self._said["beside_treatment"] for code in codes)


def _taxonomy(term: Mapping[str, Any]) -> str:
    return clean.text(term.get("taxonomy") or (term.get("taxonomy_detail") or {}).get("name"))


def _labels() -> dict[str, tuple[str, ...]]:
    """Codes by our labels and plain names; a label that two codes share means neither by itself."""
    codes: dict[str, set[str]] = {}
    for service in code_list():
        for label in {key(service.name), key(service.plain), key(service.plain_es)}:
            codes.setdefault(label, set()).add(service.code)
    return {label: tuple(found) for label, found in codes.items() if label and len(found) == 1}


@cache
def hsds_terms() -> HsdsTerms:
    """The terms of this installation, read once."""
    return HsdsTerms(tomllib.loads((DATA / "hsds_terms.toml").read_text(encoding="utf-8")))
