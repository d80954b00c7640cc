"""Trail words: what the audit trail notes, as supervisors and administrators read it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from directory.pages.catalogues import sentences
from directory.pages.language import LANGUAGES
from directory.places.spelling import folded
from directory.sentence import Sentence

ACTIONS = {
    "account added": _l("account added"),
    "account disabled": _l("access ended"),
    "account enabled": _l("access given again"),
    "accounting purged": _l("disclosures removed after their time"),
    "accounting read": _l("accounting of disclosures read"),
    "backup made": _l("backup made"),
    "board read": _l("board read"),
    "client added": _l("client added"),
    "client changed": _l("client changed"),
    "client read": _l("client read"),
    "clients found": _l("clients searched for"),
    "clients purged": _l("clients removed after their time"),
    "clinic asked": _l("answers of a clinic kept"),
    "clinic called": _l("clinic called"),
    "clinic split": _l("clinic taken apart"),
    "clinics chosen": _l("clinics chosen"),
    "consent drafted": _l("consent drafted"),
    "consent event": _l("consent ended by its event"),
    "consent expired": _l("consent ended by its date"),
    "consent noted": _l("consent noted"),
    "consent read": _l("consent read"),
    "consent revoked": _l("consent taken back"),
    "consent signed": _l("consent signed"),
    "correction ended": _l("correction ended"),
    "correction kept": _l("correction kept"),
    "document kept": _l("document kept"),
    "document read": _l("document read"),
    "duplicates looked for": _l("looked for the same referral"),
    "follow-ups read": _l("reminders read"),
    "key made": _l("key made"),
    "keys rotated": _l("keys renewed"),
    "link made": _l("link for a clinic made"),
    "link opened": _l("link opened"),
    "link refused": _l("wrong code for a link"),
    "listing corrected": _l("listing corrected"),
    "mail failed": _l("e-mail not sent"),
    "mail queued": _l("e-mail waiting to be sent"),
    "mail sent": _l("e-mail sent"),
    "mail stopped": _l("e-mail stopped"),
    "one-time link made": _l("one-time link made"),
    "packet gathered": _l("packet gathered"),
    "packet sent": _l("packet sent"),
    "pair judged": _l("pair judged"),
    "password and second factor set": _l("password and second factor set"),
    "password changed": _l("password changed"),
    "recovery code used": _l("recovery code used"),
    "recovery codes made": _l("recovery codes made"),
    "referral assigned": _l("referral given to a person"),
    "referral changed": _l("referral changed"),
    "referral moved": _l("step of a referral"),
    "referral read": _l("referral read"),
    "referral started": _l("referral begun"),
    "referrals purged": _l("referrals removed after their time"),
    "reply page read": _l("page for the clinic read"),
    "report put aside": _l("report put aside"),
    "report read": _l("report of outcomes read"),
    "role changed": _l("role changed"),
    "run approve": _l("asked to publish a run"),
    "run discard": _l("run discarded"),
    "run undo": _l("asked to take a run back"),
    "sign-in refused": _l("sign-in refused"),
    "signed in": _l("signed in"),
    "signed out": _l("signed out"),
    "signed out everywhere": _l("signed out everywhere"),
    "timeline read": _l("timeline read"),
    "trail read": _l("audit trail read"),
    "verification asked for": _l("asked for a call to a clinic"),
}
KINDS = {
    "choice": Sentence("clinic of a referral"),
    "client": Sentence("client"),
    "consent": Sentence("consent"),
    "disclosure": Sentence("disclosure"),
    "document": Sentence("document"),
    "facility": Sentence("clinic"),
    "link": Sentence("link"),
    "message": Sentence("e-mail"),
    "person": Sentence("person"),
    "referral": Sentence("referral"),
    "run": Sentence("run"),
}
_KIND_AND_NUMBER = re.compile(r"(.*?)[\s:#]*(\d+)")
_ACTORS = {"clinic": _l("the clinic"), "system": _l("the directory")}


def action_words(action: str) -> str:
    """What was done; an action of an older version as it was noted."""
    return str(ACTIONS.get(action, action))


def record_words_of(name: str) -> str:
    """A record by kind and number: "client 4" of "client:4"."""
    kind, _, number = name.partition(":")
    return f"{KINDS[kind].said(gettext) if kind in KINDS else kind} {number}"


def record_named(said: str) -> str:
    """A record's name as the trail has it, of what the page calls it in any language: "client:4" of "Cliente 4".

    What names no record comes back as it was said.
    """
    found = _KIND_AND_NUMBER.fullmatch(said)
    kind = _kinds_by_word().get(folded(found[1])) if found else None
    return f"{kind}:{found[2]}" if found and kind else said


def _kinds_by_word() -> dict[str, str]:
    words = {kind: kind for kind in KINDS}
    for language in LANGUAGES:
        words |= {folded(word.said(sentences(language).gettext)): kind for kind, word in KINDS.items()}
    return words


def actor_words(actor: str, people: Mapping[int, str]) -> str:
    """Who did it: somebody of the staff by name, else in words. `people` are names by number."""
    kind, _, number = actor.partition(":")
    if kind == "staff" and number.isdecimal():
        return people.get(int(number), actor)
    return str(_ACTORS.get(kind, actor))
