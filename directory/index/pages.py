"""Education pages in the word index: which of them answer some words, with an excerpt that marks the words."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from whoosh.analysis.acore import Token
from whoosh.highlight import ContextFragmenter, HtmlFormatter, highlight
from whoosh.query.compound import Or
from whoosh.query.terms import Term

from directory.index.postings import WordIndex
from directory.index.schema import STEMMERS, page_analyzer

EXCERPTS = 2
EXCERPT_LENGTH = 160


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page with its score; `text` is plain and in one line."""

    slug: str
    language: str
    title: str
    summary: str
    text: str
    score: float


class _Marks(HtmlFormatter):
    """Escapes everything and puts <mark> round the words found."""

    def __init__(self) -> None:
        super().__init__(between=" … ")

    def _text(self, text: str) -> str:
        return html.escape(text, quote=True)

    def format_token(self, text: str, token: Any, replace: bool = False) -> str:  # noqa: ARG002 - Whoosh's signature
        return f"<mark>{html.escape(text[token.startchar : token.endchar])}</mark>"


def stems_of(text: str, language: str) -> list[str]:
    """The stems of a text that pages are searched for."""
    return [token.text for token in page_analyzer(language)(text)] if language in STEMMERS else []


class _Replayed:
    """The words of a page's text as they were cut before; cutting and stemming a page costs a millisecond."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, value: str, **_settings: Any) -> Iterator[Token]:
        token = Token(positions=True, chars=True)
        for position, (token.text, token.startchar, token.endchar) in enumerate(_cut(value, self.language)):
            token.pos = position
            yield token


@lru_cache(maxsize=64)
def _cut(text: str, language: str) -> list[tuple[str, int, int]]:
    return [(token.text, token.startchar, token.endchar) for token in page_analyzer(language)(text, chars=True)]


def find_pages(
    index: WordIndex, stems: Sequence[str], language: str, boosts: Mapping[str, float], limit: int
) -> list[FoundPage]:
    """Pages of a language that have any of the stems, best first; `boosts` weigh the fields of PAGE_FIELDS."""
    once = dict.fromkeys(stems)
    terms = [Term(f"{field}_{language}", stem, boost=boost) for stem in once for field, boost in boosts.items()]
    if not terms:
        return []
    hits = index.searcher.search(Or(terms), limit=limit)
    return [_page(hit.fields(), float(hit.score), language) for hit in hits]


def all_pages(index: WordIndex, language: str) -> list[FoundPage]:
    """Every page of a language in the order they were indexed."""
    return [_page(fields, 0.0, language) for fields in index.searcher.documents(language=language)]


def excerpt(page: FoundPage, stems: Sequence[str]) -> str:
    """The passages of a page that have the stems, as HTML with <mark> round the words and all else escaped."""
    fragments = ContextFragmenter(maxchars=EXCERPT_LENGTH, surround=40)
    return str(highlight(page.text, stems, _Replayed(page.language), fragments, _Marks(), top=EXCERPTS))


def _page(fields: Mapping[str, Any], score: float, language: str) -> FoundPage:
    return FoundPage(
        slug=fields["slug"],
        language=language,
        title=fields[f"title_{language}"],
        summary=fields.get(f"summary_{language}", ""),
        text=" ".join(fields["text"].split()),
        score=score,
    )
