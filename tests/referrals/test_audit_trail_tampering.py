from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from made_up_people import JANE
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from directory.accounts.audit import SYSTEM, AuditEntry, AuditHead, AuditSubject, Head, head, record
from directory.catalogue.session import Catalogue
from directory.keyring import Keyring
from directory.referrals.client import add_client
from directory.referrals.records import Records
from directory.referrals.trail import SubjectError, trail, trail_faults

ENTRIES = 40
COLUMNS = ("at", "actor", "action", "subjects", "detail", "hash")
entries, subjects, heads = AuditEntry.__table__, AuditSubject.__table__, AuditHead.__table__


@pytest.fixture
def written(catalogue: Catalogue, keyring: Keyring) -> Catalogue:
    """A trail of forty entries about a few clients."""
    with catalogue.recording() as session:
        for number in range(ENTRIES):
            named = [f"client:{number % 7 + 1}", f"referral:{number + 1}"]
            record(session, keyring, SYSTEM, "client read", named, page=number)
    return catalogue


def edited(connection: Connection, chance: random.Random) -> None:
    """Any column of any entry."""
    number, column = chance.randint(1, ENTRIES), chance.choice(COLUMNS)
    value = connection.scalar(select(entries.c[column]).where(entries.c.id == number))
    connection.execute(update(entries).where(entries.c.id == number).values({column: f"{value}{chance.choice(' x0')}"}))


def deleted(connection: Connection, chance: random.Random) -> None:
    """One entry, or a few in a row, with what speaks of them."""
    first = chance.randint(1, ENTRIES)
    last = min(ENTRIES, first + chance.randint(0, 5))
    connection.execute(delete(subjects).where(subjects.c.entry_id.between(first, last)))
    connection.execute(delete(entries).where(entries.c.id.between(first, last)))


def swapped(connection: Connection, chance: random.Random) -> None:
    """Two entries change places, with all they say."""
    one, other = chance.sample(range(1, ENTRIES + 1), 2)
    rows = {n: connection.execute(select(entries).where(entries.c.id == n)).one()._asdict() for n in (one, other)}
    for here, there in ((one, other), (other, one)):
        connection.execute(update(entries).where(entries.c.id == here).values(rows[there] | {"id": here}))


def cut(connection: Connection, chance: random.Random) -> None:
    """The end, and the head taken back to what is left."""
    last = chance.randint(1, ENTRIES - 1)
    connection.execute(delete(subjects).where(subjects.c.entry_id > last))
    connection.execute(delete(entries).where(entries.c.id > last))
    end = connection.scalar(select(entries.c.hash).where(entries.c.id == last))
    connection.execute(update(heads).values(entries=last, hash=end))


def written_anew(connection: Connection, chance: random.Random) -> None:
    """An entry changed, or taken out, and the whole chain and its head computed again; only the key is missing."""
    rows = [row._asdict() for row in connection.execute(select(entries).order_by(entries.c.id))]
    place = chance.randrange(ENTRIES)
    if chance.random() < 0.5:
        rows[place]["actor"] = "staff:99"
    else:
        del rows[place]
    before = "0" * 64
    connection.execute(delete(subjects))
    connection.execute(delete(entries))
    for number, row in enumerate(rows, 1):
        row["id"] = number
        before = row["hash"] = chained(before, row)
        connection.execute(insert(entries).values(row))
        for name in row["subjects"].split():
            connection.execute(insert(subjects).values(subject=name, entry_id=number))
    connection.execute(update(heads).values(entries=len(rows), hash=before))


def chained(before: str, row: dict[str, Any]) -> str:
    values = [row[name] for name in sorted(row) if name != "hash"]
    return hashlib.sha256(json.dumps([before, *values], ensure_ascii=False).encode()).hexdigest()


def list_edited(connection: Connection, chance: random.Random) -> None:
    """The list of who an entry speaks of: a line taken out, put in, or pointed elsewhere."""
    number = chance.randint(1, ENTRIES)
    line = (subjects.c.entry_id == number) & (subjects.c.subject == f"referral:{number}")
    match chance.randrange(3):
        case 0:
            connection.execute(delete(subjects).where(line))
        case 1:
            connection.execute(insert(subjects).values(subject="client:77", entry_id=number))
        case _:
            connection.execute(update(subjects).where(line).values(subject="referral:999"))


def head_edited(connection: Connection, chance: random.Random) -> None:
    """The head: its number, hash or mark."""
    column = chance.choice(["entries", "hash", "mark"])
    connection.execute(update(heads).values({column: 7 if column == "entries" else "f" * 64}))


WAYS: tuple[Callable[[Connection, random.Random], None], ...] = (
    edited,
    deleted,
    swapped,
    cut,
    written_anew,
    list_edited,
    head_edited,
)


def test_a_trail_nobody_touched_is_whole(written: Catalogue, keyring: Keyring) -> None:
    with written.reading() as session:
        assert list(trail_faults(session, keyring)) == []


def test_a_hundred_ways_to_tamper_are_all_found(written: Catalogue, keyring: Keyring) -> None:
    chance = random.Random(42)
    missed = []
    for number in range(105):
        way = WAYS[number % len(WAYS)]
        with written.engine.connect() as connection:
            way(connection, chance)
            with Session(connection) as session:
                if not list(trail_faults(session, keyring)):
                    missed.append((number, way.__name__))
            connection.rollback()
    assert missed == []
    with written.reading() as session:
        assert list(trail_faults(session, keyring)) == []


def test_a_trail_written_anew_by_a_holder_of_the_keys_misses_the_head_noted_elsewhere(
    written: Catalogue, keyring: Keyring
) -> None:
    with written.reading() as session:
        noted = head(session)
    with written.engine.begin() as connection:
        cut(connection, random.Random(1))
        row = connection.execute(select(heads)).one()
        connection.execute(update(heads).values(mark=keyring.mark(f"{row.entries} {row.hash}")))
    with written.reading() as session:
        assert list(trail_faults(session, keyring)) == []
        assert list(trail_faults(session, keyring, noted)) == [
            f"The head noted elsewhere, {noted}, is nowhere in the trail."
        ]


def test_a_trail_passes_through_every_head_it_had(written: Catalogue, keyring: Keyring) -> None:
    with written.reading() as session:
        noted = head(session)
    with written.recording() as session:
        record(session, keyring, SYSTEM, "client read")
    with written.reading() as session:
        assert list(trail_faults(session, keyring, noted)) == []
        assert list(trail_faults(session, keyring, Head.parse(str(noted)))) == []


def test_a_trail_that_is_gone_while_clients_are_there_is_told(records: Records) -> None:
    add_client(records, JANE)
    for table in (subjects, entries, heads):
        records.session.execute(delete(table))
    records.session.expire_all()
    assert [said for said in trail_faults(records.session, records.keyring) if "gone" in said]


def test_a_trail_marked_by_other_keys_is_told(written: Catalogue) -> None:
    with written.reading() as session:
        assert list(trail_faults(session, Keyring([Fernet.generate_key()])))


def test_the_entries_of_one_record_are_shown_newest_first(records: Records) -> None:
    client = add_client(records, JANE)
    add_client(records, replace(JANE, reference=""))
    found = trail(records, f"client:{client.id}")
    assert [entry.action for entry in found.entries] == ["client added"]
    assert found.head.entries == 2
    assert [entry.action for entry in trail(records).entries] == ["trail read", "client added", "client added"]


def test_a_record_is_named_by_kind_and_number_only(records: Records) -> None:
    with pytest.raises(SubjectError, match="client 4"):
        trail(records, "Quillon Vantablack-Moo")
