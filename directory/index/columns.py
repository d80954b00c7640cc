"""Columns: what the index knows of every facility besides its words, as flat arrays read straight from disk.

A *row* is a facility; rows are ordered by latitude, so that a radius is a run of rows; unplaced facilities come last.
A *bitset* holds one bit a row in 64-bit words, lowest bit first; the service codes are a matrix of bitsets.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache, reduce
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
FIRST_DAY = dt.date(1970, 1, 1)
# A changed name costs the packing of its block; smaller ones pack worse.
NAMES_A_BLOCK = 256


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """What the index takes from the catalogue of one facility. Degrees; `codes` as the catalogue keeps them.

    `precision` is "street", "zip" or "none"; `verified_on` the day the clinic was last asked.
    """

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
    precision: str
    verified_on: dt.date | None

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
    names uint8, the rows' names as UTF-8 lines in name order, compressed block by block; name_blocks int32 2×b, how
    many names and how many octets each block has; codes uint64, a bitset for each of `code_names`; states uint16 n,
    each row's place in `state_names`; verified int32 n, the day each clinic was last asked, in days since 1970-01-01,
    0 where it never was; precise bool n, whether its coordinates are known, not only its ZIP's or none; documents
    int32 d, the row of each document or -1; lengths uint8 fields×d, the coded lengths of its fields.

    On disk what can be smaller without any loss is smaller; the code matrix and what is used as it is stay mapped.
    """

    ids: NDArray[np.int64]
    latitudes: Floats
    longitudes: Floats
    name_order: Rows
    names: NDArray[np.uint8]
    name_blocks: NDArray[np.int32]
    codes: Bits
    states: NDArray[np.uint16]
    verified: NDArray[np.int32]
    precise: NDArray[np.bool_]
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
        return _ranks(self.name_order)

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
        return [name for block in range(self.name_blocks.shape[1]) for name in self._names_of(block)]

    def _names_of(self, block: int) -> list[str]:
        return _unpacked(self._packed_names(block))

    def _packed_names(self, block: int) -> bytes:
        ends = self._block_ends[1]
        return self.names[ends[block] - self.name_blocks[1, block] : ends[block]].tobytes()

    @cached_property
    def _block_ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.name_blocks, axis=1, dtype=np.int64)

    def _block_of(self, rank: int) -> int:
        """The block a rank in name order is in; what comes after the last name goes into the last block."""
        return min(int(self._block_ends[0].searchsorted(rank, "right")), int(self.name_blocks.shape[1]) - 1)

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
        values["verified"] = _every_row(values["verified"], len(values["ids"]))
        values["precise"] = np.unpackbits(values["precise"], bitorder="little", count=len(values["ids"])).view(np.bool_)
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
        names, name_blocks = _put_together(_in_blocks([_line(facilities[row].name) for row in order]))
        return cls(
            ids=np.array([facility.id for facility in facilities], dtype=np.int64),
            latitudes=latitudes,
            longitudes=longitudes,
            name_order=_ranks(np.array(order, dtype=np.int64)),
            names=names,
            name_blocks=name_blocks,
            codes=_membership([facility.codes for facility in facilities], code_names),
            states=_numbers([facility.state for facility in facilities], state_names),
            verified=np.array([_day(facility.verified_on) for facility in facilities], dtype=np.int32),
            precise=np.array([facility.precision == "street" for facility in facilities], dtype=np.bool_),
            documents=documents,
            lengths=lengths,
            code_names=code_names,
            state_names=state_names,
        )

    def changed(self, gone: NDArray[np.int64], added: Columns) -> Columns:
        """These columns without the facilities of some ids and with others, whose documents follow the present ones."""
        leave = np.flatnonzero(np.isin(self.ids, gone))
        rows = _spliced(self.count, leave, _rows_before(self, added))
        before = _names_before(self, added)
        ranks = _spliced(self.count, np.sort(self.name_order[leave]), before)
        new_rank = _places(ranks, self.count + added.count)
        names, name_blocks = _put_together(_blocks_changed(self, set(self.name_order[leave].tolist()), before, added))
        new_row = _places(rows, self.count + added.count)
        code_names = _code_order({*self.code_names, *added.code_names})
        state_names = tuple(sorted({*self.state_names, *added.state_names}))
        return Columns(
            ids=np.concatenate([self.ids, added.ids])[rows],
            latitudes=np.concatenate([self.latitudes, added.latitudes])[rows],
            longitudes=np.concatenate([self.longitudes, added.longitudes])[rows],
            name_order=new_rank[np.concatenate([self.name_order, added.name_order + self.count])][rows],
            names=names,
            name_blocks=name_blocks,
            codes=_moved(self, added, code_names, rows),
            states=np.concatenate([_renumbered(self, state_names), _renumbered(added, state_names)])[rows],
            verified=np.concatenate([self.verified, added.verified])[rows],
            precise=np.concatenate([self.precise, added.precise])[rows],
            documents=np.concatenate(
                [
                    np.append(new_row[: self.count], np.int32(-1))[self.documents],
                    new_row[self.count :][added.documents],
                ]
            ),
            lengths=np.concatenate([self.lengths, added.lengths], axis=1),
            code_names=code_names,
            state_names=state_names,
        )


