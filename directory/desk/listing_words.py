"""Listing words: reasons to call, reports and fields as staff read them."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from directory.catalogue.models import VerificationTask
from directory.catalogue.questions import asking
from directory.catalogue.taken_out import NO_KETAMINE
from directory.pages.language import language

FIELD_NAMES = {
    "name": _l("Name"),
    "program": _l("Program"),
    "street": _l("Street"),
    "city": _l("Town"),
    "state": _l("State, two letters"),
    "zip": _l("ZIP code"),
    "phone": _l("Phone"),
    "website": _l("Website"),
    "status": _l("Open or closed"),
    "address": _l("Address"),
    "ketamine": _l("Ketamine infusion"),
}
_TOLD = {
    "no longer offers ketamine": _l("It was said that they no longer offer ketamine infusion."),
    "wrong number": _l("The number rings at somebody else."),
}
_TAKEN_OUT = {
    "closed": _l("It has closed."),
    "moved": _l("It has moved."),
    NO_KETAMINE: _l("It does not offer ketamine infusion after all."),
}
PAIR_REASONS = {
    "same name, ZIP and phone, a street is withheld": _l("the same name, ZIP and phone, but one keeps its street back"),
    "name nearly and phone at another address: moved?": _l("nearly the same name and phone at another address"),
    "same name and phone in another town: moved?": _l("the same name and phone in another town"),
    "same name and services at another address: moved?": _l("the same name and services at another address"),
    "same name, nearly the address, another phone": _l("the same name at nearly the same address, another phone"),
    "same organisation at this address, but one names a programme the other does not": _l(
        "the same organization at this address, but one names a program that the other does not"
    ),
    "house and phone agree, the name in part": _l("house and phone agree, the name in part"),
    "same organisation, address, phone, other programmes": _l(
        "the same organization, address and phone, another program"
    ),
    "building and phone agree, the name in part": _l("building and phone agree, the name in part"),
    "same address and phone under another name": _l("the same address and phone under another name"),
    "same organisation, address and services, other programmes": _l(
        "the same organization, address and services, another program"
    ),
    "somebody named them": _l("somebody holds them for one"),
    "split by a person": _l("somebody took them apart"),
}


def pair_words(reason: str) -> str:
    """Why two listings may be one clinic, of the decision table; an older reason as it was kept."""
    return str(PAIR_REASONS.get(reason, reason))


def taken_out_words(what: str) -> str:
    """Why people are no longer sent to a clinic."""
    return str(_TAKEN_OUT[what])


def why_words(why: str) -> str:
    """A reason of the call list."""
    found = asking().whys[why]
    return found.es if language() == "es" else found.en


def told_words(task: VerificationTask) -> str:
    """What was said of a clinic, without the words of whoever said it."""
    if task.why in _TOLD:
        return str(_TOLD[task.why])
    mistake = asking().mistakes.get(task.why)
    if mistake is None:
        return task.why
    said = mistake.es if language() == "es" else mistake.en
    return str(gettext("Somebody reported: %(said)s", said=said))
