"""A catalogue to try things in, made-up listings, and a PostgreSQL of our own where the machine has one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from people_deciding import Desk

from directory.catalogue.record import Batch, CodeRecord, ListingRecord, RefusedRow
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.places.place import Place, PlaceKind

ZIPS = {
    "46204": Place("46204", PlaceKind.ZIP, 39.77, -86.16, "IN"),
    "46802": Place("46802", PlaceKind.ZIP, 41.07, -85.15, "IN"),
    "46205": Place("46205", PlaceKind.ZIP, 39.83, -86.14, "IN"),
}
TOWNS = {("Indianapolis", "IN"): Place("Indianapolis, IN", PlaceKind.TOWN, 39.78, -86.15, "IN")}


class FewPlaces:
    """Three ZIPs and a town, so that no test waits for the whole gazetteer."""

    def zip(self, code: str) -> Place | None:
        return ZIPS.get(code)

    def town(self, name: str, state: str) -> Place | None:
        return TOWNS.get((name, state))


@pytest.fixture(scope="session")
def places() -> FewPlaces:
    return FewPlaces()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"DIRECTORY_HOME": str(tmp_path / "home")})


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue at the newest schema."""
    opened = Catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite3'}")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def listing() -> Callable[..., ListingRecord]:
    """A made-up clinic; every test changes only what it is about."""
    clinic = ListingRecord(
        line=2,
        name1="Zzyzx Moonbeam Wellness Inc",
        name2="",
        street1="100 North Nowhere Street",
        city="Indianapolis",
        state="IN",
        zip="46204",
        phone="317-555-0101",
        codes=("MH", "KIT", "MD"),
    )
    return lambda **changes: replace(clinic, **changes)


@pytest.fixture
def batch() -> Callable[..., Batch]:
    """A batch of made-up rows, numbered as in a file with a line of headings."""

    def made(
        rows: Iterable[ListingRecord | RefusedRow],
        source: str = "samhsa-mh",
        edition: str = "2023",
        codes: tuple[CodeRecord, ...] = (),
    ) -> Batch:
        numbered = [replace(row, line=line) for line, row in enumerate(rows, 2)]
        sha256 = hashlib.sha256(repr(numbered).encode()).hexdigest()
        return Batch(source, edition, f"made-up-{edition}.xlsx", sha256, iter(numbered), len(numbered), codes)

    return made


def _postgresql_programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL on a private socket, run by an ordinary user and gone afterwards."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL's programs are not on this machine (Debian: apt-get install postgresql)")
    as_user: list[str] = []
    if os.geteuid() == 0:
        if not shutil.which("runuser"):
            pytest.skip("PostgreSQL refuses to run as root, and there is no runuser to become somebody else")
        as_user = ["runuser", "-u", "nobody", "--"]
    # A socket's path may have 107 letters at most, which pytest's own folders may exceed.
    folder = Path(tempfile.mkdtemp(prefix="directory-pg-"))
    if as_user:
        shutil.chown(folder, "nobody", "nogroup")
    data = str(folder / "data")
    try:
        initdb = [str(programs / "initdb"), "-D", data, "-U", "directory", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd=folder)
        control = [*as_user, str(programs / "pg_ctl"), "-D", data, "-w", "-s"]
        options = f"-F -k {folder} -c listen_addresses="
        start = [*control, "-l", f"{data}/log", "-o", options, "start"]
        subprocess.run(start, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)
        try:
            yield f"postgresql+psycopg://directory@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd=folder, timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """A fresh, empty database."""
    maintenance = Catalogue(postgresql_server)
    with maintenance.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS directory_test WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE directory_test")
    maintenance.close()
    return postgresql_server.replace("/postgres?", "/directory_test?")


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty database without tables, once of each kind."""
    if request.param == "sqlite":
        opened = Catalogue(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    else:
        opened = Catalogue(request.getfixturevalue("postgresql_url"))
    yield opened
    opened.close()


@pytest.fixture
def desk(
    any_database: Catalogue,
    places: FewPlaces,
    settings: Settings,
    batch: Callable[..., Batch],
    listing: Callable[..., ListingRecord],
) -> Desk:
    """An empty catalogue of each kind, with what people do to it."""
    return Desk(any_database, places, settings, batch, listing())
