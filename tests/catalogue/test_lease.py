"""One job at a time on any of several machines; whoever dies loses the lease, whoever works keeps it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from directory.catalogue.job_models import JobLease
from directory.catalogue.lease import LeaseLostError, LeaseTakenError, lease
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue


def set_lease(catalogue: Catalogue, **values: object) -> None:
    with catalogue.writing() as session:
        session.execute(update(JobLease).values(values))


def test_nobody_else_gets_a_lease_that_is_held(any_database: Catalogue) -> None:
    upgrade(any_database)
    with lease(any_database), pytest.raises(LeaseTakenError, match="another import is at work"), lease(any_database):
        pass
    with lease(any_database):
        pass


def test_of_many_at_once_exactly_one_has_it(any_database: Catalogue) -> None:
    upgrade(any_database)
    inside, most, turns = 0, 0, 0
    counting = threading.Lock()

    def work(_number: int) -> None:
        nonlocal inside, most, turns
        with lease(any_database, patience=120):
            with counting:
                inside += 1
                most, turns = max(most, inside), turns + 1
            with counting:
                inside -= 1

    with ThreadPoolExecutor(8) as people:
        list(people.map(work, range(8)))
    assert (most, turns) == (1, 8)


def test_a_machine_that_stopped_renewing_loses_it_and_learns_so(any_database: Catalogue) -> None:
    upgrade(any_database)
    with lease(any_database) as slow:
        set_lease(any_database, expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
        with lease(any_database) as other:
            slow.renew()
            with pytest.raises(LeaseLostError):
                slow.check()
            other.renew()
            other.check()


def test_whoever_works_keeps_it(any_database: Catalogue) -> None:
    upgrade(any_database)
    with lease(any_database, renewed_every=0.02) as held:
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        set_lease(any_database, expires_at=soon)
        for _ in range(100):
            with any_database.reading() as session:
                row = session.get_one(JobLease, "imports")
                if row.expires_at > soon:
                    break
            threading.Event().wait(0.02)
        assert row.expires_at > soon
        held.check()


def test_a_process_of_this_machine_that_was_killed_is_not_waited_for(catalogue: Catalogue) -> None:
    program = (
        "import os, signal, sys\nfrom directory.catalogue.lease import lease\n"
        "from directory.catalogue.session import Catalogue\n"
        f"with lease(Catalogue({str(catalogue.url)!r})):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    with lease(catalogue) as held:
        held.check()
    set_free = Catalogue(str(catalogue.url))
    with lease(set_free):
        pass
    set_free.close()


def test_a_machine_that_died_is_waited_for_until_its_lease_runs_out(catalogue: Catalogue) -> None:
    with lease(catalogue) as _held:
        set_lease(catalogue, holder="elsewhere:1:0")
        with pytest.raises(LeaseTakenError, match="process 1 on elsewhere"), lease(catalogue):
            pass
        set_lease(catalogue, expires_at=dt.datetime.now(dt.UTC))
        with lease(catalogue):
            pass
