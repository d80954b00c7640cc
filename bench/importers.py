"""Importers: rows a second and peak memory of each, a process for each file, beside the csv module's own reader."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import npi_file, tables
from bench.facilities import ROOT
from bench.installation import FailedError, editions

LOCATOR_ROWS = 25_000
NPI_ROWS = 2_000_000
ZIPPED_ROWS = 500_000
PEER_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read to its end: rows handed on, lines gone through, and memory in MB before the first and at its peak."""

    rows: int
    lines: int
    seconds: float
    cpu_seconds: float
    before_mb: float
    peak_mb: float


def show(folder: Path) -> None:
    """Write the files that must be made up, read each by its importer, and print."""
    rows = []
    for what, path, lines in _files(folder):
        reading = read_apart(path)
        rows.append(_told(what, reading, lines or reading.rows))
        if path.is_relative_to(folder) and path.suffix != ".csv":
            path.unlink()
    csv_path = folder / "npi.csv"
    rows.append(_told("NPI file, csv.DictReader alone", read_apart(csv_path, PEER_ROWS), PEER_ROWS))
    csv_path.unlink()
    headings = ["what", "rows", "taken", "seconds", "rows/s", "of processor", "MB before", "MB peak"]
    tables.show("Importers, each in a process of its own", headings, rows)


def _files(folder: Path) -> list[tuple[str, Path, int]]:
    """What to read: the newest edition by name, then made-up files of the other kinds with their rows."""
    edition = next((path for path in editions()[0] if path.name == "mh-2023.xlsx"), editions()[0][-1])
    return [
        (f"SAMHSA workbook, {edition.name}", edition, 0),
        ("FindTreatment answer, made up", _locator_file(folder / "locator.json"), 0),
        ("NPI file, csv", npi_file.write(folder / "npi.csv", NPI_ROWS), NPI_ROWS),
        ("NPI file, zip", npi_file.write(folder / "npi.zip", ZIPPED_ROWS), ZIPPED_ROWS),
    ]


def _locator_file(path: Path) -> Path:
    services = [
        {"f1": "Type of Care", "f2": "TC", "f3": "Mental health treatment"},
        {"f1": "Treatment Approaches", "f2": "TAP", "f3": "Ketamine Infusion Therapy; Group therapy"},
    ]
    rows = [
        {
            "name1": f"Imaginary Heron House {number}",
            "street1": f"{number + 1} Nowhere Street",
            "city": "Cleveland",
            "state": "OH",
            "zip": "44113",
            "phone": f"216-555-{100 + number % 100:04}",
            "latitude": "41.48",
            "longitude": "-81.70",
            "typeFacility": "MH",
            "services": services,
        }
        for number in range(LOCATOR_ROWS)
    ]
    answer = {"page": 1, "totalPages": 1, "recordCount": len(rows), "rows": rows}
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


def _told(what: str, reading: Reading, lines: int) -> list[str]:
    return [
        what,
        f"{lines:,}",
        f"{reading.rows:,}",
        f"{reading.seconds:.2f}",
        f"{lines / reading.seconds:,.0f}",
        f"{lines / reading.cpu_seconds:,.0f}",
        f"{reading.before_mb:.0f}",
        f"{reading.peak_mb:.0f}",
    ]


def read_apart(path: Path, plainly: int = 0) -> Reading:
    """Read a file in a process of its own; `plainly` so many rows of a csv by csv.DictReader alone, else all of it.

    Raises FailedError with what the process said.
    """
    command = [sys.executable, "-m", "bench.importers", str(path), str(plainly)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise FailedError(f"{path.name} could not be read: {done.stderr.strip().splitlines()[-1]}")
    return Reading(**json.loads(done.stdout))


def _read(path: Path, plainly: int) -> Reading:
    # The peer pays for none of our modules.
    if not plainly:
        from directory.places.gazetteer import Gazetteer  # noqa: PLC0415
        from importers.recognise import open_listing  # noqa: PLC0415

        gazetteer = Gazetteer.load()
    # From here on the kernel counts the peak anew; loading the ZIP table was higher than reading is.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _peak_mb()
    began, worked = time.perf_counter(), time.process_time()
    rows = lines = 0
    if plainly:
        with path.open(encoding="utf-8", newline="") as stream:
            for _, row in zip(range(plainly), csv.DictReader(stream), strict=False):
                lines += 1
                rows += "KETAMINE" in row[npi_file.NAME] or "INFUSION" in row[npi_file.NAME]
    else:
        for _ in open_listing(path, edition="2026", gazetteer=gazetteer).rows:
            rows += 1
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    return Reading(rows, lines or rows, seconds, cpu_seconds, before, _peak_mb())


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(asdict(_read(Path(sys.argv[1]), int(sys.argv[2])))))
