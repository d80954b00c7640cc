"""Scars that listings come with from spreadsheets, other programs and careless copies, one small listing each."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from made_up_files import (
    HEADINGS_2022,
    MH_CODES,
    Opened,
    all_told,
    csv_text,
    locator_page,
    locator_row,
    made_up_row,
    workbook_bytes,
)

from importers import clean
from importers.listing_file import NotAListingError

Read = Callable[..., Opened]


def rows(count: int = 25, **changes: Any) -> list[dict[str, Any]]:
    return [made_up_row(number, **changes) for number in range(1, count + 1)]


def with_headings(headings: Sequence[str]) -> str:
    """The usual csv under other headings."""
    return ",".join(headings) + "\n" + csv_text(rows()).split("\n", 1)[1]


@pytest.mark.parametrize("spelling", ["Name 1", "NAME_1", " name1 ", "Name\u00a01"])
def test_blanks_underscores_and_case_do_not_tell_headings_apart(read: Read, spelling: str) -> None:
    headings = [spelling, *HEADINGS_2022[1:-1], "ServiceCodeInfo"]
    batch, listings, refused = read(with_headings(headings))
    assert (len(listings), refused, all_told(batch)) == (25, [], [])
    assert listings[0].name1 == "Purple Giraffe Clinic 1"


def test_a_renamed_heading_is_named_with_the_likest_one_found(read: Read) -> None:
    headings = ["Zip Code" if heading == "zip" else heading for heading in HEADINGS_2022]
    with pytest.raises(NotAListingError, match=r"missing of zip \(did you mean zip_code\?\)"):
        read(with_headings(headings))


@pytest.mark.parametrize("mark", [",", ";", "|", "/"])
def test_codes_may_be_parted_by_other_marks_than_blanks(read: Read, mark: str) -> None:
    batch, listings, _ = read(csv_text(rows(service_code_info=MH_CODES.replace(" * ", " ").replace(" ", mark))))
    assert {listing.codes for listing in listings} == {tuple(MH_CODES.replace("*", "").split())}
    assert all_told(batch) == []


def test_codes_in_small_letters_are_the_same_codes(read: Read) -> None:
    batch, listings, _ = read(csv_text(rows(service_code_info=MH_CODES.lower())))
    assert "KIT" in listings[0].codes
    assert batch.source_id == "samhsa-mh"


@pytest.mark.parametrize("nothing", ["n.a.", "(null)", "NaT", "\\N", "Not available", "unknown"])
def test_other_programs_words_for_nothing_say_nothing(nothing: str) -> None:
    assert clean.optional(nothing) == ""


@pytest.mark.parametrize(
    "printed", ["3175550101.0", "tel:317-555-0101", "Phone: (317) 555-0101", '="3175550101"', "'317-555-0101"]
)
def test_a_phone_is_read_whatever_a_program_put_round_it(printed: str) -> None:
    assert clean.phone(printed) == "317-555-0101"
    assert clean.phone("(317) 555-0101 (ext. 5)") == "317-555-0101 x5"


@pytest.mark.parametrize("printed", ['="02138"', "'02138", "02138-0000", "2138"])
def test_a_zip_is_read_whatever_a_program_put_round_it(printed: str) -> None:
    assert clean.zip_code(printed, "MA", lambda _: "MA") == "02138"


@pytest.mark.parametrize("heading", ["Unnamed: 0.1", "Row", "#", "No.", ""])
def test_numbers_of_rows_are_no_column_of_the_listing(read: Read, heading: str) -> None:
    lines = csv_text(rows()).splitlines()
    numbered = [f"{heading},{lines[0]}", *(f"{number}.0,{line}" for number, line in enumerate(lines[1:]))]
    batch, listings, _ = read("\n".join(numbered) + "\n")
    assert (len(listings), all_told(batch)) == (25, [])
    assert not any(listing.unrecognised for listing in listings)


def test_empty_cells_left_out_at_the_end_of_a_row_are_empty(read: Read) -> None:
    headings = [heading for heading in HEADINGS_2022 if heading != "intake2a"] + ["intake2a"]
    lines = csv_text(rows(), headings).splitlines()
    short = [lines[0], *(line.rstrip(",") for line in lines[1:]), "Only a note below the table"]
    _, listings, refused = read("\n".join(short) + "\n")
    assert len(listings) == 25
    assert [(row.line, row.reason) for row in refused] == [(27, "the row has 1 cell where the headings have 13")]


def test_a_row_of_blanks_is_no_row(read: Read) -> None:
    _, listings, refused = read(csv_text(rows()) + " , " + "," * 11 + "\n")
    assert (len(listings), refused) == (25, [])


def test_a_note_below_the_table_is_refused_once_and_not_told_as_a_row_without_codes(read: Read) -> None:
    batch, _, refused = read(workbook_bytes([*rows(), {"name1": "Source: nobody at all"}]), "mh-2023.xlsx")
    assert [(row.line, row.column) for row in refused] == [(27, "city")]
    assert all_told(batch) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_every_unicode_with_a_mark_is_read(read: Read, encoding: str) -> None:
    _, listings, _ = read(csv_text(rows(name2="Caf\u00e9")).encode(encoding))
    assert listings[0].name2 == "Caf\u00e9"
    page = json.dumps(locator_page([locator_row(name2="Caf\u00e9")]), ensure_ascii=False)
    if encoding != "utf-32":
        assert read(page.encode(encoding), "page-2024.json")[1][0].name2 == "Caf\u00e9"


def test_a_hidden_copy_of_the_list_is_passed_over(read: Read) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(rows())))
    old = book.copy_worksheet(book["Facilities List"])
    old.title, old.sheet_state = "Old", "hidden"
    out = io.BytesIO()
    book.save(out)
    assert len(read(out.getvalue(), "mh-2023.xlsx")[1]) == 25


@pytest.mark.parametrize(("one", "other", "told"), [("name1", "city", "city"), ("street1", "street2", "street1")])
def test_swapped_columns_are_noticed_by_what_they_hold(read: Read, one: str, other: str, told: str) -> None:
    swapped = {one: other, other: one}
    headings = [swapped.get(heading, heading) for heading in HEADINGS_2022]
    with pytest.raises(NotAListingError, match=f"column {told} "):
        read(with_headings(headings))


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "made up")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(csv_text(rows()).encode()), "unpack it"),
        (zipped("listing.csv"), "unpack it"),
        (zipped("content.xml"), "fetch it again"),
        (zipped("xl/workbook.bin"), "save it as .xlsx"),
        (b"<html><body><table><tr><td>name1</td></tr></table></body></html>", "open it in a spreadsheet program"),
        (b"{\\rtf1\\ansi made up}", "text document"),
    ],
    ids=["gz", "zip", "ods", "xlsb", "html table", "rtf"],
)
def test_what_cannot_be_opened_is_told_with_what_to_do(read: Read, content: bytes, told: str) -> None:
    with pytest.raises(NotAListingError, match=told):
        read(content, "mh-2023.xls")


def test_nan_in_json_says_nothing_and_a_text_that_names_it_stays(read: Read) -> None:
    page = [locator_row(1, latitude=float("nan"), longitude=float("inf")), locator_row(2, name1="NaN Bread Clinic")]
    _, listings, refused = read(json.dumps(locator_page(page)), "page-2024.json")
    assert (listings[0].latitude, listings[0].longitude) == (None, None)
    assert (listings[1].name1, refused) == ("NaN Bread Clinic", [])


@pytest.mark.parametrize("blanks", [0, 1, 65_400, 65_500, 65_530, 130_990])
def test_nan_is_seen_wherever_a_piece_of_the_file_ends(read: Read, blanks: int) -> None:
    row = json.dumps(locator_row(latitude=float("nan")))
    _, listings, _ = read('{"rows": [' + " " * blanks + row + "]}", "page-2024.json")
    assert listings[0].latitude is None


@pytest.mark.parametrize("nothing", [None, "", "NA", [], [None]])
def test_a_row_of_the_locator_may_say_nothing_of_services(read: Read, nothing: Any) -> None:
    bare = {key: value for key, value in locator_row(2).items() if key != "services"}
    _, listings, refused = read(locator_page([locator_row(1, services=nothing), bare]), "page-2024.json")
    assert ([listing.codes for listing in listings], refused) == ([(), ()], [])


def test_one_json_document_after_another_is_told_with_what_to_do(read: Read) -> None:
    with pytest.raises(NotAListingError, match=r"line 2, column 1; put all rows or pages into one array"):
        read("\n".join(json.dumps(locator_row(number)) for number in (1, 2)), "rows-2024.jsonl")
