"""PostgreSQL: tsvector and code arrays under GIN, points under GiST (earthdistance); its own server, stopped after."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import LeftOutError, Outcome
from bench.questions import BenchQuestion, grouped_facets

ORDINARY_USERS = ("postgres", "nobody")
SETTINGS = "-c listen_addresses='' -c shared_buffers=512MB -c effective_cache_size=2GB -c work_mem=64MB -c jit=off"
SCHEMA = f"""
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE OR REPLACE FUNCTION earth() RETURNS float8 LANGUAGE SQL IMMUTABLE PARALLEL SAFE
    AS 'SELECT {sphere.EARTH_RADIUS_METRES}::float8';
CREATE TABLE facility (id integer PRIMARY KEY, name text, place text, codes text[], latitude float8, longitude float8,
    words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', name), 'A')
                                        || setweight(to_tsvector('simple', place), 'B')) STORED);
"""
INDEXES = """
CREATE INDEX ON facility USING gin (words);
CREATE INDEX ON facility USING gin (codes);
CREATE INDEX ON facility USING gist (ll_to_earth(latitude, longitude));
"""


class PostgreSQL:
    """Debian's PostgreSQL on a private socket, run by an ordinary user."""

    name = "PostgreSQL"
    measure = "sphere"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:  # noqa: ARG002  it needs a folder of its own user
        try:
            import psycopg  # noqa: PLC0415  an optional dependency
        except ImportError as error:
            raise LeftOutError("the package psycopg is not installed") from error
        self._start()
        self.connection = psycopg.connect(
            host=str(self.folder), dbname="postgres", user="bench", autocommit=True, prepare_threshold=1
        )
        run = self.connection
        run.execute(SCHEMA)
        with run.cursor().copy("COPY facility (id, name, place, codes, latitude, longitude) FROM STDIN") as copy:
            for one in facilities:
                names, places = " ".join(one.name_words), " ".join(one.place_words)
                copy.write_row((one.id, names, places, list(one.codes), one.latitude, one.longitude))
        run.execute(INDEXES)
        run.execute("VACUUM ANALYZE facility")

    def _start(self) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        if not programs:
            raise LeftOutError("Debian's package postgresql is not installed")
        self.programs = programs[-1].parent
        self.folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
        self.user: list[str] = []
        if os.geteuid() == 0:
            user = next((name for name in ORDINARY_USERS if not self._fails("id", name)), None)
            if user is None or not shutil.which("runuser"):
                raise LeftOutError("its server refuses root, and there is no ordinary user to run it as")
            shutil.chown(self.folder, user)
            self.user = ["runuser", "-u", user, "--"]
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-U", "bench", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
        options = f"-k {self.folder} {SETTINGS}"
        self._run("pg_ctl", "-D", data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def _fails(self, *command: str) -> bool:
        return bool(subprocess.run(command, capture_output=True, check=False).returncode)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self.user, self.programs / program, *arguments]
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.folder, check=False
        )
        if done.returncode:
            raise LeftOutError(f"{program} failed: {done.stderr.strip().splitlines()[-1:]}")

    def ask(self, question: BenchQuestion) -> Outcome:
        where, values = _where(question)
        order = ""
        if question.place:
            order = f"ORDER BY earth_distance(ll_to_earth({question.place.latitude!r}, {question.place.longitude!r}),"
            order += " ll_to_earth(latitude, longitude))"
        rows = self.connection.execute(
            f"SELECT id, count(*) OVER () FROM facility WHERE {where} {order} LIMIT {sphere.FIRST}", values
        ).fetchall()
        facets = grouped_facets(question, self._counts) if question.facets else None
        return Outcome(rows[0][1] if rows else 0, [row[0] for row in rows], facets)

    def _counts(self, question: BenchQuestion) -> dict[str, int]:
        where, values = _where(question)
        statement = f"SELECT code, count(*) FROM facility, unnest(codes) AS code WHERE {where} GROUP BY code"
        return dict(self.connection.execute(statement, values).fetchall())

    def size_mb(self) -> float:
        row = self.connection.execute("SELECT pg_total_relation_size('facility')").fetchone()
        return float(row[0]) / 1e6 if row else 0.0

    def close(self) -> None:
        if hasattr(self, "connection"):
            self.connection.close()
        if hasattr(self, "folder"):
            if (self.folder / "data" / "postmaster.pid").exists():
                self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
            shutil.rmtree(self.folder)


def _where(question: BenchQuestion) -> tuple[str, list[Any]]:
    parts, values = ["true"], list[Any]()
    if question.words or question.prefix:
        parts.append("words @@ to_tsquery('simple', %s)")
        values.append(" & ".join(question.words) or f"{question.prefix}:*")
    for codes in question.filters.values():
        parts.append("codes && %s::text[]")
        values.append(list(codes))
    if question.place:
        latitude, longitude, miles = question.circle
        point, metres = f"ll_to_earth({latitude!r}, {longitude!r})", f"{miles * 1609.344!r}"
        parts.append(f"earth_box({point}, {metres}) @> ll_to_earth(latitude, longitude)")
        parts.append(f"earth_distance({point}, ll_to_earth(latitude, longitude)) <= {metres}")
    return " AND ".join(parts), values
