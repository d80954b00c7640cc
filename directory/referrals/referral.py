"""Referral: one need of one client on its way, changed by one person at a time and never over another's head."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from directory.accounts.models import Person
from directory.catalogue.models import Facility
from directory.errors import SaidError
from directory.referrals import course, unsent
from directory.referrals.client import ClientFacts, acting_person, fold_name, kept_client, load_referrals, open_facts
from directory.referrals.course import MoveError
from directory.referrals.day import center_day
from directory.referrals.live import live_consent
from directory.referrals.models import Choice, Client, Consent, Document, Referral, ReferralEvent
from directory.referrals.needs import UNKNOWN, options
from directory.referrals.records import Records
from directory.referrals.states import LIVE, Event, State
from directory.referrals.talk_through import points
from directory.referrals.timeline import TimelineLine, lines_since
from directory.sentence import Sentence

MOST_CLINICS = 5
LONGEST_NOTE = 4000
_ENDING = frozenset({Event.DECLINE, Event.NO_ANSWER, Event.NEXT_CLINIC, Event.WITHDRAW, Event.CLOSE})


class ReferralError(SaidError):
    """A field of a referral cannot be kept, or there is no such referral; the message names the field."""


class ChangedMeanwhile(SaidError):  # noqa: N818 - it is named after what happened
    """Somebody else changed the referral meanwhile; `since` holds what they did, `version` is the newest."""

    def __init__(self, since: Sequence[TimelineLine], version: int) -> None:
        did = "; ".join(f"{line.who}: {line.what}" for line in since)
        super().__init__(
            Sentence("This referral changed while you were at it (%(did)s). Look at it and decide again.", did=did)
        )
        self.since = list(since)
        self.version = version


class DuplicateReferral(SaidError):  # noqa: N818 - it is named after what it is
    """The client is being referred for this already; `referrals` are those."""

    def __init__(self, referrals: Sequence[DuplicateLine]) -> None:
        super().__init__(Sentence("This client is being referred for this need already; look at that referral first."))
        self.referrals = list(referrals)


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    """What is asked for. `need`, `coverage` and `language` are codes of `needs.options()`.

    `talk_through` maps points of data/talk_through.toml to the client's own words; nothing is ever counted from it.
    """

    need: tuple[str, ...] = ()
    urgency: str = "routine"
    coverage: str = UNKNOWN
    language: str = UNKNOWN
    note: str = ""
    talk_through: dict[str, str] = field(default_factory=dict)

    def checked(self) -> ReferralFacts:
        """The facts trimmed, needs in order. Raises ReferralError naming the first field that cannot be."""
        known = options()
        if not self.need or not set(self.need) <= set(known.needs):
            raise ReferralError(Sentence("choose at least one of the list"), "need")
        for name, choices in (
            ("urgency", known.urgencies),
            ("coverage", known.coverages),
            ("language", known.languages),
        ):
            if getattr(self, name) not in choices:
                raise ReferralError(Sentence("choose one of the list"), name)
        said = {point: words.strip() for point, words in self.talk_through.items() if words.strip()}
        if not set(said) <= set(points()):
            raise ReferralError(
                Sentence("there is a point that is not on the list; open the page again"), "talk-through"
            )
        if max(map(len, (self.note, *said.values()))) > LONGEST_NOTE:
            raise ReferralError(
                Sentence("it is longer than %(most)s letters; keep to the least", most=LONGEST_NOTE), "note"
            )
        need = tuple(code for code in known.needs if code in self.need)
        return replace(self, need=need, note=self.note.strip(), talk_through=said)


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    """A live referral for the same need; `same_record` False says it belongs to another record of that name."""

    id: int
    client_id: int
    state: str
    clinic: str
    created_at: dt.datetime
    same_record: bool


@dataclass(frozen=True, slots=True)
class ReferralDocument:
    """A referral, opened, with its client's initials and clinics in order of preference."""

    referral: Referral
    facts: ReferralFacts
    initials: str
    reference: str
    choices: tuple[Choice, ...]

    @property
    def current(self) -> Choice | None:
        """The clinic it is with, or goes to next."""
        return next((choice for choice in self.choices if choice.id == self.referral.choice_id), None)


