"""Plain Whoosh as its documentation shows it: stored fields, a keyword field, numeric ranges, facets by `groupedby`."""

# mypy: disable-error-code="attr-defined,name-defined,no-untyped-call"
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whoosh import fields, index, query, sorting
from whoosh.analysis import SimpleAnalyzer
from whoosh.qparser import MultifieldParser

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import Outcome, folder_mb
from bench.questions import BenchQuestion, grouped_facets


class PlainWhoosh:
    """Whoosh with its own query tree, matchers and collectors for everything."""

    name = "Whoosh, plain"
    measure = "sphere"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:
        schema = fields.Schema(
            id=fields.NUMERIC(int, stored=True, unique=True),
            name=fields.TEXT(stored=True, analyzer=SimpleAnalyzer()),
            place=fields.TEXT(stored=True, analyzer=SimpleAnalyzer()),
            codes=fields.KEYWORD(stored=True),
            latitude=fields.NUMERIC(float, stored=True),
            longitude=fields.NUMERIC(float, stored=True),
        )
        self.folder = folder
        self.index = index.create_in(str(folder), schema)
        writer = self.index.writer(limitmb=256)
        for facility in facilities:
            writer.add_document(
                id=facility.id,
                name=" ".join(facility.name_words),
                place=" ".join(facility.place_words),
                codes=" ".join(facility.codes),
                latitude=facility.latitude,
                longitude=facility.longitude,
            )
        writer.commit()
        self.searcher = self.index.searcher()
        self.parser = MultifieldParser(["name", "place"], schema)

    def ask(self, question: BenchQuestion) -> Outcome:
        tree = self._tree(question)
        if question.place is None:
            results = self.searcher.search(tree, limit=sphere.FIRST)
            total, first = len(results), [hit["id"] for hit in results]
        else:
            inside, first = self._inside(question, tree)
            total = len(inside)
        facets = grouped_facets(question, self._counts) if question.facets else None
        return Outcome(total, first, facets)

    def _inside(self, question: BenchQuestion, tree: query.Query) -> tuple[list[int], list[int]]:
        hits = self.searcher.search(tree, limit=None, scored=False, sortedby=None)
        return sphere.within(*question.circle, [(hit["id"], hit["latitude"], hit["longitude"]) for hit in hits])

    def _tree(self, question: BenchQuestion) -> query.Query:
        parts: list[Any] = []
        if question.words:
            parts.append(self.parser.parse(" ".join(question.words)))
        if question.prefix:
            parts.append(query.Or([query.Prefix(name, question.prefix) for name in ("name", "place")]))
        filters = question.filters.values()
        parts.extend(query.Or([query.Term("codes", code) for code in codes]) for codes in filters)
        if question.place:
            south, north, west, east = sphere.box(*question.circle)
            parts.append(query.NumericRange("latitude", south, north))
            parts.append(query.NumericRange("longitude", west, east))
        if not parts:
            return query.Every()
        return query.And(parts).normalize()

    def _counts(self, question: BenchQuestion) -> dict[str, int]:
        tree = self._tree(question)
        if question.place:
            inside, _ = self._inside(question, tree)
            if not inside:
                return {}
            tree = query.Or([query.Term("id", self.index.schema["id"].to_bytes(one)) for one in inside])
        groups = sorting.FieldFacet("codes", allow_overlap=True, maptype=sorting.Count)
        results = self.searcher.search(tree, limit=None, scored=False, groupedby={"codes": groups})
        return dict(results.groups("codes"))

    def size_mb(self) -> float:
        return folder_mb(self.folder)

    def close(self) -> None:
        if hasattr(self, "searcher"):
            self.searcher.close()
            self.index.close()
