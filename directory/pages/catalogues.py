"""Catalogues: the sentences of the interface in other languages, read from their .po files as they stand.

Nothing is compiled ahead, so nothing can be forgotten or be older than what translators wrote; reading takes a tenth of
a second, once in each process, with the first page in that language.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain

from directory.pages.language import ENGLISH, language

FOLDER = Path(__file__).resolve().parent.parent / "translations"


class SpokenBabel(Babel):  # type: ignore[misc]
    """Flask-Babel over our catalogues."""

    @property
    def domain_instance(self) -> Domain:
        """Where gettext looks sentences up."""
        return _DOMAIN


class _Sentences(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        return sentences(language())


@cache
def sentences(language: str) -> NullTranslations:
    """The sentences of a language; English ones are what the code itself says."""
    if language == ENGLISH:
        return NullTranslations()
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


_DOMAIN = _Sentences()
