"""The tables of import jobs: who is at work, what was fetched of each source, and what stewards asked for."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.catalogue.models import Base


class JobLease(Base):
    """Who may run a job until when; whoever stops renewing loses it."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120), doc="machine, process and a random part")
    taken_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class SourceFetch(Base):
    """The last time a source was fetched, and what its publisher said to recognise the file by."""

    __tablename__ = "source_fetch"

    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), primary_key=True)
    address: Mapped[str] = mapped_column(Text, default="")
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(String(60), default="")
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    tried_at: Mapped[dt.datetime]
    succeeded_at: Mapped[dt.datetime | None]
    failures: Mapped[int] = mapped_column(default=0, doc="in a row, up to now")
    outcome: Mapped[str] = mapped_column(Text, default="", doc="what the last try came to, in a sentence")


class RunWish(Base):
    """What a steward asked for at the desk: a job carries it out, as the pages never run one."""

    __tablename__ = "run_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    what: Mapped[str] = mapped_column(String(10), doc='"approve" or "undo"')
    asked_by: Mapped[str]
    asked_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(Text)
    done_at: Mapped[dt.datetime | None]
    outcome: Mapped[str] = mapped_column(Text, default="", doc="what came of it, in a sentence")
