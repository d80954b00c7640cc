from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from made_up_people import JANE, NEED, NOON, OpenRecords, a_client, a_referral, a_signed_consent, add_person, choices_of

from directory.accounts.audit import Actor, faults
from directory.catalogue.session import Catalogue
from directory.keyring import Keyring
from directory.referrals.clinic_record import clinic_records
from directory.referrals.consent import ConsentNeeded, revoke
from directory.referrals.course import MoveError
from directory.referrals.models import Referral
from directory.referrals.records import Records
from directory.referrals.referral import (
    ChangedMeanwhile,
    DuplicateReferral,
    ReferralError,
    assign,
    change_facts,
    choose_clinics,
    live_duplicates,
    move,
    next_clinic,
    open_referral,
    start_referral,
)
from directory.referrals.states import Event, State
from directory.referrals.timeline import timeline


@pytest.fixture
def referral(records: Records, clinics: list[int]) -> Referral:
    return a_referral(records, clinics[:3])


def went(records: Records, referral: Referral, event: Event, **said: object) -> Referral:
    """One step with the newest version."""
    return move(records, referral.id, referral.version, event, **said)  # type: ignore[arg-type]


def sent(records: Records, referral: Referral) -> Referral:
    a_signed_consent(records, referral.choice_id or 0)
    return went(records, referral, Event.SEND)


def test_a_referral_reads_as_it_was_asked_for(records: Records, referral: Referral) -> None:
    opened = open_referral(records, referral.id)
    assert (opened.facts, opened.initials, opened.reference) == (NEED, "Q. V.", "R-7")
    assert opened.current is opened.choices[0]


def test_a_second_referral_for_the_same_need_is_held_until_somebody_insists(
    records: Records, clinics: list[int]
) -> None:
    client = a_client(records)
    first = start_referral(records, client.id, NEED, clinics[:1])
    assert [line.id for line in live_duplicates(records, client.id, ["KIT", "ESK"])] == [first.id]
    assert live_duplicates(records, client.id, ["ESK"]) == []
    with pytest.raises(DuplicateReferral) as held:
        start_referral(records, client.id, NEED, clinics[:1])
    assert [line.same_record for line in held.value.referrals] == [True]
    assert start_referral(records, client.id, NEED, despite_duplicates=True).id != first.id


def test_the_same_name_in_another_record_counts_as_a_duplicate_unless_born_in_another_year(records: Records) -> None:
    start_referral(records, a_client(records).id, NEED)
    again = a_client(records, replace(JANE, name=JANE.name.upper(), birth_year=None, reference="R-8"))
    other = a_client(records, replace(JANE, birth_year=1950, reference="R-9"))
    assert [line.same_record for line in live_duplicates(records, again.id, ["KIT"])] == [False]
    assert live_duplicates(records, other.id, ["KIT"]) == []


def test_a_duplicate_is_found_also_while_keys_are_rotated(records: Records) -> None:
    newer, older = Fernet.generate_key(), Fernet.generate_key()
    before = replace(records, keyring=Keyring([older]))
    start_referral(before, a_client(before).id, NEED)
    with_both = replace(records, keyring=Keyring([newer, older]))
    again = a_client(with_both, replace(JANE, reference="R-8"))
    assert [line.same_record for line in live_duplicates(with_both, again.id, ["KIT"])] == [False]


def test_an_ended_or_a_forgotten_referral_is_no_duplicate(records: Records, referral: Referral) -> None:
    month_later = replace(records, now=NOON + dt.timedelta(days=31))
    assert live_duplicates(month_later, referral.client_id, ["KIT"]) == []
    went(records, referral, Event.WITHDRAW, reason="client_asked")
    assert live_duplicates(records, referral.client_id, ["KIT"]) == []


def test_nothing_is_sent_without_a_consent(records: Records, referral: Referral) -> None:
    consent = a_signed_consent(records, referral.choice_id or 0)
    # As if a bug or a hand in the database had left it ready.
    revoke(records, consent.id, "phone")
    referral.state = State.READY.value
    with pytest.raises(ConsentNeeded):
        went(records, referral, Event.SEND)
    assert referral.state == State.READY


def test_declined_then_the_next_clinic_then_attended(records: Records, referral: Referral) -> None:
    first, second, _ = choices_of(records, referral)
    a_signed_consent(records, second.id)
    went(records, sent(records, referral), Event.VIEW)
    went(records, referral, Event.DECLINE, reason="no_capacity")
    next_clinic(records, referral.id, referral.version)
    assert (referral.state, referral.choice_id) == (State.READY, second.id)
    went(records, referral, Event.SEND)
    went(records, referral, Event.ACCEPT, callback="after three")
    went(records, referral, Event.BOOK, appointment=dt.date(2026, 12, 1))
    assert referral.due_on == dt.date(2026, 12, 2)
    went(records, referral, Event.ATTEND)
    went(records, referral, Event.CLOSE, outcome="attended")
    assert (referral.state, referral.due_on, referral.outcome) == (State.CLOSED, None, "attended")
    assert (first.answer, first.reason, second.attended_on) == ("declined", "no_capacity", NOON.date())
    assert {line.who for line in timeline(records, referral.id)} == {"Ada Nobody"}
    record = clinic_records(records.session, [first.facility_id, second.facility_id])
    assert (record[first.facility_id].declined, record[second.facility_id].attended) == (1, 1)
    assert list(faults(records.session, records.keyring)) == []


