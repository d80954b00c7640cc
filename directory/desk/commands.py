"""Commands of the desk: keys, the audit trail, backups, follow-ups, mail and retention."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from directory.config import Settings, load_settings
from directory.errors import PlainError
from directory.keyring import FILE, VARIABLE, Keyring

if TYPE_CHECKING:
    from directory.catalogue.session import Catalogue
    from directory.referrals.rotation import Rotation


def _opened() -> tuple[Settings, Catalogue]:
    from directory.catalogue.schema import upgrade  # noqa: PLC0415 - SQLAlchemy costs a third of a second
    from directory.catalogue.session import Catalogue  # noqa: PLC0415

    settings = load_settings()
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    return settings, catalogue


@click.group()
def keys() -> None:
    """The keys that seal client records."""


@keys.command()
def create() -> None:
    """Make the first key, in keys.txt of DIRECTORY_HOME."""
    from directory.referrals.rotation import create as create_key  # noqa: PLC0415

    settings, catalogue = _opened()
    path = create_key(catalogue, settings.home)
    click.echo(f"Made {path}. Keep a copy of it apart from the backups: without it no client record can be read.")


@keys.command()
@click.option("--end-links", is_flag=True, help="End the links clinics still hold, instead of waiting for them.")
def rotate(end_links: bool) -> None:
    """Seal every client record with a new key, then drop the old one. Run again where it was interrupted."""
    from directory.referrals.rotation import keys_held, rotate_file, seal_anew  # noqa: PLC0415

    settings, catalogue = _opened()
    if not os.environ.get(VARIABLE):
        if _told(rotate_file(catalogue, settings.home, end_links=end_links)):
            click.echo(
                f"The old key is gone from {settings.home / FILE}. Keep a new copy of it, apart from the backups."
            )
        return
    held = keys_held(settings.home)
    if len(held) == 1:
        from cryptography.fernet import Fernet  # noqa: PLC0415

        click.echo(f"Set {VARIABLE} to this, for the pages and all commands, then run `directory keys rotate` again:")
        click.echo(f"{Fernet.generate_key().decode()},{held[0].decode()}")
        return
    if _told(seal_anew(catalogue, held, end_links=end_links)):
        click.echo(f"Now set {VARIABLE} to its first key alone, for the pages and all commands.")


def _told(rotation: Rotation) -> bool:
    """Say what a rotation did; True where no old key is needed any more."""
    for column, count in rotation.sealed_anew.items():
        if count:
            click.echo(f"{column}: {count} sealed anew.")
    if rotation.unreadable:
        for name in rotation.unreadable:
            click.echo(f"MEND {name} cannot be opened with any key.", err=True)
        raise PlainError(
            f"{len(rotation.unreadable)} values cannot be opened, so no key was dropped; put their key back into "
            f"{FILE}, or their records back from a backup, and run `directory keys rotate` again"
        )
    click.echo(f"All is sealed with the newest key ({rotation.total} values sealed anew).")
    if rotation.links_until:
        click.echo(
            f"The old key stays until {rotation.links_until:%Y-%m-%d %H:%M} UTC, for clinics hold links whose codes it "
            "checks. Run `directory keys rotate` again then, or now with --end-links."
        )
    return rotation.finished


@keys.command("show-age")
def show_age() -> None:
    """Say since when the newest key is in use."""
    from directory.referrals.rotation import keys_held, made_at  # noqa: PLC0415

    settings, catalogue = _opened()
    held = keys_held(settings.home)
    with catalogue.reading() as session:
        since = made_at(session, Keyring(held))
    if since is None and not os.environ.get(VARIABLE):
        since = dt.datetime.fromtimestamp((settings.home / FILE).stat().st_mtime, dt.UTC).isoformat()
    if since is None:
        click.echo(f"{len(held)} keys in {VARIABLE}; since when the newest is in use was not written down.")
        return
    days = (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(since)).days
    click.echo(f"The newest key is in use since {since[:10]}, {days} days.")
    if len(held) > 1:
        click.echo(f"{len(held) - 1} older are still there; `directory keys rotate` finishes with them.")


@click.group("audit")
def audit_group() -> None:
    """The audit trail of client records."""


@audit_group.command()
@click.option("--head", "noted", metavar='"N HASH"', help="A head noted elsewhere, which the trail must pass through.")
@click.option(
    "--backup", "folder", type=click.Path(path_type=Path), help="A backup whose head the trail must pass through."
)
def verify(noted: str | None, folder: Path | None) -> None:
    """Find every change, gap or cut in the trail: a sentence each. Exit status 1 where there is one."""
    from directory.accounts.audit import Head, head  # noqa: PLC0415
    from directory.backup import noted_head  # noqa: PLC0415
    from directory.referrals.trail import trail_faults  # noqa: PLC0415

    heads = [Head.parse(noted) if noted else None, noted_head(folder) if folder else None]
    settings, catalogue = _opened()
    keyring = Keyring.load(settings.home)
    with catalogue.reading() as session:
        found = [said for one in heads for said in trail_faults(session, keyring, one)]
        end = head(session)
    for said in dict.fromkeys(found):
        click.echo(said)
    if found:
        sys.exit(1)
    click.echo(f"The trail of {end.entries} entries is whole; it ends with {end.hash}.")


@audit_group.command("head")
def show_head() -> None:
    """Print the trail's head, to be noted elsewhere and given to `directory audit verify --head`."""
    from directory.accounts.audit import head  # noqa: PLC0415

    _settings, catalogue = _opened()
    with catalogue.reading() as session:
        click.echo(str(head(session)))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--verify", "check", is_flag=True, help="Open the backup in FOLDER and check it, instead of making one.")
