"""Made-up clinics for tests of the index and the search: a catalogue full of them, and pages to read."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from directory.catalogue.models import Base, Facility, ImportRun, Listing, Source
from directory.catalogue.session import Catalogue

CODES = (
    "KIT",
    "CBT",
    "DBT",
    "ECT",
    "MD",
    "MC",
    "PI",
    "SF",
    "ADLT",
    "CHLD",
    "SNR",
    "OP",
    "RES",
    "HI",
    "SP",
    "VET",
    "MH",
)
FIRST = ("Quokka", "Marmot", "Zebra Finch", "Purple Otter", "Imaginary", "Teapot", "Left-Handed", "Saint Nowhere's")
SECOND = ("Recovery Center", "Counseling Services", "Behavioral Health", "Ketamine Clinic", "House of Hope", "Wellness")
TOWNS = (
    ("Nowhere", "IN", "46204"),
    ("Elsewhere", "OH", "44101"),
    ("Faraway", "KY", "40202"),
    ("Nevermore", "UT", "84101"),
)


@dataclass(frozen=True)
class MadeUpPage:
    """An education page with only what the index reads."""

    slug: str
    title: str
    text: str
    language: str = "en"
    summary: str = ""
    headings: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


PAGES = (
    MadeUpPage("cost", "What does it cost?", "Insurance often does not pay for infusions. A quokka costs nothing."),
    MadeUpPage(
        "side-effects", "Side effects", "Dizziness & <nausea> may come after an infusion.", headings=("Blood pressure",)
    ),
    MadeUpPage("coste", "¿Cuánto cuesta?", "Las infusiones cuestan dinero.", language="es"),
)


def empty_catalogue(folder: Path) -> Catalogue:
    """A catalogue with one source and one run, without facilities."""
    catalogue = Catalogue(f"sqlite:///{folder / 'catalogue.sqlite3'}")
    Base.metadata.create_all(catalogue.engine)
    with catalogue.writing() as session:
        session.add(Source(id="made-up", name="Made-up listings"))
        session.flush()
        started = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        for number in (1, 2):
            session.add(
                ImportRun(
                    id=number,
                    source_id="made-up",
                    edition=str(2024 + number),
                    file_name="made-up.csv",
                    file_sha256="",
                    started_at=started,
                )
            )
    return catalogue


def clinic(**values: object) -> Facility:
    """A clinic in the middle of Indianapolis unless told otherwise."""
    usual = {
        "name": "Quokka Recovery Center",
        "city": "Nowhere",
        "state": "IN",
        "zip": "46204",
        "phone": "317-555-0101",
        "latitude": 39.77,
        "longitude": -86.16,
        "codes": ("KIT",),
        "first_run_id": 1,
        "changed_run_id": 1,
    }
    return Facility(**(usual | values))


def add_clinics(catalogue: Catalogue, clinics: Sequence[Facility]) -> list[int]:
    """Put clinics into a catalogue, each with a listing; returns their ids."""
    with catalogue.writing() as session:
        for number, facility in enumerate(clinics):
            listing = Listing(source_id="made-up", first_run_id=1, line=number + 2, digest="", name1=facility.name)
            listing.city, listing.state, listing.zip = facility.city, facility.state, facility.zip
            facility.listings = [listing]
            session.add(facility)
        session.flush()
        return [facility.id for facility in clinics]


def many_clinics(count: int, seed: int) -> list[Facility]:
    """Clinics scattered over the country, some at one point, some without any."""
    chance = random.Random(seed)
    points = [(chance.uniform(25, 49), chance.uniform(-124, -67)) for _ in range(max(1, count // 2))]
    clinics = []
    for _ in range(count):
        city, state, zip_code = chance.choice(TOWNS)
        point = chance.choice(points) if chance.random() > 0.03 else (None, None)
        clinics.append(
            clinic(
                name=f"{chance.choice(FIRST)} {chance.choice(SECOND)}",
                program=chance.choice(("", "", "Night Program", "Youth Program")),
                street=f"{chance.randint(1, 999)} Nonesuch Street",
                city=city,
                state=state,
                zip=zip_code,
                latitude=point[0],
                longitude=point[1],
                codes=tuple(chance.sample(CODES, chance.randint(0, 8))),
            )
        )
    return clinics
