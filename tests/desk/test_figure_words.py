"""Figures of the desk: one of a thing is said as one, and large numbers as people write them."""

from __future__ import annotations

import pytest
from flask import Flask

from directory.desk.figure_words import OUTCOMES, outcome_figures, outcome_words, run_words
from directory.desk.run_page import FIGURES
from directory.desk.words import GROUPS, group_name
from directory.pages.wording import distance
from directory.referrals.report import Line, Reached

# Said alike of one and of many: "1 por enviar", "2 por enviar".
ALIKE = {"consent", "send", "waiting", "decide", "booked"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_is_not_said_as_many(app: Flask, language: str) -> None:
    with app.test_request_context("/staff", environ_overrides={"directory.language": language}):
        for what in (*OUTCOMES, "wrong"):
            assert outcome_words(what, 1) != outcome_words(what, 2), what
            assert outcome_words(what, 0) == outcome_words(what, 2), what
        for what in FIGURES:
            assert run_words(what, 1) != run_words(what, 2), what
        for group in GROUPS:
            alike = language == "en" or group in ALIKE
            assert (group_name(group, 1) == group_name(group, 2)) is alike, group


def test_a_line_of_outcomes_counts_those_that_came_further_and_groups_its_thousands(app: Flask) -> None:
    line = Line("made up", dict.fromkeys(Reached, 0) | {Reached.ACCEPTED: 1_000, Reached.ATTENDED: 1}, [0.5])
    with app.test_request_context("/staff"):
        said = {figure.what: (figure.text, figure.words) for figure in outcome_figures(line)}
    assert said["sent"] == ("1,001", "Referrals sent")
    assert said["accepted"] == ("1,001", "Referrals accepted")
    assert said["attended"] == ("1", "Client attended")
    assert said["hours"] == ("< 1", "Hours to an answer")
    with app.test_request_context("/staff"):
        assert {figure.what: figure.text for figure in outcome_figures(Line("none"))}["hours"] == "–"


@pytest.mark.parametrize(("language", "words"), [("en", "about 2,451 miles"), ("es", "unas 2,451 millas")])
def test_thousands_of_miles_are_grouped(app: Flask, language: str, words: str) -> None:
    with app.test_request_context("/", environ_overrides={"directory.language": language}):
        assert distance(2450.6, "zip") == words
        assert distance(2450.6, "street").startswith("2,450.6 mil")
        assert distance(12.04, "street").startswith("12.0 mil")
