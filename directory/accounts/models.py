"""The tables of accounts: who works here, who is signed in, and what was tried."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.catalogue.models import Base


def new_uid() -> str:
    """A random name of a record, which its sealed values are bound to."""
    return secrets.token_urlsafe(16)


class Person(Base):
    """Somebody of the center. Without a password and a second factor, or not active, nobody signs in."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    email: Mapped[str] = mapped_column(String(254), unique=True, doc="in small letters")
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20), doc="a Role of directory.accounts.roles")
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(10), default="en")
    password: Mapped[str] = mapped_column(String(200), default="", doc="argon2id, empty until chosen")
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, doc='the second factor, sealed for "person:<uid>"')
    totp_step: Mapped[int | None] = mapped_column(doc="the step of time of the last code used, which cannot come again")
    recovery: Mapped[str] = mapped_column(Text, default="", doc="SHA-256 of each unused recovery code")
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True, doc="SHA-256 of the one-time link")
    link_ends_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    signed_in_at: Mapped[dt.datetime | None]


class StaffSession(Base):
    """A session as the server keeps it. Ended ones stay a while: they tell whose a late form is."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True, doc="SHA-256 of what the cookie holds")
    kind: Mapped[str] = mapped_column(String(10), doc='"staff" or "reply"')
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime] = mapped_column(index=True)
    ended_at: Mapped[dt.datetime | None]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, doc='what pages keep, sealed for "session:<token_hash>"')


class SignInTry(Base):
    """A try to sign in that is not known to have succeeded; both hashes are keyed."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_account", "account", "tried_at"),
        Index("ix_sign_in_try_address", "address", "tried_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    tried_at: Mapped[dt.datetime]


class KeptForm(Base):
    """What somebody had written when the session ended, until it is sent again."""

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_person", "person_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(22), unique=True, default=new_uid)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str] = mapped_column(String(300))
    kept_at: Mapped[dt.datetime]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, doc='names and values, sealed for "form:<uid>"')
