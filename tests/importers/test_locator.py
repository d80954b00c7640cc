"""The locator is walked state by state; whatever it does wrong, a listing is taken whole or not at all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stand_in_publisher import MAINTENANCE, Asked, Reply, StandIn, made_up_row, serving
from stand_in_publisher import Locator as Answers

from directory.catalogue.record import ListingRecord
from directory.places.gazetteer import Gazetteer
from importers.fetch import Fetcher, FetchError, PassingError
from importers.fetch_facts import FetchFacts
from importers.locator import Circle, Locator, circles
from importers.recognise import open_listing

NOW = dt.datetime(2026, 11, 9, 5, tzinfo=dt.UTC)
NEW_YORK = Circle("NY", 40.75, -73.99, 60)
JERSEY = Circle("NJ", 40.7, -74.2, 50)
FACTS = FetchFacts("findtreatment", "", "", way="locator", page_size=10, seconds_without_a_byte=0.4, tries=3)


def rows(count: int = 35) -> list[dict[str, Any]]:
    """Clinics round the Hudson: 25 in New York, the others in New Jersey."""
    states = ["NY"] * 25 + ["NJ"] * (count - 25)
    return [made_up_row(n, 40.7 + n / 200, -74.05, state) for n, state in enumerate(states, 1)]


@pytest.fixture
def answers() -> Answers:
    return Answers(rows())


@pytest.fixture
def publisher(answers: Answers) -> Iterator[StandIn]:
    with serving(StandIn(answers)) as standing_in:
        yield standing_in


@pytest.fixture
def bring(publisher: StandIn, tmp_path: Path) -> Callable[..., list[str]]:
    """Walk the locator; gives the names of the rows in the document."""

    def walked(now: dt.datetime = NOW, **changes: Any) -> list[str]:
        facts = dataclasses.replace(FACTS, address=f"{publisher.address}/locator/exportsAsJson/v2", **changes)
        fetcher = Fetcher(facts, "a test", sleep=lambda _seconds: None)
        try:
            walk = Locator(fetcher, tmp_path / "fetching", [NEW_YORK, JERSEY], now)
            fetched = walk.bring(tmp_path / "findtreatment-2026-11-09.json")
        finally:
            fetcher.close()
        assert fetched.file is not None
        document = json.loads(fetched.file.read_text(encoding="utf-8"))
        assert document["recordCount"] == len(document["rows"])
        return [row["name1"] for row in document["rows"]]

    return walked


ALL = sorted(row["name1"] for row in rows())


def test_every_row_is_brought_once_and_the_importer_reads_it(
    bring: Callable[..., list[str]], publisher: StandIn, tmp_path: Path
) -> None:
    assert sorted(bring()) == ALL
    first = publisher.asked[0]
    assert first.parameters["sAddr"] == '"40.75,-73.99"', "latitude first, in quotation marks"
    batch = open_listing(tmp_path / "findtreatment-2026-11-09.json", gazetteer=Gazetteer.load())
    read = [row for row in batch.rows if isinstance(row, ListingRecord)]
    assert (batch.source_id, batch.edition, batch.partial, len(read)) == ("findtreatment", "2026-11-09", False, 35)
    assert all("KIT" in row.codes for row in read)


def test_an_order_of_coordinates_it_does_not_understand_is_noticed_at_once(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn
) -> None:
    answers.turned = True
    with pytest.raises(FetchError, match="it reads longitude before latitude now"):
        bring()
    assert len(publisher.asked) == 2


def test_a_locator_that_knows_nothing_is_not_an_empty_listing(
    bring: Callable[..., list[str]], answers: Answers
) -> None:
    answers.rows = []
    with pytest.raises(FetchError, match="answers no place at all"):
        bring()


def test_a_state_without_a_clinic_is_not_believed(bring: Callable[..., list[str]], answers: Answers) -> None:
    answers.rows = [row for row in answers.rows if row["state"] == "NY"]
    with pytest.raises(FetchError, match="answers no clinic in NJ"):
        bring()


def torn(answers: Answers) -> Callable[[Asked], Reply]:
    return lambda asked: Reply(200, answers(asked).body[:-200])


PASSING: dict[str, Callable[[Answers], Any]] = {
    "429": lambda _answers: Reply(429, headers={"Retry-After": "2"}),
    "500": lambda _answers: Reply(500, b"oops"),
    "truncated": torn,
    "hung up": lambda answers: lambda asked: dataclasses.replace(answers(asked), cut=300),
    "hanging": lambda _answers: Reply(200, b"{}", silent=1.0),
    "maintenance": lambda _answers: Reply(200, MAINTENANCE),
    "nested without end": lambda _answers: Reply(200, b'{"rows": ' + b"[" * 100_000),
    "another page": lambda answers: (
        lambda asked: answers(dataclasses.replace(asked, parameters=asked.parameters | {"page": "1"}))
    ),
}


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("at", [0, 2])
def test_what_passes_is_asked_again(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn, fault: str, at: int
) -> None:
    publisher.next_replies += [*[None] * at, PASSING[fault](answers)]
    assert sorted(bring()) == ALL


@pytest.mark.parametrize("fault", sorted(set(PASSING) - {"another page"}))
def test_what_never_passes_is_told_and_the_next_run_goes_on_at_the_page(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn, tmp_path: Path, fault: str
) -> None:
    publisher.next_replies += [None, None, *[PASSING[fault](answers)] * 3]
    with pytest.raises(PassingError):
        bring()
    assert not (tmp_path / "findtreatment-2026-11-09.json").exists()
    before = len(publisher.asked)
    assert sorted(bring()) == ALL
    pages = [asked.parameters["page"] for asked in publisher.asked[before:]]
    assert pages[:3] == ["1", "2", "3"], "the probe, then the page that was cut off"


def test_after_a_day_it_is_another_edition_and_begun_anew(bring: Callable[..., list[str]], publisher: StandIn) -> None:
    publisher.next_replies += [None, None, *[Reply(500)] * 3]
    with pytest.raises(PassingError):
        bring()
    before = len(publisher.asked)
    bring(NOW + dt.timedelta(hours=25))
    assert [asked.parameters["page"] for asked in publisher.asked[before:]][:3] == ["1", "1", "2"]


def test_plain_text_with_status_200_is_an_error_and_not_asked_again(
    bring: Callable[..., list[str]], publisher: StandIn
) -> None:
    publisher.next_replies += [None, Reply(200, b"Invalid value for limitType")]
    with pytest.raises(FetchError, match='plain text in place of the listing: "Invalid value for limitType"'):
        bring()
    assert len(publisher.asked) == 2


def test_a_count_that_is_no_number_is_an_error(bring: Callable[..., list[str]], publisher: StandIn) -> None:
    publisher.next_replies += [None, Reply(200, b'{"page": 1, "recordCount": 1e999, "rows": []}')]
    with pytest.raises(FetchError, match="without rows or recordCount"):
        bring()


def test_half_a_letter_costs_no_listing(bring: Callable[..., list[str]], answers: Answers, publisher: StandIn) -> None:
    for half in ("\ud83d", "\udc00"):
        answers.rows[0]["name1"] = f"Quokka {half}"
        assert max(bring()) == "Quokka \ufffd", "and the importer tells that letters were lost"
    assert publisher.asked


def repeating(answers: Answers, page: str) -> Callable[[Asked], Reply]:
    """The rows of another page under the number that was asked for."""

    def reply(asked: Asked) -> Reply:
        other = json.loads(answers(dataclasses.replace(asked, parameters=asked.parameters | {"page": page})).body)
        return Reply(200, json.dumps(other | {"page": int(asked.parameters["page"])}).encode())

    return reply


def test_a_page_that_repeats_is_asked_again(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn
) -> None:
    publisher.next_replies += [None, None, repeating(answers, "1")]
    assert sorted(bring()) == ALL
    publisher.next_replies += [None, None, *[repeating(answers, "1")] * 3]
    with pytest.raises(FetchError, match="page 2 of NY repeats page 1"):
        bring()


def test_rows_that_change_between_two_pages_begin_the_state_anew(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn
) -> None:
    def one_more(asked: Asked) -> Reply:
        answers.rows = [*answers.rows, made_up_row(99, 40.71, -74.05, "NY")]
        return answers(asked)

    publisher.next_replies += [None, None, one_more]
    assert sorted(bring()) == sorted([*ALL, "Quokka House 99"])


def test_rows_that_shift_while_their_number_stays_are_noticed_too(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn
) -> None:
    def shifted(asked: Asked) -> Reply:
        gone, *others = answers.rows
        answers.rows = [*others, made_up_row(99, 40.7001, -74.05, "NY")]
        assert gone["name1"] == "Quokka House 1"
        return answers(asked)

    # The last page of New York's circle is asked after a row of the first went and another came before it.
    publisher.next_replies += [None, None, shifted]
    assert sorted(bring()) == sorted([*ALL[1:], "Quokka House 99"])


def test_a_clinic_that_is_listed_twice_stays_twice(bring: Callable[..., list[str]], answers: Answers) -> None:
    answers.rows = [*answers.rows, dict(answers.rows[9], _irow=77, latitude="40.95")]
    answers.rows.append(dict(answers.rows[-1], _irow=78))
    assert len(bring()) == 37


def test_a_locator_that_never_holds_still_is_left_alone(
    bring: Callable[..., list[str]], answers: Answers, publisher: StandIn
) -> None:
    def restless(asked: Asked) -> Reply:
        answers.rows = [*answers.rows, made_up_row(1000 + len(answers.rows), 40.72, -74.05, "NY")]
        return answers(asked)

    publisher.answer = restless
    with pytest.raises(FetchError, match="3 times; try again later"):
        bring()


def test_a_circle_holds_every_zip_of_its_state_and_every_state_has_one() -> None:
    from directory.places.distance import geodesic_miles  # noqa: PLC0415

    gazetteer = Gazetteer.load()
    made = circles(gazetteer)
    assert {"AK", "HI", "DC", "PR", "GU", "VI", "MP", "AS"} < {circle.state for circle in made}
    assert len(made) == 56
    for circle in made:
        for point in gazetteer.points_by_state()[circle.state][::25]:
            assert geodesic_miles(circle.latitude, circle.longitude, *point) < circle.miles
