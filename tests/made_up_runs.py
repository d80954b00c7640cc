"""Runs to look at: two editions of a made-up list in which much changed, and one that a check stopped."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord, Oddity, RefusedRow
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.places.gazetteer import Gazetteer

SOURCE = "findtreatment"


def far_editions(catalogue: Catalogue, settings: Settings) -> dict[str, int]:
    """Publish them; "run" and "held_run" → their numbers."""
    first = [_clinic(number) for number in range(1, 9)]
    second = [
        replace(first[0], codes=("MH",)),
        replace(first[1], street1="520 Nonesuch Street", latitude=44.84),
        replace(first[2], phone="207-555-0199", name1="Quokka Point with a far longer name than any line can hold"),
        replace(first[3], codes=("MH", "KIT", "MD")),
        *first[4:7],
        _clinic(20),
        _clinic(21),
        RefusedRow(12, "zip", '"99999" is not a ZIP in use'),
    ]
    _publish(catalogue, settings, "2026-01-05", first)
    run = _publish(catalogue, settings, "2026-01-12", second)
    held = _publish(catalogue, settings, "2026-01-19", first[:2] + [RefusedRow(4, "zip", "the ZIP is missing")] * 30)
    return {"run": run, "held_run": held}


def _clinic(number: int) -> ListingRecord:
    return ListingRecord(
        line=number + 1,
        name1=f"Quokka Point {'ABCDEFGHIJKLMNOPQRSTUVW'[number]}",
        street1=f"{number} Nonesuch Street",
        city="Bangor",
        state="ME",
        zip="04401",
        phone=f"207-555-01{number:02}",
        latitude=44.80,
        longitude=-68.77,
        codes=("MH", "KIT") if number % 2 else ("MH",),
    )


def _publish(catalogue: Catalogue, settings: Settings, edition: str, rows: list[ListingRecord | RefusedRow]) -> int:
    sha256 = hashlib.sha256(repr(rows).encode()).hexdigest()
    batch = Batch(SOURCE, edition, f"findtreatment-{edition}.json", sha256, iter(rows), len(rows))
    batch.oddities = [
        Oddity("phone", '"999-999-9999" has an area code or exchange that no US number has', [7]),
        Oddity("street1", "has no number of a house", list(range(2, 40))),
    ]
    checked = any(isinstance(row, RefusedRow) and row.line == 4 for row in rows)
    report = publish(catalogue, batch, Gazetteer.load(settings.home), settings, checked=checked)
    assert report.run_id is not None
    return report.run_id
