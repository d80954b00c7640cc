from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_people import JANE, a_referral
from sqlalchemy import select

from directory.accounts.audit import AuditEntry, record_waiting
from directory.referrals.client import (
    ClientChanged,
    ClientError,
    ClientFacts,
    ReferenceTaken,
    add_client,
    change_client,
    client_document,
    find_clients,
    fold_name,
    kept_client,
)
from directory.referrals.models import Client
from directory.referrals.records import Records


def test_a_client_reads_as_written(records: Records) -> None:
    client = add_client(records, JANE)
    assert client_document(records, client.id).facts == JANE


def test_nothing_of_a_client_stands_in_the_row_in_clear(records: Records) -> None:
    client = add_client(records, JANE)
    row = records.session.execute(select(Client.__table__).where(Client.id == client.id)).one()
    kept = repr(tuple(row)).casefold()
    for value in (JANE.name, JANE.reference, JANE.contact_wish, "vantablack", "1981", JANE.zip):
        assert value.casefold() not in kept


@pytest.mark.parametrize("typed", [JANE.name, " quillon  VANTABLACK-moo ", "Quíllon Vantablack Moo"])
def test_a_client_is_found_by_name_however_it_is_typed(records: Records, typed: str) -> None:
    client = add_client(records, JANE)
    add_client(records, replace(JANE, name="Somebody Else", reference="R-8"))
    assert [found.id for found in find_clients(records, typed)] == [client.id]


@pytest.mark.parametrize("reference", ["R-7", "r-7"])
def test_a_client_is_found_by_reference(records: Records, reference: str) -> None:
    client = add_client(records, JANE)
    assert [found.id for found in find_clients(records, reference)] == [client.id]


def test_a_client_without_a_reference_is_given_one_that_finds_them(records: Records) -> None:
    client = add_client(records, replace(JANE, reference=""))
    reference = client_document(records, client.id).facts.reference
    assert [found.id for found in find_clients(records, reference)] == [client.id]


def test_looking_for_nothing_finds_nobody(records: Records) -> None:
    add_client(records, JANE)
    assert find_clients(records, " . ") == []


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", " . ", "name"),
        ("name", "x" * 201, "name"),
        ("zip", "4620", "ZIP"),
        ("zip", "4620٤", "ZIP"),
        ("birth_year", 2027, "birth year"),
        ("birth_year", 1800, "birth year"),
        ("language", "Klingon", "language"),
        ("coverage", "gold", "coverage"),
    ],
)
def test_a_field_that_cannot_be_is_named(records: Records, field: str, value: object, named: str) -> None:
    with pytest.raises(ClientError, match=f"^{named}:"):
        add_client(records, replace(JANE, **{field: value}))


def test_the_second_of_two_changes_is_told_of_the_first(records: Records) -> None:
    client = add_client(records, JANE)
    change_client(records, client.id, replace(JANE, zip="46802"), 1)
    with pytest.raises(ClientChanged) as told:
        change_client(records, client.id, replace(JANE, name="Lost Update"), 1)
    assert told.value.facts.zip == "46802"
    assert client_document(records, client.id).facts == replace(JANE, zip="46802")


def test_a_renamed_client_is_found_by_the_new_name_only(records: Records) -> None:
    client = add_client(records, JANE)
    change_client(records, client.id, replace(JANE, name="Umber Nowhere"), 1)
    assert [found.id for found in find_clients(records, "umber nowhere")] == [client.id]
    assert find_clients(records, "Quillon Vantablack-Moo") == []


def test_every_touch_of_a_client_leaves_an_entry_without_a_fact(records: Records, clinics: list[int]) -> None:
    referral = a_referral(records, clinics)
    find_clients(records, JANE.name)
    client_document(records, referral.client_id)
    change_client(records, referral.client_id, replace(JANE, zip="46802"), 1)
    record_waiting(records.session)
    entries = list(records.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    actions = [entry.action for entry in entries]
    assert actions == ["client added", "referral started", "clients found", "client read", "client changed"]
    written = " ".join(f"{entry.subjects} {entry.detail}" for entry in entries)
    assert not any(value in written for value in ("Quillon", "R-7", "46802", "46204"))


def test_a_purged_client_cannot_be_opened(records: Records) -> None:
    client = add_client(records, JANE)
    client.purged_on = records.today
    with pytest.raises(ClientError, match="purged"):
        kept_client(records, client.id)
    assert find_clients(records, JANE.name) == []


def test_a_record_lists_the_clients_referrals(records: Records, clinics: list[int]) -> None:
    referral = a_referral(records, clinics)
    (line,) = client_document(records, referral.client_id).referrals
    assert (line.id, line.state, line.need, line.clinic) == (referral.id, "draft", ("KIT",), "Quokka Infusion Center")


def test_initials_are_all_that_a_row_shows() -> None:
    assert ClientFacts(name="Quillon Vantablack-Moo").initials == "Q. V."
    assert ClientFacts(name="q.v.").initials == "Q. V."


@given(st.text())
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


def test_two_clients_never_have_one_reference(records: Records) -> None:
    first = add_client(records, JANE)
    other = replace(JANE, name="Zorblax Nonesuch")
    with pytest.raises(ReferenceTaken, match=r"^reference: r-7 is another client's already") as told:
        add_client(records, replace(other, reference="r-7"))
    assert told.value.client_id == first.id
    second = add_client(records, replace(other, reference=""))
    with pytest.raises(ReferenceTaken):
        change_client(records, second.id, replace(other, reference=JANE.reference), 1)
    assert change_client(records, first.id, replace(JANE, zip="46802"), 1).version == 2


def test_a_reference_of_the_directorys_own_kind_given_by_hand_is_passed_over(records: Records) -> None:
    by_hand = add_client(records, replace(JANE, reference="C-2"))
    second = add_client(records, replace(JANE, reference=""))
    assert (by_hand.id, client_document(records, second.id).facts.reference) == (1, "C-2-2")
