"""LabelTable: service codes by the labels that listings print, across the years."""

from __future__ import annotations

import csv
import re
from functools import cache

from directory.catalogue.codes import CodeList, code_list
from directory.config import DATA
from importers import clean

# "(PTSD)", "(HBV)": only a short form of the label itself; "(oral)" or "(injectable)" changes what is meant.
ACRONYM = re.compile(r"\s*\((?:[A-Z]{2,6}s?)\)")
BRAND = re.compile(r"\s*\([^(),]*®\)")


class LabelTable:
    """Codes by category and label. A label means a code only together with its category."""

    def __init__(self, codes: CodeList, aliases: list[dict[str, str]], categories: list[dict[str, str]]) -> None:
        self._codes: dict[tuple[str, str], str] = {}
        self._categories = {code: code for code in codes.categories}
        self._categories |= {row["also"]: row["category"] for row in categories}
        self._category_names = {key(category.name): category.code for category in codes.categories.values()}
        for service in codes:
            for label in _spellings(service.name):
                self._codes.setdefault((service.category, label), service.code)
        for row in aliases:
            for label in _spellings(row["label"]):
                self._codes.setdefault((row["category"], label), row["code"])

    def category(self, code: str, name: str) -> str:
        """The category by its code of today or of older years, else by its name, else the code as it is."""
        code = clean.text(code).upper()
        return self._categories.get(code) or self._category_names.get(key(name)) or code

    def code(self, category: str, label: str) -> str | None:
        """The service code of a label within a category, None where it is unknown."""
        return next((code for said in _spellings(label) if (code := self._codes.get((category, said)))), None)

    def read(self, category: str, labels: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The codes and the unknown labels of a text such as "Medicare; Medicaid"."""
        codes, unknown = [], []
        for part in _parts(clean.text(labels)):
            code = self.code(category, part)
            if code:
                codes.append(code)
            else:
                unknown.append(part)
        return tuple(codes), tuple(unknown)


def _parts(labels: str) -> list[str]:
    """The labels of a text, parted by semicolons outside brackets: a label may hold one inside."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(labels):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(0, depth - 1)
        elif letter == ";" and (depth == 0 or ")" not in labels[place:]):
            parts.append(labels[start:place])
            start = place + 1
    parts.append(labels[start:])
    return [part.strip() for part in parts if part.strip()]


def key(label: str) -> str:
    """A label as it is compared: case, blanks and punctuation do not tell labels apart."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", clean.text(label).casefold()).split())


def _spellings(label: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((key(label), key(ACRONYM.sub("", label)), key(BRAND.sub("", label)))))


@cache
def label_table() -> LabelTable:
    """The label table of this installation: data/service_codes.csv and both files of aliases, read once."""
    return LabelTable(code_list(), _rows("label_aliases.csv"), _rows("category_aliases.csv"))


def _rows(file_name: str) -> list[dict[str, str]]:
    with (DATA / file_name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
