"""Columns: what the index knows of every facility besides its words, as flat arrays read straight from disk.

A *row* is a facility; rows are ordered by latitude, so that a radius is a run of rows; unplaced facilities come last.
A *bitset* holds one bit a row in 64-bit words, lowest bit first; the service codes are a matrix of bitsets.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.catalogue.codes import code_list
from directory.index.globe import positions
from directory.index.words import folded

Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]
Rows = NDArray[np.int32]
Array = NDArray[Any]
# An empty array cannot be mapped, and a small one is read as fast.
SMALLEST_MAPPED = 4096
# Listings print six decimals; seven fit into 32 bits. A coordinate with more keeps the column at full length.
STEPS_A_DEGREE = 1e7
UNPLACED = np.iinfo(np.int32).min


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """What the index takes from the catalogue of one facility. Degrees; `codes` as the catalogue keeps them."""

    id: int
    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    latitude: float | None
    longitude: float | None
    codes: tuple[str, ...]

    @property
    def sort_name(self) -> tuple[str, int]:
        """Where the facility stands in a list by name."""
        return folded(_line(self.name)), self.id


def bits_of(chosen: Array) -> Bits:
    """Pack booleans, one a row, into a bitset."""
    packed = np.packbits(chosen, axis=-1, bitorder="little")
    lacking = -packed.shape[-1] % 8
    if lacking:
        packed = np.concatenate([packed, np.zeros((*packed.shape[:-1], lacking), dtype=np.uint8)], axis=-1)
    return np.ascontiguousarray(packed).view(np.uint64)


def rows_of(bits: Bits, first_word: int = 0) -> Rows:
    """The rows of a bitset, ascending; `first_word` is where the bitset was cut out of a longer one."""
    found = np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_))
    return (found + (first_word << 6)).astype(np.int32)


@dataclass(frozen=True)
class Columns:
    """The arrays of one generation, n facilities and d documents of the word index.

    ids int64 n; latitudes, longitudes float64 n, NaN where unplaced; name_order int32 n, the rank of each row by name;
    names uint8, the rows' names as UTF-8 lines in name order, compressed; codes uint64, a bitset for each of
    `code_names`; states uint16 n, each row's place in `state_names`; documents int32 d, the row of each document or -1;
    lengths uint8 fields×d, the coded lengths of its fields.

    On disk what can be smaller without any loss is smaller; the code matrix and what is used as it is stay mapped.
    """

    ids: NDArray[np.int64]
    latitudes: Floats
    longitudes: Floats
    name_order: Rows
    names: NDArray[np.uint8]
    codes: Bits
    states: NDArray[np.uint16]
    documents: Rows
    lengths: NDArray[np.uint8]
    code_names: tuple[str, ...]
    state_names: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many facilities there are."""
        return int(self.ids.size)

    @cached_property
    def placed(self) -> int:
        """How many rows have a point; they come first."""
        return int(np.searchsorted(self.latitudes, np.inf))

    @cached_property
    def places(self) -> Floats:
        """3×n positions in miles from the Earth's middle."""
        return positions(self.latitudes, self.longitudes)

    @cached_property
    def width(self) -> int:
        """The length of a bitset, in 64-bit words."""
        return int(self.codes.shape[1])

    @cached_property
    def code_index(self) -> dict[str, int]:
        """The row of the code matrix a service code has."""
        return {code: index for index, code in enumerate(self.code_names)}

    @cached_property
    def facet_codes(self) -> dict[str, slice]:
        """The rows of the code matrix of each category that is a filter group, category by category."""
        groups: dict[str, slice] = {}
        known = code_list()
        for index, code in enumerate(self.code_names):
            category = known.group_of(code)
            if category is None or not known.categories[category].facet:
                break
            first = groups[category].start if category in groups else index
            groups[category] = slice(first, index + 1)
        return groups

    @cached_property
    def facet_names(self) -> list[tuple[str, str]]:
        """Category and code of each row of the code matrix that is in a filter group."""
        return [
            (category, self.code_names[code])
            for category, codes in self.facet_codes.items()
            for code in range(codes.start, codes.stop)
        ]

    @property
    def facet_width(self) -> int:
        """How many rows of the code matrix, from the first, are in filter groups."""
        return len(self.facet_names)

    @cached_property
    def by_name(self) -> Rows:
        """The rows in name order."""
        return np.argsort(self.name_order).astype(np.int32)

    def code_bits(self, codes: Sequence[str]) -> Bits:
        """The facilities that have any of these codes, as a bitset."""
        found = [self.codes[self.code_index[code]] for code in codes if code in self.code_index]
        if not found:
            return np.zeros(self.width, dtype=np.uint64)
        return np.asarray(reduce(np.bitwise_or, found))

    def state_bits(self, state: str) -> Bits:
        """The facilities in a state given by its two letters, as a bitset."""
        found = self._states_asked.get(state)
        if found is None:
            if state not in self.state_names:
                return np.zeros(self.width, dtype=np.uint64)
            found = self._states_asked[state] = bits_of(self.states == self.state_names.index(state))
        return found

    @cached_property
    def _states_asked(self) -> dict[str, Bits]:
        return {}

    def band(self, latitude: float, degrees: float) -> tuple[int, int]:
        """The run of rows whose latitude is at most so many degrees away."""
        lowest = int(self.latitudes.searchsorted(latitude - degrees, "left"))
        return lowest, int(self.latitudes.searchsorted(latitude + degrees, "right"))

    def name_lines(self) -> list[str]:
        """The facilities' names in name order."""
        return zlib.decompress(self.names.tobytes()).decode("utf-8").split("\n")[:-1]

    def save(self, folder: Path) -> None:
        """Write every array into a folder."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                np.save(folder / f"{field.name}.npy", _smaller(field.name, value), allow_pickle=False)
        lists = {"code_names": self.code_names, "state_names": self.state_names, "documents": len(self.documents)}
        (folder / "columns.json").write_text(json.dumps(lists), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Columns:
        """Map the arrays of a folder into memory; the small ones are read."""
        lists = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
        values: dict[str, Any] = {}
        for field in fields(cls):
            path = folder / f"{field.name}.npy"
            if path.exists():
                values[field.name] = _mapped(path)
        if not len(values["documents"]):
            values["documents"] = _as_written(len(values["ids"]), lists["documents"])
        values["ids"] = values["ids"].astype(np.int64)
        values["name_order"] = values["name_order"].astype(np.int32, copy=False)
        values["states"] = values["states"].astype(np.uint16)
        for name in ("latitudes", "longitudes"):
            values[name] = _degrees(values[name])
        return cls(**values, code_names=tuple(lists["code_names"]), state_names=tuple(lists["state_names"]))

    @classmethod
    def build(cls, facilities: Sequence[FacilityRow], documents: Rows, lengths: NDArray[np.uint8]) -> Columns:
        """Columns of facilities in row order (see `in_row_order`)."""
        latitudes, longitudes = _points(facilities)
        order = sorted(range(len(facilities)), key=lambda row: facilities[row].sort_name)
        code_names = _code_order({code for facility in facilities for code in facility.codes})
        state_names = tuple(sorted({facility.state for facility in facilities}))
        return cls(
            ids=np.array([facility.id for facility in facilities], dtype=np.int64),
            latitudes=latitudes,
            longitudes=longitudes,
            name_order=_ranks(order),
            names=_lines([facilities[row].name for row in order]),
            codes=_membership([facility.codes for facility in facilities], code_names),
            states=_numbers([facility.state for facility in facilities], state_names),
            documents=documents,
            lengths=lengths,
            code_names=code_names,
            state_names=state_names,
        )

    def changed(self, gone: NDArray[np.int64], added: Columns) -> Columns:
        """These columns without the facilities of some ids and with others, whose documents follow the present ones."""
        stay = np.flatnonzero(~np.isin(self.ids, gone))
        ids = np.concatenate([self.ids[stay], added.ids])
        latitudes = np.concatenate([self.latitudes[stay], added.latitudes])
        order = np.lexsort((ids, latitudes))
        names = _names_by_row(self)[stay].tolist() + _names_by_row(added).tolist()
        by_name = sorted(range(len(ids)), key=lambda entry: (folded(names[entry]), ids[entry]))
        new_row = _ranks(order.tolist())
        code_names = _code_order({*self.code_names, *added.code_names})
        state_names = tuple(sorted({*self.state_names, *added.state_names}))
        row_of_old = np.full(self.count + 1, -1, dtype=np.int32)
        row_of_old[stay] = new_row[: len(stay)]
        return Columns(
            ids=ids[order],
            latitudes=latitudes[order],
            longitudes=np.concatenate([self.longitudes[stay], added.longitudes])[order],
            name_order=_ranks(by_name)[order],
            names=_lines([names[entry] for entry in by_name]),
            codes=_merged(_taken_apart(self, stay), _taken_apart(added), code_names, order),
            states=_numbers([*_states(self)[stay].tolist(), *_states(added).tolist()], state_names)[order],
            documents=np.concatenate([row_of_old[self.documents], new_row[len(stay) :][added.documents]]),
            lengths=np.concatenate([self.lengths, added.lengths], axis=1),
            code_names=code_names,
            state_names=state_names,
        )


def _names_by_row(columns: Columns) -> NDArray[np.object_]:
    return np.array(columns.name_lines(), dtype=np.object_)[columns.name_order]


@dataclass(frozen=True, slots=True)
class _Membership:
    """A matrix of bitsets taken apart: which names it has, and a boolean for each name and row."""

    names: tuple[str, ...]
    members: NDArray[np.bool_]

    def lined_up(self, names: Sequence[str]) -> NDArray[np.bool_]:
        place = {name: row for row, name in enumerate(self.names)}
        lined = np.zeros((len(names), self.members.shape[1]), dtype=np.bool_)
        for row, name in enumerate(names):
            if name in place:
                lined[row] = self.members[place[name]]
        return lined


def _taken_apart(columns: Columns, stay: Array | None = None) -> _Membership:
    octets = columns.codes.view(np.uint8)
    members = np.unpackbits(octets, axis=-1, bitorder="little", count=columns.count).view(np.bool_)
    return _Membership(columns.code_names, members if stay is None else members[:, stay])


def _states(columns: Columns) -> NDArray[np.object_]:
    return np.array(columns.state_names, dtype=np.object_)[columns.states]


def _numbers(texts: Sequence[str], names: Sequence[str]) -> NDArray[np.uint16]:
    """The place of each text among the names."""
    index = {name: number for number, name in enumerate(names)}
    return np.fromiter((index[text] for text in texts), dtype=np.uint16, count=len(texts))


def _merged(old: _Membership, new: _Membership, names: Sequence[str], order: Array) -> Bits:
    members = np.concatenate([old.lined_up(names), new.lined_up(names)], axis=1)
    return bits_of(members[:, order])


def in_row_order(facilities: Sequence[FacilityRow]) -> list[FacilityRow]:
    """Facilities by latitude, then id; unplaced ones last."""

    def place(facility: FacilityRow) -> tuple[bool, float, int]:
        if facility.latitude is None or facility.longitude is None:
            return True, 0.0, facility.id
        return False, facility.latitude, facility.id

    return sorted(facilities, key=place)


def _points(facilities: Sequence[FacilityRow]) -> tuple[Floats, Floats]:
    points = [
        (facility.latitude, facility.longitude)
        if facility.latitude is not None and facility.longitude is not None
        else (np.nan, np.nan)
        for facility in facilities
    ]
    array = np.array(points, dtype=np.float64).reshape(-1, 2)
    return np.ascontiguousarray(array[:, 0]), np.ascontiguousarray(array[:, 1])


def _ranks(order: Sequence[int]) -> Rows:
    ranks = np.empty(len(order), dtype=np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return ranks


def _line(text: str) -> str:
    return " ".join(text.split())


def _smaller(name: str, array: Array) -> Array:
    """The array as it lies on disk."""
    if name in ("ids", "states", "name_order"):
        return array.astype(np.min_scalar_type(array.max(initial=0)))
    if name in ("latitudes", "longitudes"):
        return _whole_steps(array)
    if name == "documents" and np.array_equal(array, _as_written(int(array.max(initial=-1)) + 1, len(array))):
        return array[:0]
    return array


def _as_written(count: int, documents: int) -> Rows:
    """The rows of documents as a rebuild writes them: facilities in row order, then pages."""
    rows = np.full(documents, -1, dtype=np.int32)
    rows[:count] = np.arange(count, dtype=np.int32)
    return rows


def _whole_steps(degrees: Floats) -> Array:
    """Degrees as whole numbers of STEP, where every one of them comes back as it was."""
    placed = ~np.isnan(degrees)
    steps = np.full(len(degrees), UNPLACED, dtype=np.int32)
    steps[placed] = np.rint(degrees[placed] * STEPS_A_DEGREE)
    return steps if np.array_equal(_degrees(steps), degrees, equal_nan=True) else degrees


def _degrees(stored: Array) -> Floats:
    if stored.dtype == np.float64:
        return stored
    return np.where(stored == UNPLACED, np.nan, stored / STEPS_A_DEGREE)


def _mapped(path: Path) -> Array:
    array = np.load(path, mmap_mode=None if path.stat().st_size <= SMALLEST_MAPPED else "r", allow_pickle=False)
    # A plain view: NumPy's memmap class makes every small operation twice as slow.
    return np.asarray(array).view(np.ndarray)


def _lines(texts: Sequence[str]) -> NDArray[np.uint8]:
    lines = "".join(f"{_line(text)}\n" for text in texts)
    return np.frombuffer(zlib.compress(lines.encode("utf-8")), dtype=np.uint8)


def _code_order(met: set[str]) -> tuple[str, ...]:
    """Filter groups first, each in one run, then the other known codes, then unknown ones."""
    known = code_list()
    place = {category: index for index, category in enumerate(known.categories)}

    def position(code: str) -> tuple[bool, int, str]:
        category = known.group_of(code)
        if category is None:
            return True, len(place), code
        return not known.categories[category].facet, place[category], ""

    listed = [service.code for service in known]
    order = {code: index for index, code in enumerate(listed)}
    return tuple(sorted(met, key=lambda code: (*position(code), order.get(code, 0))))


def _membership(values: Sequence[Sequence[str]], names: Sequence[str]) -> Bits:
    index = {name: number for number, name in enumerate(names)}
    counts = np.fromiter((len(value) for value in values), dtype=np.int64, count=len(values))
    members = np.fromiter((index[entry] for value in values for entry in value), dtype=np.int64, count=counts.sum())
    words = -(-len(values) // 64)
    bits = np.zeros((len(names), words * 64), dtype=np.bool_)
    bits[members, np.repeat(np.arange(len(values)), counts)] = True
    return bits_of(bits).reshape(len(names), words)
