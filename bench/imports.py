"""Imports: a listing cold and again, and the index of all editions, each by its command, Python's start included."""

from __future__ import annotations

import csv
import json
import resource
from pathlib import Path

from python_calamine import CalamineWorkbook

from bench import tables
from bench.installation import FailedError, Installation, editions, facilities_in

# Seconds of processor time for an edition of 9,000 rows, the start of Python and the index included (docs/bench.md).
SECONDS_MOST = {"cold": 30, "unchanged": 10, "changed": 20}
ROWS_OF_AN_EDITION = 9_000
# The demo listing is far shorter than a national edition and would be held.
ACCEPTED = ("--json", "--accept", "--reason", "a measurement")


def show(installation: Installation, first: Installation) -> bool:
    """Measure into two empty installations and print; the former holds all editions afterwards.

    False where an import failed, so that nothing that needs its facilities is tried.
    """
    listings, said = editions()
    newest_mental_health = next((path for path in listings if path.name == "mh-2023.xlsx"), listings[-1])
    rows = []
    try:
        changed = with_changes(newest_mental_health, first.home.parent / "mh-2026.csv")
        for title, path in (("cold", newest_mental_health), ("unchanged", newest_mental_health), ("changed", changed)):
            worked = _processor_seconds()
            done = first.run("import", path, *ACCEPTED)
            worked = _processor_seconds() - worked
            read, limit = facilities_in(done.printed), SECONDS_MOST[title]
            most = limit * max(1.0, read / ROWS_OF_AN_EDITION)
            told = f"{read:,} rows, {json.loads(done.printed)['changed']:,} facilities changed"
            what = f"import of {path.name}, {title}"
            kept = "kept" if worked <= most else "BROKEN"
            rows.append([what, f"{done.seconds:.2f}", f"{worked:.1f}", f"{most:.0f}", kept, told])
        for path in listings:
            installation.run("import", path, *ACCEPTED)
        done = installation.run("index", "rebuild")
        told = done.printed.strip()
        rows.append([f"index rebuild after all {len(listings)}", f"{done.seconds:.2f}", "-", "-", "-", told])
    except FailedError as error:
        print(f"\nImports stopped: {error}")
        return False
    tables.show(f"Imports and index of {said}", ["what", "seconds", "of processor", "at most", "limit", "of"], rows)
    return True


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def with_changes(edition: Path, to: Path) -> Path:
    """A copy of an edition, as csv and a later year, in which every tenth row has another phone."""
    sheet = edition.suffix == ".xlsx"
    cells = CalamineWorkbook.from_path(edition).get_sheet_by_index(0).to_python() if sheet else _csv_rows(edition)
    place = next(place for place, heading in enumerate(cells[0]) if str(heading).lower() == "phone")
    with to.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        for number, row in enumerate(cells):
            phone = f"317-555-{100 + number // 10 % 100:04}"
            writer.writerow([phone if at == place and number % 10 == 1 else cell for at, cell in enumerate(row)])
    return to


def _csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))
