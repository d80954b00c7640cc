"""Sieve: the rows of a csv far too long to read whole that hold one of some words, found before they are parsed."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from directory.catalogue.record import RefusedRow
from importers.sheet import why_no_cells

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

# What a processor keeps near; four times as much takes half as long again.
BLOCK = 1 << 16
SHORTEST_NEEDLE = 7
LINES_PER_ROW = 100
LONGEST_ROW = 1 << 20
LONGEST_CELL = csv.field_size_limit()
QUOTE, COMMA, LINE_FEED, RETURN = b'",\n\r'
# Clears the bit by which small letters differ from capitals. Other characters fall together too, which only lets more
# through to the exact look.
FOLD = 0xDF
SPREAD = np.uint32(0x9E3779B1)


class ByteSource(Protocol):
    """What bytes are read from, as a file or an unpacked part of an archive is."""

    def read(self, count: int, /) -> bytes:
        """At most so many bytes, none at the end."""


class EndlessRowError(ValueError):
    """A line goes on beyond any row; the message goes on after the file's name."""


class Sieve:
    """The rows of a comma-separated file that hold a needle: ASCII letters and digits, in any case, seven at least.

    Iterating yields (line, cells) and a RefusedRow for what the csv module, strict, cannot tell into cells. Every row
    with a needle in one of its cells is there; others may be. `lines` counts the lines passed so far; `unended` is at
    the end the last line, where no line break ends it. Memory is bounded by a block and one row, not by the file.

    A line is passed unparsed only where it is proven to be a row of its own: it has no quotation mark at all, or every
    cell is quoted with no quotation mark inside. Everything else goes through the csv module, line by line.
    """

    def __init__(self, stream: ByteSource, needles: Iterable[str], block: int = BLOCK) -> None:
        self.lines = 0
        self.unended = b""
        self._stream = stream
        self._block = block
        self._needles = Needles(needles)
        self._rest = b""
        self._ended = False

    def heading(self) -> list[str]:
        """The cells of the first row; raises csv.Error. To be read before the rows, empty for an empty file."""
        self._rest = self._stream.read(self._block).removeprefix(b"\xef\xbb\xbf")
        while b"\n" not in self._rest and len(self._rest) <= LONGEST_ROW and (piece := self._stream.read(self._block)):
            self._rest += piece
        lines = self._rest.splitlines(keepends=True)[:LINES_PER_ROW]
        source = _Lines(lines)
        cells = next(csv.reader(source, strict=True), [])
        self.lines = source.taken
        self._rest = self._rest[sum(map(len, lines[: source.taken])) :]
        return cells

    def is_cut_off(self, width: int) -> bool:
        """Whether the file breaks off within its last row, to be asked at the end: fewer cells than `width`."""
        if not self.unended:
            return False
        row, _ = _cells(self.lines, [self.unended])
        return isinstance(row, RefusedRow) or len(row[1]) < width

    def __iter__(self) -> Iterator[tuple[int, list[str]] | RefusedRow]:
        while not self._ended:
            piece = self._stream.read(self._block)
            self._ended = not piece
            text = self._rest + piece
            if piece:
                end = text.rfind(b"\n") + 1
            else:
                end = len(text)
                self.unended = text.rpartition(b"\n")[2]
            if end:
                used = yield from self._rows(text[:end])
                text = text[used:]
            elif len(text) > LONGEST_ROW:
                raise EndlessRowError(f"has a line {self.lines + 1} longer than any row; fetch it again.")
            self._rest = text

    def _rows(self, text: bytes) -> Generator[tuple[int, list[str]] | RefusedRow, None, int]:
        """The rows of some whole lines, and how many bytes they took; a row left open at the end is not taken."""
        block = Block(text)
        odd = block.odd_lines()
        wanted = block.line_of(self._needles.places(block.bytes))
        past = 0
        for place in sorted(odd | wanted):
            if place < past or (place not in wanted and block.is_plain(place)):
                continue
            if place in odd:
                row, taken = self._parse(block, place)
                if row is None:
                    self.lines += place
                    return block.start(place)
            else:
                row, taken = _cells(self.lines + place + 1, [block.line(place)])
            past = place + taken
            if row is not None and (isinstance(row, RefusedRow) or row[1]):
                yield row
        self.lines += len(block)
        return len(text)

    def _parse(self, block: Block, place: int) -> tuple[tuple[int, list[str]] | RefusedRow | None, int]:
        """The row that begins with a line, and the lines it took; None where the lines read so far do not end it."""
        last = min(place + LINES_PER_ROW, len(block))
        row, taken = _cells(self.lines + place + 1, map(block.line, range(place, last)))
        runs_out = isinstance(row, RefusedRow) and place + taken == last < place + LINES_PER_ROW
        if runs_out and not self._ended and len(block.text) - block.start(place) < LONGEST_ROW:
            return None, 0
        # A quotation mark that is never closed must not swallow the rows after it.
        return row, 1 if isinstance(row, RefusedRow) else taken


