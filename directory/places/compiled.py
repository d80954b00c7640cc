"""The ZIP table as flat arrays: compiled once from the `zipcodes` package, then read back in milliseconds."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.places.distance import point_of, unit_vectors
from directory.places.names import place_names
from directory.places.spelling import name_key

FORMAT = 4
PRIMARY, ACCEPTABLE, OTHER_NAME = 0, 1, 2
NO_TOWNS = {"Apo", "Dpo", "Fpo", "Dhs", "Parcel Return Service"}
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Arrays over ZIPs (sorted), names of towns and counties (sorted by key) and states.

    Texts are UTF-8 lines in uint8 arrays. Names of one key stand together: rows key_rows[i]:key_rows[i+1]. `rank` is 0
    for a ZIP's own town, 1 for a name the post accepts, 2 for other names. `weight` counts ZIPs, PO boxes a quarter.
    """

    states: Array
    zip_codes: Array
    zip_points: Array
    zip_states: Array
    town_keys: Array
    town_key_rows: Array
    town_names: Array
    town_states: Array
    town_points: Array
    town_weights: Array
    town_ranks: Array
    county_keys: Array
    county_key_rows: Array
    county_names: Array
    county_states: Array
    county_points: Array
    county_weights: Array
    state_points: Array
    state_weights: Array


