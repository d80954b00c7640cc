"""Reading the locator's JSON in each of its shapes, with labels of several years."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_files import Opened, all_told, locator_page, locator_row

from directory.catalogue.codes import code_list
from directory.catalogue.record import ListingRecord
from directory.places.gazetteer import Gazetteer
from importers.labels import label_table
from importers.recognise import NotAListingError, open_listing

Read = Callable[..., Opened]


@pytest.mark.real
def test_the_real_page_of_2019_is_read_whole(real_listings: Path, gazetteer: Gazetteer) -> None:
    batch = open_listing(real_listings / "findtreatment-page-2019.json", gazetteer=gazetteer)
    rows = list(batch.rows)
    assert len([row for row in rows if isinstance(row, ListingRecord)]) == len(rows) == 30
    assert (batch.source_id, batch.edition, batch.partial) == ("findtreatment", "2019", True)
    unknown = [warning for warning in all_told(batch) if "The label" in warning]
    assert len(unknown) == 10


@pytest.mark.parametrize(
    "shape",
    [
        locator_page,
        lambda rows: [locator_page(rows[:1], recordCount=2), locator_page(rows[1:], recordCount=2)],
        lambda rows: {"rows": rows},
        lambda rows: rows,
    ],
    ids=["page", "pages", "rows", "array of rows"],
)
def test_every_shape_of_an_answer_is_read(read: Read, shape: Callable[[list[Any]], Any]) -> None:
    batch, listings, refused = read(shape([locator_row(1), locator_row(2)]), "page-2024.json")
    assert [listing.line for listing in listings] == [1, 2]
    assert (refused, all_told(batch), batch.partial) == ([], [], False)
    assert (batch.source_id, batch.edition) == ("findtreatment", "2024")
    assert listings[0].codes == ("GT", "KIT", "MD")
    assert (listings[0].latitude, listings[0].longitude) == (39.77, -86.16)


def test_one_page_of_many_is_a_part_and_says_so(read: Read) -> None:
    batch, _, _ = read(locator_page([locator_row()], totalPages=9, recordCount=90), "page-2024.json")
    assert batch.partial
    assert "1 of 90 records" in all_told(batch)[0]


def test_what_belongs_to_the_query_does_not_change_a_listing(read: Read) -> None:
    _, (near,), _ = read([locator_row(1, miles=1)], "a-2024.json")
    _, (far,), _ = read([locator_row(1, miles=900, _irow=77)], "b-2024.json")
    assert near.digest() == far.digest()


@pytest.mark.parametrize(
    ("category", "label", "code"),
    [
        ("TAP", "Ketamine Infusion Therapy", "KIT"),
        ("TAP", " ketamine  infusion THERAPY.", "KIT"),
        ("ASSES", "Comprehensive mental health assessment", "CMHA"),
        ("EDU", "Individual counseling offered", "ICO"),
        ("EDU", "HIV or AIDS education, counseling, or support", "HAEC"),
        ("TOBAC", "Screening for tobacco use", "STU"),
        ("AGE", "Seniors (65 or older)", "SNR"),
        ("HOSP", "Psychiatric hospital", "PSYH"),
        ("FT", "Psychiatric hospital", "PSY"),
        ("SG", "Young adults", "TAY"),
        ("AGE", "Young adults", "YAD"),
        ("PHR", "Disulfiram (Antabuse®)", "DSF"),
        ("LCA", "Commission on Accreditation of Rehabilitation Facilities", "CARF"),
    ],
)
def test_a_label_means_a_code_together_with_its_category(category: str, label: str, code: str) -> None:
    table = label_table()
    assert table.code(table.category(category, ""), label) == code


@pytest.mark.parametrize(
    ("category", "label"), [("PHR", "Ketamine Infusion Therapy"), ("PHR", "Buprenorphine"), ("PHR", "Naltrexone")]
)
def test_a_label_in_a_foreign_category_or_half_a_label_means_nothing(category: str, label: str) -> None:
    assert label_table().code(category, label) is None


def test_every_label_of_the_code_list_is_found_in_its_category() -> None:
    table = label_table()
    for service in code_list():
        codes, unknown = table.read(service.category, service.name)
        assert (codes, unknown) == ((service.code,), ())


def test_a_category_is_known_by_its_name_where_its_code_is_new() -> None:
    assert label_table().category("NEWTAP", "Treatment Approaches ") == "TAP"


def test_unknown_labels_are_kept_and_told_once(read: Read) -> None:
    services = [{"f1": "Treatment Approaches", "f2": "TAP", "f3": "Group therapy; Moon &amp; stars therapy"}]
    batch, listings, _ = read([locator_row(n, services=services) for n in (1, 2)], "a-2024.json")
    assert listings[0].codes == ("GT",)
    assert listings[0].unrecognised["labels"] == {"TAP": ["Moon & stars therapy"]}
    assert all_told(batch) == [
        'Column services: The label "Moon & stars therapy" of TAP is unknown; kept aside (lines 1, 2).'
    ]


def test_null_services_numbers_and_entities_are_read(read: Read) -> None:
    row = locator_row(
        1, services=None, zip=46204, latitude="", longitude=None, name1="Cats &amp;\u00a0Dogs\ufffd", fax="1"
    )
    del row["typeFacility"]
    batch, (listing,), _ = read([row | {"type_facility": "MH"}], "a-2024.json")
    assert (listing.name1, listing.zip, listing.codes, listing.latitude) == ("Cats & Dogs", "46204", (), None)
    assert listing.unrecognised["columns"] == {"type_facility": "MH", "fax": "1"}
    assert all_told(batch) == [
        "Column services: lists no service (line 1).",
        "The field fax is unknown; kept aside (line 1).",
        "Column name1: holds letters that were lost before the file came to us; left out (line 1).",
    ]


def test_a_field_that_stands_twice_and_says_two_things_is_told(read: Read) -> None:
    text = json.dumps(locator_page([locator_row(1), locator_row(2)]))
    twice = text.replace('"city"', '"phone": "317-555-0109", "city": "Indianapolis", "city"', 1)
    twice = twice.replace('"f3"', '"f3": "Group therapy", "f3"', 1)
    batch, listings, refused = read(twice, "a-2024.json")
    assert (len(listings), refused, listings[0].phone) == (2, [], "317-555-0101")
    said = "stands twice in the row and says two things; the last was taken (line 1)."
    assert all_told(batch) == [f"Column phone: {said}", f"Column services: {said}"]


def test_nesting_is_refused_wherever_in_a_document_it_ends(read: Read) -> None:
    with pytest.raises(NotAListingError, match="nested far deeper than any listing"):
        read(f'{{"rows": {"[" * 1_500}{"]" * 1_500}}}', "a-2024.json")


def test_bad_rows_are_refused_by_ordinal_and_field(read: Read) -> None:
    lacking = locator_row(4)
    del lacking["zip"]
    rows = [
        locator_row(1),
        locator_row(2, state="Atlantis"),
        locator_row(3, services="Group therapy"),
        lacking,
        locator_row(5, name1={"a": 1}),
        "no row",
    ]
    _, listings, refused = read(locator_page(rows), "a-2024.json")
    assert [listing.line for listing in listings] == [1]
    assert [(row.line, row.column) for row in refused] == [
        (2, "state"),
        (3, "services"),
        (4, "zip"),
        (5, "name1"),
        (6, ""),
    ]


@pytest.mark.parametrize("field", ["name1", "city", "state", "zip", "services"])
def test_a_field_that_vanished_from_every_row_refuses_the_file(read: Read, field: str) -> None:
    row = locator_row()
    row[f"{field}_x"] = row.pop(field)
    with pytest.raises(NotAListingError, match=rf"lack {field} .did you mean {field}_x"):
        read([row], "a-2024.json")


@pytest.mark.parametrize("share", [place / 25 for place in range(1, 25)])
def test_an_answer_cut_off_anywhere_is_refused_with_line_and_column(read: Read, share: float) -> None:
    whole = json.dumps(locator_page([locator_row(n) for n in range(1, 31)]), indent=1)
    with pytest.raises(NotAListingError, match=r"line \d+, column \d+"):
        read(whole[: int(len(whole) * share)], "a-2024.json")


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from([*locator_row(), "f1"]), anything), min_size=1, max_size=4))
def test_any_json_rows_become_listings_or_refusals(read: Read, changes: list[dict[str, Any]]) -> None:
    try:
        _, listings, refused = read([locator_row() | change for change in changes], "a-2024.json")
    except NotAListingError:
        return
    assert len(listings) + len(refused) == len(changes)