class Block:
    """Some whole lines of a file as bytes, with the places where each begins and ends; its length is their number."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.bytes: Bytes = np.frombuffer(text, np.uint8)
        feeds = np.flatnonzero(self.bytes == LINE_FEED)
        if not text.endswith(b"\n"):
            feeds = np.append(feeds, len(text))
        self._feeds: Places = feeds
        self._begins: Places = np.concatenate(([0], feeds[:-1] + 1))

    def __len__(self) -> int:
        return len(self._begins)

    def start(self, place: int) -> int:
        """Where a line begins."""
        return int(self._begins[place])

    def line(self, place: int) -> bytes:
        """A line with its line break."""
        return self.text[self._begins[place] : self._feeds[place] + 1]

    def line_of(self, places: Places | list[int]) -> set[int]:
        """The lines that hold some places."""
        return set(self._feeds.searchsorted(places).tolist()) if len(places) else set()

    def is_plain(self, place: int) -> bool:
        """Whether a line has no quotation mark and no stray return, and so is a row of its own."""
        line = self.line(place)
        return (
            QUOTE not in line and (RETURN not in line or line.find(b"\r") == len(line) - 2) and len(line) < LONGEST_CELL
        )

    def odd_lines(self) -> set[int]:
        """Lines that are not proven to be rows with every cell quoted and no quotation mark inside.

        Every mark must either open a cell (first of its line, or after `",`) or close one (last of its line, or
        before `,"`), never both. Then marks can only alternate between the two, so that the line ends outside of a
        cell, given that it began outside of one.
        """
        marks = self.bytes == QUOTE
        explained: Flags = np.zeros(len(self.bytes) + 1, np.bool_)
        if len(marks) > 2:
            between = marks[:-2] & (self.bytes == COMMA)[1:-1] & marks[2:]
            explained[:-3] = between
            explained[2:-1] ^= between
        ends = self._feeds - 1
        ends = ends - ((ends >= 0) & (self.bytes[ends] == RETURN))
        empty = ends < self._begins
        explained[self._begins[~empty]] ^= True
        explained[ends[~empty]] ^= True
        strange = np.flatnonzero(explained[:-1] != marks)
        unusual = np.flatnonzero(empty | (self._feeds - self._begins >= LONGEST_CELL))
        return self.line_of(strange) | set(unusual.tolist())


class Needles:
    """Words looked for at one go by four letters each: any seven letters hold four that begin at a multiple of four."""

    def __init__(self, needles: Iterable[str]) -> None:
        self._by_part: dict[bytes, list[tuple[int, bytes]]] = {}
        for needle in needles:
            if len(needle) < SHORTEST_NEEDLE or not (needle.isascii() and needle.isalnum()):
                raise ValueError(f'"{needle}" cannot be looked for: seven ASCII letters and digits at least')
            folded = bytes(byte & FOLD for byte in needle.encode())
            for offset in range(4):
                self._by_part.setdefault(folded[offset : offset + 4], []).append((offset, folded))
        self._is_part: Flags = np.zeros(1 << 16, np.bool_)
        parts = np.frombuffer(b"".join(self._by_part), np.uint32)
        self._is_part[_hashed(parts)] = True

    def places(self, text: Bytes) -> list[int]:
        """Where needles stand in a text, roughly: none is missed."""
        folded = text & np.uint8(FOLD)
        words = folded[: len(folded) // 4 * 4].view(np.uint32)
        likely = np.flatnonzero(self._is_part.take(_hashed(words), mode="wrap")) * 4
        if not len(likely):
            return []
        letters = folded.tobytes()
        return [place for place in likely.tolist() if self._is_there(letters, place)]

    def _is_there(self, letters: bytes, place: int) -> bool:
        for offset, needle in self._by_part.get(letters[place : place + 4], ()):
            if place >= offset and letters.startswith(needle, place - offset):
                return True
        return False


def _hashed(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    return (words * SPREAD) >> np.uint32(16)


class _Lines:
    """Lines as the csv module takes them, counted."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.taken = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken += 1
        try:
            return line.decode()
        except UnicodeDecodeError:
            return line.decode("cp1252", "replace")


def _cells(line: int, lines: Iterable[bytes]) -> tuple[tuple[int, list[str]] | RefusedRow, int]:
    source = _Lines(lines)
    try:
        return (line, next(csv.reader(source, strict=True), [])), source.taken
    except csv.Error as error:
        return RefusedRow(line, "", why_no_cells(error)), source.taken
