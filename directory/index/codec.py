"""Codec: how Whoosh's posting lists lie on disk. Its own are a pickle a list, three times as large and slower to read.

A list is one octet, the steps from document to document, and how often each has the word. The octet's low half is the
width of a step in octets (1, 2 or 4), its high half that of a number of occurrences: 0 where all are 1, 4 for a float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3PostingsWriter
from whoosh.matching.mcore import ListMatcher

Documents = NDArray[np.int32]
Scores = NDArray[np.float32]
# Lists are kept whole, and a build in memory: no list comes near it.
NEVER_CUT = 1 << 31
STEPS = {1: "u1", 2: "<u2", 4: "<u4"}
OFTEN = {1: "u1", 4: "<f4"}


def packed(documents: NDArray[np.int64], often: Scores) -> bytes:
    """The octets of a posting list; documents ascending, none twice."""
    steps = np.diff(documents, prepend=0)
    largest = int(steps.max())
    width = 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4
    parts = [steps.astype(STEPS[width]).tobytes()]
    size = 0
    if (often != 1).any():
        size = 1 if ((often == often.astype(np.uint8)) & (often < 256)).all() else 4
        parts.append(often.astype(OFTEN[size]).tobytes())
    return bytes([width | size << 4]) + b"".join(parts)


def unpacked(read: Callable[[int, int], bytes], offset: int, count: int) -> tuple[Documents, Scores]:
    """The documents of a list of so many postings, and how often each has the word; `read` takes place and length."""
    sizes = read(offset, 1)[0]
    width, size = sizes & 15, sizes >> 4
    steps = np.frombuffer(read(offset + 1, count * width), dtype=STEPS[width])
    documents = np.cumsum(steps, dtype=np.int32)
    if not size:
        return documents, np.ones(count, dtype=np.float32)
    often = np.frombuffer(read(offset + 1 + count * width, count * size), dtype=OFTEN[size])
    return documents, often.astype(np.float32)


class PackedCodec(W3Codec):  # type: ignore[misc,unused-ignore]
    """Whoosh's codec but for the posting lists."""

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        """What writes lists into a file."""
        writer: Any = PackedWriter
        return writer(dbfile, NEVER_CUT, byteids=byteids)

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        """A matcher over one list."""
        # Of a list's extent only the place is asked: Whoosh reads the length back as a tuple.
        documents, often = unpacked(dbfile.get, terminfo.extent()[0], terminfo.doc_frequency())
        matcher: Any = PackedMatcher
        return matcher(documents, often, None, format_, scorer=scorer, term=term, terminfo=terminfo)


class PackedWriter(W3PostingsWriter):  # type: ignore[misc,unused-ignore]
    """Writes each list whole when it is finished."""

    def finish_postings(self) -> Any:
        """End the list; gives the word's facts with where its list lies."""
        facts: Any = self._terminfo
        facts.add_block(self)
        start = self._postfile.tell()
        octets = packed(np.array(self._ids, dtype=np.int64), np.array(self._weights, dtype=np.float32))
        self._postfile.write(octets)
        facts.set_extent(start, len(octets))
        self._terminfo = None
        self._new_block()  # type: ignore[no-untyped-call,unused-ignore]
        return facts


class PackedMatcher(ListMatcher):  # type: ignore[misc,unused-ignore]
    """Steps through a list as Whoosh wants it, and gives the whole of it at once."""

    @property
    def documents(self) -> Documents:
        """The documents, ascending."""
        found: Documents = self._ids
        return found

    @property
    def often(self) -> Scores:
        """How often each document has the word."""
        found: Scores = self._weights
        return found

    def weight(self) -> float:
        """How often the document at hand has the word; Whoosh's own asks whether the list is true, an array is not."""
        return float(self._weights[self._i])

    def block_max_weight(self) -> float:
        """The most any document has it."""
        return float(self._weights.max())
