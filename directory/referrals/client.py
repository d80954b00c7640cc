"""Client: the least that must be known of a person to refer them, sealed, and found again by name."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from directory.errors import SaidError
from directory.keyring import Keyring
from directory.referrals.day import center_day
from directory.referrals.models import Choice, Client, Consent, Referral
from directory.referrals.needs import UNKNOWN, options
from directory.referrals.records import Records
from directory.sentence import Sentence

LONGEST = 200
OLDEST_YEARS = 120
MOST_FOUND = 50
_ZIP = re.compile(r"[0-9]{5}", re.ASCII)


class ClientError(SaidError):
    """A field of a client cannot be kept, or there is no such client; the message names the field."""


class ReferenceTaken(ClientError):  # noqa: N818 - it is named after what happened
    """Another client has this reference already; `client_id` is that record."""

    def __init__(self, reference: str, client_id: int) -> None:
        super().__init__(
            Sentence(
                "%(reference)s is another client's already; open that record if it is the same person, "
                "or write another reference",
                reference=reference,
            ),
            "reference",
        )
        self.client_id = client_id


class ClientChanged(SaidError):  # noqa: N818 - it is named after what happened
    """Somebody else changed the client meanwhile; `facts` and `version` are what they left."""

    def __init__(self, facts: ClientFacts, version: int) -> None:
        super().__init__(
            Sentence("Somebody else changed this client's record meanwhile; look at it and make your change again.")
        )
        self.facts = facts
        self.version = version


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What is known of a client. `reference` is the center's own number for them, "C-12" where none is given.

    `contact_wish` is in words ("text only"); `language` and `coverage` are codes of `needs.options()`.
    """

    reference: str = ""
    name: str = ""
    contact_wish: str = ""
    birth_year: int | None = None
    zip: str = ""
    language: str = UNKNOWN
    coverage: str = UNKNOWN

    def checked(self, today: dt.date) -> ClientFacts:
        """The facts with blanks trimmed. Raises ClientError naming the first field that cannot be."""
        trimmed = ClientFacts(
            birth_year=self.birth_year,
            **{field: _one_line(getattr(self, field)) for field in _TEXTS},
        )
        if not fold_name(trimmed.name):
            raise ClientError(Sentence("write the client's name or initials"), "name")
        for field in _TEXTS:
            if len(getattr(trimmed, field)) > LONGEST:
                raise ClientError(
                    Sentence("it is longer than %(most)s letters; keep to the least", most=LONGEST),
                    field.replace("_", " "),
                )
        if trimmed.zip and not _ZIP.fullmatch(trimmed.zip):
            raise ClientError(Sentence("write five digits, such as 46204, or leave it empty"), "ZIP")
        year = trimmed.birth_year
        if year is not None and not today.year - OLDEST_YEARS <= year <= today.year:
            raise ClientError(
                Sentence("write a year up to %(year)s, such as 1980, or leave it empty", year=today.year), "birth year"
            )
        if trimmed.language not in options().languages:
            raise ClientError(Sentence("choose one of the list"), "language")
        if trimmed.coverage not in options().coverages:
            raise ClientError(Sentence("choose one of the list"), "coverage")
        return trimmed

    @property
    def initials(self) -> str:
        """ "J. D." for Jane Doe: enough to know a row of the board by."""
        letters = [word[0].upper() for word in re.split(r"[\s.]+", self.name) if word]
        return " ".join(f"{letter}." for letter in letters[:3])


@dataclass(frozen=True, slots=True)
class ClientReferral:
    """A referral as its client's record shows it; `clinic` is empty where none was chosen."""

    id: int
    state: str
    need: tuple[str, ...]
    clinic: str
    created_at: dt.datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """A client's record, opened. `version` goes back with a change."""

    id: int
    version: int
    facts: ClientFacts
    created_at: dt.datetime
    referrals: tuple[ClientReferral, ...] = ()


_TEXTS = ("reference", "name", "contact_wish", "zip", "language", "coverage")


def add_client(records: Records, facts: ClientFacts) -> Client:
    """Keep a new client. Raises ClientError, ReferenceTaken."""
    facts = facts.checked(center_day(records))
    _check_reference(records, facts.reference)
    client = Client(sealed=b"", name_lookup="", reference_lookup="", created_at=records.now)
    client.created_by = acting_person(records)
    client.version = 1
    records.session.add(client)
    records.session.flush()
    _set_facts(records, client, facts)
    records.note("client added", f"client:{client.id}")
    return client


def find_clients(records: Records, text: str) -> list[ClientDocument]:
    """Clients of exactly this name, or of this reference; newest first, at most 50."""
    sought = [_of_reference(records, text)]
    if fold_name(text):
        sought.append(Client.name_lookup.in_(records.keyring.lookups(fold_name(text))))
    found = select(Client).where(Client.purged_on.is_(None), or_(*sought)).order_by(Client.id.desc())
    documents = [_opened(records, client) for client in records.session.scalars(found.limit(MOST_FOUND))]
    if documents:
        records.note("clients found", *(f"client:{document.id}" for document in documents))
    return documents


def client_document(records: Records, client_id: int) -> ClientDocument:
    """Open a client's record with its referrals, newest first. Raises ClientError where there is none."""
    client = kept_client(records, client_id)
    referrals = tuple(
        ClientReferral(
            id=referral.id,
            state=referral.state,
            need=tuple(records.keyring.open(f"referral:{referral.uid}", referral.sealed)["need"]),
            clinic=next((choice.name for choice in referral.choices if choice.id == referral.choice_id), ""),
            created_at=referral.created_at,
            outcome=referral.outcome,
        )
        for referral in client_referrals(records, client)
    )
    records.note("client read", f"client:{client_id}", *(f"referral:{referral.id}" for referral in referrals))
    return replace(_opened(records, client), referrals=referrals)


