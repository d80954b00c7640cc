"""The grammar of danger: what it composes, what it lets pass, and that its file is sound."""

from __future__ import annotations

import tomllib

import pytest

from directory.config import DATA
from directory.search.crisis import danger, in_crisis
from directory.search.vocabulary import load_vocabulary
from directory.search.wording import tokenise

GRAMMAR = tomllib.loads((DATA / "crisis.toml").read_text(encoding="utf-8"))


def heard(text: str, *, question: bool = False, errand: bool = False) -> bool:
    return in_crisis(tokenise(text), load_vocabulary(), question=question, errand=errand)


@pytest.mark.parametrize("who", ["I", "my son", "he", "my best friend"])
@pytest.mark.parametrize("wish", ["want to", "wanna", "am going to", "keep thinking about how to", "tried to"])
@pytest.mark.parametrize("act", ["kill myself", "kill themselves", "end it all", "hang himself"])
def test_who_wishes_what_is_composed(who: str, wish: str, act: str) -> None:
    assert heard(f"{who} {wish} {act}")


@pytest.mark.parametrize(
    "text", ["i wnat to kil myslef", "quiero morrir", "i dont wanna be alvie", "i want to comit suicde"]
)
def test_slips_of_the_keys_are_heard_through(text: str) -> None:
    assert heard(text)


def test_a_past_loss_cancels_only_itself() -> None:
    assert not heard("my brother killed himself two years ago")
    assert heard("my brother killed himself two years ago and now i want to die")


def test_a_pattern_does_not_reach_over_the_end_of_a_sentence() -> None:
    assert not heard("I want ketamine. My dog died. We live in Gary.", errand=True)


def test_a_word_alone_counts_when_said_of_oneself() -> None:
    assert heard("suicidal, need ketamine, I live in Gary", errand=True)
    assert not heard("suicidal ideation Gary", errand=True)


def test_every_class_serves_a_pattern_and_every_pattern_is_of_classes() -> None:
    used = {
        word
        for kind in ("danger", "harmless")
        for entry in GRAMMAR[kind]
        for said in entry["says"]
        for word in said.split()
    }
    assert used - {"...", "~", "end"} == set(GRAMMAR["classes"])


def test_phrases_are_folded_as_texts_are() -> None:
    phrases = [phrase for listed in GRAMMAR["classes"].values() for phrase in listed]
    assert [phrase for phrase in phrases if phrase != phrase.lower() or "'" in phrase] == []
    assert danger().words
