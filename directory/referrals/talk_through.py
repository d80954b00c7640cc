"""TalkThrough: points that may rule ketamine out, talked about and noted in the client's words, never scored."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from directory.config import DATA


@dataclass(frozen=True, slots=True)
class Wording:
    """A point in one language: what to ask, and why it matters."""

    question: str
    why: str


@dataclass(frozen=True, slots=True)
class Point:
    """Something to talk about; `source` says where it is known from."""

    code: str
    en: Wording
    es: Wording
    source: str

    def wording(self, language: str = "en") -> Wording:
        """The words in English, or in Spanish where they are asked for."""
        return self.es if language == "es" else self.en


@cache
def points() -> Mapping[str, Point]:
    """data/talk_through.toml by code, in its order."""
    table = tomllib.loads((DATA / "talk_through.toml").read_text(encoding="utf-8"))
    sources = table["source"]
    return {
        row["code"]: Point(row["code"], Wording(**row["en"]), Wording(**row["es"]), sources[row["source"]])
        for row in table["point"]
    }
