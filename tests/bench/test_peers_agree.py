"""Every engine under measurement gives the right answers, and a wrong one is found out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.facilities import Facility, grow
from bench.latency import ENGINES
from bench.oracle import Oracle
from bench.peers.peer import LeftOutError, Outcome
from bench.questions import KINDS, BenchQuestion, draw

HEADINGS = "name1,name2,street1,street2,city,state,zip,phone,intake1,intake2,intake1a,intake2a,service_code_info"
ROWS = """\
Bluebird Imaginary Center,Meadow,1 Made Up Road,,Fort Wayne,IN,46802,260-555-0101,,,,,MH * OP * KIT * MD PI * SNR
Fictional Heron House,,2 Nowhere Street,,Cleveland,OH,44113,216-555-0102,,,,,MH * OP * CBT DBT * MC MD * ADLT
Pretend Willow Place,Oak Branch,3 Sample Way,,Chicago,IL,60601,312-555-0103,,,,,MH * HI * KIT ECT * PI SF * YAD
Nonesuch Maple Institute,,- - -,,Louisville,KY,40202,502-555-0104,,,,,MH * OP PHDT * TMS KIT CBT * MD SF * CHLD
"""


@pytest.fixture(scope="module")
def facilities(tmp_path_factory: pytest.TempPathFactory) -> list[Facility]:
    listing = tmp_path_factory.mktemp("listing") / "made-up.csv"
    listing.write_text(f"{HEADINGS}\n{ROWS}", encoding="utf-8")
    return grow(150, files=[listing])


@pytest.fixture(scope="module")
def questions(facilities: list[Facility]) -> dict[str, list[BenchQuestion]]:
    return draw(facilities, count=4)


@pytest.fixture(scope="module")
def oracle(facilities: list[Facility]) -> Oracle:
    return Oracle(facilities)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_agrees_with_brute_force(
    engine: str,
    facilities: list[Facility],
    questions: dict[str, list[BenchQuestion]],
    oracle: Oracle,
    tmp_path: Path,
) -> None:
    peer = ENGINES[engine]()
    try:
        peer.build(facilities, tmp_path)
        for kind in KINDS:
            for question in questions[kind]:
                outcome = peer.ask(question)
                assert outcome is None or oracle.disagreement(question, peer.measure, outcome) == ""
    except LeftOutError as absent:
        pytest.skip(f"{peer.name}: {absent}")
    finally:
        peer.close()


def test_the_same_seed_grows_the_same_facilities(tmp_path: Path) -> None:
    listing = tmp_path / "made-up.csv"
    listing.write_text(f"{HEADINGS}\n{ROWS}", encoding="utf-8")
    assert grow(30, seed=5, files=[listing]) == grow(30, seed=5, files=[listing])
    assert grow(30, seed=5, files=[listing]) != grow(30, seed=6, files=[listing])


def _outcome(oracle: Oracle, question: BenchQuestion) -> Outcome:
    truth = oracle.truth(question, "sphere")
    return Outcome(len(truth.members), [facility for _, facility in truth.nearest][:20], truth.facets)


def _spoilt(outcome: Outcome) -> Sequence[Outcome]:
    first = list(outcome.first)
    return (
        dataclasses.replace(outcome, total=outcome.total + 1),
        dataclasses.replace(outcome, first=first[::-1]),
        dataclasses.replace(outcome, first=[*first[:-1], 0]),
        dataclasses.replace(outcome, first=first[:-1]),
    )


def test_a_wrong_total_or_order_is_found_out(questions: dict[str, list[BenchQuestion]], oracle: Oracle) -> None:
    question = questions["place"][0]
    right = _outcome(oracle, question)
    assert len(right.first) > 1
    assert oracle.disagreement(question, "sphere", right) == ""
    for wrong in _spoilt(right):
        assert oracle.disagreement(question, "sphere", wrong)


def test_a_wrong_facet_count_is_found_out(questions: dict[str, list[BenchQuestion]], oracle: Oracle) -> None:
    question = questions["mixed+facets"][0]
    right = _outcome(oracle, question)
    assert right.facets
    code = next(iter(right.facets))
    wrong = dataclasses.replace(right, facets={**right.facets, code: right.facets[code] + 1})
    assert oracle.disagreement(question, "sphere", right) == ""
    assert oracle.disagreement(question, "sphere", wrong) == "facet counts differ"
