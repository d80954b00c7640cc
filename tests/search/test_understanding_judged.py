"""Judged questions: what they mean, through understanding and the education pages; misses are printed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from made_up_clinics import add_clinics, empty_catalogue, many_clinics

from directory.config import DATA, ROOT, load_settings
from directory.education.page import load_pages
from directory.index.generation import rebuild
from directory.search.search import Search, find_education
from directory.search.understanding import Understanding
from directory.search.vocabulary import load_vocabulary

ENOUGH = 0.95
JUDGED = sorted((Path(__file__).parent / "judged").glob("*.jsonl"))
SHARED = ROOT.parent / "shared" / "evaluation" / "questions.jsonl"
FILES = [*JUDGED, *([SHARED] if SHARED.is_file() else [])]


@dataclass(frozen=True)
class Reader:
    """Understands without an index of names, as the clinics of the judged questions are not in this one."""

    search: Search
    understanding: Understanding


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("judged")
    settings = load_settings({"DIRECTORY_HOME": str(folder)})
    catalogue = empty_catalogue(folder)
    add_clinics(catalogue, many_clinics(40, seed=9))
    pages = [page for language in ("en", "es") for page in load_pages(DATA / "education" / language, language).values()]
    rebuild(catalogue, settings.index_dir, pages)
    search = Search(catalogue, settings)
    return Reader(search, Understanding(search.gazetteer, load_vocabulary(), None, settings))


def judged_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def same_label(label: str) -> str:
    return re.sub(r"\bsaint\b", "st", re.sub(r"[.\s]+", " ", label.lower())).strip()


def faults(reader: Reader, wanted: dict[str, Any]) -> list[str]:
    question = reader.understanding.question(wanted["text"])
    codes = sorted(code for group in question.filters.values() for code in group)
    place = question.place.label if question.place else ""
    found = []
    if "codes" in wanted and codes not in [sorted(each) for each in wanted["codes"]]:
        found.append(f"codes {codes}")
    if "place" in wanted and same_label(place) != same_label(wanted["place"]):
        found.append(f"place {place!r}")
    if "radius_miles" in wanted and question.radius_miles != wanted["radius_miles"]:
        found.append(f"radius {question.radius_miles}")
    if "page" in wanted:
        slugs = [page.slug for page in find_education(reader.search.generation, question, "en")[:2]]
        if not set(slugs) & set(wanted["page"]):
            found.append(f"pages {slugs}")
    if question.crisis != wanted.get("crisis", False):
        found.append(f"crisis {question.crisis}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nearly_all_judged_questions_are_understood(reader: Reader, path: Path) -> None:
    judged = judged_in(path)
    misses = {each["text"]: missed for each in judged if (missed := faults(reader, each))}
    print(path.stem, misses)
    assert len(judged) - len(misses) >= ENOUGH * len(judged), misses


def test_words_of_danger_are_hardly_ever_missed_and_hardly_ever_heard_where_there_are_none(reader: Reader) -> None:
    judged = [each for path in FILES for each in judged_in(path)]
    danger = [each["text"] for each in judged if each.get("crisis")]
    others = [each["text"] for each in judged if not each.get("crisis")]
    missed = [text for text in danger if not reader.understanding.question(text).crisis]
    alarms = [text for text in others if reader.understanding.question(text).crisis]
    print("missed", missed, "false alarms", alarms)
    assert len(missed) <= (1 - ENOUGH) * len(danger), missed
    assert len(alarms) <= (1 - ENOUGH) * len(others), alarms
