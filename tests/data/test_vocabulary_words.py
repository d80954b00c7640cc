"""What data/vocabulary.toml says is usable: known codes, one sense to a phrase, both languages."""

from __future__ import annotations

import tomllib
from collections import defaultdict

import pytest

from directory.catalogue.codes import code_list
from directory.config import DATA
from directory.search.wording import tokenise

VOCABULARY = tomllib.loads((DATA / "vocabulary.toml").read_text(encoding="utf-8"))
EDUCATION = DATA / "education" / "en"


def phrases(entry: dict[str, list[str]]) -> list[str]:
    return [*entry.get("en", ()), *entry.get("es", ())]


def stems(phrase: str) -> tuple[str, ...]:
    return tuple(token.stem for token in tokenise(phrase))


@pytest.mark.parametrize("entry", VOCABULARY["service"], ids=lambda entry: "-".join(entry["codes"]))
def test_a_service_entry_names_known_codes_and_speaks_both_languages(entry: dict[str, list[str]]) -> None:
    assert entry["codes"]
    assert [code for code in entry["codes"] if code not in code_list()] == []
    assert entry["label"]
    assert entry["label_es"]
    assert entry["en"]
    assert entry["es"]


def test_every_known_treatment_facet_people_ask_for_has_words() -> None:
    spoken = {code for entry in VOCABULARY["service"] for code in entry["codes"]}
    asked = {
        service.code
        for service in code_list()
        if service.category in {"AGE", "SL", "OL", "PYAS", "OURS"} or service.code in {"KIT", "MD", "MC", "PI", "SF"}
    }
    assert asked - spoken == set()


@pytest.mark.parametrize("kind", ["service", "learn"])
def test_no_phrase_means_two_things(kind: str) -> None:
    meanings: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for entry in VOCABULARY[kind]:
        for phrase in phrases(entry):
            meanings[stems(phrase)].add(" ".join(entry["codes"]) if kind == "service" else entry["page"])
    assert {phrase: found for phrase, found in meanings.items() if len(found) > 1} == {}


def test_phrases_are_written_in_lower_case_without_stray_blanks() -> None:
    everything = [
        phrase for kind in ("service", "learn") for entry in VOCABULARY[kind] for phrase in phrases(entry)
    ] + [*phrases(VOCABULARY["filler"]), *phrases(VOCABULARY["negation"]), *VOCABULARY["radius"]]
    assert [phrase for phrase in everything if phrase != " ".join(phrase.lower().split())] == []


def test_pages_that_words_point_to_exist() -> None:
    pages = {entry["page"] for entry in VOCABULARY["learn"]} - {""}
    assert pages == {file.stem for file in EDUCATION.glob("*.md")}


def test_no_way_of_naming_a_treatment_is_filler() -> None:
    filler = {stems(phrase) for phrase in phrases(VOCABULARY["filler"])}
    services = {stems(phrase) for entry in VOCABULARY["service"] for phrase in phrases(entry)}
    assert filler & services == set()


def test_a_chip_never_shows_a_bare_code() -> None:
    labels = {entry["label"]: entry["codes"] for entry in VOCABULARY["service"]}
    assert [label for label, codes in labels.items() if label in codes and label != "EMDR"] == []
