"""Questions: what is asked of a clinic and how long each answer holds, from data/verification.toml."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from directory.catalogue.codes import code_list
from directory.config import DATA
from directory.errors import PlainError, SaidError
from directory.sentence import Sentence

LONGEST_TEXT = 300
KINDS = ("yes_no", "choices", "choice", "number", "span", "text")


class AnswerError(SaidError):
    """An answer does not fit its question; the message names the question and says what fits."""


class QuestionsError(PlainError):
    """data/verification.toml lacks something; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer; `code` is the service code that stands for it, or ""."""

    id: str
    en: str
    es: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something a clinic is asked. `kind` is one of KINDS; `shelf_days` is how long an answer is fresh."""

    id: str
    kind: str
    shelf_days: int
    en: str
    es: str
    code: str = ""
    choices: tuple[Choice, ...] = ()
    least: int = 0
    most: int = 0
    asked: bool = True

    def cleaned(self, answer: Any) -> Any:
        """The answer as it is kept: bool, whole number, [lower, higher], [choice ids], choice id or text.

        Raises AnswerError.
        """
        match self.kind:
            case "yes_no":
                return self._check(answer, isinstance(answer, bool), Sentence("yes or no"))
            case "number":
                wanted = Sentence("a number from %(least)s to %(most)s", least=self.least, most=self.most)
                return self._check(answer, self._is_number(answer), wanted)
            case "span":
                return self._span(answer)
            case "choices":
                return self._chosen(answer)
            case "choice":
                return self._check(
                    answer, answer in self._ids(), Sentence("one of %(known)s", known=", ".join(self._ids()))
                )
            case _:
                text = " ".join(str(answer).split())
                wanted = Sentence("words, at most %(most)s letters", most=LONGEST_TEXT)
                return self._check(text, 0 < len(text) <= LONGEST_TEXT, wanted)

    def faded(self, on: dt.date, today: dt.date) -> bool:
        """True where an answer of that day is older than its shelf life."""
        return (today - on).days > self.shelf_days

    def read(self, written: str) -> Any:
        """The answer as it is kept, of "yes", "14", "400-650", "iv,im", "none" of the choices, or words.

        Raises AnswerError.
        """
        text = written.strip()
        match self.kind:
            case "yes_no":
                return self.cleaned({"yes": True, "no": False}.get(text.lower(), text))
            case "number":
                return self.cleaned(_number(text))
            case "span":
                return self.cleaned([_number(end) for end in text.split("-")])
            case "choices":
                return self.cleaned([] if text.lower() == "none" else [one.strip() for one in text.split(",")])
            case _:
                return self.cleaned(text)

    def codes(self, answer: Any) -> tuple[set[str], set[str]]:
        """The service codes that a kept answer confirms, and those it denies."""
        if self.kind == "yes_no" and self.code:
            return ({self.code}, set()) if answer else (set(), {self.code})
        coded = {choice.id: choice.code for choice in self.choices if choice.code}
        named = {answer} if self.kind == "choice" else set(answer) if self.kind == "choices" else set()
        return {coded[i] for i in coded if i in named}, {coded[i] for i in coded if i not in named}

    def _ids(self) -> tuple[str, ...]:
        return tuple(choice.id for choice in self.choices)

    def _is_number(self, answer: Any) -> bool:
        return isinstance(answer, int) and not isinstance(answer, bool) and self.least <= answer <= self.most

    def _span(self, answer: Any) -> list[int]:
        fits = isinstance(answer, list | tuple) and len(answer) == 2 and all(self._is_number(end) for end in answer)
        wanted = Sentence("two numbers from %(least)s to %(most)s, rising", least=self.least, most=self.most)
        self._check(answer, fits and answer[0] <= answer[1], wanted)
        return list(answer)

    def _chosen(self, answer: Any) -> list[str]:
        fits = isinstance(answer, list | tuple | set | frozenset) and set(answer) <= set(self._ids())
        self._check(answer, fits, Sentence("some of %(known)s", known=", ".join(self._ids())))
        return [choice for choice in self._ids() if choice in set(answer)]

    def _check(self, answer: Any, fits: bool, wanted: Sentence) -> Any:
        if not fits:
            raise AnswerError(
                Sentence("“%(answer)s” is no answer; give %(wanted)s", answer=answer, wanted=wanted), self.id
            )
        return answer


@dataclass(frozen=True, slots=True)
class Labelled:
    """A reason to call, or a mistake that families can report; `more` holds its further keys."""

    id: str
    en: str
    es: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asking:
    """All of data/verification.toml; `questions`, `whys` and `mistakes` by id, in the file's order."""

    questions: Mapping[str, Question]
    whys: Mapping[str, Labelled]
    mistakes: Mapping[str, Labelled]
    certainty: Mapping[str, float]
    calling: Mapping[str, int]
    call_list: Mapping[str, int]


def read_answers(written: Iterable[str]) -> dict[str, Any]:
    """Question → answer, of "wait_days=14" and the like. Raises AnswerError, which names the question."""
    asked = {question.id: question for question in asking().questions.values() if question.asked}
    answers: dict[str, Any] = {}
    for entry in written:
        name, equals, text = entry.partition("=")
        if name not in asked:
            raise AnswerError(
                Sentence("there is no such question; ask one of %(questions)s", questions=", ".join(asked)), name
            )
        if not equals:
            raise AnswerError(Sentence("write the answer behind it, such as wait_days=14"), name)
        if name in answers:
            raise AnswerError(Sentence("it is answered twice; write one answer, such as forms=iv,im"), name)
        answers[name] = asked[name].read(text)
    return answers


@cache
def asking() -> Asking:
    """What is asked and why, read once. Raises QuestionsError."""
    tables = tomllib.loads((DATA / "verification.toml").read_text(encoding="utf-8"))
    questions = [_question(entry, tables["shelf_life"]) for entry in tables["question"]]
    return Asking(
        questions={question.id: question for question in questions},
        whys=_labelled(tables["why"]),
        mistakes=_labelled(tables["mistake"]),
        certainty=tables["certainty"],
        calling=tables["calling"],
        call_list=tables["call_list"],
    )


def _number(text: str) -> int | str:
    """The whole number that is written, or the text as it is, for the question to refuse."""
    digits = text.strip()
    return int(digits) if digits.isdecimal() and len(digits) < 10 else digits


def _question(entry: dict[str, Any], shelf_life: Mapping[str, int]) -> Question:
    choices = tuple(Choice(**choice) for choice in entry.pop("choices", ()))
    kind_of_shelf = entry.pop("shelf_life", "")
    if entry.get("kind") not in KINDS or kind_of_shelf not in shelf_life:
        raise QuestionsError(f"data/verification.toml: question {entry.get('id')!r} needs a kind and a shelf life")
    for code in (entry.get("code", ""), *(choice.code for choice in choices)):
        if code and code not in code_list():
            raise QuestionsError(f"data/verification.toml: question {entry['id']!r}: there is no service code {code}")
    return Question(**entry, choices=choices, shelf_days=shelf_life[kind_of_shelf])


def _labelled(entries: list[dict[str, Any]]) -> dict[str, Labelled]:
    return {
        entry["id"]: Labelled(
            entry["id"], entry["en"], entry["es"], {k: v for k, v in entry.items() if k not in ("id", "en", "es")}
        )
        for entry in entries
    }
