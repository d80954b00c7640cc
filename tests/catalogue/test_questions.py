"""Questions: what is asked of a clinic, and what counts as an answer."""

from __future__ import annotations

from typing import Any

import pytest

from directory.catalogue.questions import AnswerError, asking, read_answers


def test_every_question_has_words_in_both_languages_and_a_shelf_life() -> None:
    questions = asking().questions
    assert {"ketamine", "forms", "conditions", "new_patients", "wait_days", "referral", "coverage"} < set(questions)
    for question in questions.values():
        assert question.en
        assert question.es
        assert question.shelf_days > 0
        assert all(choice.en and choice.es for choice in question.choices)


@pytest.mark.parametrize(
    ("question", "answer", "kept"),
    [
        ("ketamine", False, False),
        ("forms", {"nasal", "iv"}, ["iv", "nasal"]),
        ("wait_days", 14, 14),
        ("price_treatment", (400, 650), [400, 650]),
        ("referral", "self", "self"),
        ("hours", "  Mon-Fri\n 9-5 ", "Mon-Fri 9-5"),
    ],
)
def test_an_answer_is_kept_in_one_shape(question: str, answer: Any, kept: Any) -> None:
    assert asking().questions[question].cleaned(answer) == kept


@pytest.mark.parametrize(
    ("question", "answer", "wanted"),
    [
        ("ketamine", "maybe", "yes or no"),
        ("forms", ["pill"], "some of iv, im, nasal, lozenge"),
        ("wait_days", 1000, "from 0 to 730"),
        ("wait_days", True, "a number"),
        ("price_treatment", [650, 400], "rising"),
        ("referral", "perhaps", "one of needed, self"),
        ("hours", " ", "words"),
        ("hours", "x" * 301, "at most 300"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_would_be(question: str, answer: Any, wanted: str) -> None:
    with pytest.raises(AnswerError, match=f"^{question}: .*{wanted}"):
        asking().questions[question].cleaned(answer)


def test_what_was_not_named_of_a_list_is_denied() -> None:
    assert asking().questions["forms"].codes(["iv"]) == (set(), {"ESK"})
    assert asking().questions["forms"].codes(["nasal"]) == ({"ESK"}, set())
    assert asking().questions["ketamine"].codes(False) == (set(), {"KIT"})


def test_answers_are_written_by_their_kind() -> None:
    written = ("ketamine=Yes", "forms=iv, im", "coverage=none", "wait_days=14", "price_treatment=400 - 650")
    more = ("referral=self", "hours= Mon-Fri 9-5, a=b ")
    assert read_answers((*written, *more)) == {
        "ketamine": True,
        "forms": ["iv", "im"],
        "coverage": [],
        "wait_days": 14,
        "price_treatment": [400, 650],
        "referral": "self",
        "hours": "Mon-Fri 9-5, a=b",
    }


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["wait_days=soon"], "wait_days: .*a number from 0 to 730"),
        (["wait_days=" + "9" * 5000], "wait_days: .*a number"),
        (["wait_days"], "wait_days: write the answer behind it"),
        (["price_treatment=400"], "price_treatment: .*two numbers"),
        (["price_treatment=-5-9"], "price_treatment: .*two numbers"),
        (["forms="], "forms: .*some of iv, im, nasal, lozenge"),
        (["new_patients=perhaps"], "new_patients: .*yes or no"),
        (["reached=yes"], "reached: there is no such question; ask one of ketamine, forms"),
        (["mood=good"], "mood: there is no such question"),
        (["forms=iv", "forms=im"], "forms: it is answered twice"),
    ],
)
def test_what_is_written_wrong_is_refused_by_its_question(written: list[str], message: str) -> None:
    with pytest.raises(AnswerError, match=f"^{message}"):
        read_answers(written)
