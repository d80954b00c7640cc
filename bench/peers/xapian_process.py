"""Xapian in a process of its own: Debian's bindings belong to Debian's Python, so nothing else is imported here.

Reads one JSON object a line and answers one a line; `seconds` are those of the question itself.
"""

# mypy: disable-error-code="import-not-found,operator"
from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import xapian

LATITUDE_LONGITUDE, IDENTITY = 0, 1
CODE_SLOTS = 2
CODE, NAME, PLACE = "XC", "S", "XP"


class Engine:
    """One database, opened once."""

    def __init__(self, folder: str, earth_radius: float, first: int) -> None:
        self.folder = folder
        self.metric = xapian.GreatCircleMetric(earth_radius)
        self.first = first

    def build(self, path: str) -> None:
        database = xapian.WritableDatabase(self.folder, xapian.DB_CREATE_OR_OVERWRITE)
        terms = xapian.TermGenerator()
        with Path(path).open(encoding="utf-8") as lines:
            for line in lines:
                facility = json.loads(line)
                document = xapian.Document()
                terms.set_document(document)
                terms.index_text(facility["name"], 1, NAME)
                terms.index_text(facility["place"], 1, PLACE)
                terms.index_text(facility["name"])
                terms.increase_termpos()
                terms.index_text(facility["place"])
                for code in facility["codes"]:
                    document.add_boolean_term(CODE + code)
                point = xapian.LatLongCoord(facility["latitude"], facility["longitude"])
                document.add_value(LATITUDE_LONGITUDE, point.serialise())
                document.add_value(IDENTITY, xapian.sortable_serialise(facility["id"]))
                document.set_data(json.dumps(facility["codes"]))
                database.add_document(document)
        database.commit()
        database.close()
        self.database = xapian.Database(self.folder)
        self.everything = self.database.get_doccount()
        self.enquire = xapian.Enquire(self.database)
        self.parser = xapian.QueryParser()
        self.parser.set_database(self.database)
        self.parser.set_default_op(xapian.Query.OP_AND)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        matches = self._matches(question, self.first)
        first = [int(xapian.sortable_unserialise(match.document.get_value(IDENTITY))) for match in matches]
        return {
            "total": matches.get_matches_estimated(),
            "first": first,
            "seconds": time.perf_counter() - started,
        }

    def count(self, question: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        counts: dict[str, int] = {}
        for match in self._matches(question, self.everything):
            for code in json.loads(match.document.get_data()):
                counts[code] = counts.get(code, 0) + 1
        return {"facets": counts, "seconds": time.perf_counter() - started}

    def _matches(self, question: dict[str, Any], limit: int) -> xapian.MSet:
        self.enquire.set_query(self._query(question))
        if question.get("circle"):
            keys = xapian.LatLongDistanceKeyMaker(LATITUDE_LONGITUDE, self.center, self.metric)
            self.enquire.set_sort_by_key(keys, False)
        else:
            self.enquire.set_sort_by_relevance()
        return self.enquire.get_mset(0, limit, self.everything)

    def _query(self, question: dict[str, Any]) -> xapian.Query:
        query = xapian.Query.MatchAll
        if question.get("words"):
            query = self.parser.parse_query(" ".join(question["words"]), 0)
        elif question.get("prefix"):
            query = self.parser.parse_query(question["prefix"] + "*", xapian.QueryParser.FLAG_WILDCARD)
        for codes in question.get("filters", []):
            any_of = xapian.Query(xapian.Query.OP_OR, [xapian.Query(CODE + code) for code in codes])
            query = xapian.Query(xapian.Query.OP_FILTER, query, any_of)
        if question.get("circle"):
            latitude, longitude, metres = question["circle"]
            self.center = xapian.LatLongCoords(xapian.LatLongCoord(latitude, longitude))
            source = xapian.LatLongDistancePostingSource(LATITUDE_LONGITUDE, self.center, self.metric, metres)
            self.source = source
            query = xapian.Query(xapian.Query.OP_FILTER, query, xapian.Query(source))
        return query


def main() -> None:
    """Serve one engine on standard input and output."""
    engine = Engine(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    commands = {"build": engine.build, "ask": engine.ask, "count": engine.count}
    for line in sys.stdin:
        command, argument = json.loads(line)
        print(json.dumps(commands[command](argument)), flush=True)


if __name__ == "__main__":
    main()
