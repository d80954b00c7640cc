from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_clinics import empty_catalogue
from made_up_people import NOON, a_referral, a_signed_consent, add_few_clinics, add_person, choices_of
from test_states_table import ALLOWED

from directory.accounts.audit import Actor, faults
from directory.config import load_settings
from directory.errors import PlainError
from directory.keyring import Keyring
from directory.referrals.consent import live_consent, revoke
from directory.referrals.models import Referral
from directory.referrals.records import Records
from directory.referrals.referral import move
from directory.referrals.states import Event
from directory.referrals.timeline import timeline

INTO = {
    "ask_consent": "awaiting_consent",
    "send": "sent",
    "view": "viewed",
    "accept": "accepted",
    "book": "booked",
    "attend": "attended",
    "miss": "did_not_attend",
    "decline": "declined",
    "no_answer": "no_answer",
    "withdraw": "withdrawn",
    "close": "closed",
}
SAID: dict[str, dict[str, object]] = {
    "book": {"appointment": dt.date(2026, 12, 1)},
    "decline": {"reason": "coverage"},
    "no_answer": {"reason": "voicemail"},
    "miss": {"reason": "transport"},
    "withdraw": {"reason": "found_care"},
    "close": {"outcome": "changed_mind"},
    "note": {"note": "called again"},
}
STEPS = [*(event.value for event in Event if event.value in INTO), "note", "ask", "next_clinic", "sign", "revoke"]


@dataclass
class Plain:
    """A referral as somebody with pencil and paper would follow it, through two clinics."""

    state: str = "draft"
    clinic: int = 0
    consented: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    steps: int = 0

    def sign(self) -> bool:
        if self.state in {"closed", "withdrawn", "attended"}:
            return False
        self.consented.add(self.clinic)
        self.steps += 2 if self.state == "draft" else 1
        if self.state in {"draft", "awaiting_consent"}:
            self.state = "ready"
        return True

    def revoke(self) -> bool:
        if self.clinic not in self.consented:
            return False
        self.consented.discard(self.clinic)
        self.steps += 1
        if self.state == "ready":
            self.state = "awaiting_consent"
        return True

    def step(self, name: str) -> bool:
        if name not in ALLOWED[self.state] or (name == "send" and self.clinic not in self.consented):
            return False
        if name == "next_clinic":
            if self.clinic == 1 or 1 in self.tried:
                return False
            self.clinic, self.state = 1, "awaiting_consent"
        if name == "send":
            self.tried.add(self.clinic)
        self.state = INTO.get(name, self.state)
        self.steps += 1
        return True


def walked(records: Records, referral: Referral, step: str) -> bool:
    """The same step by the domain; False where it was refused."""
    try:
        if step == "sign":
            a_signed_consent(records, referral.choice_id or 0)
        elif step == "revoke":
            consent = live_consent(records, referral.choice_id or 0)
            if consent is None:
                return False
            revoke(records, consent.id, "phone")
        else:
            move(records, referral.id, referral.version, Event(step), **SAID.get(step, {}))  # type: ignore[arg-type]
    except PlainError:
        return False
    return True


@settings(max_examples=25)
@given(st.lists(st.sampled_from([*STEPS, "sign", "send", "accept", "book"]), max_size=25))
def test_a_referral_goes_as_its_plain_model_goes(steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        catalogue = empty_catalogue(home)
        clinics, person = add_few_clinics(catalogue), add_person(catalogue)
        ours = load_settings({"DIRECTORY_HOME": folder})
        with catalogue.recording() as session:
            records = Records(session, Keyring([Fernet.generate_key()]), ours, Actor("staff", person), NOON)
            referral, plain = a_referral(records, clinics[:2]), Plain()
            for number, step in enumerate(steps):
                then = replace(records, now=NOON + dt.timedelta(minutes=number))
                expected = plain.sign() if step == "sign" else plain.revoke() if step == "revoke" else plain.step(step)
                assert walked(then, referral, step) is expected, step
                assert referral.state == plain.state
                assert referral.choice_id == choices_of(records, referral)[plain.clinic].id
                assert (referral.due_on is None) == (plain.state == "closed")
            assert referral.version == 1 + plain.steps
            told = timeline(records, referral.id)
            assert [line.version for line in told] == list(range(1, referral.version + 1))
            assert told[-1].to_state == referral.state
            assert list(faults(session, records.keyring)) == []
        catalogue.close()
