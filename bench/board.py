"""Board: staff pages of the real application over 20,000 referrals, beside a bare SELECT of the same rows."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from flask import Flask
from sqlalchemy import event, insert, text

from bench import tables
from bench.installation import FailedError
from directory.accounts.models import Person
from directory.accounts.sessions import begin_session
from directory.application import build
from directory.catalogue.models import Facility, ImportRun, Source
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import load_settings
from directory.keyring import Keyring, add_key
from directory.referrals.client import ClientFacts, name_lookup, reference_lookup
from directory.referrals.models import Choice, Client, Referral, ReferralEvent
from directory.referrals.referral import ReferralFacts
from directory.referrals.states import Event, State

REFERRALS = 20_000
CLINICS = 200
EVENTS = 6
ROUNDS = 60
MOST_MILLISECONDS = 50
MOST_STATEMENTS = 10
_NOW = dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
_PORTION = 2_000
_STATES = [*State, *[State.CLOSED] * 20]


def show(folder: Path) -> None:
    """Make the referrals, then print how long a page takes and how many statements it asks."""
    settings = load_settings({"DIRECTORY_HOME": str(folder)})
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    add_key(settings.home)
    keyring = Keyring.load(settings.home, {})
    began = time.perf_counter()
    _fill(catalogue, keyring)
    print(f"\n{REFERRALS:,} made-up referrals were written in {time.perf_counter() - began:.1f} s.")
    with catalogue.writing() as session:
        token = begin_session(session, keyring, "staff", {}, dt.datetime.now(dt.UTC), 3)
    rows = list(_measured(build(settings), token))
    bar = f"bar: {MOST_MILLISECONDS} ms at the 95th percentile, {MOST_STATEMENTS} statements"
    tables.show(f"Staff pages over {REFERRALS:,} referrals, audit entry included ({bar})", _HEADINGS, rows)
    catalogue.close()


_HEADINGS = ["page", "median ms", "p95 ms", "statements", "bar"]


def _measured(app: Flask, token: str) -> Iterator[list[str]]:
    chance = random.Random(7)
    client = app.test_client()
    client.set_cookie("staff", token, path="/staff")

    def page(address: str) -> Callable[[], None]:
        def ask() -> None:
            answer = client.get(address.format(number=chance.randint(1, REFERRALS)), base_url="https://localhost")
            if answer.status_code != 200:
                raise FailedError(f"{address} answered {answer.status}")

        return ask

    pages = {
        "board, all open": page("/staff"),
        "board, mine": page("/staff?mine=1"),
        "board, closed, a late page": page("/staff?state=closed&page=100"),
        "referral with its timeline": page("/staff/referrals/{number}"),
        "bare SELECT of a board's rows": lambda: _bare(app.extensions["directory"].catalogue),
    }
    for name, ask in pages.items():
        milliseconds, statements = _asked(app.extensions["directory"].catalogue, ask)
        late = statistics.quantiles(milliseconds, n=20)[-1]
        kept = late < MOST_MILLISECONDS and statements <= MOST_STATEMENTS
        figures = [f"{statistics.median(milliseconds):.1f}", f"{late:.1f}", str(statements)]
        yield [name, *figures, "kept" if kept else "MISSED"]


def _bare(catalogue: Catalogue) -> None:
    with catalogue.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT r.*, c.*, h.name, p.name FROM referral r JOIN client c ON c.id = r.client_id "
                "JOIN person p ON p.id = r.assigned_to LEFT JOIN choice h ON h.id = r.choice_id "
                "WHERE r.due_on IS NOT NULL ORDER BY r.due_on, r.id LIMIT 50"
            )
        ).all()


def _asked(catalogue: Catalogue, ask: Callable[[], None]) -> tuple[list[float], int]:
    ask()
    with _counted(catalogue) as statements:
        ask()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return took, len(statements)


@contextmanager
def _counted(catalogue: Catalogue) -> Iterator[list[str]]:
    """Every statement of a page, those of its session and its trail among them; not the mark where a write begins."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    engines = (catalogue.engine, catalogue._reading_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", hear)


