"""Cleaning of single cells: what is printed in a listing, in the form the catalogue keeps."""

from __future__ import annotations

import datetime as dt
import html
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import phonenumbers

from directory.places.names import place_names
from directory.places.spelling import name_key

NOTHING = frozenset(
    {"", "na", "n/a", "n.a.", "n\\a", "\\n", "#n/a", "<na>", "nan", "nat", "none", "null", "(null)", "nil"}
    | {"not available", "not applicable", "unknown"}
)
NO_NAME = frozenset({"", "N/A", "#N/A", "<NA>", "nan", "NaN", "None", "null", "NULL"})
DASHES = re.compile(r"[-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d ]+")
# What programs leave where they could not read a letter, or let through that no text has.
BROKEN = re.compile(r"[\ufffd\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
UNSEEN = re.compile(r"[\ufffd\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
PHONE = re.compile(r"[2-9]\d{2}-\d{3}-\d{4}(?: x\d{1,7})?", re.ASCII)
EXTENSION = re.compile(r"^(.*?\d.*?)[\s,;(]*(?:extension|ext|x|#)\.?:?\s*(\d{1,7})\)?$", re.ASCII | re.IGNORECASE)
PHONE_MARK = re.compile(r"^(?:tele?|tele?phone|phone|ph)\b[.:\s]*(?=[\d(+])", re.IGNORECASE)
# What keeps a number from losing its zeros in a spreadsheet: ="02138" or '02138.
KEPT_AS_TEXT = re.compile(r"""=\s*"([^"]*)"|'([^']*)""")
VANITY = re.compile(
    r"(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]?(?=[\dA-Z.\- ]*[A-Z])[\dA-Z](?:[-. ]?[\dA-Z]){6,9}", re.ASCII | re.IGNORECASE
)
FEWEST_LETTERS_OF_A_WORD = 3
WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)
ZIP = re.compile(r"(\d{3,5})(?:[-\u2010-\u2015 ]*(?:\d{4})?)?", re.ASCII)
WEBSITE = re.compile(r"(?:https?://)?[^\s/?#@:\"'<>]+\.[a-z]{2,}(?:[:/?#][^\s\"'<>]*)?", re.IGNORECASE)
# A number written as 1e99999999 would fill the memory with its digits.
LARGEST_NUMBER = 10**15
CODE = re.compile(r"[A-Z][A-Z0-9]{0,11}", re.ASCII)
WORD_BREAKS = re.compile(r"[\s,;|/]+")
STATES_OF_FREE_ASSOCIATION = {"federated states of micronesia": "FM", "marshall islands": "MH", "palau": "PW"}
OTHER_STATE_NAMES = {
    "washington dc": "DC",
    "us virgin islands": "VI",
    "virgin islands of the us": "VI",
    "northern marianas": "MP",
    "northern mariana islands": "MP",
    "commonwealth of the northern mariana islands": "MP",
    "cnmi": "MP",
} | STATES_OF_FREE_ASSOCIATION


class UncleanError(ValueError):
    """A cell holds something else than it should; the message is a sentence for the owner of the listing."""


def is_broken(value: object) -> bool:
    """Whether a cell has lost letters on its way: U+FFFD or control characters stand in it."""
    return isinstance(value, str) and BROKEN.search(value) is not None


def text(value: object) -> str:
    """One line of text: entities resolved, blanks and line breaks made single, characters nobody can see left out."""
    if value is None or (isinstance(value, float | Decimal) and not math.isfinite(value)):
        return ""
    if isinstance(value, float | Decimal) and -LARGEST_NUMBER < value < LARGEST_NUMBER and value == int(value):
        value = int(value)
    if isinstance(value, dt.datetime | dt.date):
        value = value.isoformat()
    said = str(value)
    if said.isascii() and "&" not in said and said.isprintable():
        return said if " " not in said else " ".join(said.split())
    while True:
        plain = UNSEEN.sub("", html.unescape(said))
        plain = "".join(
            letter for letter in plain if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cs", "Co")
        )
        plain = " ".join(unicodedata.normalize("NFC", plain).split())
        if plain == said:
            return plain
        said = plain


def optional(value: object) -> str:
    """Text of a cell that may be empty: NA, nan, None, null and cells without any letter or digit say nothing."""
    said = text(value)
    if said.casefold() in NOTHING or not any(letter.isalnum() for letter in said):
        return ""
    return said


def is_lost(said: str) -> bool:
    """Whether a text that is not empty says nothing all the same: neither a word for nothing nor dashes, but "###"."""
    return bool(said) and not any(letter.isalnum() for letter in said) and not DASHES.fullmatch(said)


def name(value: object) -> str:
    """The name of a facility; "NA" may be one, but pandas' "nan" and a database's "null" are not."""
    said = text(value)
    return "" if said in NO_NAME or not any(letter.isalnum() for letter in said) else said


def street(value: object) -> tuple[str, bool]:
    """The street, and whether the facility withholds it: ("", True) for a cell of dashes only."""
    said = text(value)
    if said and DASHES.fullmatch(said):
        return "", True
    return optional(said), False


def phone(value: object) -> str:
    """ "219-555-0101", with an extension "219-555-0101 x12", or a vanity number as printed; raises UncleanError."""
    said = optional(value)
    if not said or PHONE.fullmatch(said):
        return said
    said = PHONE_MARK.sub("", unprotected(said))
    whole = WHOLE.fullmatch(said)
    number, extension = whole[1] if whole else said, ""
    parted = EXTENSION.match(number)
    if parted:
        number, extension = parted[1], f" x{parted[2]}"
    if VANITY.fullmatch(number) and sum(map(str.isalpha, number)) >= FEWEST_LETTERS_OF_A_WORD:
        return said
    digits = national_digits(number)
    if not re.fullmatch(r"[2-9]\d{9}", digits, re.ASCII):
        raise UncleanError(f'"{shown(said)}" is no US phone number')
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}{extension}"


