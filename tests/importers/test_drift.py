"""Drift: whatever becomes of a file between two editions, it is refused, held or told; never quietly wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_files import HEADINGS_2022, MH_CODES, csv_text, locator_page, workbook_bytes
from made_up_hsds import listed, made_up_tables, nested_services
from made_up_kinds import KINDS, LOCATOR, NPI_PHONE, ROWS, House, Kind, Rows

from directory.catalogue.record import RefusedRow
from importers.recognise import NotAListingError, open_listing


def damages(kind: Kind) -> Iterator[tuple[str, Rows, Mapping[str, str]]]:
    """Every column in turn missing, renamed, in the place of its neighbour, and with another's values."""
    for column in kind.columns:
        yield f"{column} missing", kind.rows(), {column: ""}
        yield f"{column} renamed", kind.rows(), {column: f"{column}_x"}
    for one, other in pairwise(kind.columns):
        if one.rpartition(".")[0] == other.rpartition(".")[0]:
            yield f"{one} and {other} swapped", [swapped(row, one, other) for row in kind.rows()], {}
    for column in kind.columns:
        for other in kind.columns:
            if other != column and column.rpartition(".")[0] == other.rpartition(".")[0]:
                yield f"{column} with {other}'s values", [filled(row, column, other) for row in kind.rows()], {}


def swapped(row: dict[str, Any], one: str, other: str) -> dict[str, Any]:
    return row | {one: row.get(other, ""), other: row.get(one, "")} if one in row or other in row else row


def filled(row: dict[str, Any], column: str, other: str) -> dict[str, Any]:
    return row | {column: row[other]} if other in row else row


def quiet(house: House, kind: Kind, damage: tuple[str, Rows, Mapping[str, str]]) -> bool:
    """Whether a damaged edition would be published without a word though it says something else."""
    what, rows, headings = damage
    content, name = kind.write(rows, headings)
    report = house.next_edition(kind, content, name)
    if report is None or house.told(kind, report):
        return False
    assert what
    return not house.says_the_same(kind, content, name)


@pytest.mark.parametrize("name", KINDS)
def test_a_sound_edition_is_neither_held_nor_told_of(house: House, name: str) -> None:
    kind = KINDS[name]
    rows = kind.rows()
    phone = next(column for column in kind.columns if column in ("phone", "Call", "phones.number", NPI_PHONE))
    next(row for row in rows if phone in row)[phone] = "317-555-0199"
    for content, file_name in (kind.write(kind.rows(), {}), kind.write(rows, {})):
        report = house.next_edition(kind, content, file_name)
        assert report
        assert house.told(kind, report) == []
    assert report.changed == 1


@pytest.mark.parametrize("name", KINDS)
def test_a_column_that_drifts_is_refused_held_or_told(house: House, name: str) -> None:
    kind = KINDS[name]
    some = random.Random(len(name)).sample(list(damages(kind)), 4 if name == "hsds" else 12)
    assert [damage[0] for damage in some if quiet(house, kind, damage)] == []


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_every_column_that_drifts_is_refused_held_or_told(
    house: House, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = KINDS[name]
    every = list(damages(kind))
    found = [damage[0] for damage in every if quiet(house, kind, damage)]
    with capsys.disabled():
        print(f"\n{name}: {len(every)} drifted columns, {len(found)} quietly wrong")
    assert found == []


def check_truncated(house: House, kind: Kind, share: float) -> None:
    content, name = kind.write(kind.rows(), {})
    report = house.next_edition(kind, content[: int(len(content) * share)], name)
    if report is not None:
        lost = ROWS - (report.read - len(report.refused))
        assert house.told(kind, report) or report.withdrawn >= lost > 0


@pytest.mark.parametrize("name", KINDS)
def test_a_file_cut_off_is_refused_held_or_told(house: House, name: str) -> None:
    chance = random.Random(name)
    for _ in range(8):
        check_truncated(house, KINDS[name], chance.random())


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_a_file_cut_off_at_fifty_places_is_refused_held_or_told(house: House, name: str) -> None:
    chance = random.Random(50)
    for _ in range(50):
        check_truncated(house, KINDS[name], chance.random())


any_text = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(["46204", "IN", "Indianapolis", "- - -", MH_CODES, "nan", "317-555-0101", "=1+1"]),
)
any_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
sound_services = nested_services(made_up_tables(2))


def check_any(house: House, content: bytes, name: str, rows: int) -> None:
    """Any file is refused whole, or each of its rows is a listing or a refusal; nothing else is raised."""
    path = house.folder / name
    path.write_bytes(content)
    try:
        read = list(open_listing(path, gazetteer=house.gazetteer).rows)
    except NotAListingError:
        return
    assert len(read) <= rows
    for row in read:
        if isinstance(row, RefusedRow):
            assert row.reason
        else:
            assert row.name1
            assert (len(row.state), len(row.zip)) == (2, 5)


any_rows = st.lists(st.fixed_dictionaries(dict.fromkeys(HEADINGS_2022, any_text)), min_size=1, max_size=6)
printable = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(HEADINGS_2022, any_text.filter(lambda said: said is None or said.isprintable()))
    ),
    min_size=1,
    max_size=6,
)
any_page = st.lists(
    st.dictionaries(st.sampled_from(LOCATOR), st.one_of(any_text, any_json), max_size=len(LOCATOR)), max_size=6
)


@st.composite
def any_services(draw: st.DrawFn) -> list[Any]:
    services = json.loads(json.dumps(sound_services))
    for _ in range(draw(st.integers(1, 6))):
        holder: Any = services
        for _ in range(draw(st.integers(1, 6))):
            if not isinstance(holder, dict | list) or not holder:
                break
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = draw(st.sampled_from(keys))
            if draw(st.booleans()) or not isinstance(holder[key], dict | list):
                holder[key] = draw(any_json)
                break
            holder = holder[key]
    return services


def examples(count: int) -> Callable[[Any], Any]:
    return settings(max_examples=count, suppress_health_check=list(HealthCheck))


@examples(15)
@given(printable)
def test_any_workbook_is_refused_or_read_row_by_row(house: House, rows: Rows) -> None:
    check_any(house, workbook_bytes(rows), "any-2026.xlsx", len(rows))


@examples(30)
@given(any_page, any_services())
def test_any_json_page_is_refused_or_read_row_by_row(house: House, rows: Rows, services: list[Any]) -> None:
    check_any(house, json.dumps(locator_page(rows)).encode(), "any-2026.json", len(rows))
    check_any(house, json.dumps(listed(services)).encode(), "any-2026.json", 20)


@pytest.mark.soak
@examples(700)
@given(printable)
def test_seven_hundred_workbooks_are_refused_or_read(house: House, rows: Rows) -> None:
    check_any(house, workbook_bytes(rows), "any-2026.xlsx", len(rows))


@pytest.mark.soak
@examples(300)
@given(any_rows)
def test_three_hundred_texts_are_refused_or_read(house: House, rows: Rows) -> None:
    check_any(house, csv_text(rows).encode("utf-8", "replace"), "any-2026.csv", 200)


@pytest.mark.soak
@examples(1000)
@given(any_page, any_services())
def test_a_thousand_pages_and_as_many_packages_are_refused_or_read(
    house: House, rows: Rows, services: list[Any]
) -> None:
    check_any(house, json.dumps(locator_page(rows)).encode(), "any-2026.json", len(rows))
    check_any(house, json.dumps(listed(services)).encode(), "any-2026.json", 20)
