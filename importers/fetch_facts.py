"""FetchFacts: where a source is fetched from, how gently and when, from data/sources.toml and the center's own file."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Formatter
from typing import Any

from cronsim import CronSim, CronSimError

from directory.catalogue.sources import known_sources
from directory.errors import PlainError

OWN_FILE = "sources.toml"
CRON_WORDS = 5
_OWN_KEYS = frozenset({"address", "schedule", "fetch"})
_PARTS_OF_AN_ADDRESS = frozenset({"year", "month"})
_WAYS = ("file", "locator")
# The kind of each key of `fetch`, and between what it must be: above the first, at most the second.
_BOUNDS: Mapping[str, tuple[type, float, float]] = {
    "requests_a_second": (float, 0, 1),
    "most_megabytes": (int, 0, 1_000_000),
    "most_minutes": (float, 0, 7 * 24 * 60),
    "seconds_without_a_byte": (float, 0, 3_600),
    "tries": (int, 0, 100),
    "page_size": (int, 0, 2_000),
}
_FIRST_WAIT = dt.timedelta(hours=1)
_LONGEST_WAIT = dt.timedelta(days=1)


class FetchFactsError(PlainError):
    """A source cannot be fetched as it is described; the message names the file, the source and the key."""


@dataclass(frozen=True, slots=True)
class FetchFacts:
    """How a source is fetched. `address` may hold {year} and {month}; `way` is "file" or "locator"."""

    source_id: str
    address: str
    schedule: str
    way: str = "file"
    requests_a_second: float = 1.0
    most_megabytes: int = 200
    most_minutes: float = 60
    seconds_without_a_byte: float = 60
    tries: int = 5
    page_size: int = 2000

    def addresses(self, today: dt.date) -> list[str]:
        """The addresses to ask, newest first: this month's or year's, and the one before."""
        if "{" not in self.address:
            return [self.address]
        before = today.replace(day=1) - dt.timedelta(days=1)
        if "{month}" not in self.address:
            before = today.replace(year=today.year - 1, day=1)
        return [self.address.format(year=day.year, month=f"{day:%B}") for day in (today, before)]

    def next_due(self, tried_at: dt.datetime, failures: int) -> dt.datetime:
        """When it is fetched next: at its next hour, after a failure sooner, an hour later and twice as long each time.

        The hours of a schedule are UTC.
        """
        following: dt.datetime = next(CronSim(self.schedule, tried_at))
        if not failures:
            return following
        doubled: int = 2 ** min(failures - 1, 10)
        return min(following, tried_at + min(_FIRST_WAIT * doubled, _LONGEST_WAIT))


def fetch_facts(home: Path) -> dict[str, FetchFacts]:
    """Source id → how it is fetched, for every source; `home`/sources.toml stands above data/sources.toml.

    Raises FetchFactsError.
    """
    file = home / OWN_FILE
    own = _own(file)
    facts = {}
    for source_id, source in known_sources().items():
        said = {**source.more, **own.get(source_id, {})}
        gently = {**source.more.get("fetch", {}), **own.get(source_id, {}).get("fetch", {})}
        wrong = next(_wrong(said, gently), None)
        if wrong is not None:
            raise FetchFactsError(f"{file}: [{source_id}] {wrong}")
        facts[source_id] = FetchFacts(source_id, said.get("address", ""), said.get("schedule", ""), **gently)
    return facts


def with_address(facts: FetchFacts, address: str) -> FetchFacts:
    """The facts with another address, as somebody gave it; raises FetchFactsError where it is none."""
    wrong = next(_wrong_address(address), None)
    if wrong is not None:
        raise FetchFactsError(wrong)
    return replace(facts, address=address)


def _wrong(said: Mapping[str, Any], gently: Mapping[str, Any]) -> Iterator[str]:
    """What of a source's facts cannot be, each as key and sentence."""
    yield from _wrong_address(said.get("address", ""))
    yield from _wrong_schedule(said.get("schedule", ""))
    for key, value in gently.items():
        if key == "way" and value not in _WAYS:
            yield f"fetch.way is {value!r}; there are {' and '.join(_WAYS)}"
        elif key != "way" and key not in _BOUNDS:
            yield f"fetch.{key}: only way, {', '.join(_BOUNDS)} are read"
        elif key != "way":
            kind, above, most = _BOUNDS[key]
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not (whole or (kind is float and isinstance(value, float))) or not above < value <= most:
                a_number = "a whole number" if kind is int else "a number"
                yield f"fetch.{key} is {value!r}, but must be {a_number} above {above:g} and at most {most:,}"


def _wrong_address(address: object) -> Iterator[str]:
    if not isinstance(address, str):
        yield f"address is {address!r}, but must be a text"
        return
    try:
        named = {name for _text, name, _form, _kind in Formatter().parse(address) if name is not None}
    except ValueError as error:
        yield f'address = "{address}" cannot be read: {error}'
        return
    if not named <= _PARTS_OF_AN_ADDRESS:
        yield f'address = "{address}": only {{year}} and {{month}} are filled in'
    # That it must be protected by TLS is said where it is asked for, redirects included.
    if address and "://" not in address:
        yield f'address = "{address}" is none; write one that begins with https://'


def _wrong_schedule(schedule: object) -> Iterator[str]:
    if not isinstance(schedule, str):
        yield f"schedule is {schedule!r}, but must be a text of cron words"
        return
    try:
        if schedule and len(schedule.split()) != CRON_WORDS:
            raise CronSimError(f"{CRON_WORDS} words are needed")
        if schedule:
            next(CronSim(schedule, dt.datetime.now(dt.UTC)))
    except (CronSimError, StopIteration) as error:
        yield f'schedule = "{schedule}" is no schedule in cron words ({error or "no day is such"})'


def _own(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FetchFactsError(f"{path}: {error}") from None
    for source_id, said in own.items():
        if source_id not in known_sources():
            raise FetchFactsError(f"{path}: there is no source [{source_id}]; known are {', '.join(known_sources())}")
        if not isinstance(said, dict) or not isinstance(said.get("fetch", {}), dict):
            raise FetchFactsError(f"{path}: [{source_id}] and [{source_id}.fetch] must be tables, of one key a line")
        strange = sorted(set(said) - _OWN_KEYS)
        if strange:
            raise FetchFactsError(f"{path}: [{source_id}] {strange[0]}: only {', '.join(sorted(_OWN_KEYS))} are read")
    return own
