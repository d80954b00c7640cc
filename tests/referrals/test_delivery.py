"""Delivery, link, reply and follow-up: what leaves, who may open it, and what a clinic's answer does."""

from __future__ import annotations

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from made_up_people import JANE
from sending import CLINIC_ADDRESS, Center, Recording
from sqlalchemy import select

from directory.accounts.audit import SYSTEM, AuditEntry
from directory.catalogue.models import VerificationTask
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.referrals import reply
from directory.referrals.consent import revoke
from directory.referrals.delivery import DeliveryError, clinic_contact, note_fax, note_print, send_link
from directory.referrals.document import open_document
from directory.referrals.follow_up import due_list, remind
from directory.referrals.link import try_code
from directory.referrals.live import ConsentNeeded
from directory.referrals.models import Choice, ClinicLink, Consent, Disclosure, Document, OutboxMessage, Referral
from directory.referrals.records import Records
from directory.referrals.referral import ChangedMeanwhile, next_clinic
from directory.referrals.reply import LinkOverError, ReplyError
from directory.referrals.states import State

HERE = ZoneInfo("America/Indiana/Indianapolis")


@pytest.fixture
def center(catalogue: Catalogue, keyring: Keyring, settings: Settings, recording: Recording) -> Center:
    """A center whose mail waits: nothing listens at its mail server's port."""
    return Center.sending_to(1, catalogue, keyring, settings, recording)


def _token(center: Center) -> str:
    message = center.message()
    said = center.keyring.open(f"message:{message.uid}", message.sealed)
    return said["text"].split("/reply/")[1].split()[0]


def _enter(center: Center, token: str, code: str) -> int | None:
    with center.records(by=SYSTEM) as records:
        return reply.enter(records, token, code)


def _opened(center: Center, clinics: list[int]) -> tuple[int, int, int]:
    """A referral whose clinic has opened its link: ids of referral, choice and link."""
    referral_id, choice_id, code = center.queued(clinics)
    link_id = _enter(center, _token(center), code)
    assert link_id is not None
    return referral_id, choice_id, link_id


def _choice(center: Center, choice_id: int) -> Choice:
    with center.catalogue.recording() as session:
        return session.get_one(Choice, choice_id)


def test_nothing_leaves_without_a_live_consent(center: Center, clinics: list[int]) -> None:
    referral_id, choices = center.ready(clinics[:1])
    version = center.referral(referral_id).version
    center.turn(days=400)
    for leaving in (
        lambda records: send_link(records, choices[0], version, CLINIC_ADDRESS),
        lambda records: note_fax(records, choices[0], version, "317-555-0177"),
        lambda records: note_print(records, choices[0], version),
    ):
        with pytest.raises(ConsentNeeded), center.records() as records:
            leaving(records)
    with center.records() as records:
        assert records.session.scalars(select(Disclosure)).all() == []
        assert records.session.scalars(select(Document)).all() == []
        assert records.session.scalars(select(OutboxMessage)).all() == []


def test_a_fax_is_a_disclosure_with_its_packet_kept(center: Center, clinics: list[int]) -> None:
    referral_id, choices = center.ready(clinics[:1])
    with center.records() as records:
        document = note_fax(records, choices[0], _version(records, referral_id), "317-555-0177")
        assert open_document(records, document.id).startswith(b"%PDF-")
        [disclosure] = records.session.scalars(select(Disclosure))
        assert (disclosure.how, disclosure.document_sha256) == ("fax", document.sha256)
        assert "317-555-0177" in disclosure.recipient_address
        said = records.keyring.open(f"disclosure:{disclosure.uid}", disclosure.sealed)
        assert said["what"]
        assert said["why"]
        contact = clinic_contact(records, clinics[0])
        assert contact is not None
        assert contact.fax == "317-555-0177"
    assert center.referral(referral_id).state == "sent"


def test_the_second_of_two_people_sends_nothing(center: Center, clinics: list[int]) -> None:
    referral_id, choices = center.ready(clinics[:1])
    with center.records() as records:
        version = _version(records, referral_id)
        note_print(records, choices[0], version)
    with pytest.raises(ChangedMeanwhile), center.records() as records:
        send_link(records, choices[0], version, CLINIC_ADDRESS)


def test_only_the_clinic_whose_turn_it_is_is_told(center: Center, clinics: list[int]) -> None:
    referral_id, choices = center.ready(clinics[:2])
    with pytest.raises(DeliveryError, match="not with"), center.records() as records:
        note_print(records, choices[1], _version(records, referral_id))