def _spliced(count: int, leave: Array, before: Array) -> NDArray[np.int64]:
    """Where each place of a changed sequence comes from: an old place, or `count` and more for what is put in.

    `leave` are the old places that go; `before` has for each newcomer, in order, the old place it is put before.
    """
    stays = np.ones(count + len(before), dtype=np.bool_)
    stays[leave] = False
    origins = np.insert(np.arange(count), before, np.arange(count, count + len(before)))
    return np.asarray(origins[stays[origins]])


def _places(origins: NDArray[np.int64], count: int) -> Rows:
    """The new place of each of `count` origins (see `_spliced`), -1 for what went."""
    places = np.full(count, -1, dtype=np.int32)
    places[origins] = np.arange(len(origins), dtype=np.int32)
    return places


def _rows_before(old: Columns, added: Columns) -> NDArray[np.int64]:
    """The old row each added one is put before: rows are ordered by latitude, then id."""
    lowest = old.latitudes.searchsorted(added.latitudes, "left").tolist()
    highest = old.latitudes.searchsorted(added.latitudes, "right").tolist()
    level = zip(lowest, highest, added.ids.tolist(), strict=True)
    return np.array([low + old.ids[low:high].searchsorted(id_) for low, high, id_ in level], dtype=np.int64)


def _names_before(old: Columns, added: Columns) -> NDArray[np.int64]:
    """The old rank in name order each added name, in name order, is put before."""
    names_of = lru_cache(maxsize=None)(old._names_of)

    def sort_name(rank: int) -> tuple[str, int]:
        block = old._block_of(rank)
        first = int(old._block_ends[0, block] - old.name_blocks[0, block])
        return folded(names_of(block)[rank - first]), int(old.ids[old.by_name[rank]])

    asked = zip(added.name_lines(), added.ids[added.by_name].tolist(), strict=True)
    ranks = range(old.count)
    return np.array([bisect_left(ranks, (folded(name), id_), key=sort_name) for name, id_ in asked], dtype=np.int64)


def _blocks_changed(old: Columns, leave: set[int], before: Array, added: Columns) -> list[tuple[int, bytes]]:
    """The blocks of names without some ranks and with the added names; what is not touched stays packed."""
    put_in: dict[int, list[str]] = {}
    for rank, name in zip(before.tolist(), added.name_lines(), strict=True):
        put_in.setdefault(rank, []).append(name)
    if not old.count:
        return _in_blocks(added.name_lines())
    touched = {old._block_of(rank) for rank in [*leave, *put_in]}
    blocks: list[tuple[int, bytes]] = []
    for block, (count, end) in enumerate(zip(old.name_blocks[0].tolist(), old._block_ends[0].tolist(), strict=True)):
        if block not in touched:
            blocks.append((count, old._packed_names(block)))
            continue
        names: list[str] = []
        for rank, name in enumerate(old._names_of(block), end - count):
            names += put_in.get(rank, [])
            names += [] if rank in leave else [name]
        blocks += _in_blocks(names + (put_in.get(old.count, []) if end == old.count else []))
    return blocks