def start_referral(
    records: Records,
    client_id: int,
    facts: ReferralFacts,
    facility_ids: Sequence[int] = (),
    *,
    despite_duplicates: bool = False,
) -> Referral:
    """Begin a referral as a draft. Raises ReferralError, and DuplicateReferral unless told to go on."""
    facts = facts.checked()
    client = kept_client(records, client_id)
    if not despite_duplicates and (duplicates := _duplicates(records, client, facts.need)):
        raise DuplicateReferral(duplicates)
    person = acting_person(records)
    referral = Referral(client=client, sealed=b"", state=State.DRAFT.value, version=1, assigned_to=person)
    referral.created_by, referral.created_at, referral.changed_at = person, records.now, records.now
    referral.due_on = course.due_day(records, State.DRAFT, center_day(records))
    records.session.add(referral)
    records.session.flush()
    referral.sealed = _sealed(records, referral, facts)
    first = ReferralEvent(referral_id=referral.id, at=records.now, actor=str(records.actor), event="start", version=1)
    first.to_state = State.DRAFT.value
    records.session.add(first)
    _set_clinics(records, referral, facility_ids)
    records.note("referral started", f"client:{client_id}", f"referral:{referral.id}")
    return referral


def live_duplicates(records: Records, client_id: int, need: Sequence[str]) -> list[DuplicateLine]:
    """Live referrals of the same person for one of the same needs that moved in the last `duplicate_days` days."""
    client = kept_client(records, client_id)
    found = _duplicates(records, client, need)
    subjects = {f"client:{client_id}", *(f"referral:{line.id}" for line in found)}
    records.note("duplicates looked for", *subjects)
    return found


def open_referral(records: Records, referral_id: int) -> ReferralDocument:
    """Open a referral with its clinics. Raises ReferralError where there is none."""
    of_client = select(Referral.client_id).where(Referral.id == referral_id).scalar_subquery()
    loaded = load_referrals(records, Referral.client_id == of_client)
    referral = _kept(next((one for one in loaded if one.id == referral_id), None))
    client = open_facts(records, referral.client)
    records.note("referral read", *_subjects(referral))
    facts = referral_facts(records, referral)
    choices = sorted(referral.choices, key=lambda choice: (choice.rank, choice.id))
    return ReferralDocument(referral, facts, client.initials, client.reference, tuple(choices))


def change_facts(records: Records, referral_id: int, version: int, facts: ReferralFacts) -> Referral:
    """Replace what is asked for, while no clinic was told. Raises ReferralError, ChangedMeanwhile, IllegalMove."""
    referral = _unchanged(records, referral_id, version)
    facts = facts.checked()
    course.go(records, referral, Event.CHANGE_FACTS)
    referral.sealed = _sealed(records, referral, facts)
    records.note("referral changed", *_subjects(referral))
    return referral


def choose_clinics(records: Records, referral_id: int, version: int, facility_ids: Sequence[int]) -> Referral:
    """Set one to five clinics in order of preference. Raises ReferralError, ChangedMeanwhile, IllegalMove."""
    referral = _unchanged(records, referral_id, version)
    if not facility_ids:
        raise ReferralError(Sentence("choose at least one clinic"), "clinics")
    course.go(records, referral, Event.CHOOSE_CLINICS)
    _set_clinics(records, referral, facility_ids)
    records.note("clinics chosen", *_subjects(referral), facilities=list(facility_ids))
    return referral


def move(
    records: Records,
    referral_id: int,
    version: int,
    event: Event,
    *,
    reason: str = "",
    note: str = "",
    outcome: str = "",
    **said: Any,
) -> Referral:
    """Take a step. `said`: `appointment` (date or datetime, to book), `callback`, `attended_on`, `question`, …

    Raises IllegalMove, MoveError, ConsentNeeded, and ChangedMeanwhile where `version` is not the newest.
    """
    event = Event(event)
    if event is Event.NEXT_CLINIC:
        return next_clinic(records, referral_id, version, note=note)
    if event in {Event.CHOOSE_CLINICS, Event.CHANGE_FACTS, Event.ASSIGN}:
        raise MoveError(Sentence("“%(step)s” has a form of its own", step=event.plain))
    referral = _unchanged(records, referral_id, version)
    course.go(records, referral, event, reason=reason, note=note, outcome=outcome, **said)
    if event in _ENDING:
        unsent.stop(records, *_still_open(records, referral, event))
    records.note("referral moved", *_subjects(referral), event=event.value, to=referral.state)
    return referral


