"""The `directory` command: searching, serving, accounts and records; importers add theirs as an entry point."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import os
import sys
from pathlib import Path
from typing import IO

import click
from flask.cli import FlaskGroup
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from directory import create_app
from directory.accounts.commands import user
from directory.catalogue.codes import code_list
from directory.catalogue.facility import facility_document
from directory.catalogue.models import ImportRun
from directory.catalogue.questions import read_answers
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.verification import WAYS, ClinicAnswer
from directory.catalogue.verification import verify as keep_answer
from directory.config import DATA, Settings, load_settings
from directory.desk.commands import COMMANDS
from directory.education.commands import reading
from directory.errors import PlainError

LARGEST_ID = 2**63 - 1


class DirectoryGroup(FlaskGroup):
    """Flask's command group; failures a person can mend end in one sentence and exit status 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except PlainError as error:
            told = str(error)
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            told = f"the catalogue cannot be used ({reason(error)}); check DATABASE_URL, and that the database runs"
        except BrokenPipeError:
            raise
        except OSError as error:
            told = f"{error.filename or 'a file'} cannot be used ({error.strerror or error}); check DIRECTORY_HOME"
        click.echo(f"Error: {told}", err=True)
        return ctx.exit(PlainError.exit_code)


def reason(error: Exception) -> str:
    """The first line of what the database said, without the statement."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


@click.group(cls=DirectoryGroup, create_app=create_app, add_default_commands=False, load_dotenv=False)
def main() -> None:
    """Find the nearest clinic that offers ketamine infusion, and keep the listings fresh."""


for command in (user, reading, *COMMANDS):
    main.add_command(command)


def open_catalogue(settings: Settings) -> Catalogue:
    """The installation's catalogue, brought to the newest schema."""
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    return catalogue


@main.command(with_appcontext=False)
@click.argument("text")
@click.option("--near", default="", metavar="PLACE", help="A ZIP, town, county or state, besides what the text says.")
@click.option("--radius", type=click.FloatRange(0, 25_000, min_open=True), metavar="MILES", help="How far, in miles.")
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
    catalogue = open_catalogue(settings)
    if not (settings.index_dir / "current").exists() and not _has_listings(catalogue):
        raise PlainError("no listing has been imported yet; import one first: directory import FILE")
    if radius is not None and math.isnan(radius):
        raise PlainError("--radius nan: that is no number of miles; write one such as 50")
    codes = _known_codes(offers)
    desk = Search(catalogue, settings)
    if near and desk.understand("", near=near).place is None:
        raise PlainError(f"--near {near}: there is no such place; write a ZIP, a town with its state, or a state")
    for line in _questions(text, sys.stdin):
        question = desk.understand(line, near=near, radius_miles=radius, offers=codes, per_page=limit)
        answer = desk.answer(question)
        click.echo(json.dumps(answer_as_dict(answer), ensure_ascii=False) if as_json else answer_as_text(answer))


def _has_listings(catalogue: Catalogue) -> bool:
    with catalogue.reading() as session:
        return session.scalar(select(ImportRun.id).where(ImportRun.state == "published").limit(1)) is not None


def _questions(text: str, lines: IO[str]) -> list[str] | IO[str]:
    return (line.rstrip("\r\n") for line in lines) if text == "-" else [text]  # type: ignore[return-value]


def _known_codes(offers: tuple[str, ...]) -> tuple[str, ...]:
    codes = _upper(offers)
    for code in codes:
        if code not in code_list():
            raise PlainError(f"--offers {code}: there is no such service code; data/service_codes.csv lists them all")
    return codes


@main.group()
def index() -> None:
    """The search index, a derived artefact of the catalogue."""


@index.command(with_appcontext=False)
def rebuild() -> None:
    """Build the index anew beside the current one, check it, and swap."""
    from directory.index.generation import rebuild as build  # noqa: PLC0415

    settings = load_settings()
    generation = build(open_catalogue(settings), settings.index_dir)
    click.echo(f"Index generation {generation.number}: {generation.facilities} facilities, {generation.pages} pages.")


@index.command(with_appcontext=False)
def status() -> None:
    """Say which generation serves, whether it is whole and up to date. Exit status 1 where something needs mending."""
    from directory.index.generation import status as index_status  # noqa: PLC0415

    settings = load_settings()
    lines = index_status(open_catalogue(settings), settings.index_dir)
    click.echo("\n".join(lines))
    sys.exit(1 if any(line.startswith("MEND") for line in lines) else 0)


@main.command(with_appcontext=False)
@click.argument("facility_id", metavar="ID", type=click.IntRange(1, LARGEST_ID))
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


@main.command(with_appcontext=False)
@click.argument("facility_id", metavar="ID", type=click.IntRange(1, LARGEST_ID))
@click.option("--by", "verified_by", required=True, metavar="NAME", help="Who asked the clinic.")
@click.option("--how", type=click.Choice(WAYS), default="phone", show_default=True)
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day, such as 2026-11-03; today where left out."
)
@click.option("--offers", multiple=True, metavar="CODE", help="A service code it confirmed; repeatable.")
@click.option("--lacks", multiple=True, metavar="CODE", help="A service code it does not offer after all; repeatable.")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="QUESTION=ANSWER",
    help="An answer to a question of data/verification.toml, such as wait_days=14, forms=iv,im or "
    "price_treatment=400-650; repeatable.",
)
def verify(
    facility_id: int,
    verified_by: str,
    how: str,
    day: dt.datetime | None,
    offers: tuple[str, ...],
    lacks: tuple[str, ...],
    answers: tuple[str, ...],
) -> None:
    """Keep what clinic ID answered when somebody asked it; it shows at once and outlives every import."""
    from directory.index.generation import update  # noqa: PLC0415

    settings = load_settings()
    catalogue = open_catalogue(settings)
    asked_on = day.date() if day else dt.datetime.now(dt.UTC).date()
    answer = ClinicAnswer(asked_on, verified_by, how, _upper(offers), _upper(lacks), read_answers(answers))
    with catalogue.writing(alone=True) as session:
        shown = keep_answer(session, facility_id, answer)
    update(catalogue, settings.index_dir, [shown])
    click.echo(f"Kept: facility {shown} was asked on {asked_on} by {verified_by}.")


def _upper(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.upper() for code in codes)


@main.command(with_appcontext=False)
def doctor() -> None:
    """Check this installation; every finding says what to do. Exit status 1 where something needs mending."""
    from directory.doctor import Finding, examine  # noqa: PLC0415

    try:
        findings = examine(load_settings())
    except (PlainError, OSError) as error:
        findings = [Finding("settings", False, str(error), "mend what the sentence names: settings or DIRECTORY_HOME")]
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'MEND'} {finding.name}: {finding.detail}")
        if not finding.well:
            click.echo(f"     → {finding.hint}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


@main.command(with_appcontext=False)
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
    open_catalogue(settings).close()
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
    from directory.index.generation import status as index_status  # noqa: PLC0415

    catalogue = open_catalogue(settings)
    digest = hashlib.sha256(listing.read_bytes()).hexdigest()
    with catalogue.reading() as session:
        last = session.scalar(select(ImportRun.file_sha256).order_by(ImportRun.id.desc()).limit(1))
    whole = last == digest and not any(line.startswith("MEND") for line in index_status(catalogue, settings.index_dir))
    catalogue.close()
    return whole
