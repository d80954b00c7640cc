"""The schema of the word index: a facility's own words, and education pages, language by language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

import snowballstemmer
from whoosh.analysis.acore import Token
from whoosh.analysis.filters import CharsetFilter, LowercaseFilter, StopFilter
from whoosh.analysis.tokenizers import RegexTokenizer
from whoosh.fields import KEYWORD, STORED, TEXT, Schema
from whoosh.lang.stopwords import stoplists
from whoosh.support.charset import accent_map

from directory.index.columns import FacilityRow
from directory.index.words import folded, words_of

FACILITY_FIELDS = ("name", "program", "town", "street")
PAGE_FIELDS = ("title", "summary", "headings", "questions", "body")
# Asked in every question, and so telling no page from another.
MORE_STOPS = {
    "en": {"do", "does", "did", "will", "would", "can", "could", "should", "what", "how", "my", "who", "is", "it"},
    "es": {"hace", "hacen", "puede", "pueden", "cómo", "qué", "cuál", "cuánto"},
}
SHOWN = ("title", "summary")
STEMMERS = {"en": "english", "es": "spanish"}


class PageText(Protocol):
    """What the index takes from an education page; `headings` and `text` are plain, not Markdown.

    `questions` are ways people ask for it.
    """

    @property
    def slug(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def headings(self) -> tuple[str, ...]: ...
    @property
    def questions(self) -> tuple[str, ...]: ...
    @property
    def text(self) -> str: ...


@lru_cache(maxsize=20_000)
def stem(language: str, word: str) -> str:
    """The stem of a folded word as Snowball has it: ("es", "infusiones") → "infusion"."""
    return folded(snowballstemmer.stemmer(STEMMERS[language]).stemWord(word))


class PageWords:
    """Cuts the text of a page into stems of one language, without its stop words; a Whoosh analyser, pickled as one.

    Accents are folded before anything else, for people leave them out: "cirugia" must find what has "cirugía". Whoosh's
    own stemmers are older than Snowball's and partly wrong.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        stops = {folded(word) for word in stoplists[language] | MORE_STOPS[language]}
        plain = RegexTokenizer(r"[^\W_]+") | LowercaseFilter() | CharsetFilter(accent_map)
        self.cut = plain | StopFilter(stoplist=stops, minsize=2)

    def __call__(self, value: str, **settings: Any) -> Iterator[Token]:
        for token in self.cut(value, **settings):
            token.text = stem(self.language, token.text)
            yield token


@lru_cache(maxsize=8)
def page_analyzer(language: str) -> PageWords:
    """The analyser of a language's pages."""
    return PageWords(language)


def schema() -> Schema:
    """Facilities' words keep no positions and no text: the catalogue has the text, and nobody quotes a clinic."""
    words = {field: TEXT(analyzer=RegexTokenizer(), phrase=False) for field in FACILITY_FIELDS}
    pages = {
        f"{field}_{language}": TEXT(analyzer=page_analyzer(language), phrase=False, stored=field in SHOWN)
        for language in STEMMERS
        for field in PAGE_FIELDS
    }
    return Schema(slug=STORED, language=KEYWORD(stored=True), text=STORED, **words, **pages)


def facility_words(facility: FacilityRow) -> dict[str, list[str]]:
    """A facility's own words by field, empty fields left out."""
    words = {
        "name": words_of(facility.name),
        "program": words_of(facility.program),
        "town": [*words_of(facility.city), facility.zip],
        "street": words_of(facility.street),
    }
    return {field: found for field, found in words.items() if found}


def page_document(page: PageText) -> dict[str, Any]:
    """A page as a document of the word index."""
    values = {
        "title": page.title,
        "summary": page.summary,
        "headings": "\n".join(page.headings),
        "questions": "\n".join(page.questions),
        "body": page.text,
    }
    document: dict[str, Any] = {f"{field}_{page.language}": value for field, value in values.items() if value}
    return document | {"slug": page.slug, "language": page.language, "text": page.text}
