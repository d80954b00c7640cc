"""`directory import`: read a listing, publish it, and bring the index up to date."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from directory.config import load_settings
from directory.errors import PlainError

ROWS_BETWEEN_LINES = 5000


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", "source_id", metavar="ID", help="The source, where the file does not say it itself.")
@click.option("--edition", metavar="YEAR", help="The edition, such as 2023, where the file does not say it itself.")
@click.option("--dry-run", is_flag=True, help="Report what would happen and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.pass_context
def import_command(
    ctx: click.Context, file: Path, source_id: str | None, edition: str | None, dry_run: bool, as_json: bool
) -> None:
    """Import a listing FILE (xlsx, csv or json) into the directory and report what changed."""
    try:
        click.echo(_import(file, source_id, edition, dry_run=dry_run, as_json=as_json))
    except PlainError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(error.exit_code)


def _import(file: Path, source_id: str | None, edition: str | None, *, dry_run: bool, as_json: bool) -> str:
    # NumPy, Whoosh and the catalogue cost a third of a second, which `directory --help` need not wait for.
    from directory.catalogue.publish import publish  # noqa: PLC0415
    from directory.catalogue.schema import upgrade  # noqa: PLC0415
    from directory.catalogue.session import Catalogue  # noqa: PLC0415
    from directory.index.generation import rebuild, status  # noqa: PLC0415
    from directory.places.gazetteer import Gazetteer  # noqa: PLC0415
    from importers.recognise import open_listing  # noqa: PLC0415

    settings = load_settings()
    gazetteer = Gazetteer.load(settings.home)
    batch = open_listing(file, source_id=source_id, edition=edition, gazetteer=gazetteer)
    catalogue = Catalogue(settings.database_url)
    try:
        upgrade(catalogue)
        with _progress(f"Reading {file.name}", batch.expected_rows) as progress:
            report = publish(catalogue, batch, gazetteer, settings, dry_run=dry_run, progress=progress)
        if not dry_run and any(line.startswith("MEND") for line in status(catalogue, settings.index_dir)):
            with _progress("Building the index", None) as progress:
                rebuild(catalogue, settings.index_dir, progress=progress)
    finally:
        catalogue.close()
    return json.dumps(report.as_dict(), ensure_ascii=False) if as_json else report.as_text()


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
