"""FetchFacts: where a source is fetched from, how gently and when, from data/sources.toml and the center's own file."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cronsim import CronSim, CronSimError

from directory.catalogue.sources import known_sources
from directory.errors import PlainError

OWN_FILE = "sources.toml"
_OWN_KEYS = frozenset({"address", "schedule", "fetch"})
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
    own = _own(home / OWN_FILE)
    facts = {}
    for source_id, source in known_sources().items():
        said = {**source.more, **own.get(source_id, {})}
        gently = {**source.more.get("fetch", {}), **own.get(source_id, {}).get("fetch", {})}
        facts[source_id] = _made(source_id, said, gently)
    return facts


def _made(source_id: str, said: Mapping[str, Any], gently: Mapping[str, Any]) -> FetchFacts:
    try:
        facts = FetchFacts(source_id, str(said.get("address", "")), str(said.get("schedule", "")), **gently)
        if facts.schedule:
            CronSim(facts.schedule, dt.datetime.now(dt.UTC))
        facts.addresses(dt.datetime.now(dt.UTC).date())
    except (TypeError, KeyError, ValueError) as error:
        raise FetchFactsError(f"{OWN_FILE}: [{source_id}] cannot be read: {error}") from None
    except CronSimError as error:
        raise FetchFactsError(
            f'{OWN_FILE}: [{source_id}] schedule = "{said["schedule"]}" is no schedule in cron words ({error})'
        ) from None
    if not 0 < facts.requests_a_second <= 1:
        raise FetchFactsError(f"{OWN_FILE}: [{source_id}] requests_a_second must be above 0 and at most 1")
    return facts


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
        strange = sorted(set(said) - _OWN_KEYS) if isinstance(said, dict) else ["no table"]
        if strange:
            raise FetchFactsError(f"{path}: [{source_id}] {strange[0]}: only {', '.join(sorted(_OWN_KEYS))} are read")
    return own
