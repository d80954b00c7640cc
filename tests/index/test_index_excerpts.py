"""An excerpt shows the sentences that tell most of what was asked."""

from __future__ import annotations

from directory.index.pages import FoundPage, excerpt, stems_of

CLOSING = "Our center does not offer ketamine treatment."


def page(text: str) -> FoundPage:
    return FoundPage("made-up", "en", "Made up", "", f"{text}\n{CLOSING}", 1.0)


COST = page("What does ketamine treatment cost?\nMost plans do not pay.\nOne infusion costs several hundred dollars.")
RISKS = page("Ketamine can raise blood pressure.\nKetamine can harm the bladder.")


def asked(found: FoundPage, question: str) -> str:
    return excerpt(found, stems_of(question, "en"), (COST, RISKS))


def test_a_rare_word_tells_more_than_what_every_page_says() -> None:
    assert asked(COST, "what does a ketamine treatment cost").endswith(
        "One infusion <mark>costs</mark> several hundred dollars."
    )
    assert "harm the <mark>bladder</mark>" in asked(RISKS, "ketamine treatment bladder")


def test_a_sentence_tells_more_than_the_question_above_it() -> None:
    assert asked(COST, "cost") == (
        "What does ketamine treatment <mark>cost</mark>? … One infusion <mark>costs</mark> several hundred dollars."
    )
    assert "What" not in asked(page("What is it?\nIt is ketamine.\nIt is an old medicine, ketamine."), "ketamine")


def test_among_passages_that_tell_as_much_the_earlier_comes_first() -> None:
    assert "Our center" not in asked(RISKS, "ketamine")
