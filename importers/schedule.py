"""Schedule: a source fetched from its publisher and imported; and everything that is due, one after the other."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from directory.catalogue.fetches import Mark, last_fetches, note_failure, note_success
from directory.catalogue.job_models import RunWish, SourceFetch
from directory.catalogue.report import ImportReport
from directory.catalogue.run import Decision
from directory.catalogue.sources import source_facts
from directory.catalogue.wishes import APPROVE, note_done, open_wishes
from directory.errors import PlainError
from directory.places.gazetteer import Gazetteer
from importers.fetch import Fetched, Fetcher, FetchError, NotThereError, user_agent
from importers.fetch_facts import FetchFacts, FetchFactsError, fetch_facts, with_address
from importers.job import Job, Order
from importers.locator import Locator, circles

_LONGEST_OUTCOME = 500


@dataclass(slots=True)
class Round:
    """What one round over everything due came to: a line each, and whether something failed or was held."""

    lines: list[str] = field(default_factory=list)
    failed: int = 0
    held: int = 0


def fetch_and_import(job: Job, source_id: str, *, address: str = "", edition: str | None = None) -> ImportReport | None:
    """Fetch a source and import it; None where its publisher has nothing new. Raises PlainError.

    What came of it is noted, so that the schedule goes on from there.
    """
    facts = fetch_facts(job.settings.home)[source_id]
    facts = with_address(facts, address or facts.address)
    if not facts.address:
        raise FetchFactsError(
            f"{source_id} has no address, as its file moves with every edition: fetch it from "
            f"{source_facts(source_id).homepage or 'its publisher'} and import the file, or name it with --address"
        )
    with job.alone():
        try:
            return _fetch_and_import(job, facts, user_agent(job.settings.center), edition)
        except (PlainError, OSError) as error:
            with job.catalogue.writing() as session:
                note_failure(session, source_id, dt.datetime.now(dt.UTC), str(error)[:_LONGEST_OUTCOME])
            raise


def due_sources(job: Job, now: dt.datetime) -> list[str]:
    """The sources with an address and a schedule whose hour has come, in the order of data/sources.toml."""
    with job.catalogue.reading() as session:
        last = last_fetches(session)
    scheduled = [facts for facts in fetch_facts(job.settings.home).values() if facts.address and facts.schedule]
    return [facts.source_id for facts in scheduled if _is_due(facts, last.get(facts.source_id), now)]


def run_due(job: Job) -> Round:
    """Carry out what stewards asked for, then fetch what is due. Raises LeaseTakenError where another is at work."""
    done = Round()
    with job.alone():
        with job.catalogue.reading() as session:
            wishes = open_wishes(session)
        for asked in wishes:
            _carry_out(job, asked, done)
        try:
            due = due_sources(job, dt.datetime.now(dt.UTC))
        except FetchFactsError as error:
            # What stewards asked for is done by now, and is still to be told.
            due = []
            done.failed += 1
            done.lines.append(f"nothing fetched: {error}")
        for source_id in due:
            _fetch_due(job, source_id, done)
    return done


def _is_due(facts: FetchFacts, last: SourceFetch | None, now: dt.datetime) -> bool:
    return last is None or facts.next_due(last.tried_at, last.failures) <= now


def _fetch_due(job: Job, source_id: str, done: Round) -> None:
    try:
        report = fetch_and_import(job, source_id)
    except (PlainError, OSError) as error:
        done.failed += 1
        done.lines.append(f"{source_id}: failed: {error}")
    else:
        done.held += bool(report and report.is_held)
        done.lines.append(f"{source_id}: {_outcome(report)}")


def _carry_out(job: Job, asked: RunWish, done: Round) -> None:
    decision = Decision(asked.asked_by, asked.reason)
    try:
        if asked.what == APPROVE:
            outcome = _outcome(job.publish(job.replay(asked.run_id, decision)))
        else:
            outcome = job.undo(asked.run_id, decision)
    except (PlainError, OSError) as error:
        done.failed += 1
        outcome = f"failed: {error}"
    with job.catalogue.writing() as session:
        note_done(session, asked.id, outcome[:_LONGEST_OUTCOME])
    done.lines.append(f"run {asked.run_id}, {asked.what} (asked by {asked.asked_by}): {outcome}")


def _fetch_and_import(job: Job, facts: FetchFacts, agent: str, edition: str | None) -> ImportReport | None:
    now = dt.datetime.now(dt.UTC)
    with job.catalogue.reading() as session:
        last = last_fetches(session).get(facts.source_id)
    job.log.event("fetch begun", source=facts.source_id, address=facts.address)
    fetched = _bring(job, facts, agent, last, now)
    known = fetched.file is None or (last is not None and fetched.sha256 == last.file_sha256)
    report = None
    if fetched.file is not None and not known:
        day = edition or (now.date().isoformat() if facts.way == "locator" else None)
        report = job.publish(Order(fetched.file, facts.source_id, day, name=fetched.file.name))
    with job.catalogue.writing() as session:
        sha256 = fetched.sha256 or (last.file_sha256 if last else "")
        outcome = _outcome(report)[:_LONGEST_OUTCOME]
        note_success(session, facts.source_id, now, outcome, address=fetched.address, mark=fetched.mark, sha256=sha256)
    if fetched.file is not None:
        fetched.file.unlink(missing_ok=True)
    job.log.event("fetch done", source=facts.source_id, outcome=outcome)
    return report


def _bring(job: Job, facts: FetchFacts, agent: str, last: SourceFetch | None, now: dt.datetime) -> Fetched:
    folder = job.settings.home / "fetching" / facts.source_id
    fetcher = Fetcher(facts, agent, tell=job.log.say)
    try:
        if facts.way == "locator":
            states = circles(Gazetteer.load(job.settings.home))
            walk = Locator(fetcher, folder, states, now)
            with job.log.progress(f"Fetching {facts.source_id}, states", len(states)) as progress:
                return walk.bring(folder.parent / f"{facts.source_id}-{now.date().isoformat()}.json", progress)
        return _bring_file(fetcher, facts, folder, last, now)
    finally:
        fetcher.close()


def _bring_file(
    fetcher: Fetcher, facts: FetchFacts, folder: Path, last: SourceFetch | None, now: dt.datetime
) -> Fetched:
    """The newest file of those there may be."""
    addresses = facts.addresses(now.date())
    for address in addresses:
        known = Mark(last.etag, last.last_modified) if last is not None and last.address == address else Mark()
        try:
            return fetcher.fetch(address, folder / _file_name(address, facts.source_id), known)
        except NotThereError:
            if address == addresses[-1]:
                raise
    raise FetchError(f"{facts.source_id} has no address")


def _file_name(address: str, source_id: str) -> str:
    """The last part of an address as a file's name: an edition is read from it."""
    name = re.sub(r"[^\w.-]+", "-", PurePosixPath(urlsplit(address).path).name)[-120:].lstrip(".")
    return name or source_id


def _outcome(report: ImportReport | None) -> str:
    """A run in one line."""
    if report is None:
        return "nothing new at its publisher"
    if report.is_held:
        return f"held as run {report.run_id}: {' '.join(report.held)}"
    if report.older_than:
        return (
            f"run {report.run_id}: an edition older than {report.older_than}, {report.filled_in:,} listings of history"
        )
    if report.nothing_changed:
        return "nothing changed"
    return (
        f"run {report.run_id}: {report.new:,} new, {report.changed:,} changed, {report.withdrawn:,} withdrawn, "
        f"{report.gained_ketamine:,} gained ketamine, {report.lost_ketamine:,} lost it, {len(report.refused):,} refused"
    )
