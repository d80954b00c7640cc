"""Words: how a facility's names and a question are cut into the words that are looked up."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_WORD = re.compile(r"[^\W_]+")
# Written either way on signs and in listings, so both become one.
SAME = {"saint": "st", "fort": "ft", "mount": "mt", "centre": "center", "programme": "program"}
# Too common to tell clinics apart, and left out or put in at will: "Center for Hope", "Center of Hope".
UNHEEDED = frozenset({"a", "an", "and", "at", "for", "in", "of", "the", "y", "de"})
LONGEST_WORD = 40


def folded(text: str) -> str:
    """Lower case without accents: "Peñuelas" → "penuelas"."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The words of a text in order, unstemmed: "Saint Vincent's Center for Hope" → st, vincents, center, hope."""
    found = _WORD.findall(_APOSTROPHES.sub("", folded(text)))
    return [SAME.get(word, word)[:LONGEST_WORD] for word in found if word not in UNHEEDED]
