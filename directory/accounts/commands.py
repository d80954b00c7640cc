"""`directory user`: who may sign in, from the command line; the first administrator is made here.

What the commands need is imported where they run: it costs every other command, such as a search, 40 milliseconds.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from directory.accounts.roles import Role
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings

if TYPE_CHECKING:
    from directory.accounts.people import Accounts

ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """The people of the center: add them, change what they may do, end their access."""


@user.command()
@click.argument("email")
@click.option("--role", required=True, type=ROLES, help="What they do.")
@click.option("--name", default="", help="How the desk calls them.")
def add(email: str, role: str, name: str) -> None:
    """Add a person, and print the one-time link with which they set password and second factor."""
    from directory.accounts import people  # noqa: PLC0415

    settings = load_settings()
    _make_keys(settings)
    with _accounts(settings) as accounts:
        person, token = people.add_person(accounts, email, Role(role), name)
    click.echo(f"{person.email} is added as {role}.")
    _print_link(settings, token)


@user.command()
@click.argument("email")
def link(email: str) -> None:
    """Print a new one-time link; password, second factor and sessions of before are void at once."""
    from directory.accounts import people  # noqa: PLC0415

    settings = load_settings()
    with _accounts(settings) as accounts:
        token = people.new_link(accounts, people.person_named(accounts.session, email))
    _print_link(settings, token)


@user.command("list")
def show() -> None:
    """Everybody who has or had an account."""
    from directory.accounts import people  # noqa: PLC0415

    with _accounts(load_settings()) as accounts:
        for person in people.people(accounts.session):
            last = f"{person.signed_in_at:%Y-%m-%d}" if person.signed_in_at else "never"
            state = "no access" if not person.active else "set up" if person.totp_sealed else "not set up"
            click.echo(f"{person.email}\t{person.role}\t{state}\tlast signed in: {last}")


@user.command()
@click.argument("email")
@click.argument("role", type=ROLES)
def role(email: str, role: str) -> None:
    """Give a person another role; they have to sign in again."""
    from directory.accounts import people  # noqa: PLC0415

    with _accounts(load_settings()) as accounts:
        people.change_role(accounts, people.person_named(accounts.session, email), Role(role))
    click.echo(f"{email} is now {role}.")


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """End a person's access at once."""
    from directory.accounts import people  # noqa: PLC0415

    with _accounts(load_settings()) as accounts:
        people.disable(accounts, people.person_named(accounts.session, email))
    click.echo(f"{email} has no access any more.")


@user.command()
@click.argument("email")
def enable(email: str) -> None:
    """Give a disabled person access again."""
    from directory.accounts import people  # noqa: PLC0415

    with _accounts(load_settings()) as accounts:
        people.enable(accounts, people.person_named(accounts.session, email))
    click.echo(f"{email} has access again.")


@user.command()
@click.argument("email")
def signout(email: str) -> None:
    """End all sessions of a person."""
    from directory.accounts import people  # noqa: PLC0415

    with _accounts(load_settings()) as accounts:
        people.sign_out_everywhere(accounts, people.person_named(accounts.session, email))
    click.echo(f"{email} is signed out everywhere.")


@contextmanager
def _accounts(settings: Settings) -> Iterator[Accounts]:
    from directory.accounts.audit import SYSTEM  # noqa: PLC0415
    from directory.accounts.people import open_accounts  # noqa: PLC0415
    from directory.keyring import Keyring  # noqa: PLC0415

    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    keyring = Keyring.load(settings.home)
    with open_accounts(catalogue, keyring, settings, SYSTEM, dt.datetime.now(dt.UTC)) as accounts:
        yield accounts
    catalogue.close()


def _make_keys(settings: Settings) -> None:
    from directory.keyring import FILE, VARIABLE, Keyring, KeysError, add_key  # noqa: PLC0415

    try:
        Keyring.load(settings.home)
    except KeysError:
        # Keys that are there but cannot be used are never replaced by others.
        if (settings.home / FILE).exists() or os.environ.get(VARIABLE):
            raise
        path = add_key(settings.home)
        click.echo(f"Made the key that seals client records: {path}. Keep a copy of it apart from the backup.")


def _print_link(settings: Settings, token: str) -> None:
    from directory.accounts.people import LINK_HOURS  # noqa: PLC0415

    address = settings.center.address.rstrip("/")
    click.echo(f"One-time link, good for {LINK_HOURS} hours; hand it to nobody else:\n{address}/staff/welcome/{token}")
