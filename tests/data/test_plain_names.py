"""Every service code and category has a name people read, in English and Spanish."""

from __future__ import annotations

import csv
import re

from directory.catalogue.codes import Service, code_list
from directory.config import DATA

JARGON = re.compile(
    r"\be\.g\.|\bRTC\b|intimate partner|clients\b|pharmacotherap|hospitalization/|non-hospital|forensic", re.IGNORECASE
)


def needs_plainer_words(service: Service) -> bool:
    """Longer labels, and ones with brackets or slashes, are written for statisticians."""
    return len(service.name.split()) > 3 or bool(re.search(r"[(/]", service.name))


def test_every_code_has_a_plain_name_in_both_languages() -> None:
    missing = [service.code for service in code_list() if not service.plain.strip() or not service.plain_es.strip()]
    assert missing == []


def test_long_labels_of_the_source_are_said_more_simply() -> None:
    kept = [s.code for s in code_list() if needs_plainer_words(s) and s.plain.casefold() == s.name.casefold()]
    assert kept == []


def test_plain_names_hold_no_jargon() -> None:
    assert {s.code: s.plain for s in code_list() if JARGON.search(s.plain)} == {}


def test_plain_names_are_short_enough_for_a_card() -> None:
    assert {s.code: s.plain for s in code_list() if len(s.plain) > 70} == {}


def test_two_codes_of_a_category_never_read_alike() -> None:
    for language in ("plain", "plain_es"):
        names = [(service.category, getattr(service, language)) for service in code_list()]
        assert len(names) == len(set(names))


def test_every_code_belongs_to_a_category_with_a_heading_in_both_languages() -> None:
    categories = code_list().categories
    used = {service.category for service in code_list()} | {service.group for service in code_list()} - {""}
    assert used == set(categories)
    assert [c.code for c in categories.values() if not c.plain or not c.plain_es or c.plain == c.name] == []


def test_the_list_holds_314_samhsa_codes_and_ours_once_each() -> None:
    with (DATA / "service_codes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes))
    assert sum(row["category"] != "OURS" for row in rows) == 314
    assert [row["code"] for row in rows if row["category"] == "OURS"] == ["ESK"]
