"""Packets: what goes to a clinic, to a family and to paper, as tagged PDF, the same bytes for the same facts."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import typst

from directory.config import TEMPLATES, CenterSettings
from directory.errors import SaidError
from directory.referrals.wording import day, known, wording
from directory.sentence import Sentence

FOLDER = TEMPLATES / "packets"
MISSING = "▯"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_UNDRAWN = re.compile(r'the text `"((?:\\.|[^"\\])+)"` could not be displayed')
# Signs that stand on no line of their own, such as U+A66F, are told by their number.
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_LONG_WORD = re.compile(r"\S{32,}")
_BREAK_EVERY = 16
# Order of 42 CFR 2.31; redisclosure holds what refusing means too.
_BEFORE_SIGNING = ("client_name", "discloser", "description", "recipient", "purpose", "revocation", "expiry")


class PacketError(SaidError):
    """A packet cannot be made; the message says what is missing or which setting is at fault."""


@dataclass(frozen=True, slots=True)
class ClinicFacts:
    """The clinic a referral goes to. `address` in one line."""

    name: str
    address: str
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True)
class ConsentCopy:
    """The ten elements of a consent as they were agreed to, in `language`; empty signature and date before signing.

    `method` is "screen", "paper" or "verbal".
    """

    client_name: str
    discloser: str
    description: str
    recipient: str
    recipient_address: str
    purpose: str
    revocation: str
    expiry: str
    redisclosure: str
    refusal: str
    signature: str = ""
    signed_on: dt.date | None = None
    method: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """Everything a packet says, in plain words; codes are resolved before. `on` dates it."""

    on: dt.date
    center: CenterSettings
    clinic: ClinicFacts
    name: str
    reference: str
    consent: ConsentCopy
    need: tuple[str, ...] = ()
    urgency: str = "routine"
    birth_year: int | None = None
    zip: str = ""
    language: str = ""
    coverage: str = ""
    contact_wish: str = ""
    note: str = ""
    answer_days: int = 2


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """One line of an accounting. `how` is "link", "fax" or "print"."""

    on: dt.date
    recipient: str
    address: str
    what: str
    why: str
    how: str


def packet_pdf(facts: PacketFacts) -> bytes:
    """What goes to the clinic: a cover without the client, the letter, a copy of the consent, the notice.

    In English, for the clinic; the consent stands in the language it was given in. Raises PacketError where the
    consent is not signed, or names another clinic.
    """
    _check_consent(facts)
    days = _days(facts.answer_days)
    text = wording("en", **_values(facts.center, facts.clinic), days=days)
    cover = text["cover"]
    return _pdf(
        "packet.typ",
        "en",
        facts.center,
        facts.on,
        text,
        title=f"{facts.center.name}: {text['letter']['title']}",
        date=day(facts.on, "en"),
        cover=_filled_pairs(
            (cover["to"], facts.clinic.name),
            (text["common"]["address"], facts.clinic.address),
            (text["common"]["fax"], facts.clinic.fax),
            (cover["from"], facts.center.name),
            (text["common"]["phone"], facts.center.phone),
            (text["common"]["date"], day(facts.on, "en")),
        ),
        person=_person(facts, text["letter"]),
        request=_request(facts, text),
        consent={"language": known(facts.consent.language), "elements": _copied(facts.consent, facts.center)},
    )


def family_pdf(facts: PacketFacts, language: str) -> bytes:
    """The family's own copy: the clinic, what happens next, what to ask and bring, 988; nothing of the client."""
    text = wording(language, **_values(facts.center, facts.clinic))
    common = text["common"]
    return _pdf(
        "family.typ",
        language,
        facts.center,
        facts.on,
        text,
        title=text["family"]["title"],
        clinic={"name": facts.clinic.name},
        contact=_filled_pairs((common["phone"], facts.clinic.phone), (common["address"], facts.clinic.address)),
    )


def consent_form_pdf(facts: PacketFacts, language: str) -> bytes:
    """The consent to print and sign by hand: all elements of 42 CFR 2.31, with lines for signature and date."""
    text = wording(language, **_values(facts.center, facts.clinic))
    elements = _before_signing(facts.consent, text["elements"])
    return _pdf(
        "consent_form.typ", language, facts.center, facts.on, text, title=text["form"]["title"], elements=elements
    )


def accounting_pdf(
    rows: Sequence[DisclosureRow], language: str, *, center: CenterSettings, client_name: str, on: dt.date
) -> bytes:
    """The accounting of disclosures of one client up to a day, in the order given."""
    text = wording(language, center=center.name, phone=center.phone, client=client_name, on=day(on, language))
    return _pdf(
        "accounting.typ",
        language,
        center,
        on,
        text,
        title=text["accounting"]["title"],
        rows=[
            {
                "at": day(row.on, language),
                "recipient": row.recipient,
                "address": row.address,
                "what": row.what,
                "why": row.why,
                "how": text["how"].get(row.how, row.how),
            }
            for row in rows
        ],
    )


def center_address(center: CenterSettings) -> str:
    """The center's address in one line."""
    town = f"{center.city}, {center.state} {center.zip}".strip(", ")
    return ", ".join(part for part in (center.street, town) if part)


def _check_consent(facts: PacketFacts) -> None:
    consent = facts.consent
    needed = [spec.name for spec in fields(consent) if spec.name not in ("language", "recipient_address")]
    missing = ", ".join(name.replace("_", " ") for name in needed if not getattr(consent, name))
    if missing:
        raise PacketError(
            Sentence("the consent is not complete, so nothing may be sent; missing: %(missing)s", missing=missing)
        )
    if consent.method == "verbal":
        raise PacketError(
            Sentence("the consent was only said, not signed, so nothing may be sent; ask for a signature")
        )
    if consent.recipient.casefold().strip() != facts.clinic.name.casefold().strip():
        raise PacketError(
            Sentence(
                "the consent names %(named)s, not %(clinic)s; ask for a consent of its own",
                named=consent.recipient,
                clinic=facts.clinic.name,
            )
        )


