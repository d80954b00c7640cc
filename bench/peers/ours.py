"""Ours: the directory's own index and selection, asked as every search asks it, without the catalogue."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, update

from bench import sphere
from bench.facilities import Facility
from bench.peers.peer import Outcome, folder_mb
from bench.questions import BenchQuestion
from directory.catalogue import models
from directory.catalogue.session import Catalogue
from directory.index import generation
from directory.search.question import Question, Sort
from directory.search.selection import select

CHANGED = 100
OPENINGS = 5


@dataclass(frozen=True, slots=True)
class NeverWidened:
    """A reach that fills nothing up, for no peer does."""

    radius_miles: float = 50.0
    fewest_within_radius: int = 0
    widen_to: int = 0


def fill(catalogue: Catalogue, facilities: Sequence[Facility]) -> None:
    """A catalogue of these facilities, all from one made-up run."""
    models.Base.metadata.create_all(catalogue.engine)
    now = dt.datetime.now(dt.UTC)
    with catalogue.writing() as session:
        session.add(models.Source(id="bench", name="Measurements"))
        run = models.ImportRun(source_id="bench", edition="1", file_name="bench", file_sha256="", started_at=now)
        session.add(run)
        session.flush()
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "program": one.program,
                "street": one.street,
                "city": one.city,
                "state": one.state,
                "zip": one.zip,
                "phone": one.phone,
                "latitude": one.latitude,
                "longitude": one.longitude,
                "precision": "street",
                "codes": one.codes,
                "first_run_id": run.id,
                "changed_run_id": run.id,
            }
            for one in facilities
        ]
        for first in range(0, len(rows), 5_000):
            session.execute(insert(models.Facility), rows[first : first + 5_000])


class Ours:
    """The index of the directory. Besides answering it is opened, changed and asked with its caches emptied."""

    name = "ours"
    measure = "ellipsoid"

    def build(self, facilities: Sequence[Facility], folder: Path) -> None:
        self.catalogue = Catalogue(f"sqlite:///{folder / 'catalogue.sqlite3'}")
        fill(self.catalogue, facilities)
        self.index_dir = folder / "index"
        started = time.perf_counter()
        self.generation = generation.rebuild(self.catalogue, self.index_dir, [])
        self.build_seconds = time.perf_counter() - started

    def ask(self, question: BenchQuestion) -> Outcome | None:
        if question.prefix:
            return None
        typed = Question(
            words=" ".join(question.words),
            filters=question.filters,
            place=question.place,
            radius_miles=question.radius if question.place else None,
            sort=Sort.DISTANCE if question.place else None,
            per_page=sphere.FIRST,
        )
        now = generation.current(self.index_dir)
        found = select(now, typed, NeverWidened(), count_facets=question.facets)
        facets = None
        if question.facets:
            facets = {code: number for group in found.facets.values() for code, number in group.items()}
        return Outcome(found.total, now.columns.ids[found.rows].tolist(), facets)

    def ask_cold(self, question: BenchQuestion) -> float:
        """Seconds of a question right after every cache was emptied."""
        self.generation.forget()
        started = time.perf_counter()
        self.ask(question)
        return time.perf_counter() - started

    def facts(self) -> list[str]:
        """What else is promised of the index, measured; changes it, so ask last."""
        return [
            f"opening the index takes {self._opening_seconds() * 1000:.1f} ms",
            f"{CHANGED} changed facilities are found after {self._change_seconds():.2f} s",
        ]

    def _opening_seconds(self) -> float:
        """Seconds to open the generation, the fastest of a few times."""
        times = []
        for _ in range(OPENINGS):
            started = time.perf_counter()
            generation.Generation(self.generation.folder).close()
            times.append(time.perf_counter() - started)
        return min(times)

    def _change_seconds(self) -> float:
        """Seconds until a hundred facilities with another name are found under it."""
        with self.catalogue.writing() as session:
            ids = self.generation.columns.ids[:CHANGED].tolist()
            session.execute(update(models.Facility).where(models.Facility.id.in_(ids)).values(name="Renamedbybench"))
        started = time.perf_counter()
        changed = generation.update(self.catalogue, self.index_dir, ids)
        found = select(changed, Question(words="renamedbybench"), NeverWidened())
        elapsed = time.perf_counter() - started
        if found.total != min(CHANGED, len(ids)):
            raise RuntimeError(f"{len(ids)} facilities were renamed, but {found.total} are found")
        return elapsed

    def size_mb(self) -> float:
        return folder_mb(self.generation.folder)

    def close(self) -> None:
        if hasattr(self, "catalogue"):
            self.catalogue.close()
        shutil.rmtree(self.index_dir, ignore_errors=True)
