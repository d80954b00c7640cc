"""Announcement: whom a finished job tells: Prometheus by a file, and staff of clinics new near the center by e-mail."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from directory.errors import PlainError
from importers.job import Job
from importers.metrics import write_metrics
from importers.new_clinics import mail_new_clinics


def announce(job: Job) -> None:
    """Write the figures and queue the e-mails; what fails here is said, and undoes nothing."""
    try:
        if job.settings.imports.metrics_file:
            write_metrics(job.catalogue, job.settings.imports.metrics_file)
        queued = mail_new_clinics(job.catalogue, job.settings) if job.settings.imports.mail_new_to else 0
        if queued:
            job.log.say(f"E-mails about new clinics: {queued}.")
    except (PlainError, OSError, SQLAlchemyError) as error:
        job.log.say(f"The import is done, but nobody could be told of it: {error}")
