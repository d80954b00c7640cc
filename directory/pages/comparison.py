"""Comparison: clinics side by side, what they share said once, and where they differ marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext

from directory.pages.chosen import ChosenClinic
from directory.pages.profile import SHOWN_FIRST, group_heading, named
from directory.pages.wording import begun, listed_words


class Kind(StrEnum):
    """How a cell is drawn: words, listed, what the clinic denied, or what nobody says."""

    WORDS = "words"
    LISTED = "listed"
    DENIED = "denied"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one clinic has in a row."""

    words: str
    kind: Kind = Kind.WORDS


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, and what each clinic has of it."""

    heading: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether two clinics have it differently."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class Compared:
    """The services of one kind: in a line those that every clinic lists, and a row for each that some do not."""

    heading: str
    shared: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the page shows below the clinics' names."""

    facts: list[Row]
    groups: list[Compared]

    @classmethod
    def of(cls, clinics: Sequence[ChosenClinic]) -> Comparison:
        """Compare clinics, which stand side by side in this order."""
        facts = [
            _row(gettext("How far"), clinics, lambda clinic: clinic.distance),
            _row(gettext("Ketamine infusion"), clinics, _ketamine),
            _row(gettext("We last asked them"), clinics, lambda clinic: clinic.profile.asked_on),
        ]
        return cls([row for row in facts if any(cell.kind is not Kind.UNSAID for cell in row.cells)], _groups(clinics))

    @property
    def differences(self) -> int:
        """How many rows differ."""
        return sum(row.differs for row in self.facts) + sum(len(group.rows) for group in self.groups)


def _row(heading: str, clinics: Sequence[ChosenClinic], said: Callable[[ChosenClinic], str | Cell]) -> Row:
    return Row(heading, tuple(_cell(said(clinic)) for clinic in clinics))


def _cell(said: str | Cell) -> Cell:
    if isinstance(said, Cell):
        return said
    return Cell(said) if said else Cell(gettext("Not known"), Kind.UNSAID)


def _ketamine(clinic: ChosenClinic) -> str | Cell:
    if clinic.profile.ketamine_denied:
        return Cell(gettext("They told us no"), Kind.DENIED)
    return begun("; ".join(clinic.profile.ketamine_from))


def _groups(clinics: Sequence[ChosenClinic]) -> list[Compared]:
    headings: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    for clinic in clinics:
        for group in clinic.document["services"]:
            headings.setdefault(group["category"], group_heading(group))
            names.setdefault(group["category"], {}).update({each["code"]: named(each) for each in group["services"]})
    return [_group(headings[category], names[category], clinics) for category in SHOWN_FIRST if category in names]


def _group(heading: str, names: dict[str, str], clinics: Sequence[ChosenClinic]) -> Compared:
    shared = [code for code in names if all(code in clinic.document["codes"] for clinic in clinics)]
    rows = [
        Row(name, tuple(_listed(code, clinic.document) for clinic in clinics))
        for code, name in names.items()
        if code not in shared
    ]
    return Compared(heading, begun(listed_words(tuple(names[code] for code in shared))), rows)


def _listed(code: str, document: dict[str, Any]) -> Cell:
    if code in document["codes"]:
        return Cell(gettext("Yes"), Kind.LISTED)
    if any(code in verification["lacks"] for verification in document["verifications"]):
        return Cell(gettext("No"), Kind.DENIED)
    return Cell(gettext("Not listed"), Kind.UNSAID)
