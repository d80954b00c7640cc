"""Accounting of disclosures: what left the center of a client, when, to whom, why (42 CFR 2.25, 45 CFR 164.528)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from directory.csv_text import csv_text
from directory.errors import SaidError
from directory.referrals.client import open_facts
from directory.referrals.day import day_of
from directory.referrals.models import Client, Disclosure
from directory.referrals.packet import DisclosureRow
from directory.referrals.records import Records
from directory.sentence import Sentence

COLUMNS = ("date", "recipient", "address", "what", "why", "how")


class NoClientError(SaidError):
    """There is no such client."""


@dataclass(frozen=True, slots=True)
class Accounting:
    """Every disclosure of a client that is kept, oldest first; days are the center's."""

    client_name: str
    rows: list[DisclosureRow]


def accounting(records: Records, client_id: int) -> Accounting:
    """What was disclosed of a client, also of one whose record was purged since. Raises NoClientError."""
    client = records.session.get(Client, client_id)
    if client is None:
        raise NoClientError(
            Sentence("there is no client %(number)s; the list of clients names those there are", number=client_id)
        )
    kept = records.session.scalars(
        select(Disclosure).where(Disclosure.client_id == client_id).order_by(Disclosure.at, Disclosure.id)
    ).all()
    rows = [_row(records, disclosure) for disclosure in kept]
    subjects = [f"client:{client_id}", *(f"disclosure:{disclosure.id}" for disclosure in kept)]
    records.note("accounting read", *subjects, disclosures=len(rows))
    return Accounting(open_facts(records, client).name, rows)


def accounting_csv(rows: Sequence[DisclosureRow]) -> str:
    """The accounting as CSV with a heading; no cell of it can be taken for a formula."""
    lines = [(row.on.isoformat(), row.recipient, row.address, row.what, row.why, row.how) for row in rows]
    return csv_text([COLUMNS, *lines])


def _row(records: Records, disclosure: Disclosure) -> DisclosureRow:
    said = records.keyring.open(f"disclosure:{disclosure.uid}", disclosure.sealed)
    return DisclosureRow(
        on=day_of(records, disclosure.at),
        recipient=disclosure.recipient,
        address=disclosure.recipient_address,
        what=said.get("what", ""),
        why=said.get("why", ""),
        how=disclosure.how,
    )
