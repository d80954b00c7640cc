"""Lease: one job at a time, on whichever of several machines; a machine that died loses it."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from directory.catalogue.job_models import JobLease
from directory.catalogue.session import Catalogue
from directory.errors import PlainError

IMPORTS = "imports"
# An import on SQLite keeps every other writer waiting, the renewal of its own lease too: far longer than it takes.
LASTS = dt.timedelta(minutes=15)
RENEWED_EVERY = 60.0
_LOOKED_EVERY = 0.5
_TRIES_AT_A_BUSY_DATABASE = 3


class LeaseTakenError(PlainError):
    """Another job is at work; the message says where and since when."""


class LeaseLostError(PlainError):
    """The lease was taken over, because it had not been renewed in time: this job must not go on."""


class Lease:
    """A lease that is held. `check` raises LeaseLostError once it is lost."""

    def __init__(self, catalogue: Catalogue, name: str, holder: str) -> None:
        self._catalogue = catalogue
        self._name = name
        self._holder = holder
        self._lost = threading.Event()
        self._over = threading.Event()

    def check(self) -> None:
        """Raise LeaseLostError where somebody else holds it by now."""
        if self._lost.is_set():
            raise LeaseLostError("another machine has taken this job over; this one stops and leaves all as it was")

    def renew(self) -> None:
        """Hold it for another while; a database that is busy is asked again the next time."""
        statement = update(JobLease).where(JobLease.name == self._name, JobLease.holder == self._holder)
        try:
            with self._catalogue.engine.begin() as connection:
                kept = connection.execute(statement.values(expires_at=dt.datetime.now(dt.UTC) + LASTS)).rowcount
        except OperationalError:
            return
        if not kept:
            self._lost.set()

    def keep_renewing(self, every: float) -> None:
        """Renew until it is given back; runs beside the job."""
        while not self._over.wait(every):
            self.renew()

    def give_back(self) -> None:
        """Let the next job begin."""
        self._over.set()
        # Where the database does not take it, the lease runs out, and on this machine it is seen that nobody has it.
        with suppress(OperationalError), self._catalogue.engine.begin() as connection:
            own = (JobLease.name == self._name, JobLease.holder == self._holder)
            connection.execute(delete(JobLease).where(*own))


@contextmanager
def lease(
    catalogue: Catalogue,
    name: str = IMPORTS,
    *,
    patience: float = 0.0,
    waiting: Callable[[str], None] | None = None,
    renewed_every: float = RENEWED_EVERY,
) -> Iterator[Lease]:
    """Hold the lease for the block, renewed meanwhile. Raises LeaseTakenError after `patience` seconds.

    `waiting` is told once who holds it. A process of this machine that is gone is not waited for.
    """
    holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(8)}"
    until = time.monotonic() + patience
    told, tries = False, 0
    while not _take(catalogue, name, holder):
        holding = _held(catalogue, name)
        tries += 1
        if holding and time.monotonic() >= until:
            raise LeaseTakenError(f"another import is at work ({_said(holding)}); try again when it has ended")
        # Each try waits for the database as long as it may.
        if time.monotonic() >= until and tries >= _TRIES_AT_A_BUSY_DATABASE:
            raise LeaseTakenError("another program keeps the database to itself; try again when it has ended")
        if holding and waiting and not told:
            waiting(f"Waiting for another import ({_said(holding)}).")
            told = True
        time.sleep(_LOOKED_EVERY if holding else 0.01)
    held = Lease(catalogue, name, holder)
    renewing = threading.Thread(target=held.keep_renewing, args=(renewed_every,), daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        held.give_back()
        renewing.join()


def _take(catalogue: Catalogue, name: str, holder: str) -> bool:
    """True where the lease is ours now: it was free, had run out, or its process on this machine is gone."""
    now = dt.datetime.now(dt.UTC)
    holding = _held(catalogue, name)
    gone = holding is not None and _is_gone(holding.holder)
    if holding is not None and holding.expires_at > now and not gone:
        return False
    values = {"holder": holder, "taken_at": now, "expires_at": now + LASTS}
    try:
        with catalogue.writing() as session:
            connection = session.connection()
            if holding is None:
                connection.execute(insert(JobLease).values(name=name, **values))
                return True
            free = (
                or_(JobLease.expires_at <= now, JobLease.holder == holding.holder)
                if gone
                else JobLease.expires_at <= now
            )
            return bool(connection.execute(update(JobLease).where(JobLease.name == name, free).values(values)).rowcount)
    except IntegrityError:
        return False
    except OperationalError as error:
        if catalogue.url.get_backend_name() == "sqlite" and "locked" in str(error):
            return False
        raise


def _held(catalogue: Catalogue, name: str) -> JobLease | None:
    with catalogue.reading() as session:
        return session.scalars(select(JobLease).where(JobLease.name == name)).first()


def _is_gone(holder: str) -> bool:
    """True where the holder was a process of this machine that does not run any longer."""
    machine, process, _own = holder.rsplit(":", 2)
    return machine == socket.gethostname()[:60] and not Path("/proc", process).exists()


def _said(holding: JobLease) -> str:
    machine, process, _own = holding.holder.rsplit(":", 2)
    return f"process {process} on {machine}, since {holding.taken_at:%H:%M} UTC"
