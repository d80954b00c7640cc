"""Source facts: read from TOML, complete or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from directory.catalogue.sources import SourceFactsError, known_sources, read_sources, source_facts


def test_the_shipped_sources_have_names_and_licences() -> None:
    assert {"samhsa-mh", "samhsa-su", "findtreatment", "one-off", "demo"} <= set(known_sources())
    assert all(facts.name and facts.licence for facts in known_sources().values())


def test_further_keys_are_kept_for_later(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text('[[source]]\nid = "zzyzx"\nname = "Zzyzx"\nschedule = "weekly"\n', encoding="utf-8")
    assert read_sources(file)["zzyzx"].more == {"schedule": "weekly"}


def test_a_source_without_a_name_or_named_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    for text in ('[[source]]\nid = "zzyzx"\n', '[[source]]\nid = "zzyzx"\nname = "Z"\n' * 2):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SourceFactsError, match="zzyzx"):
            read_sources(file)


def test_an_unheard_of_source_goes_by_its_id_and_is_believed_last() -> None:
    facts = source_facts("moonwalk")
    assert (facts.name, facts.rank) == ("moonwalk", len(known_sources()))
