"""Plausibility: cells that can be read and yet are hardly what their owner meant are told, and true ones never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from made_up_files import Opened, csv_text, made_up_row

from directory.catalogue.record import ListingRecord
from directory.config import shipped_import_settings
from importers import plausibility

Read = Callable[..., Opened]
CLINIC = ListingRecord(2, "Purple Giraffe House", "Indianapolis", "IN", "46204", street1="1 Imaginary Lane")


@pytest.mark.parametrize(
    "said",
    [
        "Purple Giraffe House",
        "St. Mary's/Quokka (West) - Annex 2",
        "1st Avenue",
        "Casa Niños",
        "Unit B12",
        "#130",
        "AAA",
    ],
)
def test_true_names_and_addresses_are_not_odd(said: str) -> None:
    assert plausibility.of_text(said) == ""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("#REF!", "spreadsheet"),
        ("Purple ####", "spreadsheet"),
        ("<td>Purple</td>", "markup"),
        ("=A1", "formula"),
        ("NiÃ±os", "misread"),
        ("Mary’s", ""),
        ("Maryâ€™s", "misread"),
        ("Ni?os", '"?"'),
        ("xxxxxxxx", "repeats a letter"),
        ("2mber Lane", "a digit within a word"),
    ],
)
def test_texts_that_were_spoilt_are_told(said: str, told: str) -> None:
    assert told in plausibility.of_text(said)
    assert bool(told) == bool(plausibility.of_text(said))


@pytest.mark.parametrize(
    ("phone", "odd"),
    [
        *(("317-555-0101", False), ("800-555-0101 x7", False), ("684-633-0315", False), ("800-555HOPE", False)),
        *(("999-999-9999", True), ("884-555-0101", True), ("317-155-0101", True)),
    ],
)
def test_a_number_nobody_can_have_is_told(phone: str, odd: bool) -> None:
    assert bool(plausibility.of_phone(phone)) == odd


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"name1": "483920"}, "name1"),
        ({"street1": "Imaginary Lane"}, "street1"),
        ({"street1": "483920"}, "street1"),
        ({"street2": "1 Imaginary Lane"}, "street2"),
        ({"name2": "Purple Giraffe House"}, "name2"),
        ({"website": "https://giraffe.example?x"}, "website"),
        ({"latitude": 39.77}, "longitude"),
        ({"intake_phones": {"intake1": "999-999-9999"}}, "intake1"),
        ({"street1": ""}, "street1"),
    ],
)
def test_what_is_odd_about_a_listing_is_told_by_its_column(changes: dict[str, object], column: str) -> None:
    assert plausibility.of_row(CLINIC, ("street1",)) == {}
    assert list(plausibility.of_row(replace(CLINIC, **changes), ("street1",))) == [column]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"zip": "47708"}, "Column zip: 47708 lies 148 miles from Indianapolis, IN"),
        ({"city": "Indianapolsi"}, 'Column city: "Indianapolsi" is no town known in IN (line 3).'),
        ({"phone": "########"}, 'Column phone: "########" says nothing; left out (line 3).'),
        ({"intake1": "317-555-0102"}, "Column intake1: says the same as phone (line 3)."),
        ({"service_code_info": "SA MH SUMH * OP"}, "Column service_code_info: ends with the group SET"),
    ],
)
def test_what_a_row_says_against_itself_is_told_by_line_and_column(
    read: Read, changes: dict[str, object], told: str
) -> None:
    rows = [made_up_row(number) for number in range(1, 131)]
    rows[1] |= changes
    batch, listings, refused = read(csv_text(rows), "mh-2026.csv")
    assert (len(listings), refused) == (130, [])
    assert any(odd.as_words().startswith(told) for odd in batch.oddities), [odd.as_words() for odd in batch.oddities]


@pytest.mark.parametrize(("farthest", "told"), [(5.0, True), (25.0, False)])
def test_coordinates_are_told_as_far_from_the_zip_as_the_center_says(read: Read, farthest: float, told: bool) -> None:
    row = made_up_row(1, latitude="39.92", longitude="-86.16")
    imports = replace(shipped_import_settings(), farthest_from_zip_miles=farthest)
    batch, _listings, _refused = read(csv_text([row], (*row,)), imports=imports)
    assert any(odd.column == "latitude" and "miles from 46204" in odd.reason for odd in batch.oddities) == told
