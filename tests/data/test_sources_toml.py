"""data/sources.toml says of every source who publishes it and what a whole edition looks like."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from directory.config import DATA

SOURCES = tomllib.loads((DATA / "sources.toml").read_text(encoding="utf-8"))["source"]
TEXTS = ("id", "name", "short", "publisher", "licence", "citation", "homepage", "kind", "edition_rule", "schedule")
EXPECTED = {"rows_least", "rows_most", "ketamine_least", "withdrawn_share_most", "changed_share_most"}


def test_the_known_sources_are_described() -> None:
    assert [source["id"] for source in SOURCES] == [
        "samhsa-mh",
        "samhsa-su",
        "findtreatment",
        "nppes",
        "hsds",
        "clinic-list",
        "one-off",
        "demo",
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["id"])
def test_a_source_says_everything(source: dict[str, Any]) -> None:
    spanish = {"name_es", "licence_es", "short_es"}
    assert set(source) - {"leads", "address", "fetch"} - spanish == {*TEXTS, "expected"}
    assert ("address" in source) == ("fetch" in source)
    assert source.get("leads", True) is True
    assert all(isinstance(source[key], str) for key in TEXTS)
    assert all(source[key] for key in TEXTS if key not in {"homepage", "schedule"})
    assert source["schedule"] == "" or len(source["schedule"].split()) == 5
    assert set(source["expected"]) - {"unknown_share_most"} == EXPECTED
    assert source["expected"]["rows_least"] < source["expected"]["rows_most"]


@pytest.mark.parametrize("source", [s for s in SOURCES if "SAMHSA" in s["publisher"]], ids=lambda source: source["id"])
def test_samhsa_listings_are_public_but_not_for_sale(source: dict[str, Any]) -> None:
    assert "Public domain" in source["licence"]
    assert "forbids selling" in source["licence"]
    assert "Substance Abuse and Mental Health Services Administration" in source["citation"]


@pytest.mark.parametrize(("source_id", "rows", "ketamine"), [
    ("samhsa-mh", 9037, 104), ("samhsa-mh", 8707, 82), ("samhsa-su", 12744, 0),
])  # fmt: skip
def test_real_editions_lie_within_what_is_expected(source_id: str, rows: int, ketamine: int) -> None:
    expected = next(source["expected"] for source in SOURCES if source["id"] == source_id)
    assert expected["rows_least"] <= rows <= expected["rows_most"]
    assert expected["ketamine_least"] <= ketamine
