"""CSV text that a spreadsheet opens without computing anything."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

_FORMULA = frozenset("=+-@")
_CONTROL = ("\t", "\r")


def csv_text(lines: Iterable[Iterable[str]]) -> str:
    """Lines of text cells as CSV. A cell that a spreadsheet would take for a formula is begun with an apostrophe."""
    written = io.StringIO()
    csv.writer(written).writerows([_no_formula(cell) for cell in line] for line in lines)
    return written.getvalue()


def _no_formula(cell: str) -> str:
    return f"'{cell}" if _first_seen(cell) in _FORMULA or cell.lstrip(" \n").startswith(_CONTROL) else cell


def _first_seen(cell: str) -> str:
    """The first sign a spreadsheet sees, a wide one as its narrow twin; blanks and signs without width do not count."""
    plain = unicodedata.normalize("NFKC", cell)
    return next((sign for sign in plain if not sign.isspace() and unicodedata.category(sign)[0] != "C"), "")
