"""Installation: a directory of its own in a scratch folder, driven as people drive it, by its commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.facilities import REAL, ROOT

COMMAND = (sys.executable, "-c", "from directory.cli import main; main()")
EDITIONS = ("mh-2022.xlsx", "mh-2023.xlsx", "su-2023.xlsx")
_ADDRESS = re.compile(r"http://[\d.]+:(\d+)")


class FailedError(RuntimeError):
    """A command of the directory failed; the message is its last line."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, and how long it took, start of Python included."""

    seconds: float
    printed: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A home folder and the environment that names it."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return others | {"DIRECTORY_HOME": str(self.home)}

    def run(self, *arguments: str | Path) -> Done:
        """Run a command of the directory to its end."""
        started = time.perf_counter()
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
            raise FailedError(f"directory {arguments[0]} ended with status {done.returncode}: {said}")
        return Done(time.perf_counter() - started, done.stdout)

    @contextmanager
    def serving(self) -> Iterator[tuple[int, int]]:
        """Serve with one gunicorn worker; gives the port and the worker's process id."""
        arguments = ("serve", "--host", "127.0.0.1", "--port", "0", "--workers", "1")
        with started([*COMMAND, *arguments], environment=self.environment, cwd=ROOT) as (process, port):
            yield port, worker_of(process.pid)


@contextmanager
def started(
    command: list[str], *, environment: Mapping[str, str], cwd: Path
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start a server that prints its address, and stop it afterwards; gives the process and the port."""
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout  # noqa: S101  it is a pipe
        said = ""
        for line in process.stdout:
            said = line.strip() or said
            address = _ADDRESS.search(line)
            if address:
                # A server that logs to a pipe nobody reads would stop in the middle of the load.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                yield process, int(address[1])
                return
        raise FailedError(f"the server did not start: {said}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def worker_of(master: int) -> int:
    """The child process that answers; the master itself where there is none."""
    for _ in range(50):
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.1)
    return master


def resident_mb(process: int) -> float:
    """Resident memory in megabytes, shared pages included."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def editions() -> tuple[list[Path], str]:
    """The listings that are imported, oldest first, and what to say of them."""
    real = [REAL / name for name in EDITIONS if (REAL / name).exists()]
    if len(real) == len(EDITIONS):
        return real, "the real editions MH 2022, MH 2023 and SU 2023"
    demo = sorted((ROOT / "data" / "demo").glob("*.csv"))
    return demo, "the made-up demo listing, for the real editions are not on this machine"


def facilities_in(report: str) -> int:
    """How many rows an import read."""
    return int(json.loads(report)["read"])