def backup(folder: Path, check: bool) -> None:
    """Copy records, settings and the trail's head into FOLDER, while the pages are served; never the keys."""
    from directory.backup import back_up, backup_faults  # noqa: PLC0415

    if not check:
        settings, catalogue = _opened()
        for said in back_up(catalogue, Keyring.load(settings.home), settings, folder):
            click.echo(said)
        return
    found = list(backup_faults(folder, Keyring.load(load_settings().home)))
    for said in found:
        click.echo(said)
    if found:
        sys.exit(1)
    click.echo(f"The backup in {folder} opens, is whole, and its trail passes through its head.")


@click.group()
def referrals() -> None:
    """The records of referrals."""


@referrals.command()
@click.option(
    "--before",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day, such as 2022-01-01: referrals closed before it are emptied.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be emptied.")
def purge(before: dt.datetime, dry_run: bool) -> None:
    """Empty what is known of people whose referrals closed before a day; the accounting stays while the law asks."""
    from directory.referrals.retention import purge as purge_records  # noqa: PLC0415

    settings, catalogue = _opened()
    keyring = Keyring.load(settings.home)
    done = purge_records(catalogue, keyring, settings, before.date(), dry_run=dry_run)
    click.echo(f"{'Would empty' if dry_run else 'Emptied'}: {done}.")


@click.group()
def followups() -> None:
    """Referrals that are due for another look."""


@followups.command("remind")
def remind_all() -> None:
    """Queue each person's daily digest; a second run the same day queues nothing."""
    from directory.referrals.follow_up import remind  # noqa: PLC0415

    settings, catalogue = _opened()
    queued = remind(catalogue, Keyring.load(settings.home), settings)
    click.echo(f"Digests queued: {queued}. `directory mail send` sends them.")


@click.group()
def mail() -> None:
    """E-mails that wait to be sent."""


@mail.command()
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
def send(limit: int) -> None:
    """Send what is due; safe to run at any time, also twice at once."""
    from directory.referrals.outbox import Outbox  # noqa: PLC0415

    settings, catalogue = _opened()
    click.echo(str(Outbox(catalogue, Keyring.load(settings.home), settings).send_due(limit)))


COMMANDS: tuple[click.Command, ...] = (keys, audit_group, backup, referrals, followups, mail)
