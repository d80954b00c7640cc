"""New clinics: an e-mail to staff about clinics near the center that newly list ketamine: public facts only."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts.audit import SYSTEM
from directory.catalogue.models import Facility, ImportRun
from directory.catalogue.run import RunState
from directory.catalogue.session import Catalogue
from directory.catalogue.sources import source_facts
from directory.config import Settings
from directory.keyring import Keyring
from directory.places.distance import geodesic_miles
from directory.places.gazetteer import Gazetteer
from directory.referrals.outbox import queue
from directory.referrals.records import open_records

# A job that was killed before it told anybody is made good by the next.
TOLD_WITHIN = dt.timedelta(days=7)
MOST_NAMED = 40
SUBJECT = "New near us: {count} with ketamine infusion"
TEXT = """\
{source}, edition {edition}, newly lists ketamine infusion for:

{clinics}

Nobody has asked them yet. Call before you name them to anybody, and note the answer:
{address}
"""


def mail_new_clinics(catalogue: Catalogue, settings: Settings, now: dt.datetime | None = None) -> int:
    """Queue an e-mail for each run and reader, once however often this runs; how many are new.

    `directory mail send` hands them over. Raises KeysError and MailError.
    """
    since = (now or dt.datetime.now(dt.UTC)) - TOLD_WITHIN
    with catalogue.reading() as session:
        runs = session.scalars(
            select(ImportRun).where(ImportRun.state == RunState.PUBLISHED, ImportRun.finished_at > since)
        )
        texts = {run.id: written for run in runs if (written := _text(session, run, settings))}
    if not texts:
        return 0
    queued = 0
    with open_records(catalogue, Keyring.load(settings.home), settings, SYSTEM) as records:
        for run_id, (subject, text) in texts.items():
            for address in settings.imports.mail_new_to:
                queued += queue(records, f"new clinics:{run_id}:{address}", address, subject, text) is not None
    return queued


def _text(session: Session, run: ImportRun, settings: Settings) -> tuple[str, str] | None:
    near = _near(session, run, settings)
    if not near:
        return None
    lines = [f"- {said}" for said in near[:MOST_NAMED]]
    if len(near) > MOST_NAMED:
        lines.append(f"- and {len(near) - MOST_NAMED} more")
    text = TEXT.format(
        source=source_facts(run.source_id).name,
        edition=run.edition,
        clinics="\n".join(lines),
        address=f"{settings.center.address.rstrip('/')}/staff/imports/{run.id}",
    )
    return SUBJECT.format(count="1 clinic" if len(near) == 1 else f"{len(near)} clinics"), text


def _near(session: Session, run: ImportRun, settings: Settings) -> list[str]:
    """The clinics that gained ketamine in a run and are shown, nearest first, a line each."""
    home = Gazetteer.load(settings.home).zip(settings.center.zip)
    ids = [note["id"] for note in run.report.get("facilities_gained", ()) if note.get("id")]
    if home is None or not ids:
        return []
    shown = select(Facility).where(Facility.id.in_(ids), Facility.withdrawn_run_id.is_(None))
    found = []
    for facility in session.scalars(shown):
        if facility.latitude is None or facility.longitude is None or "KIT" not in facility.codes:
            continue
        miles = geodesic_miles(home.latitude, home.longitude, facility.latitude, facility.longitude)
        if miles <= settings.imports.mail_within_miles:
            where = f"{facility.city}, {facility.state}, {miles:.0f} miles"
            found.append((miles, f"{facility.name}, {where}{f', {facility.phone}' if facility.phone else ''}"))
    return [said for _miles, said in sorted(found)]
