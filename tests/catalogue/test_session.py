"""Sessions: one that writes all or nothing, and one that cannot write."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DatabaseError

from directory.catalogue.models import Source
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue, ReadOnlyError


@pytest.fixture
def kept(any_database: Catalogue) -> Catalogue:
    """A catalogue, on each database in turn, that holds one made-up source."""
    upgrade(any_database)
    with any_database.writing() as session:
        session.add(Source(id="nowhere", name="Nowhere's list"))
    return any_database


def names(catalogue: Catalogue) -> list[str]:
    with catalogue.reading() as session:
        return list(session.scalars(select(Source.name)))


def test_a_reading_session_refuses_new_changed_and_deleted_rows(kept: Catalogue) -> None:
    with kept.reading() as session:
        session.add(Source(id="elsewhere", name="Elsewhere's list"))
        with pytest.raises(ReadOnlyError, match=r"use Catalogue\.writing"):
            session.flush()
    with kept.reading() as session:
        session.get_one(Source, "nowhere").name = "changed"
        with pytest.raises(ReadOnlyError):
            session.commit()
    with kept.reading() as session:
        session.delete(session.get_one(Source, "nowhere"))
        with pytest.raises(ReadOnlyError):
            session.flush()
    assert names(kept) == ["Nowhere's list"]


@pytest.mark.parametrize("statement", [delete(Source), text("UPDATE source SET name = 'changed'")])
def test_the_database_itself_refuses_a_writing_statement(kept: Catalogue, statement: object) -> None:
    with kept.reading() as session, pytest.raises(DatabaseError):
        session.execute(statement)  # type: ignore[call-overload]
    assert names(kept) == ["Nowhere's list"]


def test_a_writing_session_that_fails_leaves_nothing(kept: Catalogue) -> None:
    def half_a_change() -> None:
        with kept.writing() as session:
            session.add(Source(id="elsewhere", name="Elsewhere's list"))
            session.flush()
            raise LookupError("the second half is missing")

    with pytest.raises(LookupError):
        half_a_change()
    assert names(kept) == ["Nowhere's list"]
