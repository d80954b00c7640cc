"""EducationPage: one Markdown file of data/education as an object, checked when it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import frontmatter
import yaml  # type: ignore[import-untyped]

from directory.education.body import SLUG, EducationPageError, Heading, read_body
from directory.education.glossary import Word

LONGEST_SUMMARY = 160
PARTS = ("understand", "weigh", "plan", "now")
PAGE_FIELDS = ("title", "summary", "answer", "part", "order", "reviewed", "questions", "sources", "next")
SOURCE_FIELDS = ("title", "publisher", "year", "url", "doi", "authors", "issue")
DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a page's facts come from.

    Either `doi` or `url` is filled; `issue` is such as "32(3):263-269"; `year` is None where nothing dates it.
    """

    title: str
    publisher: str
    year: int | None = None
    url: str = ""
    doi: str = ""
    authors: str = ""
    issue: str = ""

    @property
    def address(self) -> str:
        """The https address to follow."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


@dataclass(frozen=True, slots=True)
class EducationPage:
    """A page families read.

    `answer` is the short answer in two or three plain sentences; `body` is Markdown and `html` the same, rendered;
    `contents` lists the headings in order; `questions` are ways people ask for this page, for the index only;
    `part` is one of PARTS, where the page stands among the others; `next` are slugs to read on; `words` are those of
    the glossary the body explains, as they come; `text` is the answer and the body without markup.
    """

    slug: str
    language: str
    title: str
    summary: str
    answer: str
    part: str
    order: int
    reviewed: date
    questions: tuple[str, ...]
    sources: tuple[Citation, ...]
    next: tuple[str, ...]
    body: str = field(repr=False)
    html: str = field(repr=False)
    contents: tuple[Heading, ...] = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)
    text: str = field(repr=False)

    @property
    def headings(self) -> tuple[str, ...]:
        """The plain text of the headings, for the index."""
        return tuple(heading.text for heading in self.contents)


def load_pages(folder: Path, language: str) -> dict[str, EducationPage]:
    """All pages of one language by slug, in reading order.

    Every Markdown file but README.md is a page, its name is the slug. Raises EducationPageError naming file and field,
    also where a page leads on to one that does not exist.
    """
    paths = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    read = sorted((read_page(path, language) for path in paths), key=lambda page: (page.order, page.slug))
    pages = {page.slug: page for page in read}
    for page in read:
        where = _shown(folder / f"{page.slug}.md")
        for slug in page.next:
            if slug not in pages:
                raise EducationPageError(f"{where}: `next` names {slug!r}, but there is no such page beside it")
        for slug in page.links:
            if slug not in pages:
                raise EducationPageError(f"{where}: the text links to {slug!r}, but there is no such page beside it")
    return pages


def read_page(path: Path, language: str) -> EducationPage:
    """Read one page. Raises EducationPageError naming file and field."""
    where = _shown(path)
    if not SLUG.fullmatch(path.stem):
        raise EducationPageError(
            f"{where}: name the file in small letters, digits and hyphens, such as how-it-works.md"
        )
    try:
        document = frontmatter.loads(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EducationPageError(f"{where}: the front matter cannot be read: {error}") from error
    fields = _Fields(where, document.metadata)
    fields.only(PAGE_FIELDS)
    body = read_body(document.content, language, where)
    answer = fields.line("answer")
    return EducationPage(
        slug=path.stem,
        language=language,
        title=fields.line("title"),
        summary=fields.line("summary", longest=LONGEST_SUMMARY),
        answer=answer,
        part=fields.choice("part", PARTS),
        order=fields.number("order"),
        reviewed=fields.day("reviewed"),
        questions=fields.lines("questions"),
        sources=tuple(_citation(where, entry) for entry in fields.entries("sources")),
        next=fields.lines("next"),
        body=document.content,
        contents=body.contents,
        html=body.html,
        links=body.links,
        words=body.words,
        text="\n".join((answer, *body.lines)),
    )


class _Fields:
    """The fields of a front matter, taken out one by one, each with its own complaint."""

    def __init__(self, where: str, values: Mapping[str, Any], prefix: str = "") -> None:
        self.where, self.values, self.prefix = where, values, prefix

    def wrong(self, name: str, must: str) -> EducationPageError:
        return EducationPageError(f"{self.where}: `{self.prefix}{name}` must be {must}")

    def only(self, known: Sequence[str]) -> None:
        for name in self.values:
            if name not in known:
                raise EducationPageError(
                    f"{self.where}: there is no field `{self.prefix}{name}`; known are {', '.join(known)}"
                )

    def line(self, name: str, *, longest: int = 0, optional: bool = False) -> str:
        value = self.values.get(name, "" if optional else None)
        if not isinstance(value, str) or not (value.strip() or optional):
            raise self.wrong(name, "a line of text (in quotes, should it look like a number)")
        text = " ".join(value.split())
        if longest and len(text) > longest:
            raise self.wrong(name, f"at most {longest} characters long, but has {len(text)}")
        return text

    def number(self, name: str) -> int:
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(name, "a whole number")
        return value

    def choice(self, name: str, known: Sequence[str]) -> str:
        value = self.values.get(name)
        if value not in known:
            raise self.wrong(name, f"one of {', '.join(known)}")
        return str(value)

    def day(self, name: str) -> date:
        value = self.values.get(name)
        if type(value) is not date:
            raise self.wrong(name, "a date such as 2026-11-20")
        return value

    def entries(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            raise self.wrong(name, "a list with at least one entry")
        return value

    def lines(self, name: str) -> tuple[str, ...]:
        entries = self.entries(name)
        if not all(isinstance(entry, str) and entry.strip() for entry in entries):
            raise self.wrong(name, "a list of lines of text (in quotes, should one look like a number)")
        return tuple(entries)


def _citation(where: str, entry: Any) -> Citation:
    if not isinstance(entry, dict):
        raise EducationPageError(f"{where}: each of `sources` must have fields such as title, publisher and url")
    fields = _Fields(where, entry, prefix="sources.")
    fields.only(SOURCE_FIELDS)
    url, doi = fields.line("url", optional=True), fields.line("doi", optional=True)
    if bool(url) == bool(doi):
        raise fields.wrong("url", "there, or `sources.doi`, but not both")
    if url and not url.startswith("https://"):
        raise fields.wrong("url", "an address that begins with https://")
    if doi and not DOI.fullmatch(doi):
        raise fields.wrong("doi", "a DOI such as 10.1037/pha0000686, without an address before it")
    return Citation(
        title=fields.line("title"),
        publisher=fields.line("publisher"),
        year=fields.number("year") if "year" in entry else None,
        url=url,
        doi=doi,
        authors=fields.line("authors", optional=True),
        issue=fields.line("issue", optional=True),
    )


def _shown(path: Path) -> str:
    """The path as people know it: from the data folder on, where it is in one."""
    parts = path.parts
    return "/".join(parts[parts.index("data") :]) if "data" in parts else str(path)
