"""Education pages in the word index: which of them answer some words, with an excerpt that marks the words."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from whoosh.analysis.acore import Token
from whoosh.highlight import Fragment, Fragmenter, HtmlFormatter, highlight
from whoosh.query.compound import Or
from whoosh.query.terms import Term

from directory.index.postings import WordIndex
from directory.index.schema import STEMMERS, page_analyzer

EXCERPTS = 2
EXCERPT_LENGTH = 160
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s+(?=[^\sa-z])|\n")


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page with its score; `text` is plain, a line for each paragraph."""

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


class _Sentences(Fragmenter):  # type: ignore[misc,unused-ignore]
    """Passages that begin where a sentence begins, and end with it where it is not too long."""

    def fragment_tokens(self, text: str, tokens: Iterable[Any]) -> Iterator[Any]:
        """A fragment for each sentence that has a word marked."""
        starts = [0, *(found.end() for found in _SENTENCE_END.finditer(text))]
        marked: dict[int, list[Any]] = {}
        for token in tokens:
            if token.matched:
                marked.setdefault(bisect_right(starts, token.startchar) - 1, []).append(token.copy())
        for sentence, found in marked.items():
            stop = starts[sentence + 1] if sentence + 1 < len(starts) else len(text)
            stop = _shortened(text, starts[sentence], stop, found[0].endchar)
            inside = [token for token in found if token.endchar <= stop]
            yield Fragment(text, inside, starts[sentence], stop)


def _shortened(text: str, start: int, stop: int, least: int) -> int:
    """Where a sentence is cut, between two words; never before the first marked one ends."""
    stop = start + len(text[start:stop].rstrip())
    wanted = max(start + EXCERPT_LENGTH, least)
    if stop <= wanted:
        return stop
    blank = text.find(" ", wanted, stop)
    return stop if blank < 0 else blank


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


def excerpt(page: FoundPage, stems: Sequence[str], pages: Collection[FoundPage]) -> str:
    """The passages of a page that have the stems, as HTML with <mark> round the words and all else escaped.

    A stem that few of the `pages` of its language have tells more than one that every page says somewhere, and a
    sentence more than a heading or a question.
    """
    telling = {
        stem: len(pages) / max(1, sum(stem in _stems(each.text, each.language) for each in pages)) for stem in stems
    }

    def score(passage: Fragment) -> float:
        said = page.text[passage.startchar : passage.endchar].rstrip("\"'”’» ")
        says = len(said) >= EXCERPT_LENGTH or said.endswith((".", "!"))
        return sum(telling[stem] for stem in passage.matched_terms) * (1 if says else 0.5) - passage.startchar / 1e9

    marked = highlight(
        page.text, stems, _Replayed(page.language), _Sentences(), _Marks(), top=EXCERPTS, scorer=score, minscore=0
    )
    return str(marked)


@lru_cache(maxsize=64)
def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stem for stem, _start, _stop in _cut(text, language))


def _page(fields: Mapping[str, Any], score: float, language: str) -> FoundPage:
    return FoundPage(
        slug=fields["slug"],
        language=language,
        title=fields[f"title_{language}"],
        summary=fields.get(f"summary_{language}", ""),
        text="\n".join(" ".join(line.split()) for line in fields["text"].splitlines() if line.strip()),
        score=score,
    )