def next_clinic(records: Records, referral_id: int, version: int, *, note: str = "") -> Referral:
    """Go on to the clinic preferred next: it awaits its consent, or is ready where that was signed already.

    Raises ReferralError where no clinic is left, IllegalMove, ChangedMeanwhile.
    """
    referral = _unchanged(records, referral_id, version)
    before = referral.choice_id
    following = next((choice for choice in _choices(records, referral) if _untried(choice, before)), None)
    if following is None:
        raise ReferralError(Sentence("every chosen clinic was asked; choose another, or close the referral"), "clinics")
    course.go(records, referral, Event.NEXT_CLINIC, note=note)
    if before is not None:
        unsent.stop(records, before)
    referral.choice_id = following.id
    if live_consent(records, following.id):
        course.go(records, referral, Event.CONSENT_SIGNED, reason="before")
    records.note("referral moved", *_subjects(referral), event=Event.NEXT_CLINIC.value, to=referral.state)
    return referral


def assign(records: Records, referral_id: int, version: int, person_id: int) -> Referral:
    """Give a referral to somebody of the staff. Raises ReferralError, ChangedMeanwhile, IllegalMove."""
    referral = _unchanged(records, referral_id, version)
    person = records.session.get(Person, person_id)
    if person is None or not person.active:
        raise ReferralError(Sentence("choose somebody who works here"), "person")
    course.go(records, referral, Event.ASSIGN, to=person_id)
    referral.assigned_to = person_id
    records.note("referral assigned", *_subjects(referral), to=person_id)
    return referral


def kept_referral(records: Records, referral_id: int) -> Referral:
    """The row of a referral with its client. Raises ReferralError where there is none, or it was purged."""
    return _kept(records.session.get(Referral, referral_id, options=[joinedload(Referral.client)]))


def _kept(referral: Referral | None) -> Referral:
    if referral is None or referral.purged_on is not None:
        raise ReferralError(Sentence("There is no such referral, or it was purged; find it on the board."))
    return referral


def referral_facts(records: Records, referral: Referral) -> ReferralFacts:
    """What a referral asks for. The caller notes the reading."""
    values = records.keyring.open(f"referral:{referral.uid}", referral.sealed)
    return ReferralFacts(**(values | {"need": tuple(values["need"])}))


def _sealed(records: Records, referral: Referral, facts: ReferralFacts) -> bytes:
    return records.keyring.seal(f"referral:{referral.uid}", asdict(facts))


def _subjects(referral: Referral) -> tuple[str, str]:
    return f"client:{referral.client_id}", f"referral:{referral.id}"


def _unchanged(records: Records, referral_id: int, version: int) -> Referral:
    referral = kept_referral(records, referral_id)
    if referral.version != version:
        raise ChangedMeanwhile(lines_since(records, referral_id, version), referral.version)
    return referral


def _duplicates(records: Records, client: Client, need: Sequence[str]) -> list[DuplicateLine]:
    since = records.now - dt.timedelta(days=records.settings.referral.duplicate_days)
    known = open_facts(records, client)
    rows = records.session.execute(
        select(Referral, Client, Choice.name)
        .join(Client, Client.id == Referral.client_id)
        .outerjoin(Choice, Choice.id == Referral.choice_id)
        .where(
            Client.name_lookup.in_(records.keyring.lookups(fold_name(known.name))),
            Referral.state.in_([state.value for state in LIVE]),
            Referral.changed_at >= since,
            Referral.purged_on.is_(None),
        )
        .order_by(Referral.id.desc())
    ).all()
    return [
        DuplicateLine(referral.id, other.id, referral.state, clinic or "", referral.created_at, other.id == client.id)
        for referral, other, clinic in rows
        if set(referral_facts(records, referral).need) & set(need)
        and (other.id == client.id or _may_be_same(known, open_facts(records, other)))
    ]


