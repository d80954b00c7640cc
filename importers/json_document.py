"""JSON documents of any size: what the streaming parser cannot bear, and where one stops being JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from importers import clean
from importers.json_text import JsonText
from importers.listing_file import ListingFile, NotAListingError
from importers.sheet import text_encoding

LARGEST_TO_LOCATE = 200 << 20
DEEPEST = 1000
CHECKED_BLOCK = 4096
OPENING, CLOSING = (np.frombuffer(marks, np.uint8) for marks in (b"[{", b"]}"))
LONG_NUMBER = re.compile(rb"\d{1000}")


class JsonObject(dict[str, Any]):
    """An object as the parser builds it; `repeated` are the keys that stood in it twice with different values.

    JSON leaves open which of two values counts; here it is the last one.
    """

    repeated: tuple[str, ...] = ()

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self and self[key] != value:
            self.repeated = (*self.repeated, key)
        super().__setitem__(key, value)


def check_limits(file: ListingFile) -> None:
    """Refuse what the parser cannot bear: its time grows with the square of the depth, and numbers of thousands of
    digits end the process. Brackets inside texts are counted too; a listing has far fewer of these than the limit.
    """
    depth = 0
    with file.path.open("rb") as stream:
        text = JsonText(stream, text_encoding(file)[0])
        while block := text.read(CHECKED_BLOCK):
            letters = np.frombuffer(block, np.uint8)
            opened = np.isin(letters, OPENING).astype(np.int32) - np.isin(letters, CLOSING)
            depths = depth + np.cumsum(opened)
            depth = int(depths[-1])
            if depths.max() > DEEPEST:
                raise NotAListingError(f"{file.name} holds JSON nested far deeper than any listing; fetch it again.")
            if LONG_NUMBER.search(block):
                raise NotAListingError(f"{file.name} holds a number of a thousand digits and more; fetch it again.")


def broken(file: ListingFile, rows: int, error: Exception) -> NotAListingError:
    """The refusal of a document that stops being JSON, with line and column where they can be told."""
    where = f"after row {rows}" if rows else "near its beginning"
    if file.path.stat().st_size <= LARGEST_TO_LOCATE:
        try:
            json.loads(file.path.read_bytes())
        except json.JSONDecodeError as located:
            if located.msg == "Extra data":
                return NotAListingError(
                    f"{file.name} goes on after its first JSON document, at line {located.lineno}, column "
                    f"{located.colno}; put all rows or pages into one array and import that."
                )
            where = f"at line {located.lineno}, column {located.colno} ({located.msg})"
        except (UnicodeDecodeError, RecursionError, ValueError):
            where = f"{where} ({clean.shown(clean.text(error))})"
    return NotAListingError(f"{file.name} is no whole JSON document, it breaks {where}; fetch the listing again.")
