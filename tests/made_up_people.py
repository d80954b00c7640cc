"""Made-up people and clinics for tests of referrals: nobody could take them for real."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from made_up_clinics import add_clinics, clinic

from directory.accounts.models import Person
from directory.catalogue.session import Catalogue
from directory.referrals.client import ClientFacts, ReferenceTaken, add_client
from directory.referrals.consent import ConsentFacts, draft_consent, sign_on_screen
from directory.referrals.models import Choice, Client, Consent, Referral
from directory.referrals.records import Records
from directory.referrals.referral import ReferralFacts, start_referral

# Opens records in a transaction of their own: `with recording(now=…, by=Actor(…)) as records`.
OpenRecords = Callable[..., AbstractContextManager[Records]]

NOON = dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
JANE = ClientFacts(
    reference="R-7",
    name="Quillon Vantablack-Moo",
    contact_wish="text only, never the barn",
    birth_year=1981,
    zip="46204",
    language="SP",
    coverage="MD",
)
NEED = ReferralFacts(need=("KIT",), urgency="soon", coverage="MD", language="SP", note="Hopes to walk the quokka again")
CLINICS = ("Quokka Infusion Center", "Teapot Ketamine Clinic", "Left-Handed Wellness", "Zebra Finch House")


def add_person(catalogue: Catalogue, name: str = "Ada Nobody", role: str = "intake") -> int:
    """Somebody of the staff; returns the id."""
    with catalogue.writing() as session:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        person = Person(email=email, name=name, role=role, active=True, created_at=NOON)
        session.add(person)
        session.flush()
        return person.id


def add_few_clinics(catalogue: Catalogue) -> list[int]:
    """Four clinics in and around Indianapolis; returns their ids in the order of CLINICS."""
    codes = (("KIT", "MD", "SP"), ("KIT", "ESK", "PI"), ("KIT", "SF"), ("KIT", "MD"))
    return add_clinics(
        catalogue,
        [
            clinic(name=name, street=f"{number} Nonesuch Street", phone=f"317-555-010{number}", codes=codes[number - 1])
            for number, name in enumerate(CLINICS, 1)
        ],
    )


def a_client(records: Records, facts: ClientFacts = JANE) -> Client:
    """A client, kept; of two with the same reference the later gets one from the directory."""
    try:
        return add_client(records, facts)
    except ReferenceTaken:
        return add_client(records, replace(facts, reference=""))


def a_referral(records: Records, facility_ids: Sequence[int], facts: ReferralFacts = NEED) -> Referral:
    """A new client's referral to clinics, as a draft."""
    return start_referral(records, a_client(records).id, facts, facility_ids, despite_duplicates=True)


def choices_of(records: Records, referral: Referral) -> list[Choice]:
    """The clinics of a referral in order of preference."""
    found = records.session.query(Choice).filter(Choice.referral_id == referral.id)
    return list(found.order_by(Choice.rank))


def signable(records: Records, choice_id: int, **changes: object) -> ConsentFacts:
    """A whole consent, only to be kept."""
    drafted = draft_consent(records, choice_id)
    values = {name: getattr(drafted, name) for name in drafted.__dataclass_fields__}
    day = records.now.date() - dt.timedelta(days=1)
    return ConsentFacts(**(values | {"signature": JANE.name, "signed_on": day} | changes))


def a_signed_consent(records: Records, choice_id: int, **changes: object) -> Consent:
    """A consent for one clinic, signed on screen; a referral that awaits it becomes ready."""
    return sign_on_screen(records, choice_id, signable(records, choice_id, **changes))
