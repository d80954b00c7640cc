"""Proper names: how the name of a service stands inside of a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache

from directory.config import DATA

_FIRST_WORD = re.compile(r"[^\s,:]+")


def in_a_sentence(name: str, language: str) -> str:
    """ "Ketamine infusion" as "ketamine infusion"; "Medicaid", "TMS" and what else is a name keep their capital."""
    first = _FIRST_WORD.match(name)
    if first is None or first[0] in proper_names()[language] or first[0][1:] != first[0][1:].lower():
        return name
    return name[:1].lower() + name[1:]


@cache
def proper_names() -> Mapping[str, frozenset[str]]:
    """data/proper_names.toml: the words, by language."""
    listed = tomllib.loads((DATA / "proper_names.toml").read_text(encoding="utf-8"))
    return {language: frozenset(words) for language, words in listed.items()}
