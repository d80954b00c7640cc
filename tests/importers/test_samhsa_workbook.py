"""Reading the yearly workbook, in every edition's shape and with the ugly cells real copies have."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_files import (
    HEADINGS_2022,
    HEADINGS_2023,
    MH_CODES,
    SU_CODES,
    Opened,
    all_told,
    csv_text,
    made_up_row,
    workbook_bytes,
)

from directory.catalogue.record import ListingRecord, RefusedRow
from directory.places.gazetteer import Gazetteer
from importers.recognise import NotAListingError, open_listing

Read = Callable[..., Opened]


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "source", "edition", "rows", "ketamine"),
    [
        ("mh-2022.xlsx", "samhsa-mh", "2022", 9037, 104),
        ("mh-2023.xlsx", "samhsa-mh", "2023", 8707, 82),
        ("su-2023.xlsx", "samhsa-su", "2023", 12744, 0),
    ],
)
def test_the_real_editions_are_read_whole(
    real_listings: Path, gazetteer: Gazetteer, file: str, source: str, edition: str, rows: int, ketamine: int
) -> None:
    batch = open_listing(real_listings / file, gazetteer=gazetteer)
    read = list(batch.rows)
    listings = [row for row in read if isinstance(row, ListingRecord)]
    assert (batch.source_id, batch.edition, len(read), batch.warnings) == (source, edition, rows, [])
    assert len(listings) == rows == batch.expected_rows
    assert 0 < sum(len(odd.lines) for odd in batch.oddities) < rows / 50
    assert sum("KIT" in listing.codes for listing in listings) == ketamine


@pytest.mark.parametrize("headings", [HEADINGS_2022, HEADINGS_2023, tuple(reversed(HEADINGS_2023))])
def test_headings_are_found_in_any_case_and_order(read: Read, headings: tuple[str, ...]) -> None:
    batch, (listing,), refused = read(workbook_bytes([made_up_row()], headings), "any-2023.xlsx")
    assert refused == []
    assert (batch.source_id, batch.edition, all_told(batch)) == ("samhsa-mh", "2023", [])
    assert (listing.line, listing.name1, listing.zip, listing.phone) == (
        2,
        "Purple Giraffe Clinic 1",
        "46204",
        "317-555-0101",
    )
    assert "KIT" in listing.codes


def test_substance_use_codes_tell_the_other_source(read: Read) -> None:
    batch, _, _ = read(csv_text([made_up_row(service_code_info=SU_CODES)]))
    assert batch.source_id == "samhsa-su"


def test_codes_of_both_lists_alone_are_taken_as_one_off_of_today(read: Read) -> None:
    batch, _, _ = read(csv_text([made_up_row(service_code_info="SA * OP * CBT * MD")]), "list.csv")
    assert batch.source_id == "one-off"
    assert len(batch.edition) == 10
    assert "one-off" in all_told(batch)[0]
    assert "dated today" in all_told(batch)[1]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_csv_is_read_in_any_usual_spelling(read: Read, delimiter: str, encoding: str) -> None:
    text = csv_text([made_up_row(city="Cañon City", state="CO", zip="81212")], delimiter=delimiter)
    batch, (listing,), _ = read(text.encode(encoding))
    assert listing.city == "Cañon City"
    assert any("Windows-1252" in warning for warning in all_told(batch)) == (encoding == "cp1252")


def test_copies_through_spreadsheets_and_pandas_are_read(read: Read) -> None:
    row = made_up_row(name2="nan", street2="NA", intake1=None, zip="2138.0", state="MA", city="Cambridge")
    headings = ("", "Unnamed: 0", "index", "level_0", *HEADINGS_2022)
    text = csv_text([row | {"": "0", "unnamed: 0": "0", "index": "0", "level_0": "0"}], headings)
    batch, (listing,), _ = read(text)
    assert (listing.name2, listing.street2, listing.zip, listing.unrecognised) == ("", "", "02138", {})
    assert all_told(batch) == ["Column zip: had lost zeros in front; repaired, as the state proves it (line 2)."]


@pytest.mark.parametrize("broken", ["Caf\ufffd Clinic", "Caf\x07 Clinic"])
def test_letters_lost_on_the_way_are_told_by_column_and_line(read: Read, broken: str) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(name1=broken)]).encode())
    assert listing.name1 == "Caf Clinic"
    assert all_told(batch) == [
        "Column name1: holds letters that were lost before the file came to us; left out (line 2)."
    ]


def test_titles_above_the_headings_say_the_edition(read: Read) -> None:
    content = workbook_bytes([made_up_row()], titles=["National Directory of Purple Clinics 2024", "Facilities"])
    batch, (listing,), _ = read(content, "anything.xlsx")
    assert (batch.edition, listing.line) == ("2024", 4)


def test_a_quoted_line_break_stays_in_its_cell_and_lines_are_those_of_the_file(read: Read) -> None:
    text = csv_text([made_up_row(1, name1="Purple\nGiraffe"), made_up_row(2, state="ZZ")])
    _, (listing,), (refused,) = read(text)
    assert (listing.name1, listing.line, refused.line) == ("Purple Giraffe", 2, 4)


def test_bad_rows_are_refused_by_line_and_column_and_the_rest_is_read(read: Read) -> None:
    rows = [
        made_up_row(1),
        made_up_row(2, name1="  "),
        made_up_row(3, state="Atlantis"),
        made_up_row(4, zip="2138"),
        made_up_row(5, city="nan"),
        made_up_row(6, zip="90210"),
        made_up_row(7, service_code_info="see brochure"),
        made_up_row(8),
    ]
    _, listings, refused = read(workbook_bytes(rows), "x-2023.xlsx")
    assert [listing.line for listing in listings] == [2, 9]
    assert [(row.line, row.column) for row in refused] == [
        (3, "name1"),
        (4, "state"),
        (5, "zip"),
        (6, "city"),
        (7, "zip"),
        (8, "service_code_info"),
    ]
    assert "02138 does not lie in IN" in refused[2].reason
    assert "lies in CA" in refused[4].reason


def test_ragged_rows_and_open_quotes_cost_only_their_own_line(read: Read) -> None:
    lines = csv_text([made_up_row(number) for number in range(1, 6)]).splitlines(keepends=True)
    lines[2] = lines[2].replace("Purple", '"Purple')
    lines[3] = "only,three,cells\n"
    lines[4] = lines[4].rstrip("\n") + ",one more\n"
    _, listings, refused = read("".join(lines))
    assert [listing.line for listing in listings] == [2, 6]
    assert [row.line for row in refused] == [3, 4, 5]


def test_a_withheld_street_stays_withheld(read: Read) -> None:
    _, listings, _ = read(
        csv_text([made_up_row(n, street1=street) for n, street in enumerate(["- - -", "----", "\u2014"], 1)])
    )
    assert [(listing.street1, listing.street_withheld) for listing in listings] == [("", True)] * 3


def test_a_zip_across_the_border_is_kept_where_the_town_is_near(read: Read) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(city="Clarksville", state="TN", zip="42223")]))
    assert (listing.state, listing.zip) == ("TN", "42223")
    assert "belongs to KY" in all_told(batch)[0]


def test_a_zip_nobody_knows_is_kept_and_told(read: Read) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(zip="46299")]))
    assert listing.zip == "46299"
    assert "46299 is not in the table" in all_told(batch)[0]


def test_a_phone_that_is_none_is_kept_aside(read: Read) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(phone="ask Bob", intake1a="800-555HOPE")]))
    assert (listing.phone, listing.intake_phones) == ("", {"intake1a": "800-555HOPE"})
    assert listing.unrecognised == {"values": {"phone": "ask Bob"}}
    assert "ask Bob" in all_told(batch)[0]


def test_unknown_codes_are_kept_with_the_category_of_their_group(read: Read) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(service_code_info="MH * KIT PSILO * MD")]))
    assert "PSILO" in listing.codes
    assert [(record.code, record.category_code) for record in batch.codes] == [("PSILO", "TAP")]
    assert "PSILO is unknown" in all_told(batch)[0]


def test_the_reference_sheet_says_what_a_new_code_means(read: Read) -> None:
    content = workbook_bytes(
        [made_up_row(service_code_info="MH * KIT PSILO")],
        reference=[("TAP", "Treatment Approaches", "PSILO", "Psilocybin")],
    )
    batch, (listing,), _ = read(content, "x-2026.xlsx")
    assert "PSILO" in listing.codes
    assert batch.codes[0].name == "Psilocybin"
    assert all_told(batch) == []


def test_a_group_of_mixed_categories_is_kept_and_told_by_line(read: Read) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(service_code_info="MH * KIT MD")]))
    assert {"KIT", "MD"} <= set(listing.codes)
    assert "mixes the categories PAY, TAP (line 2)" in all_told(batch)[0]


def test_unknown_columns_are_kept_and_told(read: Read) -> None:
    batch, (listing,), _ = read(csv_text([made_up_row(fax="317-555-0199")], (*HEADINGS_2022, "fax")))
    assert listing.unrecognised == {"columns": {"fax": "317-555-0199"}}
    assert all_told(batch) == ["Unknown columns, kept aside: fax."]


@pytest.mark.parametrize("column", HEADINGS_2022)
@pytest.mark.parametrize("damage", ["missing", "renamed"])
def test_no_column_goes_missing_unnoticed(read: Read, column: str, damage: str) -> None:
    headings = [heading for heading in HEADINGS_2022 if heading != column or damage == "renamed"]
    text = csv_text([made_up_row(number) for number in range(1, 30)], headings)
    if damage == "renamed":
        first, rest = text.split("\n", 1)
        renamed = ",".join(f"{heading}_x" if heading == column else heading for heading in first.split(","))
        text = f"{renamed}\n{rest}"
    if column in ("name1", "city", "state", "zip", "service_code_info"):
        with pytest.raises(
            NotAListingError, match=rf"missing of {column}\b" + (" .did you mean" if damage == "renamed" else "")
        ):
            read(text)
    else:
        batch, _, _ = read(text)
        assert any(column in warning for warning in all_told(batch))


def real_looking_rows() -> list[dict[str, Any]]:
    """Rows that fill columns as unevenly as real editions do."""
    rows = []
    for number in range(1, 61):
        intake = f"317-555-{150 + number % 40:04}" if number % 3 == 0 else ""
        suite = f"{number} Upstairs" if number % 4 == 0 else ""
        rows.append(made_up_row(number, intake1=intake, street2=suite))
    return rows


# One intake number looks like another, so intake1 to intake2a are left out.
@pytest.mark.parametrize("place", [place for place in range(12) if place not in (8, 9, 10)])
def test_neighbours_that_changed_places_are_not_read_quietly(read: Read, place: int) -> None:
    one, other = HEADINGS_2022[place], HEADINGS_2022[place + 1]
    rows = [row | {one: row[other], other: row[one]} for row in real_looking_rows()]
    try:
        batch, _, refused = read(csv_text(rows))
    except NotAListingError:
        return
    assert refused or all_told(batch)


@pytest.mark.parametrize("column", ["name1", "street1", "city", "state", "zip", "phone", "service_code_info"])
@pytest.mark.parametrize("other", ["name1", "street1", "city", "state", "zip", "phone", "service_code_info"])
def test_a_column_filled_with_anothers_values_refuses_the_file(read: Read, column: str, other: str) -> None:
    rows = [row | {column: row[other]} for row in real_looking_rows()]
    if column == other:
        assert read(csv_text(rows))[2] == []
        return
    try:
        batch, _, _ = read(csv_text(rows))
    except NotAListingError as refusal:
        assert "does not hold what its headings say" in str(refusal)  # noqa: PT017
        return
    assert any(f"Column {column}" in warning or column in warning for warning in all_told(batch))


def test_a_heading_that_stands_twice_refuses_the_file(read: Read) -> None:
    with pytest.raises(NotAListingError, match="phone stands twice"):
        read(csv_text([made_up_row()], (*HEADINGS_2022, "phone")))


@pytest.mark.parametrize("share", [random.Random(7).random() for _ in range(12)])
def test_a_csv_cut_off_anywhere_says_so(read: Read, share: float) -> None:
    content = csv_text(real_looking_rows()).encode()
    whole = len(content[: int(len(content) * share)].splitlines())
    cut = content[: int(len(content) * share)].rstrip(b"\n")
    try:
        batch, listings, refused = read(cut)
    except NotAListingError:
        return
    assert len(listings) + len(refused) <= whole
    assert any("may be cut off" in warning for warning in all_told(batch))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ('"Purple', "a quotation mark is opened and never closed"),
        ('"Purple" Giraffe', "a quotation mark stands within a cell; write it twice"),
    ],
)
def test_a_row_that_cannot_be_told_into_cells_says_what_to_mend(read: Read, name: str, told: str) -> None:
    text = csv_text([made_up_row(1), made_up_row(2, name1="Quagga")]).replace("Quagga", name)
    _, listings, refused = read(text)
    assert ([listing.line for listing in listings], [row.line for row in refused]) == ([2], [3])
    assert told in refused[0].reason


def damaged(seed: int) -> tuple[str, list[int]]:
    """A csv with about one cell in a hundred overwritten, and the lines that were hit."""
    chance = random.Random(seed)
    rows, hit = real_looking_rows(), []
    for line, row in enumerate(rows, 2):
        for column in HEADINGS_2022:
            if chance.random() < 0.01:
                row[column] = chance.choice(["\x00\x01", "#REF!", "ÿþ", "12", "x" * 50, "<td>", "=1+1"])
                hit.append(line)
    return csv_text(rows), hit


def check_damage(read: Read, seed: int) -> None:
    text, hit = damaged(seed)
    _, listings, refused = read(text)
    assert len(listings) + len(refused) == 60
    assert {row.line for row in refused} <= set(hit)


@pytest.mark.parametrize("seed", range(5))
def test_damaged_cells_cost_at_most_their_own_rows(read: Read, seed: int) -> None:
    check_damage(read, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5, 300))
def test_many_damaged_files_cost_at_most_the_damaged_rows(read: Read, seed: int) -> None:
    check_damage(read, seed)


any_cell = st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["46204", "IN", "- - -", MH_CODES, "nan"]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(HEADINGS_2022, any_cell)), min_size=1, max_size=8))
def test_any_cells_become_listings_or_refusals(read: Read, rows: list[dict[str, Any]]) -> None:
    try:
        _, listings, refused = read(csv_text(rows).encode("utf-8", "replace"))
    except NotAListingError:
        return
    assert all(isinstance(row, RefusedRow) and row.reason for row in refused)
    assert all(
        listing.name1 and listing.city and len(listing.zip) == 5 and len(listing.state) == 2 for listing in listings
    )
