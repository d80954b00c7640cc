"""Judged pairs: what a reader said of pairs of real listings, and how often the program says the same.

docs/matching-judged.md tells how they were drawn and read. No name or address of a real listing is kept here.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from listing_pairs import Pair

FILE = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair as it was read: `judgement` is same, moved or different; `sure` yes or no; `reason` in generic words."""

    lot: str
    one: str
    other: str
    half: str
    stratum: str
    judgement: str
    sure: str
    reason: str

    @property
    def references(self) -> tuple[str, str]:
        """Where the two rows stand."""
        return self.one, self.other


@dataclass(frozen=True, slots=True)
class Measured:
    """Pairs joined rightly and wrongly and those missed, with precision and recall (0 to 1) over all pairs of a half.

    A judged pair stands for as many as its stratum holds for each that was read. `doubtful` counts those missed that
    wait for a person.
    """

    right: int
    wrong: int
    missed: int
    doubtful: int
    precision: float
    recall: float


def judged_pairs() -> list[Judged]:
    """All of them, in the order they were read."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Judged(**row) for row in csv.DictReader(file)]


def held(found: Iterable[Pair]) -> Mapping[tuple[str, str], int]:
    """(stratum, half) → how many pairs it holds."""
    return Counter((pair.stratum, pair.half) for pair in found)


def measured(
    judged: Collection[Judged],
    holds: Mapping[tuple[str, str], int],
    joined: Collection[tuple[str, str]],
    doubtful: Collection[tuple[str, str]],
    moved: bool,
) -> Measured:
    """Compare; `moved` counts a clinic at another address as the same one, otherwise such pairs are left out."""
    read = Counter((pair.stratum, pair.half) for pair in judged)
    counts: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    for pair in judged:
        if pair.judgement == "moved" and not moved:
            continue
        same, is_joined = pair.judgement != "different", pair.references in joined
        outcome = {(True, True): "right", (False, True): "wrong", (True, False): "missed"}.get((same, is_joined), "")
        counts[outcome] += 1
        counts["doubtful"] += outcome == "missed" and pair.references in doubtful
        weights[outcome] += holds[pair.stratum, pair.half] / read[pair.stratum, pair.half]  # type: ignore[assignment]
    return Measured(
        counts["right"],
        counts["wrong"],
        counts["missed"],
        counts["doubtful"],
        weights["right"] / (weights["right"] + weights["wrong"]),
        weights["right"] / (weights["right"] + weights["missed"]),
    )


def spread(
    judged: Collection[Judged],
    holds: Mapping[tuple[str, str], int],
    joined: Collection[tuple[str, str]],
    moved: bool,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Between which two precisions, and which two recalls, 95 of 100 draws would lie: 1,000 draws from the judged
    pairs, stratum by stratum and as many as were read of each. A stratum read without an error adds nothing to it."""
    strata: dict[str, list[Judged]] = defaultdict(list)
    for pair in judged:
        strata[pair.stratum].append(pair)
    chance = random.Random(1)
    draws = []
    for _ in range(1_000):
        drawn = [pair for read in strata.values() for pair in chance.choices(read, k=len(read))]
        draws.append(measured(drawn, holds, joined, (), moved))
    precisions, recalls = sorted(draw.precision for draw in draws), sorted(draw.recall for draw in draws)
    return (precisions[25], precisions[-26]), (recalls[25], recalls[-26])
