"""SQLite: FTS5 for words, an R*Tree for places, a table of codes, one statement a question."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import Outcome
from bench.questions import BenchQuestion, grouped_facets

SCHEMA = """
CREATE TABLE facility (id INTEGER PRIMARY KEY, name TEXT, program TEXT, street TEXT, city TEXT, state TEXT, zip TEXT,
                       phone TEXT, latitude REAL, longitude REAL);
CREATE VIRTUAL TABLE words USING fts5(name, place, prefix='4', tokenize='unicode61');
CREATE VIRTUAL TABLE point USING rtree(id, south, north, west, east);
CREATE TABLE facility_code (code TEXT, facility INTEGER, PRIMARY KEY (code, facility)) WITHOUT ROWID;
CREATE INDEX code_of_facility ON facility_code (facility, code);
"""


class Fts5:
    """SQLite's own full-text and spatial modules."""

    name = "SQLite FTS5 + R*Tree"
    measure = "sphere"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:
        self.path = folder / "facilities.sqlite3"
        self.connection = sqlite3.connect(self.path, check_same_thread=False)
        run = self.connection
        run.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-200000; {SCHEMA}")
        run.executemany(
            "INSERT INTO facility VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (f.id, f.name, f.program, f.street, f.city, f.state, f.zip, f.phone, f.latitude, f.longitude)
                for f in facilities
            ),
        )
        run.executemany(
            "INSERT INTO words (rowid, name, place) VALUES (?, ?, ?)",
            ((f.id, " ".join(f.name_words), " ".join(f.place_words)) for f in facilities),
        )
        run.executemany(
            "INSERT INTO point VALUES (?, ?, ?, ?, ?)",
            ((f.id, f.latitude, f.latitude, f.longitude, f.longitude) for f in facilities),
        )
        pairs = sorted((code, f.id) for f in facilities for code in f.codes)
        run.executemany("INSERT INTO facility_code VALUES (?, ?)", pairs)
        run.execute("INSERT INTO words (words) VALUES ('optimize')")
        run.execute("ANALYZE")
        run.commit()
        run.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ask(self, question: BenchQuestion) -> Outcome:
        if question.place is None:
            where, values = self._where(question)
            (total,) = self.connection.execute(f"SELECT count(*) FROM facility f WHERE {where}", values).fetchone()
            rows = self.connection.execute(f"SELECT f.id FROM facility f WHERE {where} LIMIT {sphere.FIRST}", values)
            first = [row[0] for row in rows]
        else:
            inside, first = self._inside(question)
            total = len(inside)
        facets = grouped_facets(question, self._counts) if question.facets else None
        return Outcome(total, first, facets)

    def _inside(self, question: BenchQuestion) -> tuple[list[int], list[int]]:
        where, values = self._where(question)
        found = self.connection.execute(f"SELECT f.id, f.latitude, f.longitude FROM facility f WHERE {where}", values)
        return sphere.within(*question.circle, found.fetchall())

    def _where(self, question: BenchQuestion) -> tuple[str, list[object]]:
        parts, values = ["1"], list[object]()
        if question.words or question.prefix:
            parts.append("f.id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(" ".join(f'"{word}"' for word in question.words) or f'"{question.prefix}"*')
        for codes in question.filters.values():
            marks = ", ".join("?" * len(codes))
            parts.append(f"f.id IN (SELECT facility FROM facility_code WHERE code IN ({marks}))")
            values.extend(codes)
        if question.place:
            parts.append("f.id IN (SELECT id FROM point WHERE north >= ? AND south <= ? AND east >= ? AND west <= ?)")
            values.extend(sphere.box(*question.circle))
        return " AND ".join(parts), values

    def _counts(self, question: BenchQuestion) -> dict[str, int]:
        where, values = self._where(question)
        if question.place:
            inside, _ = self._inside(question)
            where, values = f"f.id IN ({','.join(map(str, inside))})", []
        statement = f"""SELECT code, count(*) FROM facility_code
                        WHERE facility IN (SELECT f.id FROM facility f WHERE {where}) GROUP BY code"""
        return dict(self.connection.execute(statement, values).fetchall())

    def size_mb(self) -> float:
        return self.path.stat().st_size / 1e6

    def close(self) -> None:
        self.connection.close()
