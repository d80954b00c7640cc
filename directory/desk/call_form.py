"""Call form: the questions of data/verification.toml as fields, for use while talking."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from directory.catalogue.questions import LONGEST_TEXT, Question, asking
from directory.catalogue.verification import CHECKED_FIELDS, WAYS
from directory.desk.forms import LONGEST_NOTE, DeskForm
from directory.pages.language import language

NONE_OF_THESE = "-"
NOT_ASKED = SelectChoice("", _l("Not asked"))
WAY_NAMES = dict(zip(WAYS, (_l("Phone"), _l("E-mail"), _l("Their website"), _l("They told us")), strict=True))
RIGHT_NAMES = {
    "name": _l("Is the name right?"),
    "address": _l("Is the address right?"),
    "phone": _l("Is the phone number right?"),
    "website": _l("Is the website right?"),
}


class CallForm(DeskForm):
    """What was answered; a question that nobody asked is left alone."""

    how = SelectField(_l("How we asked"), choices=[SelectChoice(way, name) for way, name in WAY_NAMES.items()])
    note = TextAreaField(_l("What else was said, for staff only"), [Optional(), Length(max=LONGEST_NOTE)])

    def __init__(self, **initial: Any) -> None:
        super().__init__(**initial)
        spoken = language()
        for question in asked_questions():
            words = question.es if spoken == "es" else question.en
            for entry in self.of(question):
                entry.label.text = words if entry.name == question.id else entry.label.text
            if question.kind in ("choices", "choice"):
                self[question.id].choices = _choices(question, spoken)

    def of(self, question: Question) -> list[Field]:
        """The fields of a question: two where it asks from and to."""
        names = [f"{question.id}_from", f"{question.id}_to"] if question.kind == "span" else [question.id]
        return [self[name] for name in names]

    @property
    def answers(self) -> dict[str, Any]:
        """Question → answer, for those that were asked."""
        told = {question.id: self._told(question) for question in asked_questions()}
        return {name: answer for name, answer in told.items() if answer is not None}

    @property
    def right(self) -> dict[str, bool]:
        """What the clinic confirmed of its listing, and what it denied."""
        said = {name: self[f"right_{name}"].data for name in CHECKED_FIELDS}
        return {name: value == "yes" for name, value in said.items() if value}

    def _told(self, question: Question) -> Any:
        data = [entry.data for entry in self.of(question)]
        match question.kind:
            case "yes_no":
                return data[0] == "yes" if data[0] else None
            case "choices":
                return [one for one in data[0] if one != NONE_OF_THESE] if data[0] else None
            case "span":
                given = [end for end in data if end is not None]
                return [given[0], given[-1]] if given else None
            case _:
                return data[0] if data[0] not in ("", None) else None


def asked_questions() -> list[Question]:
    """The questions of a call, in their order."""
    return [question for question in asking().questions.values() if question.asked]


@cache
def call_form() -> type[CallForm]:
    """The form with a field for every question and every value that can be right or wrong."""
    fields: dict[str, Field] = {}
    for question in asked_questions():
        fields |= _fields(question)
    yes_no = [NOT_ASKED, SelectChoice("yes", _l("Right")), SelectChoice("no", _l("Wrong"))]
    fields |= {f"right_{name}": RadioField(RIGHT_NAMES[name], choices=yes_no, default="") for name in CHECKED_FIELDS}
    return type("WholeCallForm", (CallForm,), fields)


def _fields(question: Question) -> dict[str, Field]:
    match question.kind:
        case "yes_no":
            choices = [NOT_ASKED, SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
            return {question.id: RadioField(question.en, choices=choices, default="")}
        case "choices":
            return {question.id: SelectMultipleField(question.en, choices=[])}
        case "choice":
            return {question.id: RadioField(question.en, choices=[], default="")}
        case "number":
            return {question.id: IntegerField(question.en, [Optional()])}
        case "span":
            ends = ((f"{question.id}_from", _l("From")), (f"{question.id}_to", _l("To")))
            return {name: IntegerField(words, [Optional()]) for name, words in ends}
        case _:
            return {question.id: StringField(question.en, [Optional(), Length(max=LONGEST_TEXT)])}


def _choices(question: Question, spoken: str) -> list[SelectChoice]:
    named = [SelectChoice(choice.id, choice.es if spoken == "es" else choice.en) for choice in question.choices]
    return (
        [NOT_ASKED, *named] if question.kind == "choice" else [*named, SelectChoice(NONE_OF_THESE, _l("None of these"))]
    )
