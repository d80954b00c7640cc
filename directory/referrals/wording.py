"""Wording: what packets, consents and notices say, from data/consent, in the reader's language."""

from __future__ import annotations

import datetime as dt
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from babel.dates import format_date

from directory.config import DATA

FOLDER = DATA / "consent"
LANGUAGES = ("en", "es")
_LOCALES = {"en": "en_US", "es": "es_US"}


def known(language: str) -> str:
    """The language that texts are written in for a reader: "es" of "es-US", and English where there is no other."""
    short = language.lower().replace("_", "-").partition("-")[0]
    return short if short in LANGUAGES else "en"


def wording(language: str, **values: str) -> dict[str, Any]:
    """All texts in a language, by section and name, with `values` filled in; names without a value stay as they are."""
    filled: dict[str, Any] = _filled(_texts(known(language)), _Values(values))
    return filled


def consent_texts(language: str, **values: str) -> dict[str, str]:
    """The texts a new consent starts with, by element: discloser, description, … refusal.

    `values`: center, center_address, center_phone, clinic, expires_on and, for `expiry_event`, event.
    """
    texts: dict[str, str] = wording(language, **values)["consent"]
    return texts


def day(date: dt.date, language: str) -> str:
    """A date as people write it: "November 23, 2026", "23 de noviembre de 2026"."""
    return format_date(date, "long", locale=_LOCALES[known(language)])


class _Values(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


@cache
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def _filled(texts: Any, values: Mapping[str, str]) -> Any:
    if isinstance(texts, dict):
        return {name: _filled(text, values) for name, text in texts.items()}
    if isinstance(texts, list):
        return [_filled(text, values) for text in texts]
    return string.Formatter().vformat(texts, (), values)
