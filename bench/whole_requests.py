"""Whole requests: /search through gunicorn with one worker, beside Datasette over the same facilities with FTS5.

Everything stays on the loopback, is bounded in number, and asks from a process of its own.
"""

from __future__ import annotations

import http.client
import json
import math
import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import sphere, tables
from bench.installation import FailedError, Installation, resident_mb, started
from bench.latency import percentile, scratch
from bench.questions import facet_categories, label_words
from directory.index.words import words_of

REQUESTS = 200
WARMING = 40
LOAD_SECONDS = 4
# A server that is slow is not waited for.
MOST_SECONDS = 10
CONNECTIONS = 4
RADIUS = 50.0

SCHEMA = """
CREATE TABLE facility (id INTEGER PRIMARY KEY, name TEXT, program TEXT, street TEXT, city TEXT, state TEXT, zip TEXT,
                       phone TEXT, latitude REAL, longitude REAL, codes TEXT);
CREATE VIRTUAL TABLE words USING fts5(name, program, street, city, zip, content='facility', content_rowid='id');
CREATE VIRTUAL TABLE point USING rtree(id, south, north, west, east);
CREATE TABLE facility_code (code TEXT, facility INTEGER, PRIMARY KEY (code, facility)) WITHOUT ROWID;
"""
MATCHING = "f.id IN (SELECT rowid FROM words WHERE words MATCH :words)"
NEAR = (
    """f.id IN (SELECT id FROM point WHERE north >= :south AND south <= :north AND east >= :west AND west <= :east)"""
)
OFFERING = "f.id IN (SELECT facility FROM facility_code WHERE code = :{})"
NEAREST = """ORDER BY (f.latitude - :latitude) * (f.latitude - :latitude)
                    + (f.longitude - :longitude) * (f.longitude - :longitude) * :narrow LIMIT 20"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the parameters of ours, of a Datasette query called `kind`, and of Datasette's table page."""

    kind: str
    ours: str
    query: str
    table: str


@dataclass(frozen=True, slots=True)
class Served:
    """What a server did with the questions in one format."""

    title: str
    seconds: Sequence[float]
    each_second: float
    megabytes: float


def show(installation: Installation) -> None:
    """Measure an installation that holds facilities, then Datasette, and print."""
    facilities = _facilities(installation)
    asked = _questions(facilities)
    print(f"\nWhole requests over {len(facilities):,} facilities: {REQUESTS} of words, place and mixed questions")
    with scratch() as folder:
        served = list(_measured_ours(installation, asked, folder))
        try:
            served.extend(_measured_datasette(facilities, asked, folder))
        except FailedError as error:
            print(f"Left out: Datasette: {error}.")
    rows = [
        [
            one.title,
            tables.milliseconds(statistics.median(one.seconds)),
            tables.milliseconds(percentile(one.seconds, 95)),
            f"{one.each_second:.0f}",
            f"{one.megabytes:.0f}",
        ]
        for one in served
    ]
    load = f"{CONNECTIONS} connections by wrk" if shutil.which("wrk") else "one connection"
    headings = ["server", "median ms", "p95 ms", "requests/s", "resident MB"]
    tables.show(f"One worker, loopback; latency over one connection, requests/s over {load}", headings, rows)


def _facilities(installation: Installation) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(f"file:{installation.home / 'catalogue.sqlite3'}?mode=ro", uri=True)) as catalogue:
        catalogue.row_factory = sqlite3.Row
        return catalogue.execute("SELECT * FROM facility WHERE withdrawn_run_id IS NULL").fetchall()


def _questions(facilities: Sequence[sqlite3.Row]) -> list[Asked]:
    chance, labels, category = random.Random("whole requests"), label_words(), facet_categories()
    asked: list[Asked] = []
    while len(asked) < REQUESTS:
        one = chance.choice(facilities)
        words = sorted({word for word in words_of(one["name"]) if len(word) > 4 and word.isalpha()} - labels)
        codes = [code for code in one["codes"].split() if code in category]
        if not words or len(codes) < 2 or one["latitude"] is None:
            continue
        kind = ("words", "near", "mixed")[len(asked) % 3]
        word, (first, second) = chance.choice(words), chance.sample(codes, 2)
        south, north, west, east = sphere.box(one["latitude"], one["longitude"], RADIUS)
        place = {
            "latitude": one["latitude"],
            "longitude": one["longitude"],
            "narrow": math.cos(math.radians(one["latitude"])) ** 2,
            "south": south,
            "north": north,
            "west": west,
            "east": east,
        }
        match kind:
            case "words":
                ours, theirs = [("q", word), ("offers", "any")], {"words": word}
            case "near":
                ours, theirs = [("near", one["zip"]), ("offers", first)], place | {"first": first}
            case _:
                ours = [("q", word), ("near", one["zip"]), ("offers", first), ("offers", second)]
                theirs = place | {"words": word, "first": first, "second": second}
        asked.append(Asked(kind, urlencode(ours), urlencode(theirs), urlencode(_on_table(theirs))))
    return asked


