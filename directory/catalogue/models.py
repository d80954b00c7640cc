"""The catalogue's tables: what sources list, what we conclude, and where each value came from."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime, TypeDecorator


class CodeSet(TypeDecorator[tuple[str, ...]]):
    """Service codes as one sorted text, "CBT KIT MD": a join table of 1.2 million rows costs 30 times the import."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str:
        return " ".join(sorted(set(value or ())))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...]:
        return tuple(value.split()) if value else ()


class Moment(TypeDecorator[dt.datetime]):
    """A point in time, always UTC with its zone, also where the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; use datetime.now(UTC)")
        return value.astimezone(dt.UTC) if value else None

    def process_result_value(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """Names constraints by rule, so that Alembic can alter them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        dict[str, int]: JSON,
        list[str]: JSON,
        list[dict[str, Any]]: JSON,
        dt.datetime: Moment,
    }


class Source(Base):
    """Who publishes listings: a row of data/sources.toml, or a one-off file."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]
    publisher: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    citation: Mapped[str] = mapped_column(Text, default="")
    homepage: Mapped[str] = mapped_column(default="")

    runs: Mapped[list[ImportRun]] = relationship(back_populates="source")


class ImportRun(Base):
    """One import of one file: an edition of a source, with its report."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), index=True)
    edition: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="published", doc="one of directory.catalogue.run.RunState")
    held_because: Mapped[list[str]] = mapped_column(default=list, doc="why a check stopped it, in sentences")
    decided_by: Mapped[str] = mapped_column(default="", doc="who approved, discarded or undid it")
    decided_at: Mapped[dt.datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    undoes_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)

    source: Mapped[Source] = relationship(back_populates="runs")


class ServiceCategory(Base):
    """A group of service codes, such as TAP "Treatment Approaches"."""

    __tablename__ = "service_category"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)

    codes: Mapped[list[ServiceCode]] = relationship(back_populates="category")


class ServiceCode(Base):
    """A service a facility can list, such as KIT "Ketamine Infusion Therapy"; never in two categories."""

    __tablename__ = "service_code"

    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    category_code: Mapped[str] = mapped_column(ForeignKey("service_category.code"), index=True)
    name: Mapped[str]
    known: Mapped[bool] = mapped_column(default=True, doc="False: met in a listing, not in data/service_codes.csv")

    category: Mapped[ServiceCategory] = relationship(back_populates="codes")


class Facility(Base):
    """A site people can go to. Its values are drawn from its current listings; `origins` says which."""

    __tablename__ = "facility"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    program: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="", doc="empty where the source withholds it")
    city: Mapped[str]
    state: Mapped[str] = mapped_column(String(2), index=True)
    zip: Mapped[str] = mapped_column(String(5), index=True)
    phone: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    precision: Mapped[str] = mapped_column(String(6), default="zip", doc='"street", "zip" or "none"')
    codes: Mapped[tuple[str, ...]] = mapped_column(CodeSet, default=())
    origins: Mapped[dict[str, int]] = mapped_column(default=dict, doc="field name → listing id")
    first_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    changed_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    verified_on: Mapped[dt.date | None] = mapped_column(doc="when somebody last asked the clinic")
    withdrawn_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)
    status: Mapped[str] = mapped_column(String(6), default="open", doc='"open", "closed", "moved" or "merged"')
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("facility.id"), index=True, doc="the facility that people decided it is; never itself a merged one"
    )

    listings: Mapped[list[Listing]] = relationship(
        back_populates="facility", order_by="Listing.id", foreign_keys="Listing.facility_id"
    )

    @classmethod
    def in_results(cls) -> ColumnElement[bool]:
        """The condition for a facility that searches show: a source lists it and nobody found it closed or moved."""
        return and_(cls.withdrawn_run_id.is_(None), cls.status == "open")

    @property
    def shown(self) -> bool:
        """True where `in_results` holds."""
        return self.withdrawn_run_id is None and self.status == "open"

    @property
    def withdrawn(self) -> bool:
        """True when no source lists the facility any longer."""
        return self.withdrawn_run_id is not None


