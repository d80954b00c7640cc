"""Peer: what every engine under measurement can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.facilities import Facility
from bench.questions import BenchQuestion


class LeftOutError(RuntimeError):
    """The engine is not on this machine; the message is what the table says instead of figures."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer: exact total, at most twenty facility ids, facets where asked for.

    `seconds` is filled by engines in a process of their own, so that talking to them is not counted.
    """

    total: int
    first: Sequence[int]
    facets: Mapping[str, int] | None = None
    seconds: float | None = None


class Peer(Protocol):
    """One engine holding one set of facilities.

    `measure` says how it measures distances, on the "sphere" or the "ellipsoid"; `build` raises LeftOutError where the
    engine is absent.
    """

    name: str
    measure: str

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:
        """Index the facilities under an empty folder and open the result."""

    def ask(self, question: BenchQuestion) -> Outcome | None:
        """Answer; None where the engine does not know the kind."""

    def size_mb(self) -> float:
        """Megabytes on disk."""

    def close(self) -> None:
        """Stop what was started."""


def folder_mb(folder: Path) -> float:
    """The size of all files in a folder in megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
