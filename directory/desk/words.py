"""Words of the desk: states, steps and papers as staff call them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask.blueprints import BlueprintSetupState
from flask_babel import format_date, format_datetime, format_decimal, gettext, ngettext, npgettext
from flask_babel import lazy_gettext as _l

from directory.errors import SaidError
from directory.pages.language import language
from directory.pages.site import site
from directory.referrals.clinic_record import ClinicRecord
from directory.referrals.models import Choice
from directory.referrals.needs import need_label, options, reason_label
from directory.referrals.states import Event, State
from directory.referrals.timeline import TimelineLine
from directory.sentence import Sentence

GROUPS: Mapping[str, tuple[State, ...]] = {
    "consent": (State.DRAFT, State.AWAITING_CONSENT),
    "send": (State.READY,),
    "waiting": (State.SENT, State.VIEWED),
    "decide": (State.DECLINED, State.NO_ANSWER, State.DID_NOT_ATTEND, State.WITHDRAWN),
    "booked": (State.ACCEPTED, State.BOOKED),
    "attended": (State.ATTENDED,),
    "closed": (State.CLOSED,),
}
_STATE_NAMES = {
    State.DRAFT: _l("Draft"),
    State.AWAITING_CONSENT: _l("Needs consent"),
    State.READY: _l("Ready to send"),
    State.SENT: _l("Sent"),
    State.VIEWED: _l("Opened by the clinic"),
    State.ACCEPTED: _l("Accepted"),
    State.BOOKED: _l("Booked"),
    State.ATTENDED: _l("Attended"),
    State.DID_NOT_ATTEND: _l("Did not attend"),
    State.DECLINED: _l("Declined"),
    State.NO_ANSWER: _l("No answer"),
    State.WITHDRAWN: _l("Withdrawn"),
    State.CLOSED: _l("Closed"),
}
_STATE_LOOKS = {
    State.DRAFT: "do",
    State.AWAITING_CONSENT: "do",
    State.READY: "do",
    State.SENT: "wait",
    State.VIEWED: "wait",
    State.ACCEPTED: "good",
    State.BOOKED: "good",
    State.ATTENDED: "good",
    State.DID_NOT_ATTEND: "bad",
    State.DECLINED: "bad",
    State.NO_ANSWER: "bad",
}
_CONSENT_NAMES = {
    "live": _l("Consent signed"),
    "expired": _l("Consent ended"),
    "revoked": _l("Consent taken back"),
    "verbal only": _l("Only spoken: not enough to send"),
    "none": _l("No consent yet"),
}
_PAPERS = {
    "packet": _l("Packet for the clinic"),
    "family": _l("The family’s copy"),
    "form": _l("Consent form to sign"),
    "scan": _l("Scan of the signed form"),
}
_WAYS = {"link": _l("By e-mail link"), "fax": _l("By fax"), "print": _l("On paper")}
_MOMENTS = {"en": "MMMM d, y, h:mm a", "es": "d 'de' MMMM 'de' y, h:mm a"}
_MONTHS = {"en": "MMMM y", "es": "MMMM 'de' y"}
_SHORT_DAYS = {"en": "MMM d", "es": "d MMM"}
_ANSWERS = {"accepted": _l("accepted"), "declined": _l("declined"), "no answer": _l("no answer")}
# What the reason of a step about consent says: how it was given, or why it ended.
_CONSENT_REASONS = {
    "screen": _l("on the screen"),
    "paper": _l("on paper"),
    "verbal": _l("by word of mouth"),
    "revoked": _l("taken back"),
    "expired": _l("its day has passed"),
    "event": _l("its event came"),
}
_WHO = {"the clinic": _l("the clinic"), "the directory": _l("the directory")}
STEP_TITLES = {
    Event.ASK_CONSENT: _l("Ask for consent"),
    Event.ACCEPT: _l("The clinic accepted"),
    Event.BOOK: _l("Note the appointment"),
    Event.ATTEND: _l("The client attended"),
    Event.MISS: _l("The client did not attend"),
    Event.DECLINE: _l("The clinic declined"),
    Event.NO_ANSWER: _l("The clinic does not answer"),
    Event.NEXT_CLINIC: _l("Go on to the next clinic"),
    Event.ASK: _l("The clinic asked something"),
    Event.NOTE: _l("Add a note"),
    Event.WITHDRAW: _l("Withdraw the referral"),
    Event.CLOSE: _l("Close the referral"),
}


def say(sentence: Sentence) -> str:
    """A sentence of the records or the catalogue, in the language of the page."""
    return sentence.said(gettext)


def say_error(error: SaidError) -> str:
    """What went wrong, as the whole sentence it is."""
    said = say(error.sentence)
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."


def group_name(group: str, count: int) -> str:
    """A group of states on the board, beside the number of its referrals."""
    names = {
        "consent": gettext("Needs consent"),
        "send": gettext("To send"),
        "waiting": gettext("Waiting"),
        "decide": gettext("To decide"),
        "booked": gettext("Booked"),
        "attended": npgettext("beside a count", "Attended", "Attended", count),
        "closed": npgettext("beside a count", "Closed", "Closed", count),
    }
    return str(names[group])


def state_name(state: State | str) -> str:
    """Where a referral stands, in words."""
    return str(_STATE_NAMES[State(state)])


def state_look(state: State | str) -> str:
    """How a state is shown: "do", "wait", "good", "bad" or "" where nothing is left to do."""
    return _STATE_LOOKS.get(State(state), "")


def consent_name(status: str) -> str:
    """How consent stands, in words."""
    return str(_CONSENT_NAMES[status])


def paper_name(kind: str) -> str:
    """What a document is."""
    return str(_PAPERS[kind])


def way_name(how: str) -> str:
    """How a packet left."""
    return str(_WAYS.get(how, how))


def answer_reason(choice: Choice) -> str:
    """Why a clinic declined or stayed silent, in words."""
    event = Event.DECLINE if choice.answer == "declined" else Event.NO_ANSWER
    return reason_label(event, choice.reason, language())


def happened(line: TimelineLine) -> str:
    """What a line of a timeline says happened, with its reason, in the language of the page."""
    if line.event not in set(Event):
        return line.what
    known = _CONSENT_REASONS.get(line.reason)
    reason = str(known) if known else reason_label(line.event, line.reason, language())
    what = say(Event(line.event).plain)
    return f"{what} ({reason})" if reason else what


def answer_name(answer: str) -> str:
    """What a clinic answered, in words."""
    return str(_ANSWERS.get(answer, answer))


def who_words(who: str) -> str:
    """Who did something: a person by name, else in words."""
    return str(_WHO.get(who, who))


def need_words(codes: tuple[str, ...]) -> str:
    """What is needed."""
    return need_label(codes, language())


def option_words(table: str, code: str) -> str:
    """The words of an urgency, coverage or language; the code where there are none."""
    option = getattr(options(), table).get(code)
    return option.label(language()) if option else code


def day_text(day: dt.date | None) -> str:
    """A day as people write it, that of a moment on the center's clock; empty for none."""
    if isinstance(day, dt.datetime):
        day = _at_the_center(day).date()
    return str(format_date(day, "long")) if day else ""


