"""Source facts: who publishes listings, from data/sources.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from directory.catalogue.models import Source
from directory.config import DATA
from directory.errors import PlainError

_SHOWN = ("name", "publisher", "licence", "citation", "homepage")


class SourceFactsError(PlainError):
    """data/sources.toml lacks something or holds something twice; the message names the source."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as data/sources.toml describes it.

    `rank` is its place in the file: of two editions of one date the first source is believed. `more` holds every
    further key (schedule, expected counts, …) as it stands in the file.
    """

    id: str
    name: str
    publisher: str = ""
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    rank: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


def read_sources(path: Path) -> dict[str, SourceFacts]:
    """Read a sources file: tables [[source]] each with an id, or one table [id] or [source.id] for each.

    Raises SourceFactsError where a source has no name or an id stands twice.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    listed = tables.get("source", tables.get("sources", tables))
    entries = listed if isinstance(listed, list) else [{"id": name} | entry for name, entry in listed.items()]
    sources: dict[str, SourceFacts] = {}
    for rank, entry in enumerate(entries):
        name = entry.get("id", "")
        if not name or not entry.get("name") or name in sources:
            raise SourceFactsError(f"{path}: source {rank + 1} ({name!r}) needs an id of its own and a name")
        shown = {key: str(entry.get(key, "")).strip() for key in _SHOWN}
        more = {key: value for key, value in entry.items() if key not in _SHOWN and key != "id"}
        sources[name] = SourceFacts(id=name, rank=rank, more=more, **shown)
    return sources


@cache
def known_sources() -> Mapping[str, SourceFacts]:
    """The sources of this installation by id, read once."""
    return read_sources(DATA / "sources.toml")


def source_facts(source_id: str) -> SourceFacts:
    """The facts of a source; one we know nothing about goes by its id and is believed last."""
    return known_sources().get(source_id) or SourceFacts(source_id, source_id, rank=len(known_sources()))


def keep_source(session: Session, source_id: str) -> None:
    """Write a source's facts into the catalogue where they are new or changed."""
    facts = source_facts(source_id)
    row = session.get(Source, source_id)
    if row is None:
        row = Source(id=source_id, name=facts.name)
        session.add(row)
    for key in _SHOWN:
        if getattr(row, key) != getattr(facts, key):
            setattr(row, key, getattr(facts, key))
    session.flush()
