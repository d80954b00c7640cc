"""Every sentence of the pages can be translated."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from directory.config import ROOT, TEMPLATES

MAPPING = ROOT / "directory" / "translations" / "mapping.toml"
SENTENCE = re.compile(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", re.DOTALL)
CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
SAID_BY_TAG = re.compile(r'\b(?:aria-label|title|alt|placeholder|content)="([^"]*[A-Za-z][^"]*)"')
TECHNICAL = {"width=device-width, initial-scale=1", "light dark", "noindex", "summary_large_image"}
# All but the page of components, which only those see who change the program.
SPOKEN = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "design")


@pytest.mark.parametrize("template", SPOKEN, ids=lambda path: path.name)
def test_no_sentence_of_a_template_escapes_translation(template: Path) -> None:
    source = CODE.sub("", SENTENCE.sub("", template.read_text(encoding="utf-8")))
    assert re.findall(r"[A-Za-z]{2,}", TAG.sub(" ", source)) == []
    assert set(SAID_BY_TAG.findall(source)) <= TECHNICAL


def test_the_sentences_can_be_gathered_for_translators() -> None:
    mappings = tomllib.loads(MAPPING.read_text(encoding="utf-8"))["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {mapping["pattern"]: {"trimmed": mapping["trimmed"]} for mapping in mappings if "trimmed" in mapping}
    gathered = [entry[2] for entry in extract_from_dir(str(ROOT), methods, options)]
    assert "Leave this page" in gathered
    assert len(gathered) > 150
