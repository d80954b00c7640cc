"""Request: what the caller said of a file, weighed against what the file says of itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.catalogue.sources import known_sources
from directory.places.gazetteer import Gazetteer
from importers import drift
from importers.findings import Findings
from importers.listing_file import ListingFile, NotAListingError

ONE_OFF = "one-off"
# The two whose files look alike, so that only their codes tell one from the other.
CODED_ALIKE = ("samhsa-mh", "samhsa-su")
SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
EDITION = re.compile(r"20\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
EDITION_IN_TEXT = re.compile(rf"(?<![\d.]){EDITION.pattern}(?!\d)", re.ASCII)


@dataclass(slots=True)
class Request:
    """What the caller asked for; `warnings` says what had to be assumed.

    `mapping` is the mapping of a clinic list that was named, `mappings` those this installation keeps. Coordinates that
    lie farther than `farthest_from_zip_miles` from their ZIP are told by line.
    """

    gazetteer: Gazetteer
    farthest_from_zip_miles: float
    source_id: str | None = None
    asked_edition: str | None = None
    mapping: Path | None = None
    mappings: tuple[Path, ...] = ()
    warnings: list[str] = field(default_factory=list)

    def source(self, file: ListingFile, kind: str, recognised: str | None) -> str:
        """The source's id: what was asked, unless the file is plainly another's; else what was recognised.

        `kind` is the importer's own, as data/sources.toml names it. A source it does not know may be named freely.
        """
        asked = self.source_id
        if not asked:
            return recognised or self._one_off(file)
        facts = known_sources().get(asked)
        if facts is None:
            self.warnings.append(f"The source {asked} is not described in data/sources.toml; describe it there.")
        elif facts.more.get("kind") not in (kind, "any"):
            raise NotAListingError(f"{file.name} is not a file of {asked}: that source publishes another kind.")
        elif recognised in CODED_ALIKE and asked in CODED_ALIKE and recognised != asked:
            raise NotAListingError(
                f"{file.name} is a listing of {recognised} by its codes, not of {asked}; leave --source away."
            )
        return asked

    def _one_off(self, file: ListingFile) -> str:
        self.warnings.append(
            f"{file.name} does not say which source it is from; taken as one-off. Name it with --source."
        )
        return ONE_OFF

    def edition(self, file: ListingFile, texts: Iterable[str]) -> str:
        """The edition: what was asked, a year or date in the file's titles and sheet names, in its name, or today."""
        if self.asked_edition:
            return self.asked_edition
        for place in (" ".join(texts), file.path.stem):
            found = (match[0] for match in EDITION_IN_TEXT.finditer(place))
            years = [said for said in dict.fromkeys(found) if not is_to_come(said)]
            if len(years) > 1:
                told = ", ".join(years)
                self.warnings.append(
                    f"Several years could be the edition: {told}; took {years[0]}. Name it with --edition."
                )
            if years:
                return years[0]
        today = dt.datetime.now(dt.UTC).date().isoformat()
        self.warnings.append(
            f"{file.name} does not say which edition it is; dated today, {today}. Name it with --edition."
        )
        return today


def is_to_come(edition: str) -> bool:
    """Whether an edition is of the year after next or later: every true one would be older than such a slip."""
    return int(edition[:4]) > dt.datetime.now(dt.UTC).year + 1


def sampled(
    file: ListingFile, rows: Iterator[ListingRecord | RefusedRow], warnings: list[str], gazetteer: Gazetteer
) -> Iterator[ListingRecord | RefusedRow]:
    """The rows, once the first 200 look like their columns; raises NotAListingError, also where there is none."""
    first = list(islice(rows, drift.SAMPLE_ROWS))
    if not first:
        raise NotAListingError(f"{file.name} holds headings but no rows; fetch the listing again.")
    strange = drift.strange_columns(first, lambda city, state: gazetteer.town(city, state) is not None)
    if strange:
        raise NotAListingError(f"{file.name} does not hold what its headings say: {strange}.")
    empty = drift.mostly_empty_columns(first)
    if empty:
        warnings.append(f"Mostly empty in the first {len(first)} rows: {', '.join(empty)}. Check the headings.")
    return chain(first, rows)


def finish(batch: Batch, findings: Findings) -> None:
    """Hand the findings of a file read to its end to the batch."""
    batch.oddities.extend(findings.oddities())
    batch.oddities_untold = findings.untold