def test_next_clinic_needs_one_that_was_not_asked(records: Records, clinics: list[int]) -> None:
    referral = sent(records, a_referral(records, clinics[:1]))
    went(records, referral, Event.NO_ANSWER, reason="voicemail")
    with pytest.raises(ReferralError, match="choose another"):
        next_clinic(records, referral.id, referral.version)
    choose_clinics(records, referral.id, referral.version, clinics[:2])
    assert next_clinic(records, referral.id, referral.version).state == State.AWAITING_CONSENT


@pytest.mark.parametrize("words", [{}, {"reason": "boredom"}, {"reason": "other"}, {"reason": "other", "note": " "}])
def test_a_bad_end_needs_its_reason(records: Records, referral: Referral, words: dict[str, str]) -> None:
    with pytest.raises(MoveError, match=r"^(reason|note):"):
        went(records, referral, Event.WITHDRAW, **words)


@pytest.mark.parametrize("outcome", ["", "bliss", "other", "attended"])
def test_closing_needs_an_outcome_that_can_be(records: Records, referral: Referral, outcome: str) -> None:
    with pytest.raises(MoveError, match=r"^(outcome|note):"):
        went(records, referral, Event.CLOSE, outcome=outcome)


def test_a_day_the_clinic_offers_is_looked_at_soon_and_a_booked_one_after_it(
    records: Records, referral: Referral
) -> None:
    offered = dt.date(2026, 12, 18)
    went(records, sent(records, referral), Event.ACCEPT, appointment=offered)
    assert referral.due_on == NOON.date() + dt.timedelta(days=records.settings.follow_up.accepted)
    went(records, referral, Event.BOOK, appointment=offered)
    assert referral.due_on == offered + dt.timedelta(days=records.settings.follow_up.booked)


def test_booking_needs_a_date(records: Records, referral: Referral) -> None:
    with pytest.raises(MoveError, match=r"^appointment:"):
        went(records, sent(records, referral), Event.BOOK)


def test_a_clinic_that_was_asked_about_stays_on_the_list(
    records: Records, referral: Referral, clinics: list[int]
) -> None:
    a_signed_consent(records, referral.choice_id or 0)
    with pytest.raises(ReferralError, match=r"Quokka .* stays"):
        choose_clinics(records, referral.id, referral.version, clinics[1:])


def test_the_order_of_preference_is_as_chosen(records: Records, referral: Referral, clinics: list[int]) -> None:
    chosen = [clinics[3], clinics[0]]
    choose_clinics(records, referral.id, 1, chosen)
    assert [choice.facility_id for choice in choices_of(records, referral)] == chosen
    assert referral.choice_id == choices_of(records, referral)[0].id


@pytest.mark.parametrize("wrong", [[], [1, 1], [1, 2, 3, 4, 5, 6], [999]])
def test_clinics_are_one_to_five_and_known(records: Records, referral: Referral, wrong: list[int]) -> None:
    with pytest.raises(ReferralError, match=r"^clinics:"):
        choose_clinics(records, referral.id, 1, wrong)


def test_the_second_of_two_people_is_told_what_the_first_did(
    catalogue: Catalogue, clinics: list[int], recording: OpenRecords
) -> None:
    other = add_person(catalogue, "Bo Elsewhere")
    with recording() as records:
        number = a_referral(records, clinics[:2]).id
    with recording(by=Actor("staff", other)) as records:
        choose_clinics(records, number, 1, clinics[2:])
    with recording() as records, pytest.raises(ChangedMeanwhile, match="Bo Elsewhere: clinics chosen") as told:
        assign(records, number, 1, other)
    assert told.value.version == 2
    with recording() as records:
        assert assign(records, number, 2, other).version == 3


def test_what_is_asked_for_does_not_change_under_a_clinics_eyes(records: Records, referral: Referral) -> None:
    change_facts(records, referral.id, 1, replace(NEED, urgency="urgent"))
    assert open_referral(records, referral.id).facts.urgency == "urgent"
    sent(records, referral)
    with pytest.raises(Exception, match="need changed"):
        change_facts(records, referral.id, referral.version, NEED)


@pytest.mark.parametrize(
    ("field", "value"),
    [("need", ()), ("need", ("LSD",)), ("urgency", "now"), ("coverage", "gold"), ("talk_through", {"score": "9"})],
)
def test_a_field_of_a_need_that_cannot_be_is_named(records: Records, field: str, value: object) -> None:
    with pytest.raises(ReferralError, match=f"^{field.replace('_', '-')}:"):
        start_referral(records, a_client(records).id, replace(NEED, **{field: value}))