def national_digits(number: str) -> str:
    """The ten digits of a US number in any spelling, or nothing."""
    if any(letter.isalpha() for letter in number):
        return ""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return ""
    if parsed.country_code != 1 or parsed.extension:
        return ""
    return str(parsed.national_number)


def state(value: object) -> str:
    """Two letters of a state, the District of Columbia or a territory, from letters or names; raises UncleanError."""
    said = text(value)
    names = place_names()
    letters = said.replace(".", "").replace(" ", "").upper()
    if len(letters) == 2 and (letters in names.state_names or letters in STATES_OF_FREE_ASSOCIATION.values()):
        return letters
    if not optional(said):
        raise UncleanError("the state is missing")
    key = name_key(said)
    found = names.states.get(key) or OTHER_STATE_NAMES.get(key)
    if not found:
        raise UncleanError(f'"{shown(said)}" is not a US state or territory')
    return found


def zip_code(value: object, state_letters: str, state_of_zip: Callable[[str], str | None]) -> str:
    """The five digits of a ZIP or ZIP+4; raises UncleanError.

    Zeros that a spreadsheet lost in front are given back only where the repaired ZIP lies in the row's state.
    """
    said = unprotected(optional(value))
    if not said:
        raise UncleanError("the ZIP is missing")
    whole = WHOLE.fullmatch(said)
    digits = whole[1] if whole else said
    if digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 9:
        digits = digits.zfill(9)
        digits, lost = digits[:5], len(whole[1] if whole else said) < 9
    else:
        parted = ZIP.fullmatch(digits)
        if not parted:
            raise UncleanError(f'"{shown(said)}" is not a ZIP of five digits')
        digits, lost = parted[1].zfill(5), len(parted[1]) < 5
    if digits == "00000":
        raise UncleanError(f'"{shown(said)}" is not a ZIP in use')
    if lost and state_of_zip(digits) != state_letters:
        raise UncleanError(
            f'"{shown(said)}" is not a ZIP of five digits, and {digits} does not lie in {state_letters}; '
            "keep the ZIP column as text so that no zero is lost"
        )
    return digits


def unprotected(said: str) -> str:
    """A number without what kept it a text in a spreadsheet: '="02138"' → "02138"."""
    kept = KEPT_AS_TEXT.fullmatch(said)
    return (kept[1] or kept[2] or "").strip() if kept else said


def website(value: object) -> str:
    """An http or https address; raises UncleanError for anything else, scripts above all."""
    said = optional(value)
    if not said:
        return ""
    if not WEBSITE.fullmatch(said):
        raise UncleanError(f'"{shown(said)}" is not a web address')
    return said if said.lower().startswith(("http://", "https://")) else f"http://{said}"


def degrees(value: object, most: float) -> float | None:
    """A latitude (most = 90) or longitude (most = 180) in degrees, None where nothing is said; raises UncleanError."""
    said = optional(value)
    if not said:
        return None
    try:
        number = float(said)
    except ValueError:
        raise UncleanError(f'"{shown(said)}" is not a number of degrees') from None
    if not math.isfinite(number) or abs(number) > most:
        raise UncleanError(f'"{shown(said)}" is not between -{most:g} and {most:g} degrees')
    return number


def code_groups(value: object) -> tuple[tuple[str, ...], ...]:
    """The words of a code cell by its ` * ` groups: "MH * KIT MD" → (("MH",), ("KIT", "MD")). Not checked."""
    groups = (tuple(word for word in WORD_BREAKS.split(part) if word) for part in optional(value).split("*"))
    return tuple(group for group in groups if group)


def shown(said: str) -> str:
    """A value as a message quotes it, cut after 60 characters."""
    return said if len(said) <= 60 else f"{said[:60]}…"


def shown_list(said: str) -> str:
    """A list of headings as a message quotes it, cut after 300 characters."""
    return said if len(said) <= 300 else f"{said[:300]}…"
