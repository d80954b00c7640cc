"""Plausibility: what is odd about cells that can be read and yet are hardly what their owner meant.

No answer is a reason to refuse a row: real editions hold a few of each. A reason is a sentence without a full stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations

import phonenumbers

from directory.catalogue.record import ListingRecord
from importers import clean

TEXTS = ("name1", "name2", "street1", "street2", "city")
# In every edition programmes are named after their towns.
ALIKE_OFTEN = frozenset({("name1", "city"), ("name2", "city")})
SPREADSHEET_ERROR = re.compile(r"#(?:REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC|FIELD)\b[!?]?|#N/A|##+", re.IGNORECASE)
STRANGE_SIGN = re.compile(r"[^\w\s'’‘/()\-–.,&:;#+@*!\"“”®™°½]|_|[!*#+@]{2}")
# Most names and addresses hold none of this, and need no closer look.
PERHAPS_ODD = re.compile(r"([A-Za-z])\1\1|[^\w\s'/().,&:-]|_|\d[A-Za-z]|[A-Za-z]\d", re.ASCII | re.IGNORECASE)
UNLIKE_A_NAME = (
    (re.compile(r"[<>]"), "holds markup"),
    (re.compile(r"\A[=@]\s*\S"), "holds a formula"),
    (re.compile(r"([^\W\d])\1{3,}", re.IGNORECASE), "repeats a letter as no word does"),
    (
        re.compile(r"\b\d+(?!(?:st|nd|rd|th)\b)[^\W\d]{2}|[^\W\d]{2}\d+[^\W\d]", re.IGNORECASE),
        "holds a digit within a word",
    ),
)
HOST = re.compile(r"https?://([\w.-]+)(?::\d+)?(?:[/#].*)?$", re.IGNORECASE)
EXCHANGE = re.compile(r"[2-9]\d\d", re.ASCII)


def of_any_text(said: str) -> str:
    """What is odd about any text, however long, that people wrote; empty where nothing is."""
    if SPREADSHEET_ERROR.search(said):
        return "holds an error of a spreadsheet program"
    return "holds letters that were misread before the file came to us" if is_misread(said) else ""


def of_text(said: str) -> str:
    """What is odd about a name, a line of an address or a town; empty where nothing is."""
    if said.isascii() and not PERHAPS_ODD.search(said):
        return ""
    if reason := of_any_text(said):
        return reason
    if found := next((reason for form, reason in UNLIKE_A_NAME if form.search(said)), ""):
        return found
    sign = STRANGE_SIGN.search(said)
    return f'holds "{sign[0]}", which no name and no address has' if sign else ""


def is_misread(said: str) -> bool:
    """Whether a text is UTF-8 that some program took for another encoding: "NiÃ±os"."""
    if said.isascii():
        return False
    for encoding in ("cp1252", "latin-1"):
        try:
            said.encode(encoding).decode()
        except UnicodeError:
            continue
        return True
    return False


def of_phone(phone: str) -> str:
    """What is odd about a number as the catalogue keeps it; empty where somebody may answer."""
    digits = phone.replace("-", "")[:10]
    if not digits.isdigit():
        return ""
    known = _is_area_code(digits[:3]) and EXCHANGE.fullmatch(digits[3:6])
    if not known and not phonenumbers.is_valid_number(phonenumbers.parse(digits, "US")):
        return f'"{phone}" has an area code or exchange that no US number has'
    return ""


def of_website(website: str) -> str:
    """What is odd about a web address as the catalogue keeps it; empty where a browser may find it."""
    host = HOST.match(website)
    if not host or "%" in host[1] or not host[1].isascii():
        return f'"{clean.shown(website)}" has a host that no web site has'
    return ""


@lru_cache(maxsize=1000)
def _is_area_code(digits: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(f"{digits}5550123", "US"))


def of_row(listing: ListingRecord, told: Iterable[str]) -> Mapping[str, str]:
    """Column → what is odd about it in a listing; `told` are the columns its source fills."""
    phones = {"phone": listing.phone, **listing.intake_phones}
    websites = {"website": listing.website}
    return {
        **dict(_of_repeats(listing)),
        **dict(_of_signs(listing)),
        **{column: reason for column in TEXTS if (reason := of_text(getattr(listing, column)))},
        **{column: reason for column, phone in phones.items() if phone and (reason := of_phone(phone))},
        **{column: reason for column, said in websites.items() if said and (reason := of_website(said))},
        **dict(_of_gaps(listing, frozenset(told))),
    }


def _of_signs(listing: ListingRecord) -> Iterator[tuple[str, str]]:
    """Names without a letter, streets without a number or without a name."""
    for column in ("name1", "name2", "street1", "street2"):
        said = getattr(listing, column)
        if said and not any(letter.isalpha() for letter in said):
            yield column, f'"{clean.shown(said)}" has no letter'
    if listing.street1 and not any(letter.isdigit() for letter in listing.street1):
        yield "street1", "has no number of a house"


def _of_repeats(listing: ListingRecord) -> Iterator[tuple[str, str]]:
    texts = {column: said.casefold() for column in TEXTS if (said := getattr(listing, column))}
    for one, other in combinations(texts, 2):
        if texts[one] == texts[other] and (one, other) not in ALIKE_OFTEN:
            yield other, f"says the same as {one}"


def _of_gaps(listing: ListingRecord, told: frozenset[str]) -> Iterator[tuple[str, str]]:
    if (listing.latitude is None) != (listing.longitude is None):
        yield "latitude" if listing.latitude is None else "longitude", "is missing where the other coordinate stands"
    if "phone" in told and not listing.phone:
        yield "phone", "has no number"
    if "street1" in told and not listing.street1 and not listing.street_withheld:
        yield "street1", "is empty, and not withheld"
