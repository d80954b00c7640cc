"""Answers: what a clinic told us, question by question, in plain words with the day, faded ones marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from flask_babel import gettext, ngettext

from directory.catalogue.heard import REACHED
from directory.catalogue.questions import Question, asking
from directory.pages.language import language
from directory.pages.wording import asked_words, day_words

MONEY = frozenset({"price_first_visit", "price_treatment"})


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: the question, what was said, when and how it was asked, and whether that is long ago."""

    question: str
    said: str
    asked: str
    faded: bool


def told(answers: Sequence[Mapping[str, Any]]) -> list[Told]:
    """The answers of a facility's document; that nobody could be reached is told too."""
    return [
        Told(_question(answer), answer_words(answer), _asked(answer), answer["faded"])
        for answer in answers
        if answer["question"] in asking().questions
    ]


def answer_words(answer: Mapping[str, Any]) -> str:
    """What was answered: "Yes", "14 days", "$400 to $650"."""
    question = asking().questions[answer["question"]]
    value = answer["value"]
    match question.kind:
        case "yes_no":
            return str(gettext("Yes") if value else gettext("No"))
        case "number":
            return str(ngettext("%(num)d day", "%(num)d days", value))
        case "span":
            return _span(question, value)
        case "choices":
            return ", ".join(_choice(question, one) for one in value) or str(gettext("None of these"))
        case "choice":
            return _choice(question, value)
        case _:
            return str(value)


def openings(answers: Mapping[str, Any], on: dt.date, today: dt.date) -> str:
    """Whether new patients are taken, in a sentence with others: "new patients in 2 weeks"; "" where not asked."""
    if answers.get("new_patients") is False:
        said = gettext("takes no new patients now")
    elif (days := answers.get("wait_days")) is not None:
        said = gettext("new patients in %(time)s", time=_time(days))
    elif answers.get("new_patients"):
        said = gettext("takes new patients")
    else:
        return ""
    faded = asking().questions["new_patients"].faded(on, today)
    return str(gettext("%(said)s (that was then; ask again)", said=said) if faded else said)


def add_words(blueprint: Blueprint) -> None:
    """Let templates put answers into words."""
    blueprint.app_template_global("answer_words")(answer_words)
    blueprint.app_template_filter("isodate")(day_words)


def _time(days: int) -> str:
    if days >= 14:
        return str(ngettext("%(num)d week", "%(num)d weeks", round(days / 7)))
    return str(ngettext("%(num)d day", "%(num)d days", days))


def _question(answer: Mapping[str, Any]) -> str:
    question = asking().questions[answer["question"]]
    return question.es if language() == "es" else question.en


def _asked(answer: Mapping[str, Any]) -> str:
    day = day_words(answer["on"])
    if answer["question"] == REACHED:
        return str(gettext("We last called on %(date)s", date=day))
    return asked_words(answer["how"], day)


def _choice(question: Question, chosen: str) -> str:
    choice = next((one for one in question.choices if one.id == chosen), None)
    if choice is None:
        return chosen
    return choice.es if language() == "es" else choice.en


def _span(question: Question, value: Sequence[int]) -> str:
    lower, higher = (f"${end:,}" if question.id in MONEY else str(end) for end in value)
    return lower if lower == higher else str(gettext("%(lower)s to %(higher)s", lower=lower, higher=higher))