def _fill(catalogue: Catalogue, keyring: Keyring) -> None:
    chance = random.Random(20_000)
    with catalogue.writing() as session:
        session.add(Source(id="made-up", name="Made-up listings"))
        session.flush()
        run = {"source_id": "made-up", "edition": "2026", "file_name": "made-up.csv", "file_sha256": ""}
        session.add(ImportRun(id=1, started_at=_NOW, **run))
        session.flush()
        for number in range(1, 9):
            person = {"id": number, "email": f"person-{number}@example.org", "name": f"Person {number}"}
            session.add(Person(**person, role="supervisor", active=True, created_at=_NOW))
        session.flush()
        session.execute(
            insert(Facility), [_FACILITY | {"id": n, "name": f"Made-up Clinic {n}"} for n in range(1, CLINICS + 1)]
        )
    for first in range(1, REFERRALS + 1, _PORTION):
        with catalogue.writing() as session:
            made = [_made(keyring, chance, number) for number in range(first, first + _PORTION)]
            for place, model in enumerate((Client, Referral, Choice)):
                session.execute(insert(model), [rows[place] for rows in made])
            session.execute(insert(ReferralEvent), [row for rows in made for row in rows[3]])
    with catalogue.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


_FACILITY = {
    "street": "1 Nonesuch Street",
    "city": "Nowhere",
    "state": "IN",
    "zip": "46204",
    "latitude": 39.77,
    "longitude": -86.16,
    "codes": ("KIT",),
    "first_run_id": 1,
    "changed_run_id": 1,
}


def _made(keyring: Keyring, chance: random.Random, number: int) -> tuple[dict, dict, dict, list[dict]]:
    """A client, a referral, a choice and six events; the ids are the number."""
    name = f"Nobody Number {number}"
    state, by = chance.choice(_STATES), chance.randint(1, 8)
    created = _NOW - dt.timedelta(hours=chance.randint(1, 9_000))
    closed = state is State.CLOSED
    facts = ReferralFacts(need=("KIT",), coverage="MD", note="a made-up note " * 4)
    client = {
        "id": number,
        "uid": f"c{number}",
        "sealed": keyring.seal(f"client:c{number}", asdict(ClientFacts(reference=f"C-{number}", name=name))),
        "name_lookup": name_lookup(keyring, name),
        "reference_lookup": reference_lookup(keyring, f"C-{number}"),
        "version": 1,
        "created_at": created,
        "created_by": by,
    }
    referral = {
        "id": number,
        "uid": f"r{number}",
        "client_id": number,
        "sealed": keyring.seal(f"referral:r{number}", asdict(facts)),
        "state": state.value,
        "version": EVENTS,
        "choice_id": number,
        "assigned_to": by,
        "created_at": created,
        "created_by": by,
        "changed_at": created,
        "due_on": None if closed else _NOW.date() + dt.timedelta(days=chance.randint(-5, 9)),
        "closed_at": created if closed else None,
        "outcome": "attended" if closed else "",
        "purged_on": None,
    }
    clinic = chance.randint(1, CLINICS)
    choice = {
        "id": number,
        "referral_id": number,
        "rank": 1,
        "facility_id": clinic,
        "phone": "",
        "answer": "",
        "reason": "",
    }
    choice |= {"name": f"Made-up Clinic {clinic}", "address": "1 Nonesuch Street"}
    events = [
        {
            "uid": f"e{number}-{step}",
            "referral_id": number,
            "choice_id": number,
            "at": created + dt.timedelta(hours=step),
            "actor": f"staff:{by}",
            "event": Event.NOTE.value,
            "from_state": state.value,
            "to_state": state.value,
            "reason": "",
            "version": step,
            "sealed": keyring.seal(f"event:e{number}-{step}", {"note": "a made-up note"}),
        }
        for step in range(1, EVENTS + 1)
    ]
    return client, referral, choice, events