def _values(center: CenterSettings, clinic: ClinicFacts) -> dict[str, str]:
    return {
        "center": center.name,
        "center_address": center_address(center),
        "phone": center.phone,
        "clinic": clinic.name,
    }


def _days(count: int) -> str:
    letter = wording("en", count=str(count))["letter"]
    return str(letter["days_one"] if count == 1 else letter["days_many"])


def _person(facts: PacketFacts, words: Mapping[str, str]) -> list[tuple[str, str]]:
    return _filled_pairs(
        (words["name"], facts.name),
        (words["reference"], facts.reference),
        (words["birth_year"], str(facts.birth_year or "")),
        (words["zip"], facts.zip),
        (words["language"], facts.language),
        (words["coverage"], facts.coverage),
        (words["contact"], facts.contact_wish),
    )


def _request(facts: PacketFacts, text: Mapping[str, Any]) -> list[tuple[str, str]]:
    words = text["letter"]
    return _filled_pairs(
        (words["need"], "; ".join(facts.need)),
        (words["urgency"], text["urgency"].get(facts.urgency, facts.urgency)),
        (words["note"], facts.note),
    )


def _filled_pairs(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in pairs if value.strip()]


def _before_signing(consent: ConsentCopy, labels: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    said = {name: [getattr(consent, name)] for name in _BEFORE_SIGNING}
    said["recipient"] = [line for line in (consent.recipient, consent.recipient_address) if line]
    said["redisclosure"] = [consent.redisclosure, consent.refusal]
    return [(labels[name], paragraphs) for name, paragraphs in said.items()]


def _copied(consent: ConsentCopy, center: CenterSettings) -> list[tuple[str, list[str]]]:
    text = wording(consent.language, center=center.name)
    labels = text["elements"]
    signed_on = day(consent.signed_on, consent.language) if consent.signed_on else ""
    return [
        *_before_signing(consent, labels),
        (labels["signature"], [consent.signature]),
        (labels["signed_on"], [signed_on]),
        (text["copy"]["method_title"], [text["method"].get(consent.method, consent.method)]),
    ]


def _pdf(
    template: str, language: str, center: CenterSettings, on: dt.date, text: Mapping[str, Any], **facts: Any
) -> bytes:
    if not _COLOUR.fullmatch(center.accent_colour):
        raise PacketError(
            Sentence(
                "the setting [center] accent_colour is “%(written)s”; write it like #0b5c7a",
                written=center.accent_colour,
            )
        )
    given = {
        "language": known(language),
        "on": {"year": on.year, "month": on.month, "day": on.day},
        "center": {"name": center.name, "phone": center.phone, "accent_colour": center.accent_colour},
        "text": text,
        "mark": "",
        **facts,
    }
    return _drawn(template, _plain(given))


def _drawn(template: str, given: Any) -> bytes:
    """Draw with the fonts that come along, else with the machine's too, else with a mark for what no font draws."""
    try:
        return _compiled(template, given, own_fonts_only=True)
    except typst.TypstError as error:
        if not _undrawn(error):
            raise
    try:
        return _compiled(template, given, own_fonts_only=False)
    except typst.TypstError as error:
        undrawn = _undrawn(error)
        if not undrawn:
            raise
    return _compiled(template, _marked(given, undrawn), own_fonts_only=False)


def _compiled(template: str, given: Any, *, own_fonts_only: bool) -> bytes:
    pdf = typst.compile(
        FOLDER / template,
        root=FOLDER,
        format="pdf",
        pdf_standards=["ua-1"],
        font_paths=_fonts(own_fonts_only),
        sys_inputs={"data": json.dumps(given, ensure_ascii=False)},
    )
    if not isinstance(pdf, bytes):
        raise PacketError(Sentence("the PDF could not be made"))
    return pdf


@cache
def _fonts(own_only: bool) -> typst.Fonts:
    """Read once a process: it takes longer than drawing a packet."""
    return typst.Fonts(include_system_fonts=not own_only)


def _undrawn(error: typst.TypstError) -> frozenset[str]:
    told = "".join(_UNDRAWN.findall(error.diagnostic))
    return frozenset(_ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)) if escaped[1] else escaped[2], told))


def _marked(given: Any, undrawn: frozenset[str]) -> Any:
    marked = _each_text(given, lambda text: "".join(MISSING if letter in undrawn else letter for letter in text))
    marked["mark"] = MISSING
    text = marked["text"]["common"]
    text["missing_characters"] = text["missing_characters"].replace("{mark}", MISSING)
    return marked


def _plain(given: Any) -> Any:
    """Leave out what no one can see but what may turn a line around; let words break that are wider than the page."""
    return _each_text(given, _plain_text)


def _plain_text(text: str) -> str:
    kept = "".join(
        letter
        for letter in text
        if letter in "\n\u200c\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return _LONG_WORD.sub(lambda word: "\u200b".join(_pieces(word[0])), kept)


def _pieces(word: str) -> list[str]:
    return [word[start : start + _BREAK_EVERY] for start in range(0, len(word), _BREAK_EVERY)]


def _each_text(given: Any, change: Any) -> Any:
    if isinstance(given, str):
        return change(given)
    if isinstance(given, dict):
        return {name: _each_text(value, change) for name, value in given.items()}
    if isinstance(given, list | tuple):
        return [_each_text(value, change) for value in given]
    return given
