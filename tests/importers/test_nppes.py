"""The NPI file: clinics of interest among millions of rows, never more than the registry says of them."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_files import Opened, all_told

from bench import npi_file
from bench.importers import Reading, read_apart
from bench.npi_file import HEADINGS, NAME, PRACTICE, TAXONOMY, made_up, npi
from directory.catalogue.codes import code_list
from directory.places.gazetteer import Gazetteer
from importers import archive, nppes
from importers.recognise import NotAListingError, open_listing

Read = Callable[..., Opened]
STREET = PRACTICE.format("First Line ", "")
CITY = PRACTICE.format("", " City Name")
STATE = PRACTICE.format("", " State Name")
POSTAL_CODE = PRACTICE.format("", " Postal Code")
COUNTRY = PRACTICE.format("", " Country Code (If outside U.S.)")
PHONE = PRACTICE.format("", " Telephone Number")
DEACTIVATED, REACTIVATED = "NPI Deactivation Date", "NPI Reactivation Date"
OTHER, OTHER_TYPE = "Provider Other Organization Name", "Provider Other Organization Name Type Code"
CLINIC, ANESTHESIOLOGY, FAMILY_MEDICINE = "261QM0801X", "207L00000X", "207Q00000X"
WHOLE = "npidata_pfile_20050523-20261108.csv"
# What a whole file may take beyond what Python, the ZIP table and the modules take, as docs/formats/nppes.md promises.
MOST_MB_MORE = 32.0


def ketamine_clinic(number: int = 1, **changes: str) -> dict[str, str]:
    return made_up(number, **{NAME: f"IMAGINARY KETAMINE CLINIC {number}"} | changes)


def npi_csv(rows: Sequence[Mapping[str, str]], headings: Sequence[str] = HEADINGS) -> str:
    return npi_file.line({heading: heading for heading in headings}, headings) + "".join(
        npi_file.line(row, headings) for row in rows
    )


def zipped(text: str, **others: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(WHOLE.replace(".csv", "_fileheader.csv"), npi_csv([]))
        packed.writestr(WHOLE, text)
        packed.writestr("NPPES_Readme.pdf", b"%PDF-1.4 made up")
        for name, content in others.items():
            packed.writestr(name, content)
    return out.getvalue()


def reason(refused: Sequence[Any]) -> str:
    (row,) = refused
    return str(row.reason)


def test_a_clinic_named_for_ketamine_is_a_lead_and_not_said_to_offer_it(read: Read) -> None:
    batch, (clinic,), refused = read(npi_csv([made_up(2), ketamine_clinic(3)]), WHOLE)
    assert (batch.source_id, batch.edition, batch.partial, refused) == ("nppes", "2026-11-08", False, [])
    assert clinic.name1 == "IMAGINARY KETAMINE CLINIC 3"
    assert (clinic.line, clinic.street1, clinic.city, clinic.state) == (3, "4 NOWHERE STREET", "INDIANAPOLIS", "IN")
    assert (clinic.zip, clinic.phone) == ("46204", "317-555-0103")
    assert clinic.codes == ()
    assert clinic.unrecognised == {
        "npi": npi(3),
        "lead": {"rule": "named-for-ketamine", "words": ["ketamine"]},
        "updated": "07/08/2020",
        "taxonomies": [FAMILY_MEDICINE],
    }


def test_the_registry_is_read_from_the_zip_it_comes_in_as_from_its_csv(read: Read) -> None:
    text = npi_csv([made_up(1), ketamine_clinic(3), made_up(4, **{TAXONOMY: CLINIC})])
    plain, packed = read(text, WHOLE), read(zipped(text), "NPPES_Data_Dissemination_November_2026.zip")
    assert plain[1] == packed[1]
    assert (packed[0].edition, packed[0].source_id, len(packed[1])) == ("2026-11-08", "nppes", 2)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({TAXONOMY: CLINIC}, ("MH",)),
        ({"Healthcare Provider Taxonomy Code_15": "283Q00000X"}, ("MH", "PSY")),
        ({TAXONOMY: ANESTHESIOLOGY, NAME: "PRETEND INFUSION CENTER"}, ()),
        ({TAXONOMY: ANESTHESIOLOGY, OTHER: "Pretend Infusions", OTHER_TYPE: "3"}, ()),
        ({NAME: "NOT REAL ESKETAMINE HOUSE"}, ()),
        ({NAME: "ANN EXAMPLE KETAMINE LLC", "Entity Type Code": "1"}, ()),
    ],
)
def test_words_and_taxonomies_tell_which_rows_are_of_interest(
    read: Read, changes: dict[str, str], codes: tuple[str, ...]
) -> None:
    _, (clinic,), _ = read(npi_csv([made_up(1), made_up(2, **changes)]), WHOLE)
    assert (clinic.line, clinic.codes) == (3, codes)


@pytest.mark.parametrize(
    "changes",
    [
        {TAXONOMY: ANESTHESIOLOGY},
        {NAME: "PRETEND INFUSION CENTER"},
        {"Entity Type Code": "1", TAXONOMY: CLINIC},
        {OTHER: "KETAMINE FORMERLY", OTHER_TYPE: "4"},
        {"Provider Last Name (Legal Name)": "KETAMINE", "Entity Type Code": "1", NAME: ""},
        {STREET: "1 KETAMINE AVENUE"},
        {DEACTIVATED: "01/02/2020", NAME: "GONE KETAMINE"},
        {DEACTIVATED: "01/02/2020", REACTIVATED: "01/02/2019", NAME: "GONE AGAIN KETAMINE"},
    ],
)
def test_other_rows_are_passed_over(read: Read, changes: dict[str, str]) -> None:
    _, listings, refused = read(npi_csv([ketamine_clinic(1), made_up(2, **changes)]), WHOLE)
    assert ([listing.line for listing in listings], refused) == ([2], [])


def test_an_npi_taken_up_again_is_in_the_list(read: Read) -> None:
    back = ketamine_clinic(1, **{DEACTIVATED: "01/02/2020", REACTIVATED: "03/04/2021"})
    _, listings, _ = read(npi_csv([back]), WHOLE)
    assert len(listings) == 1


def test_no_taxonomy_says_a_code_of_treatment() -> None:
    categories = {service.code: service.category for service in code_list()}
    said = {categories[code] for codes in nppes.read_rules().codes.values() for code in codes}
    assert said <= {"TC", "FT", "SET"}


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"NPI": npi(1)[:-1] + str((int(npi(1)[-1]) + 1) % 10)}, "NPI", "check digit"),
        ({"NPI": "317555"}, "NPI", "ten digits"),
        ({COUNTRY: "CA"}, COUNTRY, "outside the United States"),
        ({STREET: "---"}, STREET, "withheld"),
        ({STREET: ""}, STREET, "withheld"),
        ({STREET: "<UNAVAIL>"}, STREET, "withheld"),
        ({CITY: ""}, CITY, "the town is missing"),
        ({STATE: "ONTARIO"}, STATE, "not a US state"),
        ({POSTAL_CODE: "99"}, POSTAL_CODE, "not a ZIP"),
        ({DEACTIVATED: "soon"}, DEACTIVATED, "not a date"),
    ],
)
def test_a_row_that_cannot_be_listed_is_refused_by_line_and_column(
    read: Read, changes: dict[str, str], column: str, words: str
) -> None:
    _, (good,), refused = read(npi_csv([made_up(1), ketamine_clinic(2), ketamine_clinic(3, **changes)]), WHOLE)
    assert good.line == 3
    assert (refused[0].line, refused[0].column) == (4, column)
    assert words in reason(refused)


def test_an_npi_that_stands_twice_is_refused_the_second_time(read: Read) -> None:
    _, (kept,), refused = read(npi_csv([ketamine_clinic(1), ketamine_clinic(1, **{STREET: "2 Else Road"})]), WHOLE)
    assert kept.line == 2
    assert f"the NPI {npi(1)} stands already in line 2" == reason(refused)


def test_a_row_with_cells_too_few_is_refused_by_its_line(read: Read) -> None:
    short = npi_csv([ketamine_clinic(1)]) + '"1234567893","2","","","SHORT KETAMINE"\n' + npi_file.line(made_up(2))
    _, _, refused = read(short, WHOLE)
    assert (refused[0].line, reason(refused)) == (3, "the row has 5 cells where the headings have 330")


@given(st.integers(0, 10**8 - 1), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_an_npi_is_always_noticed(number: int, place: int, change: int) -> None:
    right = npi(number)
    wrong = right[:place] + str((int(right[place]) + change) % 10) + right[place + 1 :]
    assert nppes.has_check_digit(right)
    assert not nppes.has_check_digit(wrong)


def test_the_check_digit_is_that_of_the_published_example() -> None:
    assert nppes.has_check_digit("1234567893")


def test_changes_of_a_week_withdraw_nothing(read: Read) -> None:
    batch, _, _ = read(npi_csv([ketamine_clinic(1)]), "npidata_pfile_20261102-20261108.csv")
    assert batch.partial
    assert any("nothing is withdrawn" in warning for warning in all_told(batch))


def test_an_import_tells_how_many_rows_each_rule_took(read: Read) -> None:
    gone = ketamine_clinic(3, **{DEACTIVATED: "2020-01-02"})
    batch, _, _ = read(npi_csv([ketamine_clinic(1), ketamine_clinic(2), gone, made_up(4, **{TAXONOMY: CLINIC})]), WHOLE)
    told = " ".join(all_told(batch))
    assert "4 lines were looked through; 3 rows are of interest." in told
    assert "2 taken by the rule named-for-ketamine" in told
    assert "1 of interest are left out, for their NPI is deactivated." in told


@pytest.mark.parametrize("column", [*(nppes.HEADINGS[column] for column in nppes.REQUIRED), TAXONOMY])
def test_a_heading_that_is_missing_or_renamed_is_named(read: Read, column: str) -> None:
    rows = [ketamine_clinic(1)]
    without = [heading for heading in HEADINGS if heading != column]
    if column == TAXONOMY:
        without = [heading for heading in without if "Taxonomy Code" not in heading]
    with pytest.raises(NotAListingError, match="heading is missing") as missing:
        read(npi_csv(rows, without), WHOLE)
    assert column in str(missing.value)
    text = npi_csv(rows).replace(f'"{column}"', f'"{column} Text"', 1)
    if column != TAXONOMY:
        with pytest.raises(NotAListingError, match="did you mean"):
            read(text, WHOLE)


def test_a_heading_that_stands_twice_is_named(read: Read) -> None:
    with pytest.raises(NotAListingError, match=r"City Name.*twice"):
        read(npi_csv([ketamine_clinic(1)], [*HEADINGS, CITY]), WHOLE)


def test_headings_in_another_order_and_case_and_fewer_columns_are_read(read: Read) -> None:
    few = [REACTIVATED, DEACTIVATED, TAXONOMY, POSTAL_CODE, STATE, CITY, STREET, NAME, "NPI", PHONE]
    text = npi_csv([ketamine_clinic(1)], few)
    head, rest = text.split("\n", 1)
    batch, (clinic,), _ = read(f"{head.lower()}\n{rest}", WHOLE)
    assert clinic.name1 == "IMAGINARY KETAMINE CLINIC 1"
    assert any("14 of the 15 taxonomy codes" in warning for warning in all_told(batch))


def test_the_first_taxonomy_is_the_first_wherever_its_column_stands(read: Read) -> None:
    rows = [ketamine_clinic(number) for number in range(1, 31)]
    batch, listings, refused = read(npi_csv(rows, HEADINGS[::-1]), WHOLE)
    assert ([listing.name1 for listing in listings], refused) == ([row[NAME] for row in rows], [])
    assert all_told(batch) == all_told(read(npi_csv(rows), WHOLE)[0])
    without_first = [heading for heading in HEADINGS if heading != TAXONOMY]
    with pytest.raises(NotAListingError, match="heading is missing of Healthcare Provider Taxonomy Code_1"):
        read(npi_csv(rows, without_first), WHOLE)


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        (lambda text: text.encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (lambda text: text.encode("utf-16-be"), "is UTF-16; save it as UTF-8"),
        (lambda text: text.replace("\n", "\r"), "has no line feeds"),
        (lambda text: text.replace('","', '";"'), "parts its columns by semicolons"),
        (lambda text: text.replace('","', "\t").replace('"', ""), "parts its columns by tabs"),
    ],
)
def test_a_copy_that_another_program_saved_is_refused_with_what_is_wrong(
    read: Read, saved: Callable[[str], bytes | str], told: str
) -> None:
    with pytest.raises(NotAListingError, match=told):
        read(saved(npi_csv([ketamine_clinic(1), ketamine_clinic(2)])), WHOLE)


def test_a_copy_without_quotation_marks_is_read_alike(read: Read) -> None:
    rows = [ketamine_clinic(1), made_up(2), ketamine_clinic(3, **{NAME: 'KETAMINE "HOUSE", LLC'})]
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADINGS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    assert read(out.getvalue(), WHOLE)[1] == read(npi_csv(rows), WHOLE)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NAME, STREET),
        (STREET, PRACTICE.format("Second Line ", "")),
        (CITY, STATE),
        (STATE, POSTAL_CODE),
        ("NPI", "Entity Type Code"),
        (DEACTIVATED, "Last Update Date"),
        (TAXONOMY, "Healthcare Provider Primary Taxonomy Switch_1"),
    ],
)
def test_swapped_columns_are_refused_as_a_whole(read: Read, one: str, other: str) -> None:
    rows = []
    for number in range(60):
        row = ketamine_clinic(number)
        rows.append(row | {one: row.get(other, ""), other: row.get(one, "")})
    with pytest.raises(NotAListingError):
        read(npi_csv(rows), WHOLE)


def test_a_file_cut_off_anywhere_within_a_row_is_refused(read: Read) -> None:
    text = npi_csv([ketamine_clinic(number) for number in range(5)])
    chance = random.Random(7)
    last = text.rindex("\n", 0, -1) + 1
    for place in chance.sample(range(last + 1, len(text) - 4), 30):
        with pytest.raises(NotAListingError, match="breaks off"):
            read(text[:place], WHOLE)


def test_a_damaged_zip_is_refused(read: Read) -> None:
    whole = zipped(npi_csv([ketamine_clinic(number) for number in range(3000)]))
    for place in range(len(whole) // 4, len(whole) // 2, len(whole) // 20):
        broken = bytearray(whole)
        broken[place : place + 40] = bytes(40)
        with pytest.raises(NotAListingError):
            read(bytes(broken), "npi.zip")
    with pytest.raises(NotAListingError):
        read(whole[: len(whole) // 2], "npi.zip")


def test_a_zip_that_unpacks_without_end_is_given_up() -> None:
    with pytest.raises(archive.ArchiveError, match="unpacks to more than"):
        archive.Capped(io.BytesIO(b"x" * 100), most=99).read(100)


def test_a_file_without_any_row_of_interest_is_told_so(read: Read) -> None:
    with pytest.raises(NotAListingError, match="no row of interest"):
        read(npi_csv([made_up(number) for number in range(5)]), WHOLE)
    with pytest.raises(NotAListingError, match="no rows"):
        read(npi_csv([]), WHOLE)


def test_a_rule_that_rows_could_not_be_found_by_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        'begins = "20050523"\n[codes]\n[[rule]]\nid = "short"\nwhy = "x"\n'
        'entities = ["2"]\nwords = ["tms"]\ntaxonomies = []\n'
    )
    with pytest.raises(nppes.RulesError, match="rule short"):
        nppes.read_rules(path)


def taken_plainly(text: str) -> list[int]:
    """The lines of rows of interest by the csv module and the rules alone."""
    rules = nppes.read_rules()
    reader = csv.DictReader(io.StringIO(text, newline=""))
    return [
        reader.line_num
        for row in reader
        if rules.rule_for(
            row["Entity Type Code"],
            [row[NAME], *([row[OTHER]] if row[OTHER_TYPE] not in nppes.FORMER_NAMES else [])],
            [row[heading] for heading in nppes.TAXONOMIES],
        )
    ]


def test_the_rows_taken_are_those_a_plain_reader_takes(read: Read) -> None:
    chance = random.Random(20261108)
    names = [
        "Made Up Ketamine",
        "PRETEND INFUSION",
        "Heron",
        'The "K" House, LLC',
        "eSketaMine",
        "Interventional  Psychiatry",
    ]
    rows = [
        made_up(number)
        | {
            NAME: chance.choice(names),
            OTHER: chance.choice(["", *names]),
            OTHER_TYPE: chance.choice(["", "3", "4"]),
            "Entity Type Code": chance.choice("12"),
            chance.choice(nppes.TAXONOMIES): chance.choice([CLINIC, ANESTHESIOLOGY, FAMILY_MEDICINE, ""]),
        }
        for number in range(600)
    ]
    text = npi_csv(rows)
    _, listings, refused = read(text, WHOLE)
    assert [listing.line for listing in listings] == taken_plainly(text)
    assert not refused


@pytest.mark.soak
def test_two_million_rows_are_read_in_the_memory_that_the_documentation_promises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = npi_file.write(tmp_path / WHOLE, 2_000_000)
    Gazetteer.load(tmp_path)
    try:
        reading: Reading = read_apart(path, places=tmp_path)
    finally:
        path.unlink()
    with capsys.disabled():
        print(
            f"\n2,000,000 rows of the NPI file: {reading.rows:,} taken in {reading.seconds:.1f} s "
            f"({2_000_000 / reading.seconds:,.0f} rows/s), "
            f"{reading.before_mb:.0f} MB before, {reading.peak_mb:.0f} MB at the peak"
        )
    assert reading.rows == 2_000_000 // npi_file.BETWEEN * len(npi_file.OF_INTEREST)
    assert reading.peak_mb < reading.before_mb + MOST_MB_MORE


def test_a_listing_of_another_kind_is_not_taken_for_the_registry(tmp_path: Path, gazetteer: Gazetteer) -> None:
    path = tmp_path / "else.csv"
    path.write_text("NPI,name\n1234567893,Imaginary Ketamine\n")
    with pytest.raises(NotAListingError, match="no listing that can be read"):
        open_listing(path, gazetteer=gazetteer)
