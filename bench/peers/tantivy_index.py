"""tantivy through its Python package: text fields, a raw field of codes, fast numbers, terms aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import LeftOutError, Outcome, folder_mb
from bench.questions import BenchQuestion, grouped_facets

try:
    import tantivy
except ImportError:
    tantivy = None  # type: ignore[assignment]

MORE_THAN_ENOUGH = 500
TERMS = {"codes": {"terms": {"field": "codes", "size": 1000}}}


class Tantivy:
    """tantivy with one segment, as after its merges."""

    name = "tantivy"
    measure = "sphere"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:
        if tantivy is None:
            raise LeftOutError("the package tantivy is not installed")
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        builder.add_text_field("name")
        builder.add_text_field("place")
        builder.add_text_field("codes", fast=True, tokenizer_name="raw", index_option="basic")
        builder.add_float_field("latitude", indexed=True, fast=True)
        builder.add_float_field("longitude", indexed=True, fast=True)
        self.schema = builder.build()
        self.folder = folder
        self.index = tantivy.Index(self.schema, str(folder))
        writer = self.index.writer(heap_size=256_000_000, num_threads=1)
        for facility in facilities:
            document = tantivy.Document()
            document.add_unsigned("id", facility.id)
            document.add_text("name", " ".join(facility.name_words))
            document.add_text("place", " ".join(facility.place_words))
            for code in facility.codes:
                document.add_text("codes", code)
            document.add_float("latitude", facility.latitude)
            document.add_float("longitude", facility.longitude)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def ask(self, question: BenchQuestion) -> Outcome:
        tree = self._tree(question)
        if question.place is None:
            result = self.searcher.search(tree, limit=sphere.FIRST)
            addresses = [address for _, address in result.hits]
            total, first = result.count, self._column("id", addresses)  # type: ignore[attr-defined]
        else:
            inside, first = self._inside(question, tree)
            total = len(inside)
        facets = grouped_facets(question, self._counts) if question.facets else None
        return Outcome(total, first, facets)

    def _column(self, name: str, addresses: list[tantivy.DocAddress]) -> list[int]:
        return self.searcher.fast_field_values(name, addresses)  # type: ignore[return-value]

    def _inside(self, question: BenchQuestion, tree: tantivy.Query) -> tuple[list[int], list[int]]:
        result = self.searcher.search(tree, limit=MORE_THAN_ENOUGH)
        if result.count > MORE_THAN_ENOUGH:  # type: ignore[attr-defined]
            result = self.searcher.search(tree, limit=result.count)  # type: ignore[attr-defined]
        addresses = [address for _, address in result.hits]
        columns = (self._column(name, addresses) for name in ("id", "latitude", "longitude"))
        return sphere.within(*question.circle, list(zip(*columns, strict=True)))

    def _tree(self, question: BenchQuestion) -> tantivy.Query:
        must = tantivy.Occur.Must
        parts = []
        if question.words:
            words = self.index.parse_query(" ".join(question.words), ["name", "place"], conjunction_by_default=True)
            parts.append((must, words))
        if question.prefix:
            either = [
                (tantivy.Occur.Should, tantivy.Query.regex_query(self.schema, name, f"{question.prefix}.*"))
                for name in ("name", "place")
            ]
            parts.append((must, tantivy.Query.boolean_query(either)))
        parts.extend((must, self._any_of(codes)) for codes in question.filters.values())
        if question.place:
            south, north, west, east = sphere.box(*question.circle)
            for name, low, high in (("latitude", south, north), ("longitude", west, east)):
                span = tantivy.Query.range_query(self.schema, name, tantivy.FieldType.Float, low, high)
                parts.append((must, span))
        return tantivy.Query.boolean_query(parts) if parts else tantivy.Query.all_query()

    def _any_of(self, codes: Sequence[str]) -> tantivy.Query:
        terms = [tantivy.Query.term_query(self.schema, "codes", code, "basic") for code in codes]
        if len(terms) == 1:
            return tantivy.Query.const_score_query(terms[0], 0.0)
        return tantivy.Query.const_score_query(
            tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms]), 0.0
        )

    def _counts(self, question: BenchQuestion) -> dict[str, int]:
        tree = self._tree(question)
        if question.place:
            inside, _ = self._inside(question, tree)
            tree = tantivy.Query.term_set_query(self.schema, "id", inside)
        buckets = self.searcher.aggregate(tree, TERMS)["codes"]["buckets"]
        return {bucket["key"]: bucket["doc_count"] for bucket in buckets}

    def size_mb(self) -> float:
        return folder_mb(self.folder)

    def close(self) -> None:
        self.__dict__.clear()
