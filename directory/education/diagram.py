"""Diagrams: our own drawings in education pages, one shape with words in each language, and the same told in words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from directory.config import DATA, TEMPLATES

WIDTH = 340


def drawings() -> tuple[str, ...]:
    """The names of all drawings."""
    return tuple(name for name in _words() if name != "in-words")


@cache
def drawing(name: str, title: str, language: str) -> str:
    """A drawing as a figure: the picture, its title, and all of it told in words. KeyError where there is no such name.

    The picture is 340 units wide, as many as a small phone has pixels, so that its text is as large as the page's.
    """
    words = _words()[name][language]
    shapes = _templates().get_template(f"{name}.svg").make_module(words)
    return (
        _templates()
        .get_template("figure.html")
        .render(
            words,
            name=name,
            title=title,
            width=WIDTH,
            height=shapes.height,  # type: ignore[attr-defined]
            shapes=shapes,
            in_words=_words()["in-words"][language],
        )
    )


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "diagrams.toml").read_text(encoding="utf-8"))


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(TEMPLATES / "diagrams")
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
