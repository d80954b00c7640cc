"""What single cells become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import clean

cells = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.sampled_from(["N/A", " - - -", "&amp;amp;", "2138.0"])
)
ZIP_STATES = {"02138": "MA", "00601": "PR", "46204": "IN"}


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("317-555-0101", "317-555-0101"),
        ("(317) 555.0101", "317-555-0101"),
        ("+1 317 555 0101 ext. 12", "317-555-0101 x12"),
        ("317-555-0101 x12345", "317-555-0101 x12345"),
        ("3175550101#7", "317-555-0101 x7"),
        (3175550101.0, "317-555-0101"),
        ("800-555HOPE", "800-555HOPE"),
        ("800-5HOPENOW x3", "800-5HOPENOW x3"),
        ("nan", ""),
        (None, ""),
    ],
)
def test_a_phone_is_printed_one_way_and_a_vanity_number_as_it_was(printed: object, kept: str) -> None:
    assert clean.phone(printed) == kept


@pytest.mark.parametrize(
    "printed", ["555-0101", "call us", "317-555-0101 / 317-555-0102", "+44 20 7946 0000", "000-000-0000"]
)
def test_what_is_no_us_phone_number_is_told(printed: str) -> None:
    with pytest.raises(clean.UncleanError, match="no US phone number"):
        clean.phone(printed)


@pytest.mark.parametrize(
    ("printed", "state", "kept"),
    [
        ("46204", "IN", "46204"),
        ("46204-1234", "IN", "46204"),
        ("462041234", "IN", "46204"),
        (46204.0, "IN", "46204"),
        ("2138", "MA", "02138"),
        ("2138.0", "MA", "02138"),
        (2138, "MA", "02138"),
        ("2138-1234", "MA", "02138"),
        ("601", "PR", "00601"),
    ],
)
def test_a_zip_gets_its_lost_zeros_back_where_the_state_proves_it(printed: object, state: str, kept: str) -> None:
    assert clean.zip_code(printed, state, ZIP_STATES.get) == kept


@pytest.mark.parametrize(
    ("printed", "state"), [("2138", "IN"), ("12", "MA"), ("4620x", "IN"), ("00000", "IN"), ("", "IN")]
)
def test_a_zip_that_proves_nothing_is_not_guessed(printed: str, state: str) -> None:
    with pytest.raises(clean.UncleanError):
        clean.zip_code(printed, state, ZIP_STATES.get)


@pytest.mark.parametrize(
    ("printed", "letters"),
    [
        ("in", "IN"),
        ("Indiana", "IN"),
        ("D.C.", "DC"),
        ("District of Columbia", "DC"),
        ("Washington DC", "DC"),
        ("Puerto Rico", "PR"),
        ("GU", "GU"),
        ("U.S. Virgin Islands", "VI"),
        ("Northern Mariana Islands", "MP"),
        ("AS", "AS"),
    ],
)
def test_states_and_territories_go_by_two_letters(printed: str, letters: str) -> None:
    assert clean.state(printed) == letters


@pytest.mark.parametrize("printed", ["ZZ", "Indianapolis", "", "46204", None])
def test_what_is_no_state_is_told(printed: object) -> None:
    with pytest.raises(clean.UncleanError):
        clean.state(printed)


@pytest.mark.parametrize("printed", ["- - -", "---", "----", "--", "\u2013 \u2013", "\u2014", " \u2011- "])
def test_a_withheld_street_is_a_cell_of_dashes_only(printed: str) -> None:
    assert clean.street(printed) == ("", True)


@pytest.mark.parametrize(
    ("printed", "kept"), [("12 - 14 Elm Street", "12 - 14 Elm Street"), ("", ""), ("nan", ""), (".", "")]
)
def test_any_other_street_is_not_withheld(printed: str, kept: str) -> None:
    assert clean.street(printed) == (kept, False)


@pytest.mark.parametrize("nothing", ["", "  ", "NA", "nan", "N/A", "None", "null", "\u00a0", float("nan"), None])
def test_words_for_nothing_say_nothing(nothing: object) -> None:
    assert clean.optional(nothing) == ""


@pytest.mark.parametrize("name", ["NA", "Nan's House", "None Such Clinic", "Nan", "Null Island Center"])
def test_a_facility_may_be_named_like_a_word_for_nothing(name: str) -> None:
    assert clean.name(name) == name


def test_blanks_entities_and_line_breaks_are_made_plain() -> None:
    assert clean.text(" Cats &amp;amp;\u00a0Dogs\r\n  House\ufffd ") == "Cats & Dogs House"


def test_a_web_address_is_never_a_script() -> None:
    assert clean.website("purple-giraffe.example/a") == "http://purple-giraffe.example/a"
    with pytest.raises(clean.UncleanError):
        clean.website("javascript:alert(1)")


@given(cells, st.sampled_from([clean.text, clean.optional, clean.name, clean.phone, clean.state, clean.website]))
def test_cleaning_twice_changes_nothing_and_fails_only_in_words(cell: object, cleaner: Callable[[Any], str]) -> None:
    try:
        once = cleaner(cell)
    except clean.UncleanError:
        return
    assert cleaner(once) == once


@given(cells)
def test_a_cleaned_street_or_zip_stays_as_it_is(cell: object) -> None:
    said, withheld = clean.street(cell)
    assert clean.street(said) == (said, False)
    assert not (said and withheld)
    try:
        digits = clean.zip_code(cell, "MA", ZIP_STATES.get)
    except clean.UncleanError:
        return
    assert clean.zip_code(digits, "MA", ZIP_STATES.get) == digits
    assert len(digits) == 5


@given(cells, st.sampled_from([90.0, 180.0]))
def test_degrees_are_within_bounds_or_refused(cell: object, most: float) -> None:
    try:
        number = clean.degrees(cell, most)
    except clean.UncleanError:
        return
    assert number is None or abs(number) <= most


@given(cells)
def test_code_groups_hold_no_blanks(cell: object) -> None:
    assert all(word and " " not in word for group in clean.code_groups(cell) for word in group)