class Listing(Base):
    """What one source says of a facility, from one run until another ends it.

    A row is never changed but for `ended_run_id`, and for `facility_id` where people decide: a source that says
    something new starts a new row, so the listings of any edition are those with first_run_id <= run < ended_run_id. A
    listing of an edition older than the newest one is ended by its own first run: it is history, and was never shown
    (directory.catalogue.editions).
    """

    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_current", "source_id", "ended_run_id"),
        Index("ix_listing_zip_phone", "zip", "phone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    home_id: Mapped[int | None] = mapped_column(
        ForeignKey("facility.id"), index=True, doc="the facility it was matched to, where people merged that one"
    )
    first_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    ended_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)
    line: Mapped[int] = mapped_column(doc="line of the file of the first run")
    digest: Mapped[str] = mapped_column(String(32), doc="of every raw value: the same digest is the same listing")
    name1: Mapped[str]
    name2: Mapped[str] = mapped_column(default="")
    street1: Mapped[str] = mapped_column(default="")
    street2: Mapped[str] = mapped_column(default="")
    street_withheld: Mapped[bool] = mapped_column(default=False)
    city: Mapped[str]
    state: Mapped[str] = mapped_column(String(2))
    zip: Mapped[str] = mapped_column(String(5))
    phone: Mapped[str] = mapped_column(default="")
    intake_phones: Mapped[dict[str, str]] = mapped_column(default=dict, doc='{"intake1": "800-555-0100"}')
    website: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    codes: Mapped[tuple[str, ...]] = mapped_column(CodeSet, default=())
    unrecognised: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="unknown labels and columns, kept")

    facility: Mapped[Facility] = relationship(back_populates="listings", foreign_keys=[facility_id])

    @classmethod
    def home(cls) -> ColumnElement[int]:
        """The facility a listing was matched to, whatever people merged."""
        return func.coalesce(cls.home_id, cls.facility_id)


class DoubtfulMatch(Base):
    """Two facilities that may be one, the lower id first; apart until a person has looked, then as they decided.

    What their listings say is kept with a decision, so that it is remembered even where a run is taken back.
    """

    __tablename__ = "doubtful_match"
    __table_args__ = (UniqueConstraint("facility_id", "other_facility_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    other_facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    reason: Mapped[str]
    decision: Mapped[str | None] = mapped_column(String(9), doc='"same", "different", "later"; null: not looked at')
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[dt.datetime | None]
    sites: Mapped[list[str]] = mapped_column(
        default=list, doc="directory.catalogue.remembered.listing_key of the first"
    )
    other_sites: Mapped[list[str]] = mapped_column(default=list, doc="and of the other")
    repeats_id: Mapped[int | None] = mapped_column(
        ForeignKey("doubtful_match.id"), doc="the decision that a run found to hold of this pair too"
    )


class Verification(Base):
    """What a clinic answered when somebody asked it. A row is never changed: asking again adds another."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    verified_on: Mapped[dt.date]
    verified_by: Mapped[str] = mapped_column(doc="initials or name of the person who asked")
    how: Mapped[str] = mapped_column(String(10), doc='"phone", "e-mail", "site" or "clinic"')
    offers: Mapped[tuple[str, ...]] = mapped_column(CodeSet, default=(), doc="confirmed, listed or not")
    lacks: Mapped[tuple[str, ...]] = mapped_column(CodeSet, default=(), doc="denied, though a source may list them")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="question of data/verification.toml → answer")
    note: Mapped[str] = mapped_column(Text, default="", doc="what else was said, for staff only")


class VerificationCall(Base):
    """An attempt to reach a clinic, whether it answered or not."""

    __tablename__ = "verification_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verification.id"), doc="what it answered")
    called_by: Mapped[str]
    called_at: Mapped[dt.datetime]
    how: Mapped[str] = mapped_column(String(10), doc="as of a verification")
    phone: Mapped[str] = mapped_column(default="", doc="the number that was called, where that is known")
    outcome: Mapped[str] = mapped_column(String(12), doc="one of directory.catalogue.verification.Outcome")
    checked: Mapped[list[dict[str, Any]]] = mapped_column(
        default=list, doc='whether a source was right: {"field", "source", "edition", "right"}'
    )


class VerificationClaim(Base):
    """Who is about to ask a clinic, so that no two people call it at once."""

    __tablename__ = "verification_claim"

    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), primary_key=True)
    claimed_by: Mapped[str]
    until: Mapped[dt.datetime]


class Correction(Base):
    """A value that staff know better than every source. It stands until it is ended; asking again adds another row."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    field: Mapped[str] = mapped_column(String(10), doc='a shown field, or "status"')
    value: Mapped[str] = mapped_column(Text)
    against: Mapped[str] = mapped_column(Text, doc="what the sources said when somebody last decided")
    asked_value: Mapped[str | None] = mapped_column(Text, doc="what they say now, where that is something new")
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime]
    ended_by: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[dt.datetime | None]


class GeocodedAddress(Base):
    """An answer of the optional geocoder, kept so that no address is ever asked twice."""

    __tablename__ = "geocoded_address"

    address: Mapped[str] = mapped_column(String(300), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    asked_at: Mapped[dt.datetime]


class VerificationTask(Base):
    """Something said of a facility that somebody should ask it about."""

    __tablename__ = "verification_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    why: Mapped[str] = mapped_column(String(40), doc='"no longer offers ketamine" …')
    told_by: Mapped[str] = mapped_column(String(10), doc='"clinic", "staff" or "public"')
    words: Mapped[str] = mapped_column(Text, default="", doc="what the public wrote; never who")
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
