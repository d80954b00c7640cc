"""RunLog: how a job says how it goes: bars on a terminal, plain lines elsewhere, JSON lines on request."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import click

DONE_BETWEEN_LINES = 5000
SECONDS_BETWEEN_LINES = 10.0


class RunLog(Protocol):
    """Where a job says how it goes; standard output is left to its report."""

    def say(self, sentence: str) -> None:
        """Say something people should know."""

    def event(self, name: str, **facts: Any) -> None:
        """Note that something happened, for programs."""

    def progress(self, what: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
        """A step with so many things to do; the context's value is told how many are done."""


class Lines:
    """Plain lines on standard error."""

    def say(self, sentence: str) -> None:
        """A line."""
        click.echo(sentence, err=True)

    def event(self, name: str, **facts: Any) -> None:
        """Nothing: the report says it."""

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A line every 5,000, or every ten seconds where things are slow."""
        pace = _Pace(total)

        def tell(done: int) -> None:
            if pace.worth_a_line(done):
                self.say(f"{what}: {done:,}{f' of {total:,}' if total else ''}, {pace.said(done)}")

        yield tell


class Bars(Lines):
    """Progress bars on a terminal, with how many a second and how long it takes still."""

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A bar."""
        from rich.console import Console  # noqa: PLC0415 - rich costs a tenth of a second
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
        )
        pace = _Pace(total)
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total, pace="")
            yield lambda done: bar.update(task, completed=done, pace=f"{pace.a_second(done):,.0f} a second")


class JsonLines:
    """One JSON object a line on standard error: `time`, `event`, and what belongs to it."""

    def say(self, sentence: str) -> None:
        """An event of that name."""
        self.event("said", sentence=sentence)

    def event(self, name: str, **facts: Any) -> None:
        """A line."""
        moment = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        click.echo(json.dumps({"time": moment, "event": name, **facts}, ensure_ascii=False, default=str), err=True)

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A line at the beginning, every so many, and at the end with how long it took."""
        pace = _Pace(total)
        self.event("step begun", what=what, total=total)
        last = 0

        def tell(done: int) -> None:
            nonlocal last
            last = done
            if pace.worth_a_line(done):
                self.event("progress", what=what, done=done, total=total, a_second=round(pace.a_second(done), 1))

        yield tell
        self.event("step done", what=what, done=last, seconds=round(pace.seconds, 3))


def run_log(kind: str) -> RunLog:
    """What was asked for: "json" lines, else bars where standard error is a terminal, and lines where not."""
    if kind == "json":
        return JsonLines()
    return Bars() if sys.stderr.isatty() else Lines()


class _Pace:
    """How fast a step goes."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._began = self._told = time.monotonic()
        self._lines = 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def a_second(self, done: int) -> float:
        return done / max(self.seconds, 1e-6)

    def worth_a_line(self, done: int) -> bool:
        now = time.monotonic()
        if done // DONE_BETWEEN_LINES <= self._lines and now - self._told < SECONDS_BETWEEN_LINES:
            return False
        self._lines, self._told = done // DONE_BETWEEN_LINES, now
        return True

    def said(self, done: int) -> str:
        speed = self.a_second(done)
        if not self._total or not speed:
            return f"{speed:,.0f} a second"
        return f"{speed:,.0f} a second, {max(0.0, self._total - done) / speed:,.0f} seconds left"
