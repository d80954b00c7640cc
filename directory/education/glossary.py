"""Glossary: words that pages explain where they first stand, in each language, from data/glossary.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from directory.config import DATA

LEFT_ALONE = {"heading_open": "heading_close", "table_open": "table_close"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means; `also` are other ways it is written. `code` is the same in every language."""

    code: str
    term: str
    meaning: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Glossary:
    """The words of one language in alphabetical order, accents aside."""

    words: tuple[Word, ...]

    def explain(self, tokens: Sequence[Token]) -> tuple[Word, ...]:
        """Mark where each word first stands, but in no heading, link or table; say which were found."""
        found: list[Word] = []
        until = ""
        for token in tokens:
            until = until or LEFT_ALONE.get(token.type, "")
            if token.type == until:
                until = ""
            if token.type == "inline" and not until:
                token.children = list(self._marked(token.children or [], found))
        return tuple(found)

    def _marked(self, children: Iterable[Token], found: list[Word]) -> Iterable[Token]:
        in_link = False
        for child in children:
            in_link = child.type == "link_open" or (in_link and child.type != "link_close")
            if child.type == "text" and not in_link:
                yield from self._split(child.content, found)
            else:
                yield child

    def _split(self, text: str, found: list[Word]) -> Iterable[Token]:
        written = self._written()
        start = 0
        for match in _pattern(self).finditer(text):
            word = written[match["word"].lower()]
            if word in found:
                continue
            found.append(word)
            yield Token("text", "", 0, content=text[start : match.start()])
            yield Token("explained_word", "", 0, content=match[0], meta={"word": word, "said": match["word"]})
            start = match.end()
        yield Token("text", "", 0, content=text[start:])

    def _written(self) -> Mapping[str, Word]:
        return {way.lower(): word for word in self.words for way in (word.term, *word.also)}


@cache
def glossary(language: str) -> Glossary:
    """The glossary of a language."""
    table = tomllib.loads((DATA / "glossary.toml").read_text(encoding="utf-8"))
    words = (
        Word(row["code"], row[language]["term"], row[language]["meaning"], tuple(row[language].get("also", ())))
        for row in table["word"]
    )
    return Glossary(tuple(sorted(words, key=lambda word: _folded(word.term))))


def explained_word(
    _renderer: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType
) -> str:
    """A word as a button that opens its meaning beside it: no script, by touch, by key and for screen readers alike."""
    word: Word = tokens[idx].meta["word"]
    said: str = tokens[idx].meta["said"]
    before, _word, after = tokens[idx].content.partition(said)
    opener = f'<button type="button" class="word" popovertarget="word-{word.code}">{escape(said)}</button>'
    meaning = f"<b>{escape(word.term)}</b> {escape(word.meaning)}"
    note = f'<span class="word-note" id="word-{word.code}" popover role="note">{meaning}</span>'
    return f'<span class="word-place">{escape(before)}{opener}{note}{escape(after)}</span>'


@cache
def _pattern(glossary: Glossary) -> re.Pattern[str]:
    ways = sorted((way for word in glossary.words for way in (word.term, *word.also)), key=len, reverse=True)
    one = "|".join(map(re.escape, ways))
    # What stands before and after without a blank stays with the word: no line may begin with a full stop.
    return re.compile(rf"(?<![\w-])[(«“]*(?P<word>{one})(?![\w-])[.,;:?!)”»]*", re.IGNORECASE)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
