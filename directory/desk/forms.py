"""Forms of the desk: they come back filled in, say what is wrong beside its field, and never lose a word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from directory.desk.forms_kept import kept_fields
from directory.desk.words import happened, say, say_error, who_words
from directory.errors import SaidError
from directory.pages.language import language
from directory.referrals.consent import ConsentFacts, Element
from directory.referrals.needs import Option, options, reason_words
from directory.referrals.referral import ChangedMeanwhile
from directory.referrals.states import Event
from directory.referrals.wording import wording

LONGEST_LINE = 200
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a form. `anchor` is the id of its field, "" where it is about the whole."""

    anchor: str
    said: str


class DeskForm(FlaskForm):  # type: ignore[misc]
    """A form that shows what was written when a session ended in the middle of it."""

    def __init__(self, **initial: Any) -> None:
        """`initial` are values by field, shown until something was written."""
        if request.method != "POST":
            initial.setdefault("formdata", kept_fields())
        super().__init__(**initial)

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, in the order of the fields."""
        found = [Fault("", str(said)) for said in self.form_errors]
        for entry in self:
            if entry.errors and entry.name != "csrf_token":
                label, said = str(entry.label.text), " ".join(map(str, entry.errors))
                found.append(Fault(_anchor(entry), f"{label} {said}" if label.endswith("?") else f"{label}: {said}"))
        return found

    def refuse(self, error: SaidError) -> None:
        """Take in what the domain refused: "birth year: write a year" goes to its field, anything else to the whole."""
        name = error.field.lower().replace(" ", "_")
        if name and name in self and name != "csrf_token":
            self[name].errors = [*self[name].errors, say_error(error)]
        else:
            self.form_errors.append(say_error(error))


class FirstRequired(InputRequired):  # type: ignore[misc]
    """A choice must be made; said in the words of choosing."""

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or _l("Choose one."))
        self.field_flags: dict[str, Any] = {}


class Written(InputRequired):  # type: ignore[misc]
    """Something must be written; the server says so, kindly, and not the browser."""

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or _l("Write something here."))
        self.field_flags: dict[str, Any] = {}


class VersionedForm(DeskForm):
    """A form about a record as somebody saw it; `version` tells whether it is still so."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """The version that was seen; 0 where none was sent."""
        text = str(self.version.raw_data[0]) if self.version.raw_data else ""
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def take_in(self, error: SaidError) -> list[str]:
        """Take in what the domain refused; what somebody else did meanwhile, where that is why."""
        if isinstance(error, ChangedMeanwhile):
            self.see(error.version)
            return [f"{who_words(line.who)}: {happened(line)}" for line in error.since]
        self.refuse(error)
        return []

    def see(self, version: int) -> None:
        """Go on from the newest version."""
        self.version.data = str(version)


class ClientForm(VersionedForm):
    """The least about a person."""

    name = StringField(_l("Name or initials"), [Written(_l("Write the name, or initials.")), Length(max=LONGEST_LINE)])
    reference = StringField(_l("The center’s own number"), [Optional(), Length(max=60)])
    contact_wish = StringField(_l("How they wish to be reached"), [Optional(), Length(max=LONGEST_LINE)])
    zip = StringField(
        _l("ZIP code"), [Optional(), Regexp(r"\s*\d{5}\s*$", message=_l("Write five digits, such as 46204."))]
    )
    birth_year = IntegerField(
        _l("Year of birth"), [Optional(), NumberRange(1900, 2100, message=_l("Write a year, such as 1980."))]
    )
    coverage = SelectField(_l("Coverage"))
    language = SelectField(_l("Language"))
    clinic = HiddenField()

    def __init__(self, **initial: Any) -> None:
        super().__init__(**initial)
        self.coverage.choices = labelled(options().coverages)
        self.language.choices = labelled(options().languages)

    @property
    def values(self) -> dict[str, Any]:
        """What was written, for ClientFacts."""
        names = ("name", "reference", "contact_wish", "zip", "coverage", "language")
        return {name: (self[name].data or "").strip() for name in names} | {"birth_year": self.birth_year.data}


class NeedForm(VersionedForm):
    """What a client needs."""

    need = SelectMultipleField(_l("What they need"), [FirstRequired(_l("Choose at least one."))])
    urgency = RadioField(_l("How soon"), [FirstRequired()])
    coverage = SelectField(_l("Coverage"))
    language = SelectField(_l("Language"))
    note = TextAreaField(_l("Note for the clinic"), [Optional(), Length(max=LONGEST_NOTE)])
    despite = BooleanField(_l("Make another referral all the same"))
    clinic = HiddenField()

    def __init__(self, **initial: Any) -> None:
        super().__init__(**initial)
        self.need.choices = labelled(options().needs)
        self.urgency.choices = labelled(options().urgencies)
        self.coverage.choices = labelled(options().coverages)
        self.language.choices = labelled(options().languages)

    @property
    def values(self) -> dict[str, Any]:
        """What was chosen and written, for ReferralFacts."""
        chosen = {name: self[name].data for name in ("urgency", "coverage", "language")}
        return chosen | {"need": tuple(self.need.data), "note": self.note.data or ""}


class StepForm(VersionedForm):
    """What is said with one step of a referral; the fields a step has no use for are taken off."""

    appointment = DateField(_l("Day of the appointment"), [Written(_l("Write the day."))])
    hour = TimeField(_l("Time, where the clinic is"), [Optional()])
    callback = StringField(_l("When they will call the client"), [Optional(), Length(max=LONGEST_LINE)])
    attended_on = DateField(_l("Day they came"), [Optional()])
    reason = RadioField(_l("Why"), [FirstRequired()])
    outcome = RadioField(_l("What came of it"), [FirstRequired()])
    note = TextAreaField(_l("Note"), [Length(max=LONGEST_NOTE)])

    @classmethod
    def of(cls, event: Event, **initial: Any) -> StepForm:
        """The form of one event."""
        form = cls(**initial)
        kinds = {"reason": reason_words().get(event.value, {}), "outcome": reason_words()["outcome"]}
        for name in ("appointment", "hour", "callback", "attended_on", "reason", "outcome"):
            if name not in STEP_FIELDS.get(event, ()):
                del form[name]
        for name in {"reason", "outcome"} & set(STEP_FIELDS.get(event, ())):
            form[name].choices = labelled(kinds[name])
        if event in (Event.NOTE, Event.ASK):
            form.note.validators = [Written(_l("Write it first.")), *form.note.validators]
        return form

    @property
    def said(self) -> dict[str, Any]:
        """What was said, for `move`; a day and a time of day become one."""
        said = {name: entry.data for name, entry in self._fields.items() if name in SAID}
        hour = self._fields["hour"].data if "hour" in self._fields else None
        if hour is not None and said.get("appointment"):
            said["appointment"] = dt.datetime.combine(said["appointment"], hour)
        return {name: value for name, value in said.items() if value not in (None, "")}


SAID = frozenset({"appointment", "callback", "attended_on", "reason", "outcome", "note"})
STEP_FIELDS: Mapping[Event, tuple[str, ...]] = {
    Event.ACCEPT: ("callback",),
    Event.BOOK: ("appointment", "hour"),
    Event.ATTEND: ("attended_on",),
    Event.DECLINE: ("reason",),
    Event.NO_ANSWER: ("reason",),
    Event.MISS: ("reason",),
    Event.WITHDRAW: ("reason",),
    Event.CLOSE: ("outcome",),
}


class ConsentForm(DeskForm):
    """All elements of a consent, with its texts filled in."""

    client_name = StringField(_l("The client’s name"), [Length(max=LONGEST_LINE)])
    discloser = TextAreaField(_l("Who tells"), [Length(max=LONGEST_NOTE)])
    description = TextAreaField(_l("What is told"), [Length(max=LONGEST_NOTE)])
    purpose = TextAreaField(_l("Why it is told"), [Length(max=LONGEST_NOTE)])
    revocation_text = TextAreaField(_l("How consent is taken back"), [Length(max=LONGEST_NOTE)])
    expires_on = DateField(_l("The day it ends"), [Optional()])
    expiry_event = StringField(_l("Or the event that ends it"), [Optional(), Length(max=LONGEST_LINE)])
    redisclosure_text = TextAreaField(_l("What may be passed on"), [Length(max=LONGEST_NOTE)])
    refusal_text = TextAreaField(_l("What refusing means"), [Length(max=LONGEST_NOTE)])
    signer = RadioField(
        _l("Who signs"),
        choices=[
            SelectChoice("client", _l("The client")),
            SelectChoice("representative", _l("Somebody authorized to sign for the client")),
        ],
    )
    authority = StringField(_l("What authorizes them"), [Optional(), Length(max=LONGEST_LINE)])
    signature = StringField(_l("Signature: the full name of who signs"), [Length(max=LONGEST_LINE)])
    language = HiddenField()

    @property
    def said(self) -> dict[str, str]:
        """The texts of `[screen]` in data/consent, for whoever reads this form: here staff."""
        texts: dict[str, str] = wording(language())["screen"]
        return texts

    def lacking(self, element: Element) -> str:
        """What is said beside the field of an element that is missing."""
        return str(gettext("Missing: %(element)s.", element=say(element.plain)))

    def facts(self, drafted: ConsentFacts) -> ConsentFacts:
        """The consent as it stands in the form; the clinic is always the one it was drafted for."""
        written: dict[str, Any] = {name: self[name].data or "" for name in CONSENT_FIELDS}
        return replace(drafted, **written, expires_on=self.expires_on.data)


def talk_form(questions: Mapping[str, str], said: Mapping[str, str]) -> VersionedForm:
    """A form with a field for each point to talk through, filled with what was said before."""
    fields = {
        f"said-{code}": TextAreaField(question, [Optional(), Length(max=LONGEST_NOTE)])
        for code, question in questions.items()
    }
    form: type[VersionedForm] = type("TalkForm", (VersionedForm,), fields)
    return form(data={f"said-{code}": words for code, words in said.items()})


CONSENT_FIELDS = (
    *("client_name", "discloser", "description", "purpose", "revocation_text", "expiry_event"),
    *("redisclosure_text", "refusal_text", "signer", "authority", "signature"),
)


class ScreenForm(ConsentForm):
    """A consent signed on the center's screen."""

    agreed = BooleanField(_l("I agree"))

    def __init__(self, **initial: Any) -> None:
        """Every word is in the language of whoever signs, from `[screen]` of data/consent."""
        super().__init__(**initial)
        for entry in self:
            entry.label.text = self.said.get(entry.name, entry.label.text)
        self.signer.choices = [SelectChoice(who, self.said[f"signer_{who}"]) for who in ("client", "representative")]
        self.agreed.validators = [FirstRequired(self.said["tick"])]

    @property
    def said(self) -> dict[str, str]:
        """The texts for the client, who reads and signs."""
        texts: dict[str, str] = wording(self.language.data or "en")["screen"]
        return texts

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it can be signed."""
        whole = bool(super().validate(extra_validators))
        if self.expires_on.errors:
            self.expires_on.errors = [self.said["day"]]
        return whole

    def lacking(self, _element: Element) -> str:
        """What is said beside a field that is empty; its label names it."""
        return self.said["missing"]


class PaperForm(ConsentForm):
    """A consent signed on paper, with its scan."""

    signed_on = DateField(_l("The date on the form"), [Written(_l("Write the date that stands beside the signature."))])
    scan = FileField(_l("Scan or photograph of the signed form"), [FileRequired(_l("Choose the file of the scan."))])


class SpokenForm(DeskForm):
    """That a client agreed by word of mouth."""


class RevokeForm(DeskForm):
    """How a consent was taken back."""

    how = RadioField(
        _l("How they told us"),
        [FirstRequired()],
        choices=[
            SelectChoice("writing", _l("In writing")),
            SelectChoice("phone", _l("By phone")),
            SelectChoice("person", _l("In person")),
            SelectChoice("other", _l("Otherwise")),
        ],
    )
    note = TextAreaField(_l("Note"), [Optional(), Length(max=LONGEST_NOTE)])


class EventForm(DeskForm):
    """When the event came that ends a consent."""

    on = DateField(_l("The day it came"), [Written(_l("Write the day."))])


class SendForm(VersionedForm):
    """How a packet leaves."""

    how = RadioField(
        _l("How it goes"),
        [FirstRequired()],
        choices=[
            SelectChoice("link", _l("By e-mail: only a link, opened with a code you tell by phone")),
            SelectChoice("fax", _l("By fax: you send it from the fax machine")),
            SelectChoice("print", _l("On paper: by mail or by hand")),
        ],
    )
    email = StringField(_l("The clinic’s e-mail address"), [Length(max=254)])
    fax = StringField(_l("The clinic’s fax number"), [Length(max=40)])


class PlaceForm(DeskForm):
    """Where else to look."""

    zip = StringField(
        _l("ZIP code"), [Written(), Regexp(r"\s*\d{5}\s*$", message=_l("Write five digits, such as 46204."))]
    )


class AnswerForm(VersionedForm):
    """An answer to a clinic's question."""

    answer = TextAreaField(
        _l("Your answer"), [Written(_l("Write what the clinic should read.")), Length(max=LONGEST_NOTE)]
    )


class AssignForm(VersionedForm):
    """Who looks after a referral."""

    person = SelectField(_l("Who looks after it"), coerce=int)


def labelled(table: Mapping[str, Option]) -> list[SelectChoice]:
    """Options as a form lists them: code and words in the page's language."""
    spoken = language()
    return [SelectChoice(option.code, option.label(spoken)) for option in table.values()]


def _anchor(entry: Field) -> str:
    return f"{entry.id}-0" if isinstance(entry, RadioField | SelectMultipleField) else str(entry.id)