def _may_be_same(one: ClientFacts, other: ClientFacts) -> bool:
    """Of two records of one name: the same person unless they were born in different years."""
    return None in (one.birth_year, other.birth_year) or one.birth_year == other.birth_year


def _choices(records: Records, referral: Referral) -> list[Choice]:
    found = select(Choice).where(Choice.referral_id == referral.id).order_by(Choice.rank, Choice.id)
    return list(records.session.scalars(found))


def _untried(choice: Choice, current_id: int | None) -> bool:
    return choice.id != current_id and choice.sent_at is None and not choice.answer


def _still_open(records: Records, referral: Referral, event: Event) -> list[int]:
    if event in {Event.WITHDRAW, Event.CLOSE}:
        return [choice.id for choice in _choices(records, referral)]
    # A silent clinic may still answer by its link until the referral goes on to another.
    return [referral.choice_id] if referral.choice_id is not None and event is Event.DECLINE else []


def _set_clinics(records: Records, referral: Referral, facility_ids: Sequence[int]) -> None:
    if len(facility_ids) > MOST_CLINICS or len(set(facility_ids)) != len(facility_ids):
        raise ReferralError(Sentence("choose up to %(most)s clinics, each once", most=MOST_CLINICS), "clinics")
    kept = {choice.facility_id: choice for choice in _choices(records, referral)}
    dropped = [choice for facility_id, choice in kept.items() if facility_id not in facility_ids]
    _check_dropped(records, referral, dropped)
    if any(choice.id == referral.choice_id for choice in dropped):
        referral.choice_id = None
    for choice in dropped:
        records.session.delete(choice)
    added = _facilities(records, [facility_id for facility_id in facility_ids if facility_id not in kept])
    for rank, facility_id in enumerate(facility_ids, 1):
        if facility_id in kept:
            kept[facility_id].rank = rank
        else:
            records.session.add(_chosen(referral, added[facility_id], rank))
    records.session.flush()
    if referral.state in {State.DRAFT, State.AWAITING_CONSENT}:
        untried = (choice.id for choice in _choices(records, referral) if _untried(choice, None))
        referral.choice_id = next(untried, referral.choice_id)
    records.session.expire(referral, ["choices"])


def _check_dropped(records: Records, referral: Referral, dropped: Sequence[Choice]) -> None:
    """Whatever speaks of a clinic stays on the record, and so does the clinic."""
    ids = [choice.id for choice in dropped]
    spoken: set[int | None] = set()
    for column in (Consent.choice_id, Document.choice_id, ReferralEvent.choice_id):
        spoken.update(records.session.scalars(select(column).where(column.in_(ids)).distinct()))
    if referral.state not in {State.DRAFT, State.AWAITING_CONSENT}:
        spoken.add(referral.choice_id)
    for choice in dropped:
        if choice.id in spoken:
            raise ReferralError(
                Sentence("%(clinic)s stays, it was asked for consent or told; put it last instead", clinic=choice.name),
                "clinics",
            )


def _facilities(records: Records, facility_ids: Sequence[int]) -> dict[int, Facility]:
    found = select(Facility).where(Facility.id.in_(facility_ids), Facility.in_results())
    facilities = {facility.id: facility for facility in records.session.scalars(found)}
    if len(facilities) != len(facility_ids):
        raise ReferralError(
            Sentence("one clinic is not in the directory any longer; search again and choose another"), "clinics"
        )
    return facilities


def _chosen(referral: Referral, facility: Facility, rank: int) -> Choice:
    name = ", ".join(part for part in (facility.name, facility.program) if part)
    town = f"{facility.city}, {facility.state} {facility.zip}".strip()
    choice = Choice(referral_id=referral.id, facility_id=facility.id, rank=rank, name=name, phone=facility.phone)
    choice.address = ", ".join(part for part in (facility.street, town) if part)
    choice.answer = choice.reason = ""
    return choice
