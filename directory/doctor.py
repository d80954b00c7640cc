"""Doctor: checks of an installation, each finding with a hint that mends it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from directory.catalogue.models import Facility, ImportRun
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import DATA, Settings
from directory.education.page import load_pages
from directory.errors import PlainError
from directory.index.generation import status
from directory.places.gazetteer import Gazetteer


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what it looked at, whether all is well, what it saw, and what to do if not."""

    name: str
    well: bool
    detail: str
    hint: str = ""


Check = Callable[[Settings], Finding]


def examine(settings: Settings) -> list[Finding]:
    """Run every check, each on its own: one that breaks is a finding, never the end of the rest."""
    return [_run(check, settings) for check in CHECKS]


def _run(check: Check, settings: Settings) -> Finding:
    name = check.__name__.removeprefix("_check_").replace("_", " ")
    try:
        return check(settings)
    except (PlainError, OSError) as error:
        return Finding(name, False, str(error), "mend what the sentence names, then run `directory doctor` again")
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        return Finding(name, False, str(error.__cause__ or error), "check DATABASE_URL, and that the database runs")


def _check_home(settings: Settings) -> Finding:
    writable = os.access(settings.home, os.W_OK)
    return Finding("home", writable, str(settings.home), "make DIRECTORY_HOME a folder this user may write to")


def _check_center(settings: Settings) -> Finding:
    placeholder = "555-01" in settings.center.phone
    return Finding(
        "center",
        not placeholder or settings.demo,
        f"{settings.center.name}, {settings.center.phone}",
        f"put your center's name and phone into {settings.home / 'settings.toml'} under [center]",
    )


def _check_catalogue(settings: Settings) -> Finding:
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    with catalogue.reading() as session:
        facilities = session.scalar(select(func.count(Facility.id)).where(Facility.in_results())) or 0
        newest = session.scalar(select(func.max(ImportRun.finished_at)).where(ImportRun.state == "published"))
    catalogue.close()
    detail = f"{facilities} facilities, last import {newest:%Y-%m-%d}" if newest else "no listing has been imported"
    return Finding("catalogue", facilities > 0, detail, "import a listing: directory import FILE")


def _check_index(settings: Settings) -> Finding:
    catalogue = Catalogue(settings.database_url)
    lines = status(catalogue, settings.index_dir)
    catalogue.close()
    well = not any(line.startswith("MEND") for line in lines)
    return Finding(
        "index", well, "; ".join(line.removeprefix("MEND ") for line in lines), "build it anew: directory index rebuild"
    )


def _check_places(settings: Settings) -> Finding:
    home = Gazetteer.load(settings.home).zip(settings.center.zip)
    return Finding(
        "places", home is not None, f"the center's ZIP is {settings.center.zip}", "set [center] zip to a ZIP"
    )


def _check_education_pages(_settings: Settings) -> Finding:
    pages = load_pages(DATA / "education" / "en", "en")
    return Finding("education pages", bool(pages), f"{len(pages)} pages", "restore data/education from the repository")


CHECKS: tuple[Check, ...] = (
    _check_home,
    _check_center,
    _check_catalogue,
    _check_index,
    _check_places,
    _check_education_pages,
)
