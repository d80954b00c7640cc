from __future__ import annotations

import tomllib

import pytest

from directory.config import DATA
from directory.referrals.needs import reason_words
from directory.referrals.states import (
    REASONS,
    TRANSITIONS,
    Event,
    IllegalMove,
    Outcome,
    State,
    next_state,
    possible_events,
)

# Written from the way of a referral, not from the table: which events may come in a state.
ALWAYS = {"consent_noted", "note"}
WHILE_OPEN = ALWAYS | {"assign"}
UNTIL_ENDED = WHILE_OPEN | {"choose_clinics", "withdraw"}
ALLOWED = {
    "draft": UNTIL_ENDED | {"change_facts", "ask_consent", "close"},
    "awaiting_consent": UNTIL_ENDED | {"change_facts", "consent_signed", "close"},
    "ready": UNTIL_ENDED | {"change_facts", "consent_ended", "send", "close"},
    "sent": UNTIL_ENDED | {"consent_ended", "send", "view", "ask", "accept", "book", "decline", "no_answer"},
    "viewed": UNTIL_ENDED | {"send", "ask", "accept", "book", "decline", "no_answer"},
    "accepted": UNTIL_ENDED | {"ask", "book", "attend", "decline", "no_answer"},
    "booked": UNTIL_ENDED | {"ask", "book", "attend", "miss", "decline"},
    "attended": WHILE_OPEN | {"close"},
    "did_not_attend": UNTIL_ENDED | {"change_facts", "book", "attend", "next_clinic", "close"},
    "declined": UNTIL_ENDED | {"change_facts", "next_clinic", "close"},
    "no_answer": UNTIL_ENDED | {"change_facts", "accept", "decline", "next_clinic", "close"},
    "withdrawn": WHILE_OPEN | {"close"},
    "closed": ALWAYS,
}


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_every_pair_of_state_and_event_is_allowed_or_refused_as_the_way_of_a_referral_has_it(
    state: State, event: Event
) -> None:
    if event.value in ALLOWED[state.value]:
        assert isinstance(next_state(state, event), State)
    else:
        with pytest.raises(IllegalMove, match=str(state.plain)):
            next_state(state, event)


def test_sent_is_only_reached_by_sending() -> None:
    into_sent = {event for (state, event), after in TRANSITIONS.items() if after is State.SENT and state is not after}
    assert into_sent == {Event.SEND}


def test_every_state_but_closed_has_a_way_to_closed() -> None:
    reaching = {State.CLOSED}
    for _ in State:
        reaching |= {state for (state, _event), after in TRANSITIONS.items() if after in reaching}
    assert reaching == set(State)


def test_every_state_can_be_reached_from_a_draft() -> None:
    reached = {State.DRAFT}
    for _ in State:
        reached |= {after for (state, _event), after in TRANSITIONS.items() if state in reached}
    assert reached == set(State)


def test_a_refused_move_says_what_can_come_instead() -> None:
    with pytest.raises(IllegalMove, match=r"next can come: .*consent signed"):
        next_state(State.AWAITING_CONSENT, Event.SEND)
    with pytest.raises(IllegalMove, match="start a new referral"):
        next_state(State.CLOSED, Event.ACCEPT)


def test_possible_events_are_those_the_table_has() -> None:
    assert {event.value for event in possible_events(State.CLOSED)} == ALWAYS


def test_every_reason_and_outcome_has_words_in_both_languages() -> None:
    table = tomllib.loads((DATA / "reasons.toml").read_text(encoding="utf-8"))
    kinds = {event.value: kind for event, kind in REASONS.items()} | {"outcome": Outcome}
    assert {kind: list(words) for kind, words in table.items()} == {
        name: [one.value for one in kind] for name, kind in kinds.items()
    }
    assert all(option.en and option.es for group in reason_words().values() for option in group.values())
