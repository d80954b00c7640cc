"""Inside of a sentence a service is written small, but for what is a name."""

from __future__ import annotations

import pytest

from directory.catalogue.codes import code_list
from directory.catalogue.proper_names import in_a_sentence, proper_names


@pytest.mark.parametrize(
    ("name", "language", "written"),
    [
        ("Ketamine infusion", "en", "ketamine infusion"),
        ("Infusión de ketamina", "es", "infusión de ketamina"),
        ("Medicaid", "en", "Medicaid"),
        ("Spravato (esketamine nasal spray)", "en", "Spravato (esketamine nasal spray)"),
        ("Spanish spoken", "en", "Spanish spoken"),
        ("VA pays", "en", "VA pays"),
        ("12-step program", "en", "12-step program"),
        ("Hmong", "en", "Hmong"),
        ("Hmong", "es", "hmong"),
        ("Árabe", "es", "árabe"),
        ("", "en", ""),
    ],
)
def test_a_service_is_written_small_unless_it_is_a_name(name: str, language: str, written: str) -> None:
    assert in_a_sentence(name, language) == written


def test_every_language_keeps_its_capital_in_english_and_none_in_spanish() -> None:
    spoken = [service for service in code_list() if service.category == "OL"]
    assert spoken
    assert [one.code for one in spoken if in_a_sentence(one.plain, "en") != one.plain] == []
    assert [one.code for one in spoken if in_a_sentence(one.plain_es, "es") == one.plain_es] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_list_is_one_that_a_name_begins_with(language: str) -> None:
    names = [one.plain if language == "en" else one.plain_es for one in code_list()]
    begun = {name.split()[0].rstrip(",:") for name in names} | {"English"}
    assert proper_names()[language] <= begun
