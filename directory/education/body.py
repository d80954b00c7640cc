"""Body: the text of an education page, from Markdown to HTML with ids, drawings and explained words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from directory.education.diagram import drawing, drawings
from directory.education.glossary import Word, explained_word, glossary

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class EducationPageError(ValueError):
    """A page cannot be read; the message names the file, the field and what to do."""


class Heading(NamedTuple):
    """A heading of a page: the id to link to, its plain text, and its level (2 or 3; 1 is the title)."""

    id: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Body:
    """A text as `html` and as plain `lines`, its headings, the slugs it links to, and the words it explains."""

    html: str
    lines: tuple[str, ...]
    contents: tuple[Heading, ...]
    links: tuple[str, ...]
    words: tuple[Word, ...]


def read_body(markdown: str, language: str, where: str) -> Body:
    """Read the Markdown of a page. Raises EducationPageError, which begins with `where`."""
    tokens = MARKDOWN.parse(markdown)
    _with_drawings(tokens, language, where)
    contents, lines = _with_ids(tokens, where), tuple(_plain_lines(tokens))
    return Body(
        links=tuple(href for href in _hrefs(tokens) if SLUG.fullmatch(href)),
        words=glossary(language).explain(tokens),
        html=MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}),
        lines=lines,
        contents=contents,
    )


def _with_drawings(tokens: list[Token], language: str, where: str) -> None:
    """Put a drawing in place of each image, which stands alone between blank lines and is named like the drawing."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        for image in (child for child in token.children or [] if child.type == "image"):
            name = str(image.attrs["src"])
            if len(token.children or []) > 1 or before.type != "paragraph_open":
                raise EducationPageError(f"{where}: the drawing {name!r} must stand alone, between blank lines")
            if name not in drawings():
                raise EducationPageError(
                    f"{where}: the text shows {name!r}, but there is no such drawing; known are {', '.join(drawings())}"
                )
            token.type, token.children, token.content = "drawing", [], drawing(name, image.content, language)
            before.hidden = after.hidden = True


def _with_ids(tokens: Sequence[Token], where: str) -> tuple[Heading, ...]:
    """Give every heading an id made of its words, and list them. Levels start at 2 and skip none."""
    headings: list[Heading] = []
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        level, text = int(token.tag[1]), _plain(inline)
        if not 2 <= level <= (headings[-1].level + 1 if headings else 2):
            raise EducationPageError(f"{where}: the heading {text!r} must not skip a level; a page starts with ##")
        same = sum(_anchor(text) == _anchor(heading.text) for heading in headings)
        anchor = _anchor(text) + (f"-{same + 1}" if same else "")
        token.attrSet("id", anchor)
        headings.append(Heading(anchor, text, level))
    return tuple(headings)


def _anchor(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().replace("'", "")
    return "-".join(re.findall(r"[a-z0-9]+", letters.lower())) or "part"


def _plain_lines(tokens: Sequence[Token]) -> list[str]:
    return [_plain(token) for token in tokens if token.type == "inline"]


def _plain(inline: Token) -> str:
    parts = (" " if child.type in {"softbreak", "hardbreak"} else child.content for child in inline.children or [])
    return "".join(parts)


def _hrefs(tokens: Sequence[Token]) -> list[str]:
    children = (child for token in tokens for child in token.children or [])
    return [str(child.attrs["href"]) for child in children if child.type == "link_open"]


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    if str(tokens[idx].attrs["href"]).startswith(("http://", "https://")):
        tokens[idx].attrSet("rel", "noreferrer")
    return renderer.renderToken(tokens, idx, options, env)


def _drawing(_renderer: RendererHTML, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
    return tokens[idx].content


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    tokens[idx].attrSet("class", "table")
    return renderer.renderToken(tokens, idx, options, env)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("link_open", _link_open)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("drawing", _drawing)
    markdown.add_render_rule("explained_word", explained_word)
    return markdown


MARKDOWN = _markdown()
