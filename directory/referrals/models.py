"""The tables of referrals. What tells of a client is sealed; what stands open could be read aloud in the street."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.accounts.models import Person, new_uid
from directory.catalogue.models import Base

SEALED = LargeBinary


class Client(Base):
    """A person the center refers. `sealed` holds ClientFacts."""

    __tablename__ = "client"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    sealed: Mapped[bytes] = mapped_column(SEALED)
    name_lookup: Mapped[str] = mapped_column(String(64), index=True, doc="keyed hash of the folded name")
    reference_lookup: Mapped[str] = mapped_column(String(64), index=True, doc="keyed hash of the folded reference")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purged_on: Mapped[dt.date | None]

    referrals: Mapped[list[Referral]] = relationship(back_populates="client")


class Referral(Base):
    """One need of one client, on its way to one of up to five clinics. `sealed` holds ReferralFacts."""

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_board", "state", "due_on"),
        Index("ix_referral_mine", "assigned_to", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(SEALED)
    state: Mapped[str] = mapped_column(String(20), doc="a State of directory.referrals.states")
    version: Mapped[int] = mapped_column(default=1, doc="counts changes, so that the second of two people is told")
    choice_id: Mapped[int | None] = mapped_column(doc="the clinic it is with, or goes to next")
    assigned_to: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date | None] = mapped_column(index=True, doc="when somebody should look again")
    closed_at: Mapped[dt.datetime | None]
    outcome: Mapped[str] = mapped_column(String(30), default="", doc="an Outcome, once closed")
    purged_on: Mapped[dt.date | None]

    client: Mapped[Client] = relationship(back_populates="referrals")
    person: Mapped[Person] = relationship(foreign_keys=[assigned_to], viewonly=True)
    choices: Mapped[list[Choice]] = relationship(back_populates="referral", order_by="Choice.rank")


class Choice(Base):
    """A clinic the client would go to, in order of preference, as the directory knew it when it was chosen."""

    __tablename__ = "choice"
    __table_args__ = (UniqueConstraint("referral_id", "facility_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    rank: Mapped[int] = mapped_column(doc="1 is preferred most")
    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), index=True)
    name: Mapped[str]
    address: Mapped[str] = mapped_column(doc="one line")
    phone: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[dt.datetime | None]
    answered_at: Mapped[dt.datetime | None] = mapped_column(doc="its first answer of any kind")
    answer: Mapped[str] = mapped_column(String(20), default="", doc='"accepted", "declined", "no answer" or ""')
    reason: Mapped[str] = mapped_column(String(30), default="", doc="why declined")
    attended_on: Mapped[dt.date | None]

    referral: Mapped[Referral] = relationship(back_populates="choices")
    consents: Mapped[list[Consent]] = relationship(back_populates="choice", order_by="Consent.id")


class Consent(Base):
    """A client's consent to tell one clinic. `sealed` holds ConsentFacts, all elements of 42 CFR 2.31."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(SEALED)
    method: Mapped[str] = mapped_column(String(10), doc='"screen", "paper" or "verbal"; verbal never suffices to send')
    signed_on: Mapped[dt.date | None]
    expires_on: Mapped[dt.date | None]
    event_on: Mapped[dt.date | None] = mapped_column(doc="the day the event that ends it came")
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_how: Mapped[str] = mapped_column(String(10), default="", doc='"writing", "phone", "person" or "other"')
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), doc="the scan of the signed form")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))

    choice: Mapped[Choice] = relationship(back_populates="consents")


class Document(Base):
    """A sealed file: a packet, the family's copy, a consent form or the scan of a signed one."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    choice_id: Mapped[int | None] = mapped_column(ForeignKey("choice.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), doc='"packet", "family", "form" or "scan"')
    media_type: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64), doc="of the file before it was sealed")
    sealed: Mapped[bytes] = mapped_column(SEALED, deferred=True)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Disclosure(Base):
    """What left the center, when, to whom and why (42 CFR 2.25). `sealed` holds {"what", "why"}. Never changed."""

    __tablename__ = "disclosure"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))
    recipient: Mapped[str]
    recipient_address: Mapped[str]
    how: Mapped[str] = mapped_column(String(10), doc='"link", "fax" or "print"')
    sealed: Mapped[bytes] = mapped_column(SEALED)
    document_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(index=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ReferralEvent(Base):
    """One step of a referral's timeline. `sealed` holds {"note"} and whatever was said with it, or nothing."""

    __tablename__ = "referral_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    choice_id: Mapped[int | None] = mapped_column(ForeignKey("choice.id"))
    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str] = mapped_column(String(20), default="")
    to_state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(30), default="")
    version: Mapped[int] = mapped_column(doc="the referral's version after it")
    sealed: Mapped[bytes | None] = mapped_column(SEALED)


class ClinicLink(Base):
    """A link by which one clinic opens one packet, with a code told by phone. Only hashes of both are kept."""

    __tablename__ = "clinic_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[dt.datetime]
    wrong_codes: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[dt.datetime | None]
    opened_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None] = mapped_column(doc="answered, replaced, or consent revoked")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class ClinicContact(Base):
    """Where a clinic takes referrals, as staff learned it."""

    __tablename__ = "clinic_contact"

    facility_id: Mapped[int] = mapped_column(ForeignKey("facility.id"), primary_key=True)
    email: Mapped[str] = mapped_column(default="")
    fax: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class OutboxMessage(Base):
    """An e-mail to be sent once. `sealed` holds {"subject", "text"}; neither names a client.

    `state` is "queued", "sending" (claimed), "handed" (given to the mail server, whose word is awaited), "sent",
    "failed" or "stopped".
    """

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_due", "state", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    key: Mapped[str] = mapped_column(String(80), unique=True, doc='what it is about: "link:12", "digest:3:2026-11-23"')
    address: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(SEALED)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("clinic_link.id"), doc="sent only while its consent lives")
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime | None] = mapped_column(doc="who sends it holds it so long")
    sent_at: Mapped[dt.datetime | None]
    error: Mapped[str] = mapped_column(default="", doc="what the mail server said last")
    created_at: Mapped[dt.datetime]
