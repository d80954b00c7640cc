"""`directory import`: read a listing, publish it, and bring the index up to date."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from directory.errors import PlainError
from importers.run_log import RunLog, run_log

if TYPE_CHECKING:
    from importers.job import Job

HELD_STATUS = 3
_OF_A_RUN = ("replay", "approve", "discard", "undo")
_READS = ("FILE", "--replay", "--approve")
# What an option can be said of: beside anything else it would be passed over in silence.
_SAID_OF: Mapping[str, tuple[str, ...]] = {
    "source_id": ("FILE",),
    "edition": ("FILE", "SOURCE"),
    "address": ("SOURCE",),
    "accept": ("FILE",),
    "mapping": ("FILE",),
    "map_wizard": ("FILE",),
    "dry_run": _READS,
    "as_json": ("SOURCE", *_READS),
}
_SPELT = {"source_id": "--source", "as_json": "--json"}


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container may run as a user that has no name.
        return "somebody without a name"


@click.command("import")
@click.argument("file", metavar="[FILE | SOURCE]", required=False)
@click.option("--due", is_flag=True, help="Do what stewards asked for at the desk, and fetch every source that is due.")
@click.option("--source", "source_id", metavar="ID", help="The source, where the file does not say it itself.")
@click.option("--edition", metavar="YEAR", help="The edition, such as 2023, where the file does not say it itself.")
@click.option("--address", default="", metavar="URL", help="Fetch SOURCE from there, this once.")
@click.option("--dry-run", is_flag=True, help="Report what would happen and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.option(
    "--log", type=click.Choice(["text", "json"]), default="text", help="How it says on standard error how it goes."
)
@click.option(
    "--wait",
    "patience",
    type=click.FloatRange(0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long another import at work is waited for.",
)
@click.option("--accept", is_flag=True, help="Publish FILE even where its checks would hold it; say why.")
@click.option("--replay", metavar="RUN", type=int, help="Read the kept file of that run again.")
@click.option("--approve", metavar="RUN", type=int, help="Publish a held run all the same; say why.")
@click.option("--discard", metavar="RUN", type=int, help="Leave a held run for good; say why.")
@click.option("--undo", metavar="RUN", type=int, help="Take back the newest published run of its source; say why.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), metavar="TOML", help="How to read a clinic list; it is kept."
)
@click.option("--map-wizard", is_flag=True, help="Propose a mapping for the clinic list FILE, write it and print it.")
@click.option("--reason", default="", help="Why; it stands in the record of the run.")
@click.option("--by", default=_somebody, show_default="who is logged in", help="Who decides.")
@click.pass_context
def import_command(ctx: click.Context, /, **asked: Any) -> None:
    """Import a listing FILE (xlsx, csv, json or zip), or fetch a SOURCE of data/sources.toml, and report what changed.

    A run that is not as its source expects is held: nothing of it is shown until somebody approves it. Exit status 3.
    """
    if sum(asked[name] is not None for name in ("file", *_OF_A_RUN)) + asked["due"] != 1:
        raise click.UsageError(
            f"Name a FILE or a SOURCE, --due, or one run: {', '.join(f'--{name} RUN' for name in _OF_A_RUN)}."
        )
    _check_options(asked)
    log = run_log(asked["log"])
    try:
        said, status = _done(asked, log)
    except PlainError as error:
        log.event("failed", reason=str(error))
        click.echo(f"Error: {error}", err=True)
        ctx.exit(error.exit_code)
    if said:
        click.echo(said)
    if status:
        ctx.exit(status)


def _check_options(asked: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that what was asked for has no use for."""
    what = next((f"--{name}" for name in _OF_A_RUN if asked[name] is not None), "--due" if asked["due"] else "FILE")
    if what == "FILE" and _is_source(asked["file"]):
        what = "SOURCE"
    for option, whom in _SAID_OF.items():
        if asked[option] and what not in whom:
            spelt = _SPELT.get(option, f"--{option.replace('_', '-')}")
            raise click.UsageError(f"{spelt} goes with {' or '.join(whom)}, and says nothing to {what}.")


def _done(asked: Mapping[str, Any], log: RunLog) -> tuple[str, int]:
    # NumPy, Whoosh and the catalogue cost a third of a second, which `directory --help` need not wait for.
    if asked["map_wizard"]:
        from importers.map_wizard import map_list  # noqa: PLC0415

        return map_list(Path(asked["file"]), asked["mapping"]), 0
    from importers.announcement import announce  # noqa: PLC0415
    from importers.job import open_job  # noqa: PLC0415

    with open_job(log, asked["patience"]) as job:
        said, status = _due(job) if asked["due"] else _one(job, asked)
        if not asked["dry_run"]:
            announce(job)
    return said, status


def _one(job: Job, asked: Mapping[str, Any]) -> tuple[str, int]:
    """What to say of one file, source or run, and the exit status."""
    from directory.catalogue.publish import Accepted  # noqa: PLC0415
    from directory.catalogue.run import Decision  # noqa: PLC0415
    from importers.job import Order  # noqa: PLC0415
    from importers.schedule import fetch_and_import  # noqa: PLC0415

    decision = Decision(asked["by"], asked["reason"])
    _check_name(asked["file"])
    if asked["discard"] is not None:
        return job.discard(asked["discard"], decision), 0
    if asked["undo"] is not None:
        return job.undo(asked["undo"], decision), 0
    if _is_source(asked["file"]):
        report = fetch_and_import(job, asked["file"], address=asked["address"], edition=asked["edition"])
    else:
        if asked["file"] is not None:
            if asked["accept"]:
                decision.check()
            accepted = Accepted(decision) if asked["accept"] else None
            order = Order(Path(asked["file"]), asked["source_id"], asked["edition"], accepted, mapping=asked["mapping"])
        elif asked["approve"] is not None:
            order = job.replay(asked["approve"], decision)
        else:
            order = job.replay(asked["replay"])
        report = job.publish(order, dry_run=asked["dry_run"])
    if report is None:
        return f"{asked['file']}: its publisher has nothing new.", 0
    job.log.event("report", **report.as_dict())
    said = json.dumps(report.as_dict(longest=None), ensure_ascii=False) if asked["as_json"] else report.as_text()
    return said, HELD_STATUS if report.is_held else 0


def _is_source(named: str | None) -> bool:
    from directory.catalogue.sources import known_sources  # noqa: PLC0415

    return named is not None and named in known_sources() and not Path(named).exists()


def _check_name(named: str | None) -> None:
    """Raise NotAListingError for the name of a source that is misspelt."""
    from importers.recognise import NotAListingError, source_meant  # noqa: PLC0415

    if named is None or Path(named).suffix or Path(named).exists():
        return
    meant = source_meant(named)
    if meant and meant != named:
        raise NotAListingError(f"There is no file and no source {named}; did you mean the source {meant}?")


def _due(job: Job) -> tuple[str, int]:
    """Everything due; where there is nothing to do standard output stays empty, so that cron sends no mail."""
    from directory.catalogue.lease import LeaseTakenError  # noqa: PLC0415
    from importers.schedule import run_due  # noqa: PLC0415

    job.patience = 0.0
    try:
        done = run_due(job)
    except LeaseTakenError as error:
        job.log.say(f"Nothing done: {error}.")
        return "", 0
    if not done.lines:
        job.log.say("Nothing is due.")
    status = PlainError.exit_code if done.failed else HELD_STATUS if done.held else 0
    return "\n".join(done.lines), status
