"""Metrics: how imports stand, as a file that Prometheus' textfile collector reads. No client and no search is in it."""

from __future__ import annotations

import datetime as dt

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.catalogue.fetches import last_fetches
from directory.catalogue.models import ImportRun
from directory.catalogue.run import RunState
from directory.catalogue.session import Catalogue

_GAUGES = {
    "last_success_timestamp_seconds": "When a run of this source was last published, in seconds since 1970",
    "age_seconds": "How long ago that was, when this file was written",
    "rows": "Rows read by that run",
    "rows_refused": "Rows it refused",
    "runs_held": "Runs of this source that wait for a steward",
    "fetch_failures": "Fetches that failed in a row, up to now",
}


def write_metrics(catalogue: Catalogue, path: str, now: dt.datetime | None = None) -> None:
    """Write the file anew, whole or not at all. Raises OSError."""
    registry = CollectorRegistry()
    gauges = {
        name: Gauge(f"directory_import_{name}", text, ["source"], registry=registry) for name, text in _GAUGES.items()
    }
    with catalogue.reading() as session:
        for source_id, figures in _figures(session, now or dt.datetime.now(dt.UTC)).items():
            for name, value in figures.items():
                gauges[name].labels(source_id).set(value)
    write_to_textfile(path, registry)


def _figures(session: Session, now: dt.datetime) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    published = select(ImportRun).where(ImportRun.state == RunState.PUBLISHED, ImportRun.finished_at.is_not(None))
    for run in session.scalars(published.order_by(ImportRun.finished_at)):
        finished = run.finished_at or now
        found[run.source_id] = {
            "last_success_timestamp_seconds": finished.timestamp(),
            "age_seconds": (now - finished).total_seconds(),
            "rows": run.report.get("read", 0),
            "rows_refused": len(run.report.get("refused", ())),
        }
    held = select(ImportRun.source_id, func.count()).where(ImportRun.state == RunState.HELD)
    waiting: dict[str, int] = dict(session.execute(held.group_by(ImportRun.source_id)).all())
    for source_id in {*found, *waiting}:
        found.setdefault(source_id, {})["runs_held"] = waiting.get(source_id, 0)
    for source_id, fetch in last_fetches(session).items():
        found.setdefault(source_id, {})["fetch_failures"] = fetch.failures
        if fetch.succeeded_at is not None:
            # A publisher with nothing new was asked with success too.
            newest = max(fetch.succeeded_at.timestamp(), found[source_id].get("last_success_timestamp_seconds", 0.0))
            found[source_id]["last_success_timestamp_seconds"] = newest
            found[source_id]["age_seconds"] = now.timestamp() - newest
    return found