def change_client(records: Records, client_id: int, facts: ClientFacts, version: int) -> Client:
    """Replace a client's facts. Raises ClientError, ReferenceTaken; ClientChanged where `version` is not the newest."""
    client = kept_client(records, client_id)
    before = open_facts(records, client)
    if client.version != version:
        records.note("client read", f"client:{client_id}")
        raise ClientChanged(before, client.version)
    facts = facts.checked(center_day(records))
    _check_reference(records, facts.reference, client_id)
    facts = _set_facts(records, client, facts)
    client.version += 1
    changed = [field for field, value in asdict(facts).items() if getattr(before, field) != value]
    records.note("client changed", f"client:{client_id}", fields=changed)
    return client


def fold_name(name: str) -> str:
    """A name without case, accents, points and doubled blanks: "  Zoë O’Nowhere " → "zoe onowhere"."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(" " if letter.isspace() or letter in "-,." else letter for letter in plain)
    letters = "".join(letter for letter in kept if letter == " " or letter.isalnum())
    return " ".join(letters.split())


def name_lookup(keyring: Keyring, name: str) -> str:
    """The keyed hash by which a client's name is found again."""
    return keyring.lookup(fold_name(name))


def reference_lookup(keyring: Keyring, reference: str) -> str:
    """The keyed hash by which a client's reference is found again, whatever its case."""
    return keyring.lookup(_reference_text(reference))


def client_referrals(records: Records, client: Client) -> list[Referral]:
    """The referrals of a client with their clinics and consents, newest first; no statement where they are loaded."""
    if "referrals" in inspect(client).unloaded:
        load_referrals(records, Referral.client_id == client.id)
    if "referrals" in inspect(client).unloaded:
        return []
    kept = (referral for referral in client.referrals if referral.purged_on is None)
    return sorted(kept, key=lambda referral: -referral.id)


def load_referrals(records: Records, of_client: ColumnElement[bool]) -> list[Referral]:
    """All referrals of one client with client, clinics, consents and who looks after them, in one statement.

    They stay with the client's row: a page that asks for one asks for the others too.
    """
    whole = (
        joinedload(Referral.client),
        joinedload(Referral.person),
        joinedload(Referral.choices).joinedload(Choice.consents).defer(Consent.sealed),
    )
    found = list(records.session.scalars(select(Referral).options(*whole).where(of_client)).unique())
    if found:
        set_committed_value(found[0].client, "referrals", found)
    return found


def kept_client(records: Records, client_id: int) -> Client:
    """The row of a client. Raises ClientError where there is none, or it was purged."""
    client = records.session.get(Client, client_id)
    if client is None or client.purged_on is not None:
        raise ClientError(
            Sentence("There is no such client, or the record was purged; look for the name or reference again.")
        )
    return client


def open_facts(records: Records, client: Client) -> ClientFacts:
    """A client's facts. The caller notes the reading."""
    return ClientFacts(**records.keyring.open(f"client:{client.uid}", client.sealed))


def seal_facts(records: Records, client: Client, facts: ClientFacts) -> bytes:
    """A client's facts as the row keeps them."""
    values: dict[str, Any] = asdict(facts)
    return records.keyring.seal(f"client:{client.uid}", values)


def acting_person(records: Records) -> int:
    """The id of the person who acts. Raises ClientError where it is none of the staff."""
    if records.actor.kind != "staff" or records.actor.id is None:
        raise ClientError(Sentence("Only somebody of the staff can do this; sign in and do it again."))
    return records.actor.id


def _opened(records: Records, client: Client) -> ClientDocument:
    return ClientDocument(client.id, client.version, open_facts(records, client), client.created_at)


def _set_facts(records: Records, client: Client, facts: ClientFacts) -> ClientFacts:
    """Seal the facts of a client with a reference, and let both name and reference be found."""
    facts = replace(facts, reference=facts.reference or _free_reference(records, client.id))
    client.sealed = seal_facts(records, client, facts)
    client.name_lookup = name_lookup(records.keyring, facts.name)
    client.reference_lookup = reference_lookup(records.keyring, facts.reference)
    return facts


def _check_reference(records: Records, reference: str, client_id: int | None = None) -> None:
    if reference and (other := _holder(records, reference, client_id)):
        raise ReferenceTaken(reference, other)


def _holder(records: Records, reference: str, but: int | None) -> int | None:
    found = select(Client.id).where(_of_reference(records, reference), Client.purged_on.is_(None), Client.id != but)
    return records.session.scalar(found.limit(1))


def _free_reference(records: Records, client_id: int) -> str:
    # A center may have given "C-12" by hand before the twelfth client came.
    wanted = (f"C-{client_id}" if again == 1 else f"C-{client_id}-{again}" for again in itertools.count(1))
    return next(reference for reference in wanted if _holder(records, reference, client_id) is None)


def _of_reference(records: Records, reference: str) -> ColumnElement[bool]:
    return Client.reference_lookup.in_(records.keyring.lookups(_reference_text(reference)))


def _reference_text(reference: str) -> str:
    # Told apart from a name: the same word as both must not give the same hash.
    return f"reference {_one_line(reference).casefold()}"


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
