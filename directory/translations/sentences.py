"""Sentences: what code and templates say through gettext, carried into the catalogue of each language.

python -m directory.translations.sentences
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from directory.config import ROOT

FOLDER = Path(__file__).resolve().parent
ROOMS = ("directory", "importers", "templates")
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "Sentence": None}


def sentences() -> Catalog:
    """Every sentence that is said anywhere, none of them translated."""
    mappings = tomllib.loads((FOLDER / "mapping.toml").read_text(encoding="utf-8"))["mappings"]
    methods = [(each["pattern"], each["method"]) for each in mappings]
    options = {
        each["pattern"]: {key: each[key] for key in each if key not in ("pattern", "method")} for each in mappings
    }
    said = Catalog()
    for room in ROOMS:
        found = extract_from_dir(ROOT / room, methods, options, KEYWORDS, ("Translators:",), strip_comment_tags=True)
        for _file, _line, message, comments, context in found:
            said.add(message, auto_comments=comments, context=context)
    return said


def catalogue_path(language: str) -> Path:
    """Where the translations into a language stand."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    """The translations into a language."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def carry_over(language: str) -> list[str]:
    """Add what is said anew, take out what nobody says any more, and list what is untranslated."""
    catalogue = read_catalogue(language)
    catalogue.update(sentences(), no_fuzzy_matching=True)
    path = catalogue_path(language)
    heading = path.read_text(encoding="utf-8").partition("\n\n")[0]
    with path.open("wb") as file:
        file.write(f"{heading}\n\n".encode())
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True, omit_header=True)
    return [str(message.id) for message in catalogue if message.id and not _whole(message)]


def _whole(message: Message) -> bool:
    said = message.string
    return bool(said) if isinstance(said, str) else all(said or [""])


if __name__ == "__main__":
    for folder in sorted(path for path in FOLDER.iterdir() if (path / "LC_MESSAGES").is_dir()):
        missing = carry_over(folder.name)
        sys.stdout.write(f"{folder.name}: {len(missing)} sentences to translate\n")
        sys.stdout.writelines(f"  {sentence}\n" for sentence in missing)
