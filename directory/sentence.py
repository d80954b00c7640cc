"""Sentence: what records and the catalogue say to people, until a page says it in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """English words with gaps such as %(name)s, which gettext knows, and what fills the gaps.

    A gap holds words that are the same in every language (a name, a number), another sentence, or a tuple of them.
    """

    words: str
    values: dict[str, Any] = field(hash=False)

    def __init__(self, words: str, /, **values: Any) -> None:
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        return self.said(str)

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence with its gaps filled; `translate` gives English words in the language of whoever reads."""
        filled = {name: _said(value, translate) for name, value in self.values.items()}
        return translate(self.words) % filled if filled else translate(self.words)


def _said(value: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(value, tuple):
        return ", ".join(str(_said(one, translate)) for one in value)
    return value.said(translate) if isinstance(value, Sentence) else value