def _on_table(question: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The same by the filters and facets of Datasette's table page; the place becomes a box."""
    names = {
        "words": "_search",
        "first": "codes__arraycontains",
        "second": "codes__arraycontains",
        "south": "latitude__gte",
        "north": "latitude__lte",
        "west": "longitude__gte",
        "east": "longitude__lte",
    }
    chosen = [(names[name], value) for name, value in question.items() if name in names]
    return [*chosen, ("_facet_array", "codes"), ("_size", "20")]


def _measured_ours(installation: Installation, asked: Sequence[Asked], folder: Path) -> Iterator[Served]:
    for title, ending in (("ours, HTML", ""), ("ours, JSON", ".json")):
        with installation.serving() as (port, worker):
            paths = [f"/search{ending}?{one.ours}" for one in asked]
            seconds, each_second = _ask(port, paths, folder)
            yield Served(title, seconds, each_second, resident_mb(worker))


def _measured_datasette(facilities: Sequence[sqlite3.Row], asked: Sequence[Asked], folder: Path) -> Iterator[Served]:
    python = _installed_datasette(folder / "venv")
    _fill(folder / "directory.db", facilities)
    one = "SELECT f.* FROM facility f WHERE "
    queries = {
        "words": f"{one}{MATCHING} LIMIT 20",
        "near": f"{one}{NEAR} AND {OFFERING.format('first')} {NEAREST}",
        "mixed": f"{one}{MATCHING} AND {NEAR} AND {OFFERING.format('first')} AND {OFFERING.format('second')} {NEAREST}",
    }
    metadata = {"databases": {"directory": {"queries": {name: {"sql": sql} for name, sql in queries.items()}}}}
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    for way, title in (("table", "Datasette's table with facets"), ("query", "Datasette, SQL by hand, no totals")):
        for ending, format_name in (("", "HTML"), (".json", "JSON")):
            with _datasette(python, folder) as (process, port):
                paths = [_datasette_path(question, way, ending) for question in asked]
                seconds, each_second = _ask(port, paths, folder)
                yield Served(f"{title}, {format_name}", seconds, each_second, resident_mb(process.pid))


def _datasette_path(question: Asked, way: str, ending: str) -> str:
    if way == "table":
        return f"/directory/facility{ending}?{question.table}"
    return f"/directory/{question.kind}{ending}?{question.query}"


def _installed_datasette(folder: Path) -> Path:
    """A Python of its own that has Datasette."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "datasette"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise FailedError("the package datasette could not be installed")
    return python


@contextmanager
def _datasette(python: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(python), "-m", "datasette", "serve", "-i", "directory.db", "-m", "metadata.json", "-p", str(port)]
    # Guessing at facets nobody asked for would only slow it down; its usual second is too short for some questions.
    command += ["--setting", "suggest_facets", "off", "--setting", "sql_time_limit_ms", "10000"]
    with started(command, environment={"HOME": str(folder)}, cwd=folder) as running:
        yield running


def _fill(path: Path, facilities: Sequence[sqlite3.Row]) -> None:
    columns = ("id", "name", "program", "street", "city", "state", "zip", "phone", "latitude", "longitude")
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        marks = ", ".join("?" * (len(columns) + 1))
        rows = ([*(row[name] for name in columns), json.dumps(row["codes"].split())] for row in facilities)
        database.executemany(f"INSERT INTO facility VALUES ({marks})", rows)
        database.execute("INSERT INTO words (words) VALUES ('rebuild')")
        placed = [(row["id"], row["latitude"], row["longitude"]) for row in facilities if row["latitude"] is not None]
        database.executemany("INSERT INTO point VALUES (?1, ?2, ?2, ?3, ?3)", placed)
        pairs = sorted((code, row["id"]) for row in facilities for code in row["codes"].split())
        database.executemany("INSERT INTO facility_code VALUES (?, ?)", pairs)
        database.execute("ANALYZE")


def _ask(port: int, paths: Sequence[str], folder: Path) -> tuple[list[float], float]:
    """Seconds of each request one after the other, and requests a second under load."""
    until = time.perf_counter() + MOST_SECONDS
    seconds: list[float] = []
    for path in [*paths[:WARMING], *paths]:
        seconds.append(_get(port, path))
        if time.perf_counter() > until:
            break
    seconds = seconds[WARMING:] or seconds
    wrk = shutil.which("wrk")
    if not wrk:
        return seconds, len(seconds) / sum(seconds)
    lines = ",\n".join(json.dumps(path) for path in paths)
    script = folder / "paths.lua"
    script.write_text(
        f"local paths = {{\n{lines}\n}}\nlocal i = 0\n"
        "request = function()\n  i = i % #paths + 1\n  return wrk.format('GET', paths[i])\nend\n",
        encoding="utf-8",
    )
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{LOAD_SECONDS}s", "-s", str(script), f"http://127.0.0.1:{port}"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    if "Non-2xx" in said:
        print(
            f"Under load some of {paths[0].partition('?')[0]} failed: {said.strip().splitlines()[-3].strip()}",
            file=sys.stderr,
        )
    each_second = next(line.split()[1] for line in said.splitlines() if line.startswith("Requests/sec"))
    return seconds, float(each_second)


def _get(port: int, path: str) -> float:
    started_at = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise FailedError(f"{path} answered {answer.status}")
    return time.perf_counter() - started_at
