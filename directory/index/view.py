"""View: the catalogue and the index as they stand after the same run, for one answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from directory.catalogue.session import Catalogue
from directory.index.generation import Generation, current, shown_runs

SECONDS_TO_WAIT = 1.0
SECONDS_BETWEEN_LOOKS = 0.005

_left_behind: dict[Path, tuple[int, tuple[int, int]]] = {}


@contextmanager
def view(catalogue: Catalogue, index_dir: Path) -> Iterator[tuple[Session, Generation]]:
    """A session that reads one moment of the catalogue, and the generation that was built from that moment's runs.

    A job commits a run and swaps its index in one after the other; whoever asks between the two waits for the swap.
    Where no swap follows, because a job was killed there or another machine imports, both are given as they are, and
    this process waits no more for that index. Raises IndexMissingError and IndexDamagedError.
    """
    until = time.monotonic() + SECONDS_TO_WAIT
    while True:
        generation = current(index_dir)
        with catalogue.reading() as session:
            runs = shown_runs(session)
            state = generation.number, runs
            late = time.monotonic() > until
            if runs == generation.runs or late or _left_behind.get(index_dir) == state:
                if late:
                    _left_behind[index_dir] = state
                yield session, generation
                return
        time.sleep(SECONDS_BETWEEN_LOOKS)
