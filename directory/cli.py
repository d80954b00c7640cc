"""The `directory` command: search, index, facility, doctor, serve; importers add theirs as an entry point."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import IO

import click
from flask.cli import FlaskGroup
from sqlalchemy import select

from directory import create_app
from directory.catalogue.codes import code_list
from directory.catalogue.facility import facility_document
from directory.catalogue.models import ImportRun
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import DATA, Settings, load_settings
from directory.errors import PlainError


class DirectoryGroup(FlaskGroup):
    """Flask's command group; failures a person can mend end in one sentence and exit status 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except PlainError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=DirectoryGroup, create_app=create_app, add_default_commands=False, load_dotenv=False)
def main() -> None:
    """Find the nearest clinic that offers ketamine infusion, and keep the listings fresh."""


def open_catalogue(settings: Settings) -> Catalogue:
    """The installation's catalogue, brought to the newest schema."""
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    return catalogue


@main.command()
@click.argument("text")
@click.option("--near", default="", metavar="PLACE", help="A ZIP, town, county or state, besides what the text says.")
@click.option("--radius", type=click.FloatRange(min=0, min_open=True), metavar="MILES", help="How far, in miles.")
@click.option("--offers", multiple=True, metavar="CODE", help="A service code the clinic must list; repeatable.")
@click.option("--limit", type=click.IntRange(1, 1000), help="How many clinics to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a question.")
def search(
    text: str, near: str, radius: float | None, offers: tuple[str, ...], limit: int | None, as_json: bool
) -> None:
    """Find clinics and pages for TEXT; with "-" each line of standard input is a question."""
    from directory.search.search import Search  # noqa: PLC0415 - NumPy and Whoosh cost a third of a second
    from directory.search.shape import answer_as_dict, answer_as_text  # noqa: PLC0415

    settings = load_settings()
    desk = Search(open_catalogue(settings), settings)
    for line in _questions(text, sys.stdin):
        question = desk.understand(line, near=near, radius_miles=radius, offers=_known_codes(offers), per_page=limit)
        answer = desk.answer(question)
        click.echo(json.dumps(answer_as_dict(answer), ensure_ascii=False) if as_json else answer_as_text(answer))


def _questions(text: str, lines: IO[str]) -> list[str] | IO[str]:
    return (line.rstrip("\r\n") for line in lines) if text == "-" else [text]  # type: ignore[return-value]


def _known_codes(offers: tuple[str, ...]) -> tuple[str, ...]:
    codes = tuple(code.upper() for code in offers)
    for code in codes:
        if code not in code_list():
            raise PlainError(f"--offers {code}: there is no such service code; data/service_codes.csv lists them all")
    return codes


@main.group()
def index() -> None:
    """The search index, a derived artefact of the catalogue."""


@index.command()
def rebuild() -> None:
    """Build the index anew beside the current one, check it, and swap."""
    from directory.index.generation import rebuild as build  # noqa: PLC0415

    settings = load_settings()
    generation = build(open_catalogue(settings), settings.index_dir)
    click.echo(f"Index generation {generation.number}: {generation.facilities} facilities, {generation.pages} pages.")


@index.command()
def status() -> None:
    """Say which generation serves, whether it is whole, and whether it is behind the catalogue."""
    from directory.index.generation import status as index_status  # noqa: PLC0415

    settings = load_settings()
    for line in index_status(open_catalogue(settings), settings.index_dir):
        click.echo(line)


@main.command()
@click.argument("facility_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def facility(facility_id: int, as_json: bool) -> None:
    """Show a facility with the origin of every value."""
    with open_catalogue(load_settings()).reading() as session:
        document = facility_document(session, facility_id)
    if document is None:
        raise PlainError(f"there is no facility {facility_id}; `directory search` shows the ids of clinics")
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for name, value in document.items():
        click.echo(f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


@main.command()
def doctor() -> None:
    """Check this installation; every finding says what to do. Exit status 1 where something needs mending."""
    from directory.doctor import examine  # noqa: PLC0415

    findings = examine(load_settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'MEND'} {finding.name}: {finding.detail}")
        if not finding.well:
            click.echo(f"     → {finding.hint}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


@main.command()
@click.pass_context
@click.option(
    "--demo", is_flag=True, help="Serve made-up clinics, kept apart from real ones, and say so on every page."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def serve(ctx: click.Context, demo: bool, host: str, port: int, workers: int) -> None:
    """Serve the pages with gunicorn."""
    from directory.server import serve_pages  # noqa: PLC0415

    settings = prepare_demo(ctx) if demo else load_settings()
    serve_pages(settings, host=host, port=port, workers=workers)


def prepare_demo(ctx: click.Context) -> Settings:
    """The settings of the demonstration, kept in a home of its own so that no made-up clinic meets a real one."""
    os.environ["DIRECTORY_HOME"] = str(load_settings().home / "demo")
    os.environ.pop("DATABASE_URL", None)
    settings = load_settings(demo=True)
    listing = DATA / "demo" / "facilities.csv"
    if not _holds(settings, listing):
        command = main.get_command(ctx, "import")
        if command is None:
            raise PlainError("the import command is missing; set the directory up again with `make setup`")
        with command.make_context(
            "import", [str(listing), "--source", "demo", "--edition", "2026"], parent=ctx
        ) as importing:
            command.invoke(importing)
    return settings


def _holds(settings: Settings, listing: Path) -> bool:
    catalogue = open_catalogue(settings)
    digest = hashlib.sha256(listing.read_bytes()).hexdigest()
    with catalogue.reading() as session:
        last = session.scalar(select(ImportRun.file_sha256).order_by(ImportRun.id.desc()).limit(1))
    catalogue.close()
    return last == digest and (settings.index_dir / "current").exists()
