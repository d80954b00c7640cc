"""Next step: the one thing to do now with a referral, and what else may be noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from directory.desk.opened import OpenedReferral
from directory.desk.words import STEP_TITLES, when_text
from directory.pages.language import language
from directory.referrals.needs import outcome_label
from directory.referrals.states import Event, State, possible_events

NOTED = (
    *(Event.ACCEPT, Event.BOOK, Event.ATTEND, Event.MISS, Event.DECLINE, Event.NO_ANSWER, Event.ASK),
    *(Event.NEXT_CLINIC, Event.NOTE, Event.WITHDRAW, Event.CLOSE),
)
OTHER_PAGES: tuple[tuple[Event, LazyString, str], ...] = (
    (Event.CHOOSE_CLINICS, _l("Change the clinics"), "choosing.show"),
    (Event.CHANGE_FACTS, _l("Talk it through"), "referrals.talk"),
    (Event.SEND, _l("Send again"), "deliveries.send"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A page to go to, and what its link says."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """What stands at the top of a referral; `first` is None where nothing is left to do."""

    heading: str
    why: str
    first: Way | None
    also: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What a referral asks for: `%(clinic)s` is the clinic it is with, `%(following)s` the one after it, `%(visit)s`
    when the client is to come.

    `to` is a step to note or the endpoint of a page; "" where nothing is left to do.
    """

    heading: LazyString
    why: LazyString
    to: Event | str = ""
    label: LazyString | str = ""


_THEIR_ANSWER = _l("Their answer shows here by itself. If they call instead, note what they say.")
_NONE_LEFT = _l("No clinic is left on the list. Choose another, or close the referral.")
_ASK_FIRST = _l("Next on the client’s list is %(following)s. Ask the client first if they still want it.")
_DECLINED = _l("%(clinic)s declined")
_SILENT = _l("No answer from %(clinic)s")

CHOOSE = Advice(
    _l("Choose clinics"),
    _l("One to five, the one the client likes best first. Each will need a consent of its own."),
    "choosing.show",
    _l("Choose clinics"),
)
GET_CONSENT = Advice(
    _l("Get the client’s consent for %(clinic)s"),
    _l("Nothing leaves before the client signed for this clinic. On this screen, or on paper."),
    "consents.show",
    _l("Go to the consent"),
)
ADVICE: Mapping[State, Advice] = {
    State.DRAFT: GET_CONSENT,
    State.AWAITING_CONSENT: GET_CONSENT,
    State.READY: Advice(
        _l("Send it to %(clinic)s"),
        _l("The consent is signed. Look at the packet, then send it by e-mail link, by fax or on paper."),
        "deliveries.send",
        _l("Send"),
    ),
    State.SENT: Advice(_l("Wait for %(clinic)s"), _THEIR_ANSWER, Event.ACCEPT, _l("They accepted: note it")),
    State.VIEWED: Advice(_l("%(clinic)s opened the packet"), _THEIR_ANSWER, Event.ACCEPT, _l("They accepted: note it")),
    State.ACCEPTED: Advice(
        _l("%(clinic)s will see the client"),
        _l("Ask when the first visit is, and note the day."),
        Event.BOOK,
        _l("Note the appointment"),
    ),
    State.BOOKED: Advice(
        _l("Hear if the client came"),
        _l("Call the client or the clinic after the appointment."),
        Event.ATTEND,
        _l("The client came"),
    ),
    State.ATTENDED: Advice(
        _l("Close the referral"),
        _l("The client attended. Note the outcome, and this is done."),
        Event.CLOSE,
        _l("Close it"),
    ),
    State.WITHDRAWN: Advice(
        _l("Close the referral"), _l("It was withdrawn. Note what came of it."), Event.CLOSE, _l("Close it")
    ),
    State.DID_NOT_ATTEND: Advice(
        _l("The client did not attend"),
        _l("Talk with the client. Book again, go on to another clinic, or close the referral."),
        Event.BOOK,
        _l("Book again"),
    ),
    State.DECLINED: Advice(_DECLINED, _ASK_FIRST, Event.NEXT_CLINIC, _l("Go on to %(following)s")),
    State.NO_ANSWER: Advice(_SILENT, _ASK_FIRST, Event.NEXT_CLINIC, _l("Go on to %(following)s")),
    State.CLOSED: Advice(_l("This referral is closed"), _l("What came of it: %(outcome)s. Nothing is left to do.")),
}
# Where the day of a visit is known.
WITH_A_VISIT: Mapping[State, Advice] = {
    State.ACCEPTED: Advice(
        _l("%(clinic)s offers a visit"),
        _l("It would be on %(visit)s. Ask the client if that suits them, then note the appointment."),
        Event.BOOK,
        _l("Note the appointment"),
    ),
    State.BOOKED: Advice(
        _l("Hear if the client came"),
        _l("The appointment is on %(visit)s. Call the client or the clinic after it."),
        Event.ATTEND,
        _l("The client came"),
    ),
}
# Where the list of clinics is used up.
LAST_CLINIC: Mapping[State, Advice] = {
    State.DECLINED: Advice(_DECLINED, _NONE_LEFT, "choosing.show", _l("Choose another clinic")),
    State.NO_ANSWER: Advice(_SILENT, _NONE_LEFT, "choosing.show", _l("Choose another clinic")),
}


def next_step(opened: OpenedReferral) -> NextStep:
    """The next step of a referral as it stands."""
    advice = _advice(opened)
    current = opened.document.current
    visit = when_text(opened.appointment)
    outcome = outcome_label(opened.document.referral.outcome, language())
    say = _saying(
        clinic=current.name if current else "", following=untried(opened), visit=visit, outcome=outcome.lower()
    )
    first = Way(say(advice.label), _address(opened, advice.to)) if advice.to else None
    also = tuple(way for way in _also(opened) if first is None or way.address != first.address)
    return NextStep(say(advice.heading), say(advice.why), first, also)


def untried(opened: OpenedReferral) -> str:
    """The name of the clinic that would come next; empty where none is left."""
    current = opened.document.referral.choice_id
    left = (one for one in opened.document.choices if one.id != current and one.sent_at is None and not one.answer)
    return next((choice.name for choice in left), "")


def _advice(opened: OpenedReferral) -> Advice:
    state = State(opened.document.referral.state)
    if state in (State.DRAFT, State.AWAITING_CONSENT) and opened.document.current is None:
        return CHOOSE
    if state in WITH_A_VISIT and opened.appointment:
        return WITH_A_VISIT[state]
    return ADVICE[state] if untried(opened) else LAST_CLINIC.get(state, ADVICE[state])


def _saying(**names: str) -> Callable[[LazyString | str], str]:
    return lambda words: str(words) % names


def _also(opened: OpenedReferral) -> list[Way]:
    state = State(opened.document.referral.state)
    possible = set(possible_events(state)) - ({Event.SEND} if state is State.READY else set())
    if not untried(opened):
        possible -= {Event.NEXT_CLINIC}
    pages = [Way(str(label), _address(opened, page)) for event, label, page in OTHER_PAGES if event in possible]
    return pages + [Way(str(STEP_TITLES[event]), _address(opened, event)) for event in NOTED if event in possible]


def _address(opened: OpenedReferral, to: Event | str) -> str:
    number = opened.document.referral.id
    if isinstance(to, Event):
        return url_for("referrals.step", referral_id=number, event=to.value)
    if to == "consents.show":
        return url_for(to, referral_id=number, choice_id=opened.document.referral.choice_id)
    return url_for(to, referral_id=number)
