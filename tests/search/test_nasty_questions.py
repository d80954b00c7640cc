"""Nasty questions: whatever is typed, there is an answer, or one clear sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_clinics import PAGES, add_clinics, empty_catalogue, many_clinics

from directory.config import load_settings
from directory.errors import PlainError
from directory.index.generation import rebuild
from directory.search.answer import Answer
from directory.search.search import Search
from directory.search.shape import answer_as_dict

NASTY = (
    "a" * 10_000,
    "ketamine " * 1_200,
    "46204 " * 1_700,
    "not " * 2_500,
    "\x00\x01\x02\x1b[31mketamine\x7f",
    "\ud7ff\ufffd\ufffe\uffff",
    "\u202eenimatek raen noitacidem\u202c",
    "كيتامين بالقرب من ديترويت",
    "קטמין ליד ניו יורק",
    "ケタミン 東京",
    "🙂🙃💊 near 🗽",
    "👨‍👩‍👧‍👦" * 300,
    "Z̷̢̛a̸l̶g̵o̴ k̸e̷t̶a̵m̸i̶n̷e̸" * 60,
    "name:ketamine AND NOT (city:Gary OR zip:46*) ^4 ~2",
    '"unclosed quote AND (',
    "* ? ~ ^ [ ] { } : \\ / + - && || !",
    "ketamine* *amine k?tamine [a TO z]",
    "'; DROP TABLE facilities; --",
    "1 OR 1=1 UNION SELECT password FROM people",
    "{{ 7*7 }} {% for x in y %} ${7*7} #{7*7} <%= 7*7 %>",
    "<script>alert(1)</script> near <b>Gary</b>",
    "%00%0a%0d../../../../etc/passwd",
    "\r\nSet-Cookie: a=b\r\n\r\n",
    "-91,-181 1e309 NaN inf 0x7f 00000-0000",
    "within 999999999999999999999999 miles of Gary",
    "within -5 miles of 46204 within 0 km of Gary",
    "ketamine in in in in near near IN OR ME OK HI",
    "my 999 year old, my 0 year old, my -3 year old",
    "ﬁnd ｋｅｔａｍｉｎｅ ⅸ ½ ² ①",
    "\ufeff\u200b\u200d\u2060 \u00a0\u3000",
)
WORDS = (
    "ketamine spravato near in or not without within 25 mi miles Fort Wayne IN 46204 46802-1234 medicaid sin de la "
    "Washington 15 year old años español ¿ ? \" ' ( ) * : ~ ^ AND OR NOT TO [ ] { } \\ % \x00 \u202e "
    "🙂 want die my Hope"
)
TEXTS = st.one_of(
    st.text(max_size=600),
    st.lists(st.sampled_from(WORDS.split()), max_size=40).map(" ".join),
    st.lists(st.one_of(st.sampled_from(WORDS.split()), st.text(max_size=12)), max_size=20).map("".join),
)


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    folder = tmp_path_factory.mktemp("nasty")
    chosen = load_settings({"DIRECTORY_HOME": str(folder)})
    catalogue = empty_catalogue(folder)
    add_clinics(catalogue, many_clinics(60, seed=3))
    rebuild(catalogue, chosen.index_dir, PAGES)
    return Search(catalogue, chosen)


def answered(search: Search, text: str) -> Answer | None:
    """The answer to a text, None where a plain sentence refuses it; anything else fails the test."""
    try:
        answer = search.answer(search.understand(text))
    except PlainError:
        return None
    given_back = answer_as_dict(answer)
    assert given_back["total"] >= len(given_back["results"])
    return answer


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_question_made_to_break_things_is_answered(search: Search, text: str) -> None:
    answered(search, text)


@settings(max_examples=200)
@given(TEXTS, TEXTS)
def test_any_text_and_any_place_given_apart_are_answered(search: Search, text: str, near: str) -> None:
    answered(search, text)
    search.understand(text, near=near)


@pytest.mark.soak
@settings(max_examples=2_000)
@given(TEXTS)
def test_two_thousand_texts_are_answered(search: Search, text: str) -> None:
    answered(search, text)


def test_words_of_danger_never_empty_the_list(search: Search) -> None:
    for text in ("I think my son is going to kill himself tonight", "i want to die near Nowhere Indiana 46204"):
        answer = answered(search, text)
        assert answer is not None
        assert answer.question.crisis
        assert answer.question.words == ""
        assert answer.total > 0
