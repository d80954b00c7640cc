"""Postings: the word index opened for reading, and its answers as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.index import create_in, open_dir
from whoosh.reading import TermNotFound
from whoosh.scoring import BM25F
from whoosh.util.numeric import byte_to_length, length_to_byte

from directory.index.codec import Documents, PackedCodec, PackedMatcher, Scores
from directory.index.columns import FacilityRow
from directory.index.schema import FACILITY_FIELDS, PageText, facility_words, page_document, schema

# More than a build needs, so that it never spills to disk.
BUILD_MEMORY_MB = 512
K1 = 1.2
B = 0.75


class WordIndex:
    """A word index in a folder, open for reading. Not safe across threads: its owner holds a lock round every call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.searcher: Any = open_dir(str(folder), readonly=True).searcher(weighting=BM25F(B=B, K1=K1))
        self.reader = self.searcher.reader()
        self._leaves = [(leaf, base) for leaf, base in self.reader.leaf_readers()]

    @property
    def documents(self) -> int:
        """How many documents were ever written, deleted ones included."""
        return int(self.reader.doc_count_all())

    def close(self) -> None:
        """Give back the files."""
        self.searcher.close()

    def postings(self, field: str, word: str) -> tuple[Documents, Scores]:
        """The documents that have a word in a field, ascending, and how often; deleted documents included."""
        parts = [_decoded(leaf, base, field, word) for leaf, base in self._leaves]
        found = [part for part in parts if part is not None]
        if not found:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        if len(found) == 1:
            return found[0]
        return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])

    def contributions(self, field: str, word: str, lengths: NDArray[np.float32]) -> tuple[Documents, Scores]:
        """As `postings`, with each document's BM25F contribution; `lengths` is the length of the field by document."""
        documents, often = self.postings(field, word)
        if not len(documents):
            return documents, often
        idf = self.searcher.idf(field, word)
        usual = self.searcher.avg_field_length(field) or 1
        longer = (1 - B) + B / usual * lengths[documents]
        return documents, (idf * (K1 + 1) * often / (often + K1 * longer)).astype(np.float32)

    def terms(self, field: str) -> Iterator[tuple[str, int]]:
        """Every word of a field, sorted, with the number of documents that have it."""
        for term in self.reader.field_terms(field):
            text = term if isinstance(term, str) else term.decode("utf-8")
            yield text, int(self.reader.doc_frequency(field, text))


def _decoded(leaf: Any, base: int, field: str, word: str) -> tuple[Documents, Scores] | None:
    try:
        matcher = leaf.postings(field, word)
    except TermNotFound:
        return None
    # Deleted documents are masked by the columns, so the filter round the matcher only costs time.
    matcher = getattr(matcher, "child", matcher)
    whole = isinstance(matcher, PackedMatcher)
    documents, often = (matcher.documents, matcher.often) if whole else _steps(matcher)
    return documents + np.int32(base), often


def _steps(matcher: Any) -> tuple[Documents, Scores]:
    documents, often = [], []
    while matcher.is_active():
        documents.append(matcher.id())
        often.append(matcher.weight())
        matcher.next()
    return np.array(documents, dtype=np.int32), np.array(often, dtype=np.float32)


def coded_length(length: int) -> int:
    """A field's length as the byte Whoosh keeps of it; long ones are rounded."""
    return int(length_to_byte(length))


LENGTH_OF_BYTE: NDArray[np.float32] = np.array([byte_to_length(byte) for byte in range(256)], dtype=np.float32)


def write_new(folder: Path, facilities: Sequence[FacilityRow], pages: Sequence[PageText]) -> NDArray[np.uint8]:
    """Write a new word index of facilities in row order, then pages. Returns the coded lengths, fields × documents."""
    folder.mkdir()
    writer = create_in(str(folder), schema()).writer(limitmb=BUILD_MEMORY_MB, codec=_codec())
    lengths = np.zeros((len(FACILITY_FIELDS), len(facilities) + len(pages)), dtype=np.uint8)
    for document, facility in enumerate(facilities):
        _add(writer, facility, lengths, document)
    for page in pages:
        writer.add_document(**page_document(page))
    writer.commit()
    return lengths


def write_changes(folder: Path, deleted: Sequence[int], facilities: Sequence[FacilityRow]) -> NDArray[np.uint8]:
    """Take documents away and add facilities in a segment of their own. Returns the coded lengths of the new ones."""
    writer = open_dir(str(folder)).writer(limitmb=BUILD_MEMORY_MB, codec=_codec())
    lengths = np.zeros((len(FACILITY_FIELDS), len(facilities)), dtype=np.uint8)
    for document in deleted:
        writer.delete_document(document)
    for place, facility in enumerate(facilities):
        _add(writer, facility, lengths, place)
    writer.commit(merge=False)
    return lengths


def _codec() -> Any:
    codec: Any = PackedCodec
    return codec()


def _add(writer: Any, facility: FacilityRow, lengths: NDArray[np.uint8], document: int) -> None:
    words = facility_words(facility)
    for number, field in enumerate(FACILITY_FIELDS):
        lengths[number, document] = coded_length(len(words.get(field, ())))
    writer.add_document(**words)
