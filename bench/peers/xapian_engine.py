"""Xapian with its geospatial posting source and boolean terms, spoken to in a process of Debian's Python."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import LeftOutError, Outcome, folder_mb
from bench.questions import BenchQuestion, grouped_facets

PYTHON = Path("/usr/bin/python3")


class Xapian:
    """Debian's python3-xapian."""

    name = "Xapian"
    measure = "sphere"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:
        if not PYTHON.exists() or _fails():
            raise LeftOutError("Debian's package python3-xapian is not installed")
        self.folder = folder / "database"
        listing = folder / "facilities.jsonl"
        with listing.open("w", encoding="utf-8") as file:
            for one in facilities:
                row = {
                    "id": one.id,
                    "name": " ".join(one.name_words),
                    "place": " ".join(one.place_words),
                    "codes": one.codes,
                    "latitude": one.latitude,
                    "longitude": one.longitude,
                }
                file.write(json.dumps(row) + "\n")
        script = Path(__file__).with_name("xapian_process.py")
        arguments = [str(self.folder), str(sphere.EARTH_RADIUS_METRES), str(sphere.FIRST)]
        self.process = subprocess.Popen(
            [PYTHON, "-I", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say("build", str(listing))

    def _say(self, command: str, argument: object) -> Any:
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("Xapian's process was started without pipes")
        print(json.dumps([command, argument]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("Xapian's process ended; its error is printed above")
        return json.loads(line)

    def ask(self, question: BenchQuestion) -> Outcome:
        answer = self._say("ask", _as_json(question))
        seconds = float(answer["seconds"])
        facets = None
        if question.facets:

            def counts(part: BenchQuestion) -> dict[str, int]:
                nonlocal seconds
                counted = self._say("count", _as_json(part))
                seconds += float(counted["seconds"])
                found: dict[str, int] = counted["facets"]
                return found

            facets = grouped_facets(question, counts)
        return Outcome(answer["total"], answer["first"], facets, seconds)

    def size_mb(self) -> float:
        return folder_mb(self.folder)

    def close(self) -> None:
        if hasattr(self, "process"):
            self.process.communicate()


def _fails() -> bool:
    return bool(subprocess.run([PYTHON, "-c", "import xapian"], capture_output=True, check=False).returncode)


def _as_json(question: BenchQuestion) -> dict[str, object]:
    circle = None
    if question.place:
        latitude, longitude, miles = question.circle
        circle = (latitude, longitude, miles * 1609.344)
    return {
        "words": question.words,
        "prefix": question.prefix,
        "filters": list(question.filters.values()),
        "circle": circle,
    }
