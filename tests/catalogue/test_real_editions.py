"""The real editions, read plainly: what matching makes of one edition after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from directory.catalogue.match import match, profile
from directory.catalogue.record import ListingRecord


def rows(path: Path) -> list[ListingRecord]:
    cells = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    names = [str(cell).strip().lower() for cell in cells[0]]
    records = []
    for line, row in enumerate(cells[1:], 2):
        value = {name: str(cell).strip() for name, cell in zip(names, row, strict=True)}
        withheld = not value["street1"].strip("- ")
        street = "" if withheld else value["street1"]
        place = {name: value[name] for name in ("name1", "name2", "street2", "city", "state", "zip", "phone")}
        codes = tuple(value["service_code_info"].replace("*", " ").split())
        records.append(ListingRecord(line=line, **place, street1=street, street_withheld=withheld, codes=codes))
    return records


@pytest.mark.real
def test_most_clinics_keep_their_identity_from_2022_to_2023(real_listings: Path) -> None:
    before = [profile(row, f"{row.line:05}") for row in rows(real_listings / "mh-2022.xlsx")]
    after = [profile(row, f"{row.line:05}") for row in rows(real_listings / "mh-2023.xlsx")]
    matching = match(after, list(enumerate(before)), [])
    assert len({join.facility_id for join in matching.joined}) == len(matching.joined)
    # Read by eye (judged_pairs.csv): nearly all of these, and about 100 more, are one clinic.
    assert 6_600 < len(matching.joined) < 6_750
