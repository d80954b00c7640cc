"""Latency: every engine builds the same facilities and answers the same questions, checked against brute force."""

from __future__ import annotations

import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import tables
from bench.facilities import Facility, grow
from bench.oracle import Oracle
from bench.peers.floor import NumpyFloor
from bench.peers.fts5 import Fts5
from bench.peers.ours import Ours
from bench.peers.peer import LeftOutError, Outcome, Peer
from bench.peers.plain_whoosh import PlainWhoosh
from bench.peers.postgresql import PostgreSQL
from bench.peers.tantivy_index import Tantivy
from bench.peers.xapian_engine import Xapian
from bench.questions import KINDS, BenchQuestion, draw

ENGINES: Mapping[str, type[Peer]] = {
    "ours": Ours,
    "tantivy": Tantivy,
    "xapian": Xapian,
    "fts5": Fts5,
    "postgresql": PostgreSQL,
    "whoosh": PlainWhoosh,
    "floor": NumpyFloor,
}
ROUNDS = 3
FEWEST = 3
# Plain Whoosh takes a quarter of an hour to index this many.
TOO_MANY_FOR_WHOOSH = 100_000


@dataclass(slots=True)
class Measured:
    """What came out for one engine; seconds of each question by kind."""

    name: str
    build_seconds: float = 0.0
    size_mb: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    left_out: str = ""
    facts: list[str] = field(default_factory=list)

    def median(self, kind: str) -> float | None:
        return statistics.median(self.seconds[kind]) if kind in self.seconds else None

    def p95(self, kind: str) -> float | None:
        return percentile(self.seconds[kind], 95) if kind in self.seconds else None


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one engine, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(
    size: int, engines: Sequence[str], *, seconds_a_kind: float, count: int, everything: bool
) -> list[Measured]:
    """Measure the engines one after the other on one size and print its tables."""
    facilities = grow(size)
    questions = draw(facilities, count)
    oracle = Oracle(facilities)
    results = []
    for name in engines:
        if name == "whoosh" and size > TOO_MANY_FOR_WHOOSH and not everything:
            results.append(Measured(PlainWhoosh.name, left_out="takes a quarter of an hour to build; ask with --all"))
            continue
        results.append(measure(ENGINES[name](), facilities, questions, oracle, seconds_a_kind))
    show(size, results)
    return results


def measure(
    peer: Peer,
    facilities: Sequence[Facility],
    questions: Mapping[str, Sequence[BenchQuestion]],
    oracle: Oracle,
    seconds_a_kind: float,
) -> Measured:
    """Build one engine, check every answer once, then time the same questions again."""
    result = Measured(peer.name)
    with scratch() as folder:
        try:
            started = time.perf_counter()
            peer.build(facilities, folder)
            result.build_seconds = getattr(peer, "build_seconds", time.perf_counter() - started)
            result.size_mb = peer.size_mb()
            for kind in KINDS:
                _measure_kind(peer, kind, questions[kind], oracle, seconds_a_kind, result)
            cold = getattr(peer, "ask_cold", None)
            if cold:
                result.seconds["mixed, cold"] = [cold(question) for question in questions["mixed"]]
            facts = getattr(peer, "facts", None)
            result.facts = facts() if facts else []
        except LeftOutError as error:
            result.left_out = str(error)
        finally:
            peer.close()
    return result


def _measure_kind(
    peer: Peer,
    kind: str,
    questions: Sequence[BenchQuestion],
    oracle: Oracle,
    seconds_a_kind: float,
    result: Measured,
) -> None:
    answered, taken = [], list[float]()
    for question in questions:
        outcome, elapsed = _timed(peer, question)
        if outcome is None:
            return
        taken.append(elapsed)
        wrong = oracle.disagreement(question, peer.measure, outcome)
        if wrong:
            result.wrong.setdefault(kind, f"{wrong}: {question}")
        answered.append(question)
        if sum(taken) > seconds_a_kind and len(answered) >= FEWEST:
            break
    result.asked[kind] = len(answered)
    if sum(taken) > seconds_a_kind:
        # So slow that a second round would tell nothing new.
        result.seconds[kind] = taken
        return
    taken = []
    deadline = time.perf_counter() + seconds_a_kind
    gc.collect()
    for _ in range(ROUNDS):
        for question in answered:
            taken.append(_timed(peer, question)[1])
        if time.perf_counter() > deadline:
            break
    result.seconds[kind] = taken


def _timed(peer: Peer, question: BenchQuestion) -> tuple[Outcome | None, float]:
    started = time.perf_counter()
    outcome = peer.ask(question)
    elapsed = time.perf_counter() - started
    return outcome, outcome.seconds if outcome and outcome.seconds is not None else elapsed


def show(size: int, results: Sequence[Measured]) -> None:
    """Print medians and 95th percentiles, build and size, and how many times ours each median is."""
    there = [result for result in results if not result.left_out]
    kinds = [kind for kind in (*KINDS, "mixed, cold") if any(kind in result.seconds for result in there)]
    headings = ["engine", "build s", "size MB", *kinds]
    rows = []
    for result in there:
        cells = [f"{result.build_seconds:.1f}", f"{result.size_mb:.1f}"]
        rows.append([result.name, *cells, *(_cell(result, kind) for kind in kinds)])
    tables.show(f"{size:,} facilities: milliseconds, median/p95, warm, in process", headings, rows)
    ours = next((result for result in there if result.name == Ours.name), None)
    if ours:
        rows = [
            [result.name, *(_times(result, ours, kind) for kind in kinds)] for result in there if result is not ours
        ]
        tables.show(f"{size:,} facilities: times ours, median/p95", ["engine", *kinds], rows)
    for result in results:
        for fact in result.facts:
            print(f"{result.name.capitalize()}: {fact}.")
        if result.left_out:
            print(f"Left out: {result.name}: {result.left_out}.")
        for kind, wrong in result.wrong.items():
            print(f"WRONG: {result.name}, {kind}: {wrong}")
        fewer = [f"{kind} {number}" for kind, number in result.asked.items() if number < max(result.asked.values())]
        if fewer:
            print(f"{result.name} was given time for fewer questions: {', '.join(fewer)}.")


def _cell(result: Measured, kind: str) -> str:
    median, p95 = result.median(kind), result.p95(kind)
    if median is None or p95 is None:
        return "-"
    return f"{tables.milliseconds(median)}/{tables.milliseconds(p95)}" + ("!" if kind in result.wrong else "")


def _times(result: Measured, ours: Measured, kind: str) -> str:
    pairs = [(result.median(kind), ours.median(kind)), (result.p95(kind), ours.p95(kind))]
    return "/".join(f"{theirs / own:.3g}" if theirs and own else "-" for theirs, own in pairs)
