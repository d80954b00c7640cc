"""`python -m bench`: imports, index, search beside other engines, requests, the board. Under ten minutes by default."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata

import numpy as np

from bench import board, importers, imports, latency, tables, whole_requests
from bench.facilities import listing_files
from bench.installation import FailedError, Installation
from bench.latency import ENGINES, Measured, scratch
from bench.peers.ours import Ours

SIZES = (3_000, 30_000)
LARGEST = 300_000
PARTS = ("importers", "imports", "search", "requests", "board")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="facilities, default 3000,30000")
    parser.add_argument("--soak", action="store_true", help=f"also {LARGEST:,} facilities (a quarter of an hour more)")
    parser.add_argument("--all", action="store_true", help="plain Whoosh at every size, also where it builds for long")
    parser.add_argument("--floor", action="store_true", help="only ours and the NumPy floor")
    parser.add_argument("--engines", type=_some_of(ENGINES), default=tuple(ENGINES), help=f"of {','.join(ENGINES)}")
    parser.add_argument("--parts", type=_some_of(PARTS), default=PARTS, help=f"of {','.join(PARTS)}")
    parser.add_argument("--questions", type=int, default=100, help="of each kind, default 100")
    parser.add_argument("--seconds", type=float, default=2.0, help="at most for each kind and engine, default 2")
    return parser.parse_args(arguments)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part.replace("_", "")) for part in text.split(","))


def _some_of(known: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    def names(text: str) -> tuple[str, ...]:
        chosen = tuple(text.split(","))
        strange = [name for name in chosen if name not in known]
        if strange:
            raise argparse.ArgumentTypeError(f"{strange[0]} is none of {', '.join(known)}")
        return chosen

    return names


def main() -> None:
    """Run what was asked for."""
    chosen = options()
    began = time.perf_counter()
    print(_machine())
    with scratch() as folder:
        if "importers" in chosen.parts:
            importers.show(folder)
        installation, first = Installation(folder / "editions"), Installation(folder / "first")
        if {"imports", "requests"} & set(chosen.parts):
            imported = imports.show(installation, first)
            if imported and "requests" in chosen.parts:
                _requests(installation)
        if "board" in chosen.parts:
            board.show(folder / "board")
    if "search" in chosen.parts:
        _search(chosen)
    print(f"\nTook {(time.perf_counter() - began) / 60:.1f} minutes on {_machine()}")


def _requests(installation: Installation) -> None:
    try:
        whole_requests.show(installation)
    except FailedError as error:
        print(f"\nWhole requests stopped: {error}")


def _search(chosen: argparse.Namespace) -> None:
    sizes = [*chosen.sizes, LARGEST] if chosen.soak and LARGEST not in chosen.sizes else chosen.sizes
    engines = ("ours", "floor") if chosen.floor else chosen.engines
    print(f"\nFacilities grown from {listing_files()[1]}.")
    ours: dict[int, Measured] = {}
    for size in sizes:
        results = latency.compare(
            size, engines, seconds_a_kind=chosen.seconds, count=chosen.questions, everything=chosen.all
        )
        there = [result for result in results if result.name == Ours.name and not result.left_out]
        if there:
            ours[size] = there[0]
    if len(ours) > 1:
        _show_growth(ours)


def _show_growth(ours: dict[int, Measured]) -> None:
    """How much longer a question takes when the facilities are ten times as many."""
    rows = []
    for smaller, larger in zip(sorted(ours), sorted(ours)[1:], strict=False):
        cells = [
            f"{(ours[larger].median(kind) or 0) / (ours[smaller].median(kind) or 1):.1f}"
            for kind in ours[smaller].seconds
        ]
        rows.append([f"{smaller:,} to {larger:,}", *cells])
    tables.show("Ours: growth of the median", ["facilities", *next(iter(ours.values())).seconds], rows)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    version = f"Python {platform.python_version()}, NumPy {np.__version__}"
    return (
        f"{cores} cores, {platform.machine()}, {version}, Whoosh {_version('whoosh3')}, tantivy {_version('tantivy')}."
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    main()