class _Gathering:
    """ZIPs under one name: their mean point, where possible of delivery ZIPs only."""

    __slots__ = ("name", "others", "points", "rank", "standard")

    def __init__(self) -> None:
        self.name = ""
        self.rank = 9
        self.points: dict[bool, Array] = {}
        self.standard = 0
        self.others = 0

    def add(self, name: str, rank: int, vector: Array | None, standard: bool) -> None:
        if rank > self.rank:
            return
        if rank < self.rank:
            self.points, self.standard, self.others = {}, 0, 0
            self.name, self.rank = name, rank
        self.name = min(self.name, name, key=lambda text: (-len(text), text))
        if vector is not None:
            self.points[standard] = self.points.get(standard, np.zeros(3)) + vector
        if standard:
            self.standard += 1
        else:
            self.others += 1

    @property
    def weight(self) -> int:
        return max(1, self.standard + self.others // 4)

    def point(self) -> tuple[float, float] | None:
        vector = self.points.get(True, self.points.get(False))
        return None if vector is None else point_of(vector)


def read_or_compile(cache: Path | None) -> Compiled:
    """The compiled table from the cache folder, made there first where it is missing or damaged."""
    if cache is None:
        return compile_zipcodes()
    path = cache / f"places-{version('zipcodes')}-{FORMAT}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return Compiled(**{field.name: stored[field.name] for field in fields(Compiled)})
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        compiled = compile_zipcodes()
    _write(compiled, path)
    return compiled


def _write(compiled: Compiled, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.savez(file, **{field.name: getattr(compiled, field.name) for field in fields(Compiled)})
        Path(file.name).chmod(0o644)
        os.replace(file.name, path)  # noqa: PTH105
    except OSError:
        return


def compile_zipcodes() -> Compiled:
    """Read the `zipcodes` package (0.4 s) into arrays. Military ZIPs and other countries' have no point."""
    import zipcodes  # noqa: PLC0415 - half a second and 150 MB, not needed once compiled

    rows = [
        row
        for row in zipcodes.list_all()  # type: ignore[no-untyped-call]
        if row["state"] in place_names().state_names and row["city"] not in NO_TOWNS and "&" not in row["city"]
    ]
    rows.sort(key=lambda row: row["zip_code"])
    states = sorted({row["state"] for row in rows})
    number = {state: index for index, state in enumerate(states)}
    points = np.array([(float(row["lat"]), float(row["long"])) for row in rows])
    known: Array = np.any(points != 0.0, axis=1)
    vectors = unit_vectors(points[:, 0], points[:, 1])
    towns: dict[tuple[str, str], _Gathering] = defaultdict(_Gathering)
    counties: dict[tuple[str, str], _Gathering] = defaultdict(_Gathering)
    by_state: dict[tuple[str, str], _Gathering] = defaultdict(_Gathering)
    for index, row in enumerate(rows):
        vector = vectors[index] if known[index] else None
        state, standard = row["state"], row["zip_code_type"] == "STANDARD"
        by_state[state, state].add(state, PRIMARY, vector, standard)
        for key, name, rank in _names(row):
            towns[key, state].add(name, rank, vector, standard)
        if row["county"] and state != "DC":
            counties[name_key(row["county"]), state].add(row["county"], PRIMARY, vector, standard)
    for index in np.flatnonzero(~known).tolist():
        town = towns[name_key(rows[index]["city"]), rows[index]["state"]].point()
        points[index] = town or (np.nan, np.nan)
    placed = ~np.isnan(points[:, 0])
    state_points, state_weights = zip(
        *((by_state[state, state].point(), by_state[state, state].weight) for state in states), strict=True
    )
    return Compiled(
        states=_lines(states),
        zip_codes=np.array([int(row["zip_code"]) for row in rows], dtype=np.int32)[placed],
        zip_points=points[placed],
        zip_states=np.array([number[row["state"]] for row in rows], dtype=np.uint8)[placed],
        **_columns("town", towns, number, ranked=True),
        **_columns("county", counties, number, ranked=False),
        state_points=np.array(state_points),
        state_weights=np.array(state_weights, dtype=np.int32),
    )


def _names(row: dict[str, Any]) -> Iterable[tuple[str, str, int]]:
    """Key, printed name and rank of every name of a ZIP; "Salt Lake Cty" is only a way to write its town."""
    town = _printed(row["city"])
    yield name_key(town), town, PRIMARY
    others = row["unacceptable_cities"] if row["state"] != "DC" else ()
    for rank, names in ((ACCEPTABLE, row["acceptable_cities"]), (OTHER_NAME, others)):
        for name in names:
            if _abbreviates(name, row["city"]):
                yield name_key(name), town, ACCEPTABLE
            elif rank == ACCEPTABLE or (len(name) > 3 and name.replace(" ", "").isalpha()):
                yield name_key(name), _printed(name), rank


def _abbreviates(name: str, town: str) -> bool:
    """Whether each word of a name is a shortened word of the town: "Wlks Barr Twp" of "Wilkes Barre Township"."""
    words, whole = name.lower().split(), town.lower().split()
    return name != town and len(words) == len(whole) and all(map(_shortens, words, whole))


def _shortens(word: str, whole: str) -> bool:
    letters = iter(whole)
    return word[0] == whole[0] and all(letter in letters for letter in word)


def _printed(name: str) -> str:
    """A town as people write it: the table prints "Mc Lean", "Mckeesport", "O Fallon" and "Winston Salem"."""
    if name.startswith("Mc") and len(name) > 4:
        rest = name[2:].lstrip()
        return "Mc" + rest[0].upper() + rest[1:]
    if name.startswith("O ") and len(name) > 4:
        return "O'" + name[2:]
    return place_names().printed.get(name, name)


def _columns(
    prefix: str, gathered: dict[tuple[str, str], _Gathering], number: dict[str, int], *, ranked: bool
) -> dict[str, Array]:
    rows = []
    for (key, state), found in gathered.items():
        gathering = found
        if found.rank == ACCEPTABLE and (name := name_key(found.name)) != key:
            gathering = gathered.get((name, state), found)
        point = gathering.point()
        if point is not None and key:
            rows.append((key, gathering.rank, -gathering.weight, state, gathering.name, point))
    rows.sort()
    keys: list[str] = []
    starts: list[int] = []
    for index, row in enumerate(rows):
        if not keys or keys[-1] != row[0]:
            keys.append(row[0])
            starts.append(index)
    starts.append(len(rows))
    columns = {
        f"{prefix}_keys": _lines(keys),
        f"{prefix}_key_rows": np.array(starts, dtype=np.int32),
        f"{prefix}_names": _lines([row[4] for row in rows]),
        f"{prefix}_states": np.array([number[row[3]] for row in rows], dtype=np.uint8),
        f"{prefix}_points": np.array([row[5] for row in rows]),
        f"{prefix}_weights": np.array([-row[2] for row in rows], dtype=np.int32),
    }
    if ranked:
        columns[f"{prefix}_ranks"] = np.array([row[1] for row in rows], dtype=np.uint8)
    return columns


def _lines(texts: list[str]) -> Array:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def lines(array: Array) -> list[str]:
    """The texts of an array of lines."""
    return array.tobytes().decode().split("\n")
