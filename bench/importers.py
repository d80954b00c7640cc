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

from bench import hsds_file, npi_file, tables
from bench.facilities import ROOT
from bench.installation import FailedError, editions

LOCATOR_ROWS = 25_000
HSDS_SITES = 5_000
LIST_ROWS = 20_000
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


@dataclass(frozen=True, slots=True)
class Limit:
    """What docs/bench.md promises of an importer: rows a second of one processor, and MB above those of the start."""

    rows_per_second: int
    more_mb: int


LIMITS = {
    "SAMHSA workbook": Limit(3_000, 150),
    "FindTreatment answer": Limit(3_000, 60),
    "HSDS services, json": Limit(600, 150),
    "HSDS package, zip": Limit(600, 250),
    "clinic list, csv": Limit(3_000, 40),
    "NPI file, csv": Limit(50_000, 32),
    "NPI file, zip": Limit(25_000, 32),
}


def show(folder: Path) -> None:
    """Write the files that must be made up, read each by its importer, and print beside what is promised."""
    from directory.places.gazetteer import Gazetteer  # noqa: PLC0415  the peer pays for none of our modules

    # Compiles the table of ZIPs for the processes to come.
    Gazetteer.load(folder)
    rows = []
    for what, path, lines in _files(folder):
        reading = read_apart(path, places=folder)
        rows.append(_told(what, reading, lines or reading.rows, LIMITS[what]))
        if path.is_relative_to(folder) and path.name != "npi.csv":
            path.unlink()
    csv_path = folder / "npi.csv"
    rows.append(_told("NPI file, csv.DictReader alone", read_apart(csv_path, PEER_ROWS), PEER_ROWS, None))
    csv_path.unlink()
    headings = ["what", "rows", "taken", "seconds", "rows/s", "of processor", "at least", "MB before", "MB more"]
    tables.show("Importers, each in a process of its own", [*headings, "at most", "limits"], rows)


def _files(folder: Path) -> list[tuple[str, Path, int]]:
    """What to read: the newest edition by name, then made-up files of the other kinds with their rows."""
    edition = next((path for path in editions()[0] if path.name == "mh-2023.xlsx"), editions()[0][-1])
    return [
        ("SAMHSA workbook", edition, 0),
        ("FindTreatment answer", _locator_file(folder / "locator.json"), 0),
        ("HSDS services, json", hsds_file.write(folder / "services.json", HSDS_SITES), 0),
        ("HSDS package, zip", hsds_file.write(folder / "package.zip", HSDS_SITES), 0),
        ("clinic list, csv", _clinic_list(folder / "clinics.csv"), 0),
        ("NPI file, csv", npi_file.write(folder / "npi.csv", NPI_ROWS), NPI_ROWS),
        ("NPI file, zip", npi_file.write(folder / "npi.zip", ZIPPED_ROWS), ZIPPED_ROWS),
    ]


def _clinic_list(path: Path) -> Path:
    """A list with headings of its own, and the mapping beside it."""
    columns = '[columns]\nname1 = "Clinic"\nstreet1 = "Street"\ntown = "Where"\nphone = "Call"\n'
    mapping = f'{columns}[yes]\n"Infusion" = ["KIT"]\n'
    path.with_suffix(".toml").write_text(mapping, encoding="utf-8")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Clinic", "Street", "Where", "Call", "Infusion"])
        for number in range(LIST_ROWS):
            place = (f"{number + 1} Nowhere Street", "Cleveland, OH 44113", f"216-555-{100 + number % 100:04}")
            writer.writerow([f"Imaginary Heron House {number}", *place, "yes" if number % 2 else "no"])
    return path


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


def _told(what: str, reading: Reading, lines: int, limit: Limit | None) -> list[str]:
    rate, more = lines / reading.cpu_seconds, reading.peak_mb - reading.before_mb
    kept = limit is None or (rate >= limit.rows_per_second and more <= limit.more_mb)
    return [
        what,
        f"{lines:,}",
        f"{reading.rows:,}",
        f"{reading.seconds:.2f}",
        f"{lines / reading.seconds:,.0f}",
        f"{rate:,.0f}",
        f"{limit.rows_per_second:,}" if limit else "-",
        f"{reading.before_mb:.0f}",
        f"{more:.0f}",
        f"{limit.more_mb}" if limit else "-",
        "-" if limit is None else "kept" if kept else "BROKEN",
    ]


def read_apart(path: Path, plainly: int = 0, places: Path | None = None) -> Reading:
    """Read a file in a process of its own; `plainly` so many rows of a csv by csv.DictReader alone, else all of it.

    `places` is a folder with the compiled table of ZIPs: compiling it takes more memory than reading most files does.

    Raises FailedError with what the process said.
    """
    command = [sys.executable, "-m", "bench.importers", str(path), str(plainly), str(places or "")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise FailedError(f"{path.name} could not be read: {done.stderr.strip().splitlines()[-1]}")
    return Reading(**json.loads(done.stdout))


def _read(path: Path, plainly: int, places: Path | None) -> Reading:
    # The peer pays for none of our modules.
    if not plainly:
        from directory.places.gazetteer import Gazetteer  # noqa: PLC0415
        from importers.recognise import open_listing  # noqa: PLC0415

        gazetteer = Gazetteer.load(places)
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
        mappings = tuple(path.parent.glob(f"{path.stem}.toml"))
        for _ in open_listing(path, edition="2026", gazetteer=gazetteer, mappings=mappings).rows:
            rows += 1
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    return Reading(rows, lines or rows, seconds, cpu_seconds, before, _peak_mb())


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(asdict(_read(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3] else None))))
