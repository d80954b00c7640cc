"""The judged questions are well formed: their places, codes and pages exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zipcodes

from directory.catalogue.codes import code_list
from directory.config import DATA, ROOT

JUDGED = sorted((ROOT / "tests" / "search" / "judged").glob("*.jsonl"))
KEYS = {"text", "place", "codes", "radius_miles", "page", "crisis"}
PAGES = {file.stem for file in (DATA / "education" / "en").glob("*.md")}


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def labels() -> set[str]:
    known: set[str] = set()
    for entry in zipcodes.list_all():
        towns = [entry["city"], *(entry["acceptable_cities"] or [])]
        known |= {entry["zip_code"], entry["state"], f"{entry['county']}, {entry['state']}"}
        known |= {f"{town}, {entry['state']}" for town in towns}
    return {label.casefold() for label in known}


def test_there_are_at_least_180_questions_each_asked_once() -> None:
    texts = [question["text"] for file in JUDGED for question in read(file)]
    assert len(texts) >= 180
    assert len({text.casefold() for text in texts}) == len(texts)


@pytest.mark.parametrize("file", JUDGED, ids=lambda file: file.stem)
def test_a_judgement_holds_only_what_can_be_scored(file: Path, labels: set[str]) -> None:
    for question in read(file):
        assert question["text"].strip(), question
        assert set(question) <= KEYS, question
        assert all(listed == sorted(listed) for listed in question.get("codes", ())), question
        assert [code for listed in question.get("codes", ()) for code in listed if code not in code_list()] == []
        assert "place" not in question or question["place"].casefold() in labels, question
        assert set(question.get("page", ())) <= PAGES, question
        assert question.get("crisis", True) is True, question


def test_the_kinds_people_ask_are_all_there() -> None:
    kinds = {
        "crisis",
        "learn",
        "names",
        "places",
        "services",
        "spanish",
        "blind-callers",
        "blind-clinics",
        "blind-crisis",
        "blind-learn",
    }
    assert {file.stem for file in JUDGED} == kinds
