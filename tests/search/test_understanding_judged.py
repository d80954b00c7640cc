"""Judged questions: what they mean, as far as understanding alone decides it; misses are printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from directory.config import load_settings
from directory.places.gazetteer import Gazetteer
from directory.search.question import Question
from directory.search.understanding import Understanding
from directory.search.vocabulary import load_vocabulary

JUDGED = Path(__file__).parent / "judged"
ENOUGH = 0.95


@pytest.fixture(scope="module")
def understanding(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    home = tmp_path_factory.mktemp("home")
    settings = load_settings({"DIRECTORY_HOME": str(home)})
    return Understanding(Gazetteer.load(home, "IN"), load_vocabulary(), None, settings)


def same_label(label: str) -> str:
    return re.sub(r"\bsaint\b", "st", re.sub(r"[.\s]+", " ", label.lower())).strip()


def faults(question: Question, wanted: dict[str, Any]) -> list[str]:
    codes = sorted(code for group in question.filters.values() for code in group)
    place = question.place.label if question.place else ""
    found = []
    if "codes" in wanted and codes not in [sorted(each) for each in wanted["codes"]]:
        found.append(f"codes {codes}")
    if "place" in wanted and same_label(place) != same_label(wanted["place"]):
        found.append(f"place {place!r}")
    if "radius_miles" in wanted and question.radius_miles != wanted["radius_miles"]:
        found.append(f"radius {question.radius_miles}")
    if question.crisis != wanted.get("crisis", False):
        found.append(f"crisis {question.crisis}")
    return found


@pytest.mark.parametrize("path", sorted(JUDGED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_nearly_all_judged_questions_are_understood(understanding: Understanding, path: Path) -> None:
    judged = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    misses = {each["text"]: missed for each in judged if (missed := faults(understanding.question(each["text"]), each))}
    assert len(judged) - len(misses) >= ENOUGH * len(judged), misses
    if misses:
        print(path.stem, misses)
