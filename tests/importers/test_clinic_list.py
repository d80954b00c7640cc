"""A clinic list of the center's own: mapped, read, and proposed a mapping for."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from made_up_files import Opened, all_told, csv_text, made_up_row, open_document

from directory.places.gazetteer import Gazetteer
from importers.cli import import_command
from importers.listing_file import inspect
from importers.mapping import MappingError, read_mapping
from importers.mapping_proposal import propose
from importers.recognise import NotAListingError

Read = Callable[..., Opened]
HEADINGS = ("Who", "Street", "Town", "St", "ZIP code", "Call", "Infusion", "Offers", "Remark")
MAPPING = """
source = "clinic-list"
[columns]
name1 = "Who"
street1 = "Street"
city = "Town"
state = "St"
zip = "ZIP code"
phone = "Call"
[services]
headings = ["Offers"]
[yes]
"Infusion" = ["KIT"]
"""


def rows(count: int = 1, **changes: Any) -> list[list[Any]]:
    """Rows of a list nobody could take for real."""
    made = []
    for number in range(1, count + 1):
        row = (f"Purple Giraffe House {number}", f"{number} Imaginary Lane", "Cleveland", "OH", "44113")
        row = (*row, f"216-555-{100 + number % 100:04}", "yes" if number % 2 else "no", "Group therapy; Medicaid", "")
        named = dict(zip(HEADINGS, row, strict=True)) | changes
        made.append([named[heading] for heading in HEADINGS])
    return made


def table(cells: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([headings, *cells])
    return out.getvalue()


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def test_a_mapped_list_is_read_and_what_is_mapped_to_nothing_is_told(read: Read, mapping: Path) -> None:
    batch, listings, refused = read(table(rows(2, Remark="call late")), "ours-2026.csv", mapping=mapping)
    assert (batch.source_id, batch.edition, refused) == ("clinic-list", "2026", [])
    first, second = listings
    assert (first.line, first.name1, first.street1, first.city, first.state, first.zip, first.phone) == (
        *(2, "Purple Giraffe House 1", "1 Imaginary Lane", "Cleveland", "OH", "44113", "216-555-0101"),
    )
    assert set(first.codes) == {"GT", "MD", "KIT"}
    assert "KIT" not in second.codes
    assert first.unrecognised == {"columns": {"Remark": "call late"}}
    assert all_told(batch) == ["Columns that ours.toml maps to nothing, kept aside: Remark."]


def test_xlsx_ods_and_csv_say_the_same(read: Read, mapping: Path) -> None:
    _, wanted, _ = read(table(rows(3)), "ours-2026.csv", mapping=mapping)
    _, listings, _ = read(open_document([HEADINGS, *rows(3)]), "ours-2026.ods", mapping=mapping)
    assert [listing.digest() for listing in listings] == [listing.digest() for listing in wanted]


@pytest.mark.parametrize("kind", ["rows", "columns"])
def test_an_ods_that_repeats_a_cell_without_end_is_not_opened(read: Read, mapping: Path, kind: str) -> None:
    cell = '<table:table-cell table:number-columns-repeated="900"><text:p>x</text:p></table:table-cell>'
    bomb = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    if kind == "columns":
        bomb = f"<table:table-row>{cell.replace('900', '90000000')}</table:table-row>"
    with pytest.raises(NotAListingError, match="far outside any listing"):
        read(open_document([HEADINGS, *rows(3)], bomb), "ours-2026.ods", mapping=mapping)


def test_empty_rows_that_an_office_program_repeats_to_the_end_of_the_sheet_are_none(read: Read, mapping: Path) -> None:
    empty = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
    )
    _, listings, _ = read(open_document([HEADINGS, *rows(3)], f"{empty}</table:table-row>"), "o.ods", mapping=mapping)
    assert len(listings) == 3


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("address", "4 Elm St Ste 7, Cleveland, OH 44113"),
        ("town", "Cleveland, OH 44113-1234"),
        ("town", "Cleveland Ohio 44113"),
    ],
)
def test_a_place_in_one_cell_is_told_into_its_parts(read: Read, tmp_path: Path, column: str, said: str) -> None:
    path = tmp_path / "whole.toml"
    path.write_text(f'[columns]\nname1 = "Who"\n{column} = "Place"\n', encoding="utf-8")
    cells = [["Purple Giraffe House", said], ["Purple Heron House", "somewhere in Ohio"]]
    _, (listing,), (refused,) = read(table(cells, ("Who", "Place")), "list-2026.csv", mapping=path)
    assert (listing.city, listing.state, listing.zip) == ("Cleveland", "OH", "44113")
    if column == "address":
        assert (listing.street1, listing.street2) == ("4 Elm St", "Ste 7")
    assert (refused.line, refused.column) == (3, "Place")


def test_answers_that_are_neither_yes_nor_no_and_services_nobody_knows_are_told(read: Read, mapping: Path) -> None:
    batch, (listing,), _ = read(table(rows(1, Infusion="maybe", Offers="Moon bathing")), "o-2026.csv", mapping=mapping)
    assert listing.codes == ()
    assert listing.unrecognised == {"labels": {"Offers": ["Moon bathing"], "Infusion": ["maybe"]}}
    assert all_told(batch) == [
        "Columns that ours.toml maps to nothing, kept aside: Remark.",
        'Column Offers: "Moon bathing" is no service known here; kept (line 2).',
        'Column Infusion: "maybe" is neither yes nor no; taken as no (line 2).',
    ]


def test_a_bad_row_is_refused_by_the_heading_of_the_list(read: Read, mapping: Path) -> None:
    _, _, (refused,) = read(table([*rows(1, Town=""), *rows(1)]), "o-2026.csv", mapping=mapping)
    assert (refused.line, refused.column, refused.reason) == (2, "Town", "the town is missing")


def test_a_kept_mapping_is_found_by_its_headings_and_a_lost_heading_is_named(read: Read, mapping: Path) -> None:
    batch, _, _ = read(table(rows(2)), "any-2026.csv", mappings=(mapping,))
    assert batch.source_id == "clinic-list"
    renamed = [heading if heading != "Call" else "Phone to call" for heading in HEADINGS]
    with pytest.raises(NotAListingError, match="lacks the headings Call"):
        read(table(rows(2), renamed), "any-2026.csv", mappings=(mapping,))


def test_a_mapping_takes_no_listing_that_has_an_importer_of_its_own(read: Read, tmp_path: Path) -> None:
    near, broken = tmp_path / "near.toml", tmp_path / "broken.toml"
    near.write_text('[columns]\nname1 = "name1"\ncity = "city"\nstate = "state"\nzip = "zip"\nphone = "call"\n')
    broken.write_text("[columns]\n")
    batch, _, _ = read(csv_text([made_up_row()]), "mh-2023.csv", mappings=(near, broken))
    assert batch.source_id == "samhsa-mh"
    assert all_told(batch) == [
        "A mapping was not tried: broken.toml: columns.name1 is missing: the heading of the clinic's name."
    ]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("[columns]\nname1 = 'A'\ncity = 'B'\nstate = 'C'\n", "columns need city, state and zip"),
        ("[columns]\nname1 = 'A'\ntown = 'A'\n", 'the heading "A" is mapped twice'),
        ("[columns]\nname1 = 'A'\ntown = 'B'\nfax = 'C'\n", "columns.fax is no column of a listing"),
        ("[columns]\nname1 = 'A'\ntown = 'B'\n[yes]\nC = ['XYZ']\n", 'yes."C": XYZ is no service code'),
        ("[kolumns]\n", "kolumns is no table of a mapping"),
        ("[columns", "cannot be read"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_by_its_entry(tmp_path: Path, wrong: str, told: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(MappingError, match=told.replace("[", r"\[")):
        read_mapping(path)


PROPOSED: list[tuple[dict[str, str], dict[str, str]]] = [
    (
        {
            "Clinic Name": "Purple Giraffe",
            "Address": "1 Imaginary Lane",
            "Suite": "2",
            "City": "Cleveland",
            "State": "OH",
            "Zip Code": "44113",
            "Phone #": "216-555-0101",
            "Website": "giraffe.example",
        },
        {
            "name1": "Clinic Name",
            "street1": "Address",
            "street2": "Suite",
            "city": "City",
            "state": "State",
            "zip": "Zip Code",
            "phone": "Phone #",
            "website": "Website",
        },
    ),
    (
        {
            "Nombre de la Clínica": "Jirafa Morada",
            "Dirección": "1 Imaginary Lane",
            "Ciudad": "Cleveland",
            "Estado": "Ohio",
            "Código Postal": "44113",
            "Teléfono": "(216) 555-0101",
            "Página web": "jirafa.example",
        },
        {
            "name1": "Nombre de la Clínica",
            "street1": "Dirección",
            "city": "Ciudad",
            "state": "Estado",
            "zip": "Código Postal",
            "phone": "Teléfono",
            "website": "Página web",
        },
    ),
    (
        {
            "Practice": "Purple Giraffe",
            "Address": "1 Imaginary Lane, Cleveland, OH 44113",
            "Tel": "2165550101",
            "Fax": "2165550102",
            "lat": "41.48",
            "lng": "-81.70",
        },
        {"name1": "Practice", "address": "Address", "phone": "Tel", "latitude": "lat", "longitude": "lng"},
    ),
    (
        {"Facility": "Purple Giraffe", "City, State ZIP": "Cleveland, OH 44113", "Referral phone": "216-555-0101"},
        {"name1": "Facility", "town": "City, State ZIP", "intake1": "Referral phone"},
    ),
    (
        {
            "Name": "Purple Giraffe",
            "E-mail address": "a@giraffe.example",
            "Col A": "44113",
            "Col B": "OH",
            "Col C": "Cleveland",
        },
        {"name1": "Name", "zip": "Col A", "state": "Col B", "city": "Col C"},
    ),
]


@pytest.mark.parametrize(("row", "wanted"), PROPOSED, ids=lambda given: next(iter(given.values())))
def test_a_mapping_is_proposed_from_headings_and_cells(
    tmp_path: Path, gazetteer: Gazetteer, row: dict[str, str], wanted: dict[str, str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(table([list(row.values())] * 3, list(row)), encoding="utf-8")
    proposal = propose(inspect(path), gazetteer)
    assert {column.name: column.heading for column in proposal.columns if column.name} == wanted
    written = tmp_path / "proposed.toml"
    written.write_text(proposal.as_toml(), encoding="utf-8")
    assert read_mapping(written).columns == wanted


@pytest.mark.parametrize(
    ("headings", "told"),
    [
        (("Clinic", "City, State ZIP", "Phone", "phone"), "the heading phone stands twice"),
        (("Purple Giraffe", "Cleveland, OH 44113", "216-555-0101", "giraffe.example"), "has no row of headings"),
        (("Purple Giraffe", "Cleveland", "OH", "44113"), "has no row of headings"),
    ],
)
def test_a_list_whose_columns_have_no_names_of_their_own_is_given_no_mapping(
    tmp_path: Path, gazetteer: Gazetteer, headings: tuple[str, ...], told: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(table([list(headings)] * 3, list(headings)), encoding="utf-8")
    with pytest.raises(NotAListingError, match=told):
        propose(inspect(path), gazetteer)


def test_answers_and_services_are_proposed_and_what_only_a_person_knows_is_not_in_force(
    tmp_path: Path, gazetteer: Gazetteer
) -> None:
    headings = ("Clinic", "City, State ZIP", "Ketamine Infusion Therapy", "Ketamine?", "Se habla español", "Services")
    path = tmp_path / "list.csv"
    path.write_text(table([["Giraffe", "Cleveland, OH 44113", "yes", "x", "sí", "Group therapy, TMS"]] * 3, headings))
    text = propose(inspect(path), gazetteer).as_toml()
    written = tmp_path / "proposed.toml"
    written.write_text(text, encoding="utf-8")
    mapping = read_mapping(written)
    assert mapping.yes == {"Ketamine Infusion Therapy": ("KIT",), "Se habla español": ("SP",)}
    assert mapping.services == ("Services",)
    assert '# "Ketamine?" = ["KIT"]' in text


def run(home: Path, *arguments: str | Path) -> Result:
    return CliRunner(env={"DIRECTORY_HOME": str(home)}).invoke(import_command, [str(one) for one in arguments])


def test_the_wizard_writes_what_the_next_import_reads_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    home, path = tmp_path / "home", tmp_path / "ours-2026.ods"
    headings = ["Clinic", "Street", "City", "State", "ZIP", "Phone", "Ketamine infusion", "Services", "Remark"]
    path.write_bytes(open_document([headings, *rows(5)]))
    proposed = run(home, path, "--map-wizard")
    assert proposed.exit_code == 0, proposed.output
    assert 'city = "City"' in (home / "mappings" / "ours-2026.toml").read_text(encoding="utf-8")
    assert "is there already and was left as it is" in run(home, path, "--map-wizard").stdout
    report = json.loads(run(home, path, "--json").stdout)
    assert (report["source"], report["new"], report["gained_ketamine"]) == ("clinic-list", 5, 3)
    assert "Nothing changed." in run(home, "--replay", "1").stdout


def test_a_mapping_that_is_named_is_kept_for_the_next_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapping: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    home, path = tmp_path / "home", tmp_path / "ours-2026.csv"
    path.write_text(table(rows(3)), encoding="utf-8")
    assert run(home, path, "--mapping", mapping).exit_code == 0
    mapping.unlink()
    assert "Nothing changed." in run(home, path).stdout
    assert "There is no mapping" in run(home, path, "--mapping", tmp_path / "gone.toml").stderr


def test_on_a_terminal_the_wizard_asks_what_it_is_not_sure_of(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text(
        table([["Giraffe House", "1 Imaginary Lane", "Cleveland", "OH", "44113", "216-555-0101"]] * 3, HEADINGS[:6])
    )
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).with_name("directory")), "import", str(path), "--map-wizard"]
    environment = os.environ | {"DIRECTORY_HOME": str(tmp_path / "home"), "TERM": "dumb"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, b"name1\n\n\n\n\n\n")
        said = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            said += piece
            if not piece:
                break
        assert process.wait() == 0, said.decode()
    os.close(ours)
    assert '"Who" (such as "Giraffe House")' in said.decode()
    assert read_mapping(tmp_path / "home" / "mappings" / "ours.toml").columns["name1"] == "Who"
