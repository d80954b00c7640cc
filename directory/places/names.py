"""Names of states and nicknames of towns, from data/place_names.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from directory.config import DATA
from directory.places.spelling import name_key


@dataclass(frozen=True, slots=True)
class Area:
    """Part of a state that people name like a town and the post does not: Queens is Queens County, NY."""

    label: str
    county: str
    state: str


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """`state_names` maps two letters to the full name; the others map looked-up names to state letters, to the
    (name, state) of a town, or to an area. `printed` maps the ZIP table's spelling to the usual one, `endings` one
    spelling of an ending to the other. `spanish_state_names` has the states that Spanish calls otherwise.
    `elsewhere` are countries that little towns are named for."""

    state_names: dict[str, str]
    states: dict[str, str]
    towns: dict[str, tuple[str, str]]
    areas: dict[str, Area]
    printed: dict[str, str]
    elsewhere: frozenset[str]
    endings: dict[str, str]
    spanish_state_names: dict[str, str]


@cache
def place_names() -> PlaceNames:
    """The names of this installation, read once. Raises ValueError where a name lacks its state."""
    tables = tomllib.loads((DATA / "place_names.toml").read_text(encoding="utf-8"))
    states = {name_key(name): letters for letters, names in tables["states"].items() for name in names}
    towns = {name_key(said): _parted(label, tables["states"]) for said, label in tables["towns"].items()}
    areas = {}
    for label, county in tables["areas"].items():
        name, _ = _parted(label, tables["states"])
        areas[name_key(name)] = Area(label, *_parted(county, tables["states"]))
    state_names = {letters: names[0] for letters, names in tables["states"].items()}
    elsewhere = frozenset(name_key(name) for name in tables["elsewhere"]["names"])
    endings = tables["endings"] | {short: long for long, short in tables["endings"].items()}
    return PlaceNames(
        state_names, states, towns, areas, tables["printed"], elsewhere, endings, tables["states_in_spanish"]
    )


def _parted(label: str, states: dict[str, list[str]]) -> tuple[str, str]:
    name, comma, state = label.rpartition(", ")
    if not comma or state not in states:
        raise ValueError(f"place_names.toml: {label!r} must be a name, a comma and two letters of a state")
    return name, state
