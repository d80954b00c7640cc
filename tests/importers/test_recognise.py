"""Files that are no listings, and what callers may say of those that are."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up_files import Opened, csv_text, locator_row, made_up_row, workbook_bytes

from directory.places.gazetteer import Gazetteer
from importers import archive
from importers.recognise import NotAListingError, open_listing

Read = Callable[..., Opened]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
GOOD = workbook_bytes([made_up_row()])


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip archive of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def parts_of(workbook: bytes) -> dict[str, bytes]:
    """The parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        return {part.filename: file.read(part) for part in file.infolist()}


SHEET = "xl/worksheets/sheet1.xml"
FAR_CELL = parts_of(GOOD)[SHEET].replace(
    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("list.xlsx", b"<!DOCTYPE html><html><body>Down for maintenance</body></html>", "is a web page"),
        ("list.json", b"\n <html>", "is a web page"),
        ("list.csv", b"<?xml version='1.0'?><error/>", "markup"),
        ("list.csv", b"", "is empty"),
        ("list.xlsx", b"\n\n  ", "is empty"),
        ("list.json", b"recordCount 0", "no listing that can be read"),
        ("list.json", b'{"error": "no such place"}', "no rows of a listing"),
        ("list.json", b"[1, 2, 3]", "no rows of a listing"),
        ("list.json", b"[]", "no rows of a listing"),
        ("list.json", b'{"page": 3, "rows": []}', "page without rows"),
        ("list.json", b'{"page": 3, "rows": [', "breaks at line 1, column 22"),
        ("list.json", b"[" * 100_000, "nested far deeper"),
        ("list.json", b'{"rows": [{"name1": ' + b"9" * 50_000 + b"}]}", "a thousand digits"),
        ("list.csv", b"%PDF-1.7 \x00\x01", "is a PDF"),
        ("list.csv", bytes(range(256)) * 40, "neither a spreadsheet nor text"),
        ("list.csv", b"name1,city,state,zip,service_code_info\n", "no rows"),
        ("list.csv", b"a,b\n1,2\n", 'its first row is "a, b"'),
        ("list.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("list.xlsx", OLE, "old Office file"),
        ("list.xlsx", GOOD[: len(GOOD) // 2], "damaged or cut-off"),
        ("list.xlsx", GOOD[:-10], "damaged or cut-off"),
        ("list.xlsx", zipped({"notes.txt": b"hello"}), "no xlsx workbook"),
        ("list.xlsx", zipped(parts_of(GOOD) | {SHEET: b"<worksheet><sheetData/></worksheet>"}), "no rows"),
        ("list.xlsx", zipped(parts_of(GOOD) | {SHEET: FAR_CELL}), "far outside any listing"),
        ("list.xlsx", zipped({**parts_of(GOOD), "xl/workbook.xml": b"<workbook"}), "list.xlsx"),
    ],
)
def test_what_is_no_listing_is_refused_in_one_sentence(read: Read, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(NotAListingError) as refusal:
        read(content, name)
    message = str(refusal.value)
    assert sentence in message
    assert "\n" not in message
    assert message.endswith(".")


def test_a_bomb_is_not_opened_even_where_its_headers_lie(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    bomb = zipped(parts_of(GOOD) | {"xl/worksheets/sheet9.xml": bytes(3 << 20)})
    with pytest.raises(NotAListingError, match="unpacks to more than 1 MB"):
        read(bomb, "honest.xlsx")
    size = struct.pack("<I", 3 << 20)
    assert bomb.count(size) >= 1
    with pytest.raises(NotAListingError, match="unpacks to more than 1 MB"):
        read(bomb.replace(size, struct.pack("<I", 100)), "lying.xlsx")


def test_many_sheets_together_are_a_bomb_too(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    sheets = {f"xl/worksheets/sheet{number}.xml": bytes(100_000) for number in range(2, 20)}
    with pytest.raises(NotAListingError, match="unpacks to more than"):
        read(zipped(parts_of(GOOD) | sheets), "many.xlsx")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path, gazetteer: Gazetteer) -> None:
    with pytest.raises(NotAListingError, match="There is no file"):
        open_listing(tmp_path / "none.csv", gazetteer=gazetteer)
    with pytest.raises(NotAListingError, match="is a folder"):
        open_listing(tmp_path, gazetteer=gazetteer)


def test_a_listing_is_known_by_its_content_not_by_its_name(read: Read) -> None:
    assert read(GOOD, "list.json")[0].source_id == "samhsa-mh"
    assert read([locator_row()], "list.xlsx")[0].source_id == "findtreatment"
    assert read(csv_text([made_up_row()]), "list.pdf")[0].source_id == "samhsa-mh"


def test_what_the_caller_says_goes_unless_the_file_is_plainly_anothers(read: Read) -> None:
    batch, _, _ = read(GOOD, "list-2021.xlsx", source_id="samhsa-mh", edition="2023")
    assert (batch.source_id, batch.edition) == ("samhsa-mh", "2023")
    with pytest.raises(NotAListingError, match="is a listing of samhsa-mh by its codes"):
        read(GOOD, "list.xlsx", source_id="samhsa-su")
    with pytest.raises(NotAListingError, match="not a file of findtreatment"):
        read(GOOD, "list.xlsx", source_id="findtreatment")


def test_a_source_of_the_centers_own_may_be_named_freely(read: Read) -> None:
    batch, _, _ = read(GOOD, "list-2023.xlsx", source_id="county-list")
    assert batch.source_id == "county-list"
    assert any("county-list is not described in data/sources.toml" in warning for warning in batch.warnings)
    with pytest.raises(NotAListingError, match="is no source id; use small letters"):
        read(GOOD, "list.xlsx", source_id="County List!")


def test_an_edition_of_years_to_come_is_a_slip_and_makes_no_true_one_old(read: Read) -> None:
    with pytest.raises(NotAListingError, match="The edition 2099 is still to come"):
        read(GOOD, "list.xlsx", edition="2099")
    assert read(GOOD, "list-2099-of-2023.xlsx")[0].edition == "2023"
    batch, _, _ = read(GOOD, "list-2099.xlsx")
    assert any("does not say which edition it is; dated today" in warning for warning in batch.warnings)


def test_an_unknown_source_or_edition_is_told_with_what_is_possible(read: Read) -> None:
    with pytest.raises(NotAListingError, match="There is no source samsha-mh; did you mean samhsa-mh"):
        read(GOOD, "list.xlsx", source_id="samsha-mh")
    with pytest.raises(NotAListingError, match="is no edition; write a year"):
        read(GOOD, "list.xlsx", edition="last year")


@pytest.mark.parametrize("place", range(1, 20))
def test_a_workbook_cut_off_anywhere_is_refused(read: Read, place: int) -> None:
    with pytest.raises(NotAListingError):
        read(GOOD[: len(GOOD) * place // 20], "list.xlsx")


@pytest.mark.parametrize("place", range(30))
def test_a_workbook_with_a_flipped_byte_is_refused_or_read_as_it_was(read: Read, place: int) -> None:
    at = len(GOOD) * place // 30
    damaged = GOOD[:at] + bytes([GOOD[at] ^ 0x55]) + GOOD[at + 1 :]
    try:
        _, listings, _ = read(damaged, "list-2023.xlsx")
    except NotAListingError as refusal:
        assert "list-2023.xlsx" in str(refusal)  # noqa: PT017
        return
    assert listings == read(GOOD, "list-2023.xlsx")[1]
