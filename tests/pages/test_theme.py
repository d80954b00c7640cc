"""The center's colour can be read on every page, whatever colour it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.pages.theme import NIGHT, READABLE, READABLE_AT_NIGHT, WHITE, Theme, contrast, parsed

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLOURS)
def test_any_accent_reads_well_by_day_and_by_night(accent: str) -> None:
    theme = Theme.of(accent)
    # Printing a colour in 256 steps costs up to a tenth of contrast.
    assert contrast(parsed(theme.light), WHITE) > READABLE - 0.1
    assert contrast(parsed(theme.dark), NIGHT) > READABLE_AT_NIGHT - 0.15


def test_a_colour_that_reads_well_is_left_as_it_is() -> None:
    assert Theme.of("#0b5c7a").light == "#0b5c7a"


@pytest.mark.parametrize("wrong", ["teal", "#fff", "0b5c7a0"])
def test_what_is_no_colour_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        Theme.of(wrong)
