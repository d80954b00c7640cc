"""CodeList: the service codes we know, with the words people read."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from directory.config import DATA


@dataclass(frozen=True, slots=True)
class Service:
    """A service code. `name` is the source's own label, `plain` and `plain_es` what pages show in either language.

    `group` is the filter group it is chosen in: its category, but for telehealth, which SAMHSA counts among treatments:
    "ketamine by telehealth" asks for both, not for either.
    """

    category: str
    code: str
    name: str
    plain: str
    plain_es: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of service codes. `plain` heads it on pages; `facet` says that it is a filter."""

    code: str
    name: str
    plain: str
    facet: bool
    plain_es: str = ""


class CodeList:
    """data/service_codes.csv and data/service_categories.csv, looked up by code."""

    def __init__(self, categories: list[Category], services: list[Service]) -> None:
        self.categories = {category.code: category for category in categories}
        self.services = {service.code: service for service in services}

    def __contains__(self, code: str) -> bool:
        return code in self.services

    def __iter__(self) -> Iterator[Service]:
        return iter(self.services.values())

    def category_of(self, code: str) -> str | None:
        """The category code of a service code, None where the code is unknown."""
        service = self.services.get(code)
        return service.category if service else None

    def group_of(self, code: str) -> str | None:
        """The filter group of a service code, None where the code is unknown."""
        service = self.services.get(code)
        return service.group or service.category if service else None

    def by_category(self, codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Known codes by category, in the list's order: ("KIT", "MD") → {"TAP": ("KIT",), "PAY": ("MD",)}."""
        return self._grouped(codes, self.category_of)

    def by_group(self, codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Known codes by filter group: a clinic must have any code of each group, ("KIT", "TMS") → {"TAP": …}."""
        return self._grouped(codes, self.group_of)

    def _grouped(self, codes: tuple[str, ...], place_of: Callable[[str], str | None]) -> dict[str, tuple[str, ...]]:
        groups: dict[str, list[str]] = {}
        for code in codes:
            if place := place_of(code):
                groups.setdefault(place, []).append(code)
        return {category: tuple(groups[category]) for category in self.categories if category in groups}


@cache
def code_list() -> CodeList:
    """The code list of this installation, read once."""
    with (DATA / "service_categories.csv").open(encoding="utf-8", newline="") as file:
        categories = [
            Category(row["category"], row["name"], row["plain"], row["facet"] == "yes", row["plain_es"])
            for row in csv.DictReader(file)
        ]
    with (DATA / "service_codes.csv").open(encoding="utf-8", newline="") as file:
        services = [
            Service(row["category"], row["code"], row["name"], row["plain"], row["plain_es"], row["group"])
            for row in csv.DictReader(file)
        ]
    return CodeList(categories, services)
