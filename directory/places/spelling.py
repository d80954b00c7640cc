"""The one spelling under which a place is looked up, whatever was typed."""

from __future__ import annotations

import re
import unicodedata

WITHIN = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount", "pt": "point"}
LEADING = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "no": "north",
    "so": "south",
}
ANYWHERE = {
    "hts": "heights",
    "hgts": "heights",
    "spgs": "springs",
    "spg": "springs",
    "sprgs": "springs",
    "twp": "township",
    "bch": "beach",
    "vlg": "village",
    "ctr": "center",
    "jct": "junction",
    "co": "county",
    "cnty": "county",
    "cty": "county",
    "pk": "park",
    "isl": "island",
    "lk": "lake",
    "mtn": "mountain",
}
_APOSTROPHES = re.compile(r"['’‘`´.]")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_SPLIT_PREFIX = re.compile(r"\b(mc|o|d) (?=[a-z]{2})")


def folded(text: str) -> str:
    """Lower case without accents: "Peñuelas" → "penuelas"."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return plain if plain.isascii() else "".join(letter for letter in plain if not unicodedata.combining(letter))


def name_key(name: str) -> str:
    """The key of a place's name: "St. Louis", "Saint Louis" → "saint louis"; "O'Fallon", "O Fallon" → "ofallon"."""
    words = _NO_WORD.sub(" ", _APOSTROPHES.sub("", folded(name))).split()
    return key_of_words(words)


def key_of_words(words: list[str]) -> str:
    """As name_key, for words already folded and free of punctuation."""
    if len(words) > 1:
        first, *inner, last = words
        within = (ANYWHERE.get(word) or WITHIN.get(word, word) for word in inner)
        words = [LEADING.get(first) or WITHIN.get(first, first), *within, ANYWHERE.get(last, last)]
    return _SPLIT_PREFIX.sub(r"\1", " ".join(words))
