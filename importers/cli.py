"""`directory import`: read a listing, publish it, and bring the index up to date."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from directory.errors import PlainError

ROWS_BETWEEN_LINES = 5000
HELD_STATUS = 3
_OF_A_RUN = ("replay", "approve", "discard", "undo")


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container may run as a user that has no name.
        return "somebody without a name"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--source", "source_id", metavar="ID", help="The source, where the file does not say it itself.")
@click.option("--edition", metavar="YEAR", help="The edition, such as 2023, where the file does not say it itself.")
@click.option("--dry-run", is_flag=True, help="Report what would happen and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.option("--accept", is_flag=True, help="Publish FILE even where its checks would hold it; say why.")
@click.option("--replay", metavar="RUN", type=int, help="Read the kept file of that run again.")
@click.option("--approve", metavar="RUN", type=int, help="Publish a held run all the same; say why.")
@click.option("--discard", metavar="RUN", type=int, help="Leave a held run for good; say why.")
@click.option("--undo", metavar="RUN", type=int, help="Take back the newest published run of its source; say why.")
@click.option("--reason", default="", help="Why; it stands in the record of the run.")
@click.option("--by", default=_somebody, show_default="who is logged in", help="Who decides.")
@click.pass_context
def import_command(ctx: click.Context, /, **asked: Any) -> None:
    """Import a listing FILE (xlsx, csv, json or zip) into the directory and report what changed.

    A run that is not as its source expects is held: nothing of it is shown until somebody approves it. Exit status 3.
    """
    if sum(asked[name] is not None for name in ("file", *_OF_A_RUN)) != 1:
        raise click.UsageError(f"Name a FILE, or one run: {', '.join(f'--{name} RUN' for name in _OF_A_RUN)}.")
    try:
        said, status = _done(asked)
    except PlainError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(error.exit_code)
    click.echo(said)
    ctx.exit(status)


def _done(asked: Mapping[str, Any]) -> tuple[str, int]:
    # NumPy, Whoosh and the catalogue cost a third of a second, which `directory --help` need not wait for.
    from directory.catalogue.publish import Accepted  # noqa: PLC0415
    from directory.catalogue.run import Decision  # noqa: PLC0415
    from importers.job import Order, open_job  # noqa: PLC0415

    decision = Decision(asked["by"], asked["reason"])
    with open_job(_progress) as job:
        if asked["discard"] is not None:
            return job.discard(asked["discard"], decision), 0
        if asked["undo"] is not None:
            return job.undo(asked["undo"], decision), 0
        if asked["file"] is not None:
            if asked["accept"]:
                decision.check()
            accepted = Accepted(decision) if asked["accept"] else None
            order = Order(asked["file"], asked["source_id"], asked["edition"], accepted)
        elif asked["approve"] is not None:
            order = job.replay(asked["approve"], decision)
        else:
            order = job.replay(asked["replay"])
        report = job.publish(order, dry_run=asked["dry_run"])
    said = json.dumps(report.as_dict(), ensure_ascii=False) if asked["as_json"] else report.as_text()
    return said, HELD_STATUS if report.is_held else 0


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, a plain line every 5,000 rows elsewhere; both on standard error."""
    if not sys.stderr.isatty():
        yield _plain_lines(what)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _plain_lines(what: str) -> Callable[[int], None]:
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done // ROWS_BETWEEN_LINES > told:
            told = done // ROWS_BETWEEN_LINES
            click.echo(f"{what}: {done:,}", err=True)

    return tell
