"""The sieve finds the very rows that the csv module does, whatever stands between quotation marks."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from directory.catalogue.record import RefusedRow
from importers.sieve import LINES_PER_ROW, LONGEST_ROW, EndlessRowError, Sieve

NEEDLES = ("ketamine", "261QM0801X")
Rows = list[tuple[int, list[str]]]

cell = st.one_of(
    st.text(alphabet='",\n\r a;é', max_size=8),
    st.sampled_from(["Ketamine", "KETAMINE CLINIC", "261QM0801X", "", ",", '","', "ketamin", "a\nb", 'so "called"']),
)
rows_of_cells = st.lists(st.lists(cell, min_size=1, max_size=5), max_size=12)
blocks = st.sampled_from([7, 64, 1 << 16])


def sieved(text: bytes, block: int = 1 << 16) -> tuple[Rows, list[RefusedRow]]:
    found = list(Sieve(io.BytesIO(text), NEEDLES, block))
    return [row for row in found if not isinstance(row, RefusedRow)], [r for r in found if isinstance(r, RefusedRow)]


def read_plainly(text: bytes) -> Rows:
    """Every row by the csv module alone, a line being what a line feed ends."""
    lines = text.decode().split("\n")
    reader = csv.reader((f"{line}\n" for line in lines), strict=True)
    rows, line = [], 1
    for cells in reader:
        if cells:
            rows.append((line, cells))
        line = reader.line_num + 1
    return rows


def with_needle(rows: Rows) -> Rows:
    return [row for row in rows if any(needle.lower() in "\0".join(row[1]).lower() for needle in NEEDLES)]


def written(rows: list[list[str]], quoting: int, line_end: str) -> bytes:
    out = io.StringIO()
    if quoting == csv.QUOTE_MINIMAL:
        # Left unquoted by Python before 3.13, a lone return could be read back by no one.
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    csv.writer(out, quoting=quoting, lineterminator=line_end).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


@settings(max_examples=400)
@given(rows_of_cells, st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), st.sampled_from(["\n", "\r\n"]), blocks)
@example([['a\n","', "Ketamine"], [",", "Ketamine"]], csv.QUOTE_ALL, "\n", 7)
@example([["\n", "x"], ["\n,", "Ketamine\n"]], csv.QUOTE_ALL, "\r\n", 64)
def test_every_row_with_a_needle_is_found_and_cut_as_the_csv_module_does(
    rows: list[list[str]], quoting: int, line_end: str, block: int
) -> None:
    text = written(rows, quoting, line_end)
    found, refused = sieved(text, block)
    plainly = read_plainly(text)
    assert with_needle(found) == with_needle(plainly)
    assert all(row in plainly for row in found)
    assert not refused


broken = st.lists(
    st.sampled_from(['"', ",", "\n", "\r\n", "\r", " ", "x", '","', '"\n"', "ketamine", "Ketamine", '"ketamine"']),
    max_size=25,
).map("".join)


@settings(max_examples=1500)
@given(broken, blocks)
@example('x","ketamine\n"y"\n', 7)
@example('"a\n",x\nketamine\n', 64)
@example('",","\n"ketamine"\n', 64)
def test_what_stands_in_broken_text_is_found_wherever_the_csv_module_can_read_it(text: str, block: int) -> None:
    try:
        plainly = read_plainly(text.encode())
    except csv.Error:
        # The csv module gives the file up here; the sieve goes on with the next line, however the text was cut.
        assert sieved(text.encode(), block) == sieved(text.encode())
        return
    found, refused = sieved(text.encode(), block)
    assert with_needle(found) == with_needle(plainly)
    assert all(row in plainly for row in found)
    assert not refused


@pytest.mark.parametrize("before", range(9))
def test_a_needle_is_found_at_every_place_of_a_line_in_any_case(before: int) -> None:
    text = f'"{"x" * before}eSkEtAmInE","z"\n"nothing","here"\n'.encode()
    assert sieved(text)[0] == [(1, [f"{'x' * before}eSkEtAmInE", "z"])]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_only() -> None:
    after = '"x","y"\n' * (LINES_PER_ROW + 5)
    found, refused = sieved(f'"a","open\n{after}"b","ketamine"\n'.encode(), 64)
    assert [row.line for row in refused] == [1]
    assert (LINES_PER_ROW + 7, ["b", "ketamine"]) in found


def test_a_line_without_end_is_given_up_in_bounded_memory() -> None:
    with pytest.raises(EndlessRowError):
        sieved(b"x" * (LONGEST_ROW + (1 << 19)))


def test_text_that_is_not_utf_8_is_read_as_windows_1252() -> None:
    assert sieved('"Señor","ketamine"\n'.encode("cp1252"))[0] == [(1, ["Señor", "ketamine"])]


@pytest.mark.parametrize("needle", ["short", "blank s", "ketaminé"])
def test_a_needle_that_could_be_missed_is_not_taken(needle: str) -> None:
    with pytest.raises(ValueError, match="cannot be looked for"):
        Sieve(io.BytesIO(), [needle])


def test_the_heading_is_read_before_the_rows_and_lines_go_on_after_it() -> None:
    sieve = Sieve(io.BytesIO(b'\xef\xbb\xbf"NPI","Na\nme"\r\n"1","ketamine"\r\n"2","ketamine"'), NEEDLES)
    assert sieve.heading() == ["NPI", "Na\nme"]
    assert list(sieve) == [(3, ["1", "ketamine"]), (4, ["2", "ketamine"])]
    assert sieve.is_cut_off(3)
    assert not sieve.is_cut_off(2)
