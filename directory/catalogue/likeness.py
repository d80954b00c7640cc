"""The words of data/matching.toml, by which listings of one clinic differ and two clinics do."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from directory.config import DATA

_JOINED = re.compile(r"['’`.]")
_APART = re.compile(r"[^a-z0-9]+")
_NUMBER_SIGN = re.compile(r"#\s*")


@dataclass(frozen=True, slots=True)
class MatchingWords:
    """`marks` maps a word to (group, value): "boys" → ("gender", "men"). `same` maps a word to its full form."""

    silent: frozenset[str]
    states: tuple[str, ...]
    common: frozenset[str]
    places: frozenset[str]
    same: dict[str, tuple[str, ...]]
    marks: dict[str, tuple[str, str]]
    street_same: dict[str, str]
    street_kinds: frozenset[str]
    street_units: frozenset[str]


@cache
def matching_words() -> MatchingWords:
    """The words of this installation, read once."""
    tables: dict[str, Any] = tomllib.loads((DATA / "matching.toml").read_text(encoding="utf-8"))
    street = tables["street"]
    return MatchingWords(
        silent=frozenset(tables["silent"]["words"]),
        states=tuple(tables["states"]["names"]),
        common=frozenset(tables["common"]["words"]),
        places=frozenset(tables["places"]["words"]),
        same={word: tuple(full.split()) for word, full in tables["same"].items()},
        marks={
            word: (group, value)
            for group, values in tables["marks"].items()
            for value, words in values.items()
            for word in words
        },
        street_same={word: full for full, words in street["same"].items() for word in words},
        street_kinds=frozenset(street["kinds"]["words"]),
        street_units=frozenset(street["units"]["words"]),
    )


def plain_words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents and punctuation: "St. Mary's & Co" → ("st", "marys", "co")."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return tuple(_APART.sub(" ", _JOINED.sub("", _NUMBER_SIGN.sub(" ", text.lower()))).split())
