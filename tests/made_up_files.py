"""Made-up listings in the shapes of every edition."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from html import escape
from typing import Any

import openpyxl

from directory.catalogue.record import Batch, ListingRecord, RefusedRow

HEADINGS_2022 = (
    *("name1", "name2", "street1", "street2", "city", "state", "zip", "phone"),
    *("intake1", "intake2", "intake1a", "intake2a", "service_code_info"),
)
HEADINGS_2023 = tuple(heading.capitalize() for heading in HEADINGS_2022)
MH_CODES = "SA MH SUMH * OP * CMHC * CBT GT KIT TELE * PVTN * MC MD PI SF"
SU_CODES = "SA DT SUMH * OP OD OIT * MU BU * ANG BIA CBT * PVTP * MD PI SF"

Rows = list[dict[str, Any]]
Opened = tuple[Batch, list[ListingRecord], list[RefusedRow]]


def made_up_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of a workbook nobody could take for real."""
    row: dict[str, Any] = dict.fromkeys(HEADINGS_2022, "")
    row |= {
        "name1": f"Purple Giraffe Clinic {number}",
        "name2": "West Wing" if number % 2 else "",
        "street1": f"{number} Imaginary Lane",
        "city": "Indianapolis",
        "state": "IN",
        "zip": "46204",
        "phone": f"317-555-{100 + number % 100:04}",
        "service_code_info": MH_CODES,
    }
    return row | changes


def workbook_bytes(
    rows: Rows,
    headings: Sequence[str] = HEADINGS_2022,
    *,
    reference: Sequence[tuple[str, str, str, str]] = (),
    titles: Sequence[str] = (),
    sheet: str = "Facilities List",
) -> bytes:
    """An xlsx in the shape of an edition: rows by lower-case heading, under title rows if there are any."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for title in titles:
        page.append([title])
    page.append(list(headings))
    for row in rows:
        page.append([row.get(heading.lower(), "") for heading in headings])
    if reference:
        page = book.create_sheet("Service Code Reference")
        page.append(["category_code", "category_name", "service_code", "service_name", "service_description"])
        for code in reference:
            page.append([*code, "made up"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def all_told(batch: Batch) -> list[str]:
    """All that a file read whole had said of it in sentences."""
    return [*batch.warnings, *(odd.as_words() for odd in batch.oddities)]


def csv_text(rows: Rows, headings: Sequence[str] = HEADINGS_2022, delimiter: str = ",") -> str:
    """The facilities list as csv."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([row.get(heading.lower(), "") for heading in headings] for row in rows)
    return out.getvalue()


def locator_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of the locator nobody could take for real."""
    row = {
        "_irow": number,
        "name1": f"Purple Giraffe Clinic {number}",
        "name2": None,
        "street1": f"{number} Imaginary Lane",
        "street2": "",
        "city": "Indianapolis",
        "state": "IN",
        "zip": "46204",
        "phone": "317-555-0101",
        "intake1": None,
        "hotline1": None,
        "website": "http://purple-giraffe.example",
        "latitude": "39.77",
        "longitude": -86.16,
        "miles": 1.5,
        "typeFacility": "MH",
        "services": [
            {"f1": "Treatment Approaches ", "f2": "TAP", "f3": "Group therapy; Ketamine Infusion Therapy"},
            {"f1": "Payment/Insurance/Funding Accepted", "f2": "PAY", "f3": "Medicaid"},
        ],
    }
    return row | changes


def locator_page(rows: Rows, **about: Any) -> dict[str, Any]:
    """A page of the locator that holds the whole answer, unless `about` says otherwise."""
    return {"page": 1, "totalPages": 1, "recordCount": len(rows)} | about | {"rows": rows}


def open_document(rows: Sequence[Sequence[Any]], repeated: str = "") -> bytes:
    """An ods with one sheet, as an office program writes it; `repeated` is further xml of the sheet."""
    opening, closing = '<table:table-cell office:value-type="string"><text:p>', "</text:p></table:table-cell>"
    cells = ("".join(f"{opening}{escape(str(cell))}{closing}" for cell in row) for row in rows)
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells) + repeated
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("mimetype"), kind)
        packed.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
        packed.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>'
            f'<table:table table:name="List">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()
