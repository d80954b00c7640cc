"""A typed text as tokens that remember where they stood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from directory.places.spelling import folded
from directory.search.question import LONGEST_TEXT

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W\d_]))?|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’‘´`][^\W\d_]+)*")
_INNER = re.compile(r"['’‘´`.]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number. `fold` is lower case without accents and apostrophes, `stem` without a plural's ending too.

    `gap` is what stands between the token and the one before; `capital` says that it begins with a capital.
    """

    text: str
    start: int
    end: int
    fold: str
    stem: str
    gap: str

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()

    @property
    def upper(self) -> bool:
        return self.text.isupper()

    @property
    def number(self) -> float | None:
        """The number a token is, "1,000" included, else None."""
        if not self.text[0].isascii() or not self.text[0].isdigit():
            return None
        try:
            return float(self.text.replace(",", ""))
        except ValueError:
            return None


def cleaned(text: str) -> str:
    """The text as it is understood: composed letters, control characters as blanks, no longer than LONGEST_TEXT."""
    composed = unicodedata.normalize("NFC", text[: 4 * LONGEST_TEXT])
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in composed)
    return plain[:LONGEST_TEXT].rstrip()


def tokenise(text: str) -> tuple[Token, ...]:
    """The tokens of a cleaned text, in order."""
    tokens: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        fold = _fold(match.group())
        if fold:
            gap = text[end : match.start()]
            tokens.append(Token(match.group(), match.start(), match.end(), fold, stem_of(fold), gap))
            end = match.end()
    return tuple(tokens)


@lru_cache(maxsize=4096)
def _fold(word: str) -> str:
    return folded(_INNER.sub("", word))


def stem_of(word: str) -> str:
    """A folded word without the -s of a plural: "infusions" → "infusion"; what ends in -ss, -us, -is stays."""
    if len(word) > 3 and word.endswith("s") and word[-2] not in "sui":
        return word[:-1]
    return word
