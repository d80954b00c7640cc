"""The wizard of mappings: proposes one for a clinic list, asks on a terminal where it is not sure, and writes it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from directory.config import load_settings
from directory.places.gazetteer import Gazetteer
from importers.listing_file import inspect
from importers.mapping import FOLDER, MappingError
from importers.mapping_proposal import SURE, ColumnGuess, MappingProposal, facts_of_columns, propose

NOTHING = "nothing"


def map_list(path: Path, to: Path | None) -> str:
    """Propose and write the mapping of a list: to `to`, else among those the installation keeps.

    What is said of it. A mapping that is there already is left as it is. Raises PlainError.
    """
    home = load_settings().home
    proposal = propose(inspect(path), Gazetteer.load(home))
    if sys.stdin.isatty() and sys.stdout.isatty():
        ask(proposal)
    text = proposal.as_toml()
    kept = to or home / FOLDER / f"{path.stem}.toml"
    if kept.exists():
        return (
            f"{text}\n# {kept} is there already and was left as it is; take it away or name another with --mapping.\n"
        )
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MappingError(f"{kept} cannot be written: {error.strerror or error}.") from None
    return f"{text}\n# Written to {kept}. Read it through, then: directory import {path} --dry-run\n"


def ask(proposal: MappingProposal) -> None:
    """Ask of every column that is not sure what it holds."""
    facts = facts_of_columns()
    click.echo(f"What do the columns of {proposal.file_name} hold? Enter takes what stands in brackets.")
    for name, fact in facts.items():
        click.echo(f"  {name}: {fact['says']}")
    click.echo(f"  services: names of services; {NOTHING}: none of these")
    for column in proposal.columns:
        if column.score < SURE and column.name != "doubtful":
            said = _asked(column, [*facts, "services", NOTHING])
            for other in proposal.columns:
                if said in facts and other is not column and other.name == said:
                    other.name = ""
            column.name, column.score = ("", 0.0) if said == NOTHING else (said, 100.0)


def _asked(column: ColumnGuess, names: list[str]) -> str:
    such = f' (such as "{column.examples[0]}")' if column.examples else " (empty)"
    said: str = click.prompt(
        f'"{column.heading}"{such}', type=click.Choice(names), default=column.name or NOTHING, show_choices=False
    )
    return said