def test_without_a_mail_server_the_sentence_names_the_setting(center: Center, clinics: list[int]) -> None:
    referral_id, choices = center.ready(clinics[:1])
    without = dataclasses.replace(center.settings, mail=dataclasses.replace(center.settings.mail, host=""))
    version = center.referral(referral_id).version
    with pytest.raises(DeliveryError, match=r"\[mail\] host"), center.records() as records:
        send_link(dataclasses.replace(records, settings=without), choices[0], version, CLINIC_ADDRESS)


def test_a_code_opens_its_link_however_it_is_spaced(center: Center, clinics: list[int]) -> None:
    referral_id, _choice_id, code = center.queued(clinics[:1])
    assert _enter(center, _token(center), code.replace(" ", " - ")) is not None
    assert center.referral(referral_id).state == "viewed"
    with center.catalogue.recording() as session:
        actors = set(session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "link opened")))
    assert actors == {"clinic:1"}


def test_five_wrong_codes_lock_a_link_also_for_the_right_one(center: Center, clinics: list[int]) -> None:
    referral_id, _choice_id, code = center.queued(clinics[:1])
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    for _try in range(5):
        assert _enter(center, _token(center), wrong) is None
    assert _enter(center, _token(center), code) is None
    assert center.referral(referral_id).state == "sent"
    with center.catalogue.recording() as session:
        assert session.scalars(select(ClinicLink)).one().locked_at is not None


def test_a_link_that_ran_out_or_never_was_opens_nothing(center: Center, clinics: list[int]) -> None:
    _referral_id, _choice_id, code = center.queued(clinics[:1])
    assert _enter(center, "never-was", code) is None
    center.turn(days=7)
    assert _enter(center, _token(center), code) is None


def test_a_new_link_ends_the_old_one(center: Center, clinics: list[int]) -> None:
    referral_id, choice_id, code = center.queued(clinics[:1])
    old = _token(center)
    with center.records() as records:
        _link, newer = send_link(records, choice_id, _version(records, referral_id), CLINIC_ADDRESS)
    assert center.message(0).state == "stopped"
    assert _enter(center, old, code) is None
    assert _enter(center, _token(center), newer) is not None


def test_neither_token_nor_code_is_kept(center: Center, clinics: list[int]) -> None:
    _referral_id, _choice_id, code = center.queued(clinics[:1])
    folder = Path(str(center.catalogue.url.database)).parent
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert kept
    assert _token(center).encode() not in kept
    assert code.encode() not in kept
    assert code.replace(" ", "").encode() not in kept
    assert JANE.name.encode() not in kept


def test_a_revoked_consent_closes_a_link_that_was_open(center: Center, clinics: list[int]) -> None:
    _referral_id, choice_id, link_id = _opened(center, clinics[:1])
    with center.records() as records:
        revoke(
            records, records.session.scalars(select(Consent).where(Consent.choice_id == choice_id)).one().id, "phone"
        )
    for act in (
        lambda records: reply.open_packet(records, link_id),
        lambda records: reply.reply_page(records, link_id),
        lambda records: reply.decline(records, link_id, "coverage"),
    ):
        with pytest.raises(LinkOverError), center.records(by=SYSTEM) as records:
            act(records)


def test_the_clinic_reads_the_very_packet_that_was_disclosed(center: Center, clinics: list[int]) -> None:
    _referral_id, _choice_id, link_id = _opened(center, clinics[:1])
    with center.records(by=SYSTEM) as records:
        assert reply.open_packet(records, link_id).startswith(b"%PDF-")


def test_an_accepted_referral_ends_its_link(center: Center, clinics: list[int]) -> None:
    referral_id, choice_id, link_id = _opened(center, clinics[:1])
    with center.records(by=SYSTEM) as records:
        reply.accept(records, link_id, appointment=dt.datetime(2026, 12, 1, 10, 30, tzinfo=HERE))
    assert center.referral(referral_id).state == "accepted"
    choice = _choice(center, choice_id)
    assert (choice.answer, choice.answered_at) == ("accepted", center.now)
    with pytest.raises(LinkOverError), center.records(by=SYSTEM) as records:
        reply.decline(records, link_id, "coverage")


def test_accepting_takes_a_time_that_is_still_to_come(center: Center, clinics: list[int]) -> None:
    _referral_id, _choice_id, link_id = _opened(center, clinics[:1])
    with pytest.raises(ReplyError, match="date and time"), center.records(by=SYSTEM) as records:
        reply.accept(records, link_id)
    with pytest.raises(ReplyError, match="appointment"), center.records(by=SYSTEM) as records:
        reply.accept(records, link_id, appointment=dt.datetime(2026, 11, 1, 10, 30, tzinfo=HERE))


