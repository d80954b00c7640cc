"""Every colour can be read where it stands, whatever colour the center chose, by day and by night."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.pages.theme import SURFACES, TOKENS, Scheme, Theme, contrast, parsed, tokens

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
AA_TEXT, AA_LINE = 4.5, 3.0
# Text, what it stands on, and what WCAG asks for: 4.5 for text, 3 for lines and signs that carry meaning.
PAIRS = [
    *[(text, surface, AA_TEXT) for text in ("ink", "ink-soft", "good") for surface in SURFACES],
    ("ink", "note", AA_TEXT),
    ("ink", "mark", AA_TEXT),
    ("ink", "help-soft", AA_TEXT),
    ("help", "help-soft", AA_TEXT),
    ("help", "page", AA_TEXT),
    ("on-calm", "calm", AA_TEXT),
    ("ink-soft", "land", AA_TEXT),
    *[("line-strong", surface, AA_LINE) for surface in SURFACES],
    ("note-edge", "note", AA_LINE),
]


def faults(found: Scheme, scheme: str) -> list[str]:
    """The places where a scheme's accent, or text on it, cannot be read."""
    own = tokens(scheme)
    pairs = [(found.accent, own[name]) for name in SURFACES]
    pairs += [(found.accent, found.soft), (found.on_accent, found.accent), ("#ffffff", found.hero)]
    pairs += [(own["ink"], found.soft), (own["ink-soft"], found.soft), (own["good"], found.soft)]
    return [f"{one} on {other}" for one, other in pairs if contrast(parsed(one), parsed(other)) < AA_TEXT]


@given(COLOURS)
def test_any_accent_can_be_read_wherever_it_stands_by_day_and_by_night(accent: str) -> None:
    theme = Theme.of(accent)
    assert faults(theme.light, "light") == []
    assert faults(theme.dark, "dark") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "surface", "least"), PAIRS)
def test_the_colours_of_the_tokens_can_be_read(text: str, surface: str, least: float, scheme: str) -> None:
    own = tokens(scheme)
    assert contrast(parsed(own[text]), parsed(own[surface])) >= least


def test_a_colour_that_reads_well_is_left_as_it_is() -> None:
    assert Theme.of("#0b5c7a").light.accent == "#0b5c7a"


@pytest.mark.parametrize("wrong", ["teal", "#fff", "0b5c7a0", "#12345g", "#+1+2+3"])
def test_what_is_no_colour_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        Theme.of(wrong)


OWN_SHEETS = sorted(path.name for path in TOKENS.parent.glob("*.css") if path != TOKENS)
PAPER = re.compile(r"@media print \{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
COMPUTED = re.compile(r"\b(?:var|calc|clamp)\((?:[^()]|\([^()]*\))*\)")
SPACE = re.compile(r"(?<![\w-])(?:margin|padding|gap|row-gap|column-gap)[a-z-]*: [^;}]+")
# Less than a fifth of a rem is a hair, not a space; what is said in em follows the type beside it.
RAW = re.compile(r"(?<![\d.])(?:0?\.[2-9]\d*|[1-9][\d.]*)(?:rem|px)")


def on_screens(name: str) -> str:
    """A style sheet without what is said for paper, which has sizes of its own: points, and what a sheet holds."""
    return PAPER.sub("", TOKENS.with_name(name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", OWN_SHEETS)
def test_style_sheets_take_colours_and_sizes_of_type_from_the_tokens(name: str) -> None:
    sheet = TOKENS.with_name(name).read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])|\brgba?\(|\bhsl\(", sheet) == []
    assert re.findall(r"font-size: (?!var\(--text|inherit|[0-9.]+em\b)[^;]*", on_screens(name)) == []


@pytest.mark.parametrize("name", OWN_SHEETS)
def test_style_sheets_take_spaces_from_the_tokens(name: str) -> None:
    assert [one for one in SPACE.findall(on_screens(name)) if RAW.search(COMPUTED.sub("", one))] == []


def test_every_token_is_used() -> None:
    names = set(re.findall(r"(--(?!bs-)[a-z0-9-]+):", TOKENS.read_text(encoding="utf-8")))
    sheets = "".join(path.read_text(encoding="utf-8") for path in TOKENS.parent.glob("*.css"))
    assert {name for name in names if f"var({name})" not in sheets} == set()


def test_every_colour_that_is_used_is_a_token() -> None:
    known = set(re.findall(r"(--[a-z0-9-]+):", Theme.of("#0b5c7a").stylesheet()))
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", TOKENS.with_name("site.css").read_text(encoding="utf-8")))
    assert used - known == set()
