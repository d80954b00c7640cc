"""RecordNumber: the number of a clinic, a run or any other record in an address, as every database can look it up."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

# The largest integer of a column; PostgreSQL and SQLite fail where more is asked for.
LARGEST = 2**31 - 1


class RecordNumber(IntegerConverter):
    """`<int:…>` of a route: a number that no record can have leads to the page for what is not there."""

    regex = r"\d{1,10}"

    def __init__(self, routes: Map, *arguments: Any, **bounds: Any) -> None:
        super().__init__(routes, *arguments, **{"max": LARGEST} | bounds)


def record_number(said: str) -> int:
    """The number in a query; raises ValueError, so that `type=record_number` takes it for none."""
    if not (said.isascii() and said.isdecimal() and len(said) <= 10 and int(said) <= LARGEST):
        raise ValueError(said)
    return int(said)