def test_no_longer_offering_ketamine_opens_one_task_for_that_facility(center: Center, clinics: list[int]) -> None:
    referral_id, choice_id, link_id = _opened(center, clinics[:2])
    with center.records(by=SYSTEM) as records:
        reply.decline(records, link_id, "no_ketamine")
        reply.ask_about_ketamine(records, clinics[0])
    assert center.referral(referral_id).state == "declined"
    assert (_choice(center, choice_id).answer, _choice(center, choice_id).reason) == ("declined", "no_ketamine")
    with center.records() as records:
        [task] = records.session.scalars(select(VerificationTask))
        assert (task.facility_id, task.told_by, task.why) == (clinics[0], "clinic", "no longer offers ketamine")
        assert records.session.get_one(Referral, referral_id).choice_id == choice_id, "staff have not confirmed yet"
        next_clinic(records, referral_id, _version(records, referral_id))
    assert center.referral(referral_id).state == "ready"


def test_another_reason_needs_words(center: Center, clinics: list[int]) -> None:
    _referral_id, _choice_id, link_id = _opened(center, clinics[:1])
    with pytest.raises(ReplyError, match="few words"), center.records(by=SYSTEM) as records:
        reply.decline(records, link_id, "other")


def test_a_question_and_its_answer_stand_on_the_clinics_page(center: Center, clinics: list[int]) -> None:
    referral_id, _choice_id, link_id = _opened(center, clinics[:1])
    with center.records(by=SYSTEM) as records:
        reply.ask(records, link_id, "May they bring a marmot?")
    center.turn(hours=1)
    with center.records() as records:
        reply.answer_question(records, referral_id, _version(records, referral_id), "A small one.")
    with center.records(by=SYSTEM) as records:
        said = reply.reply_page(records, link_id).said
    assert [(one.by_clinic, one.text) for one in said] == [(True, "May they bring a marmot?"), (False, "A small one.")]


def test_whoever_was_overdue_longest_comes_first(center: Center, clinics: list[int], person: int) -> None:
    first, _choices = center.ready(clinics[:1])
    center.turn(days=3)
    second, _choices = center.ready(clinics[:1])
    center.turn(days=1)
    with center.records() as records:
        due = due_list(records, person)
    assert [(one.referral_id, one.late) for one in due] == [(first, 3), (second, 0)]


def test_the_daily_e_mail_is_queued_once_a_day_and_names_no_client(
    center: Center, clinics: list[int], person: int
) -> None:
    center.ready(clinics[:1])
    center.turn(days=3)
    assert remind(center.catalogue, center.keyring, center.settings, center.now) == 1
    assert remind(center.catalogue, center.keyring, center.settings, center.now) == 0
    message = center.message()
    assert message.key == f"digest:{person}:2026-11-26"
    text = center.keyring.open(f"message:{message.uid}", message.sealed)["text"]
    assert "1 referral is overdue." in text
    assert not any(fact in text for fact in (*JANE.name.split(), JANE.reference))
    center.turn(days=1)
    assert remind(center.catalogue, center.keyring, center.settings, center.now) == 1


def test_the_daily_e_mail_first_takes_note_of_consents_that_ran_out(center: Center, clinics: list[int]) -> None:
    number, _choices = center.ready(clinics[:1])
    assert center.referral(number).state == State.READY
    center.turn(days=400)
    assert remind(center.catalogue, center.keyring, center.settings, center.now) == 1
    assert center.referral(number).state == State.AWAITING_CONSENT


def test_a_wrong_code_changes_nothing_but_its_count(center: Center, clinics: list[int]) -> None:
    referral_id, _choice_id, code = center.queued(clinics[:1])
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    before = center.referral(referral_id).version
    token = _token(center)
    with center.records(by=SYSTEM) as records:
        assert try_code(records, token, wrong) is None
    assert center.referral(referral_id).version == before
    with center.catalogue.recording() as session:
        assert session.scalars(select(ClinicLink)).one().wrong_codes == 1


def _version(records: Records, referral_id: int) -> int:
    return records.session.get_one(Referral, referral_id).version


def test_wrong_codes_tried_at_once_are_all_counted(center: Center, clinics: list[int]) -> None:
    _referral_id, _choice_id, code = center.queued(clinics[:1])
    token = _token(center)
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    with ThreadPoolExecutor(4) as people:
        assert set(people.map(lambda _try: _enter(center, token, wrong), range(12))) == {None}
    with center.catalogue.recording() as session:
        link = session.scalars(select(ClinicLink)).one()
    assert link.wrong_codes == 5
    assert link.locked_at is not None