def _moved(old: Columns, added: Columns, names: Sequence[str], rows: NDArray[np.int64]) -> Bits:
    """The code matrix of rows that come from places of the old matrix and, from `old.count` on, of the added one.

    Between two changes all bits are shifted alike, so whole words are; only words with a change are taken apart.
    """
    width = -(-len(rows) // 64)
    origins = np.full((width, 64), -1, dtype=np.int64)
    origins.reshape(-1)[: len(rows)] = rows
    first = origins[:, 0]
    whole = (first >= 0) & (first + 63 < old.count) & (np.diff(origins, axis=1) == 1).all(axis=1)
    bits = np.zeros((len(names), width), dtype=np.uint64)
    place = {name: row for row, name in enumerate(names)}
    mixed = np.flatnonzero(~whole)
    apart = np.zeros((len(names), len(mixed), 64), dtype=np.bool_)
    for columns, start in ((old, 0), (added, old.count)):
        here = origins[mixed] - start
        there = (here >= 0) & (here < columns.count)
        lined = np.array([place[name] for name in columns.code_names], dtype=np.int64)
        apart[np.ix_(lined, np.flatnonzero(there.any(axis=1)))] |= _taken(columns.codes, here, there)
    if apart.size:
        bits[:, mixed] = bits_of(apart.reshape(len(names), -1))
    word, shift = np.divmod(first[whole], 64)
    shift = shift.astype(np.uint64)
    following = np.minimum(word + 1, old.width - 1)
    kept = np.flatnonzero(whole)
    for row, name in zip(old.codes, old.code_names, strict=True):
        # Twice, for a shift by all 64 bits is undefined.
        bits[place[name], kept] = row[word] >> shift | row[following] << np.uint64(1) << (np.uint64(63) - shift)
    return bits


def _taken(codes: Bits, rows: NDArray[np.int64], there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The bits of rows, words × 64 of them, in every word that has a row that is there; False for the others."""
    some = there.any(axis=1)
    rows, there = np.where(there[some], rows[some], 0), there[some]
    octets = codes.view(np.uint8).take(rows >> 3, axis=1) if rows.size else np.zeros((len(codes), 0, 64), np.uint8)
    found = (octets >> (rows & 7).astype(np.uint8) & 1).astype(np.bool_)
    return np.asarray(found & there)


def _renumbered(columns: Columns, state_names: Sequence[str]) -> NDArray[np.uint16]:
    """Each row's place in another list of states, which has all of them."""
    return _numbers(columns.state_names, state_names)[columns.states]


def _numbers(texts: Sequence[str], names: Sequence[str]) -> NDArray[np.uint16]:
    """The place of each text among the names."""
    index = {name: number for number, name in enumerate(names)}
    return np.fromiter((index[text] for text in texts), dtype=np.uint16, count=len(texts))


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


def _ranks(order: Array) -> Rows:
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
    if name == "verified":
        return _asked_rows(array)
    if name == "precise":
        return np.packbits(array, bitorder="little")
    if name == "documents" and np.array_equal(array, _as_written(int(array.max(initial=-1)) + 1, len(array))):
        return array[:0]
    return array


def _as_written(count: int, documents: int) -> Rows:
    """The rows of documents as a rebuild writes them: facilities in row order, then pages."""
    rows = np.full(documents, -1, dtype=np.int32)
    rows[:count] = np.arange(count, dtype=np.int32)
    return rows


def _day(date: dt.date | None) -> int:
    return (date - FIRST_DAY).days if date else 0


def _asked_rows(verified: NDArray[np.int32]) -> Array:
    """The days of the clinics that were ever asked, few of all: a line of rows and a line of days."""
    rows = np.flatnonzero(verified)
    return np.stack([rows, verified[rows]]).astype(np.int32)


def _every_row(asked: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    verified = np.zeros(count, dtype=np.int32)
    verified[asked[0]] = asked[1]
    return verified


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


def _in_blocks(lines: Sequence[str]) -> list[tuple[int, bytes]]:
    """Lines cut into blocks of about NAMES_A_BLOCK, packed: how many lines and the octets of each."""
    length = NAMES_A_BLOCK if len(lines) > 2 * NAMES_A_BLOCK else 2 * NAMES_A_BLOCK
    parts = [lines[first : first + length] for first in range(0, len(lines), length)]
    return [(len(part), zlib.compress("".join(f"{line}\n" for line in part).encode("utf-8"))) for part in parts]


def _unpacked(block: bytes) -> list[str]:
    return zlib.decompress(block).decode("utf-8").split("\n")[:-1]


def _put_together(blocks: Sequence[tuple[int, bytes]]) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    sizes = np.array([(count, len(octets)) for count, octets in blocks], dtype=np.int32).reshape(-1, 2)
    names = np.frombuffer(b"".join(octets for _, octets in blocks), dtype=np.uint8)
    return names, np.ascontiguousarray(sizes.T)


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
