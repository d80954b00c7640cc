"""ListMapping: which column of a center's own clinic list holds what, as a TOML file says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from directory.catalogue.codes import code_list
from directory.errors import PlainError
from importers.sheet import normalised
from importers.sighting import SOURCE_ID

FOLDER = "mappings"
COLUMNS = (
    *("name1", "name2", "address", "street1", "street2", "town", "city", "state", "zip"),
    *("phone", "intake1", "hotline1", "website", "latitude", "longitude"),
)
TABLES = frozenset({"source", "columns", "services", "yes", "always", "ignored"})
# A list says where a clinic is in one cell, in two, or column by column.
PLACES = (("address",), ("town",), ("city", "state", "zip"))


class MappingError(PlainError):
    """A mapping cannot be used; the message names its file and entry."""


@dataclass(frozen=True, slots=True)
class ListMapping:
    """A mapping: `columns` our name → heading, `services` headings of columns of labels, `yes` heading → codes.

    `always` are values for every row, as a state that the list takes for granted; `ignored` headings are known and
    left out on purpose.
    """

    name: str
    source: str
    columns: Mapping[str, str]
    services: tuple[str, ...] = ()
    yes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that the list must have."""
        return (*self.columns.values(), *self.services, *self.yes)


def read_mapping(path: Path) -> ListMapping:
    """Read a mapping; raises MappingError."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MappingError(f"There is no mapping {path}; make one with directory import --map-wizard FILE.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"{path.name} cannot be read: {error}.") from None
    wrong = next(_wrong(said), None)
    if wrong is not None:
        raise MappingError(f"{path.name}: {wrong}.")
    return ListMapping(
        name=path.name,
        source=said.get("source", "clinic-list"),
        columns=said["columns"],
        services=tuple(said.get("services", {}).get("headings", ())),
        yes={heading: tuple(codes) for heading, codes in said.get("yes", {}).items()},
        always=said.get("always", {}),
        ignored=tuple(said.get("ignored", {}).get("headings", ())),
    )


def kept_mappings(home: Path) -> tuple[Path, ...]:
    """The mappings an installation keeps."""
    return tuple(sorted((home / FOLDER).glob("*.toml")))


def keep_mapping(home: Path, mapping: Path) -> Path:
    """Keep a copy of a mapping with the installation, under its own name."""
    kept = home / FOLDER / mapping.name
    if kept.exists() and kept.samefile(mapping):
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(mapping.read_bytes())
    return kept


def _wrong(said: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{table} is no table of a mapping" for table in said if table not in TABLES)
    source = said.get("source", "clinic-list")
    if not isinstance(source, str) or not SOURCE_ID.fullmatch(source):
        yield f'source: "{source}" is no source id; use small letters, digits and hyphens'
    yield from _wrong_columns(said)
    for heading, codes in said.get("yes", {}).items():
        unknown = next((code for code in codes if code not in code_list()), None) if isinstance(codes, list) else codes
        if unknown is not None:
            yield f'yes."{heading}": {unknown} is no service code'
    has = {*said.get("columns", ()), *said.get("always", ())}
    if "name1" not in has:
        yield "columns.name1 is missing: the heading of the clinic's name"
    if not any(has.issuperset(place) for place in PLACES):
        yield "columns need city, state and zip, or town, or address"


def _wrong_columns(said: Mapping[str, Any]) -> Iterator[str]:
    for table in ("columns", "always"):
        for name, value in said.get(table, {}).items():
            if name not in COLUMNS:
                yield f"{table}.{name} is no column of a listing; there are {', '.join(COLUMNS)}"
            if not isinstance(value, str) or not value.strip():
                yield f"{table}.{name} must be a text"
    met: set[str] = set()
    services = said.get("services", {}).get("headings", ())
    for heading in (*said.get("columns", {}).values(), *services, *said.get("yes", ())):
        if normalised(heading) in met:
            yield f'the heading "{heading}" is mapped twice'
        met.add(normalised(heading))
