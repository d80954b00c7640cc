"""Tidying: an object of HSDS as it came made one that holds to the specification, and what had to be said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from directory.catalogue.record import RefusedRow
from importers import clean, plausibility
from importers.hsds_schema import Fault, HsdsSchema, Path
from importers.json_document import JsonObject

# A site without these is refused by line; what else is broken is left out of it and told.
OF_A_SITE = ("service_at_locations", "addresses", "services", "locations")
# What the specification says in words only.
FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "assured_date": (re.compile(r"\d{4}-\d\d-\d\d(?:T.*)?"), "a date such as 2026-03-15"),
    **dict.fromkeys(
        ("opens_at", "closes_at"),
        (re.compile(r"(?:[01]?\d|2[0-4]):[0-5]\d.*"), "a time such as 09:30"),
    ),
    "byday": (
        re.compile(r"[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU)(?:, ?[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU))*"),
        "days such as MO,TU",
    ),
}
NAMES = frozenset({"name", "description", "type"})
LARGEST = {"minimum_age": 120, "maximum_age": 120, "extension": 99_999}
Note = Callable[[str, int, str], None]


@dataclass(slots=True)
class Tidying:
    """Tidies the objects of one file. `seen` gathers (object, field) of all fields that held anything."""

    schema: HsdsSchema
    note: Note
    seen: set[tuple[str, str]] = field(default_factory=set)

    def whole(self, name: str, value: Any, line: int) -> tuple[dict[str, Any] | None, list[RefusedRow]]:
        """The object with all it holds, None where it is refused, and what was refused of it by line and field."""
        tidy = self._tidied(name, value, line)
        return self._settled(tidy, self.schema.faults(name, tidy), line, name)

    def row(self, name: str, value: Mapping[str, Any], line: int) -> tuple[dict[str, Any] | None, list[RefusedRow]]:
        """The same for a row of a table."""
        tidy = self._tidied(name, value, line)
        table = self.schema.facts[name]["table"]
        settled, refused = self._settled(tidy, self.schema.row_faults(name, tidy), line, str(table))
        return settled, [RefusedRow(row.line, f"{table}.{row.column}", row.reason) for row in refused]

    def _tidied(self, name: str, value: Any, line: int) -> Any:
        if not isinstance(value, Mapping):
            return value
        fact = self.schema.facts[name]
        within = {**fact.get("one", {}), **fact.get("many", {})}
        known = self.schema.fields(name)
        tidy: dict[str, Any] = {}
        for key in value.repeated if isinstance(value, JsonObject) else ():
            self.note("stands twice and says two things; the last was taken", line, f"{fact['table']}.{key}")
        for key, said in value.items():
            if said is None or (isinstance(said, str) and not clean.text(said)):
                if said is None:
                    self.note("Fields that hold null, which HSDS wants left out, were read as left out", line, "")
                continue
            if key not in known:
                self.note("is unknown; kept aside", line, f"{fact['table']}.{key}")
            self.seen.add((name, key))
            if key in fact.get("many", {}) and isinstance(said, list):
                tidy[key] = [self._tidied(within[key], one, line) for one in said]
            elif key in within:
                tidy[key] = self._tidied(within[key], said, line)
            else:
                tidy[key] = self._cast(fact, key, said, line)
        repeated = next((key for key in ("alternate_name", "description") if tidy.get(key, "") == tidy.get("name")), "")
        if repeated:
            self.note(f"says the same as {repeated}", line, f"{fact['table']}.name")
        return tidy

    def _cast(self, fact: Mapping[str, Any], key: str, said: Any, line: int) -> Any:
        """Numbers written as text, and text written as numbers, are what tables and lax programs make of them."""
        if key in fact.get("numbers", ()) and isinstance(said, str):
            try:
                number = float(said)
            except ValueError:
                return said
            if key in LARGEST and not 0 <= number <= LARGEST[key]:
                self.note(f'"{clean.shown(said)}" is beyond any; kept as it is', line, f"{fact['table']}.{key}")
            return number
        if isinstance(said, int | float) and not isinstance(said, bool) and key not in fact.get("numbers", ()):
            self.note("holds a number where text belongs; read as text", line, f"{fact['table']}.{key}")
            return clean.text(said)
        if isinstance(said, str) and (reason := self._oddity(fact, key, said)):
            self.note(reason, line, f"{fact['table']}.{key}")
        return said

    @staticmethod
    def _oddity(fact: Mapping[str, Any], key: str, said: str) -> str:
        form, meant = FORMS.get(key, (None, ""))
        if form is not None and not form.fullmatch(said):
            return f'"{clean.shown(said)}" is not {meant}; kept as it is'
        if clean.is_broken(said):
            return "holds letters that were lost before the file came to us; left out"
        if key in NAMES and not any(letter.isalpha() for letter in said):
            return f'"{clean.shown(said)}" has no letter'
        # Organizations and locations are looked at as the names of facilities they become.
        is_name = fact["table"] not in ("organizations", "locations") and (
            key in ("name", "type") or (key == "description" and fact["table"] == "phones")
        )
        return plausibility.of_text(said) if is_name else plausibility.of_any_text(said)

    def _settled(
        self, tidy: Any, faults: Iterable[Fault], line: int, table: str
    ) -> tuple[dict[str, Any] | None, list[RefusedRow]]:
        refused: list[RefusedRow] = []
        gone: set[Path] = set()
        # From the end, so that what is left out does not move what is still to be left out.
        for fault in sorted(faults, key=lambda fault: [str(step).zfill(6) for step in fault.path], reverse=True):
            if any(fault.path[: len(path)] == path for path in gone):
                continue
            place = _listed(fault.path) if fault.needed else fault.path
            if not place:
                return None, [RefusedRow(line, fault.field, fault.reason)]
            gone.add(place)
            _leave_out(tidy, place)
            if fault.needed and any(step in OF_A_SITE for step in place):
                refused.append(RefusedRow(line, fault.field, fault.reason))
            else:
                self.note(f"{fault.reason}; left out", line, _plain(fault, table))
        return tidy, refused


def _listed(path: Path) -> Path:
    """The path of the innermost entry of a list that holds a field; empty where no list does."""
    last = max((place for place, step in enumerate(path) if isinstance(step, int)), default=-1)
    return path[: last + 1]


def _leave_out(value: Any, path: Path) -> None:
    for step in path[:-1]:
        value = value[step]
    if isinstance(value, list):
        del value[int(path[-1])]
    else:
        value.pop(path[-1], None)


def _plain(fault: Fault, table: str) -> str:
    """A field without places in lists, so that the same fault is told once: "service.phones.number"."""
    return ".".join([table, *(step for step in fault.path if isinstance(step, str))])