def moment_text(moment: dt.datetime) -> str:
    """A moment on the center's clock."""
    here = _at_the_center(moment).replace(tzinfo=None)
    return str(format_datetime(here, _MOMENTS[language()], rebase=False))


def noted_text(at: str) -> str:
    """A moment of the audit trail, ISO 8601, to the second on the center's clock: "Nov 26, 2026, 1:00:57 PM"."""
    here = _at_the_center(dt.datetime.fromisoformat(at)).replace(tzinfo=None)
    return str(format_datetime(here, "medium", rebase=False))


def month_text(month: str) -> str:
    """A month of a report: "November 2026" of "2026-11"."""
    return str(format_date(dt.date.fromisoformat(f"{month}-01"), _MONTHS[language()]))


def when_text(said: str) -> str:
    """A day or a moment as it was noted, in words: "November 28, 2026, 9:30 AM"; what is none of them as it stands."""
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        return said
    if len(said) == len("2026-11-28"):
        return day_text(moment.date())
    return str(format_datetime(moment, _MOMENTS[language()], rebase=False))


def due_text(due: dt.date | None) -> str:
    """When somebody should look again, as people say it."""
    if due is None:
        return ""
    days = (due - center_today()).days
    if days < 0:
        return str(ngettext("%(num)d day overdue", "%(num)d days overdue", -days))
    if days == 0:
        return str(gettext("Today"))
    return str(gettext("Tomorrow")) if days == 1 else str(format_date(due, _SHORT_DAYS[language()]))


def record_words(record: ClinicRecord) -> list[str]:
    """What is known of how a clinic answers referrals; staff see it, families never do."""
    if not record.sent:
        return [str(gettext("No referral sent there yet"))]
    said = [_counted(record)]
    if record.median_hours is not None:
        said.insert(0, _speed(round(record.median_hours / 24)))
    if record.attended:
        count = format_decimal(record.attended)
        said.append(str(ngettext("%(number)s attended", "%(number)s attended", record.attended, number=count)))
    return said


def _counted(record: ClinicRecord) -> str:
    said = ngettext(
        "Accepted %(accepted)s of %(number)s referral",
        "Accepted %(accepted)s of %(number)s referrals",
        record.sent,
        accepted=format_decimal(record.accepted),
        number=format_decimal(record.sent),
    )
    return str(said)


def _speed(days: int) -> str:
    if days == 0:
        return str(gettext("Answers within a day"))
    return str(ngettext("Answers in about %(num)d day", "Answers in about %(num)d days", days))


def center_today() -> dt.date:
    """The date at the center."""
    return _at_the_center(site().clock()).date()


def teach(state: BlueprintSetupState) -> None:
    """Give these words to the templates of an application."""
    words = (say, answer_reason, way_name, need_words, option_words, state_name, state_look, consent_name, paper_name)
    times = (
        noted_text,
        month_text,
        day_text,
        moment_text,
        when_text,
        due_text,
        record_words,
        happened,
        who_words,
        answer_name,
    )
    state.app.jinja_env.globals.update({word.__name__: word for word in (*words, *times)})


def _at_the_center(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(ZoneInfo(site().settings.center.time_zone))
