"""Fetches: what came of the last try to fetch each source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.job_models import SourceFetch
from directory.catalogue.sources import keep_source


@dataclass(frozen=True, slots=True)
class Mark:
    """What a publisher names a version of its file by; both may be empty."""

    etag: str = ""
    last_modified: str = ""


def last_fetches(session: Session) -> dict[str, SourceFetch]:
    """Source id → its last fetch."""
    return {fetch.source_id: fetch for fetch in session.scalars(select(SourceFetch))}


def note_success(
    session: Session, source_id: str, now: dt.datetime, outcome: str, *, address: str, mark: Mark, sha256: str
) -> None:
    """Note that a source was fetched and imported, held, or found unchanged."""
    fetch = _of(session, source_id, now)
    fetch.address, fetch.etag, fetch.last_modified, fetch.file_sha256 = address, mark.etag, mark.last_modified, sha256
    fetch.tried_at = fetch.succeeded_at = now
    fetch.failures, fetch.outcome = 0, outcome


def note_failure(session: Session, source_id: str, now: dt.datetime, outcome: str) -> None:
    """Note that a source could not be fetched or imported."""
    fetch = _of(session, source_id, now)
    fetch.tried_at, fetch.outcome = now, outcome
    fetch.failures += 1


def _of(session: Session, source_id: str, now: dt.datetime) -> SourceFetch:
    keep_source(session, source_id)
    fetch = session.get(SourceFetch, source_id)
    if fetch is None:
        fetch = SourceFetch(source_id=source_id, tried_at=now, failures=0)
        session.add(fetch)
    return fetch
