"""Kept words: what jobs keep of a run in English sentences, said in the language of the page."""

from __future__ import annotations

import re
from functools import cache

from flask_babel import gettext
from markupsafe import Markup, escape

from directory.desk.kept_sentences import COUNTS, KEPT
from directory.desk.run_page import column_name
from directory.pages.language import ENGLISH, language

_GAP = re.compile(r"%\((\w+)\)s")
_NUMBER = r"-?[\d.,]+%?"
_SENTENCES = re.compile(r"(?<=\.) ")
_NESTED = frozenset({"why", "meant", "detail"})
_COLUMNS = frozenset({"column", "other", "field"})


def kept_words(said: str) -> Markup:
    """What was kept, in the language of the page; a part that nobody here knows as it was kept, marked as English."""
    if language() == ENGLISH:
        return escape(said)
    known = translated(said)
    return Markup('<span lang="en">{}</span>').format(said) if known is None else known


def translated(said: str) -> Markup | None:
    """One kept sentence or several, each known, in the language of the page; None where one of them is not."""
    whole = _one_translated(said)
    if whole is not None:
        return whole
    pieces = _SENTENCES.split(said)
    for count in range(len(pieces) - 1, 0, -1):
        known = _one_translated(" ".join(pieces[:count]))
        if known is None:
            continue
        rest = translated(" ".join(pieces[count:]))
        if rest is not None:
            return known + " " + rest
    return None


def _one_translated(said: str) -> Markup | None:
    for pattern, words in _patterns():
        if found := pattern.fullmatch(said):
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return escape(gettext(words)) % values
    return None


def _value(name: str, said: str) -> Markup:
    if name in _NESTED:
        return kept_words(said)
    return escape(column_name(said) if name in _COLUMNS else said)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_with_gaps(sentence.words), re.DOTALL), sentence.words) for sentence in KEPT)


def _with_gaps(words: str) -> str:
    literal, names = _GAP.split(words)[::2], _GAP.findall(words)
    gaps = [*(f"(?P<{name}>{_NUMBER if name in COUNTS else '.+'})" for name in names), ""]
    return "".join(re.escape(part) + gap for part, gap in zip(literal, gaps, strict=True))
