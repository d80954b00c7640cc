"""TalkThrough: points that may rule ketamine out, talked about with clients and by families, never scored."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from directory.config import DATA


@dataclass(frozen=True, slots=True)
class Wording:
    """A point in one language: its name, what to ask a client, why it matters, and what to ask a clinician."""

    name: str
    question: str
    why: str
    ask: str


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
    table = _table()
    sources = table["source"]
    return {
        row["code"]: Point(row["code"], Wording(**row["en"]), Wording(**row["es"]), sources[row["source"]])
        for row in table["point"]
    }


def also_tell(language: str) -> tuple[str, ...]:
    """What else a clinician wants to know, as a client would say it; no record holds it."""
    return tuple(_table()["also"][language])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((DATA / "talk_through.toml").read_text(encoding="utf-8"))
