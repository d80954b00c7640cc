"""Drift: a column that appears, vanishes or holds another's values is told, never absorbed silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations

from rapidfuzz import fuzz, process

from directory.catalogue.record import ListingRecord, RefusedRow

SAMPLE_ROWS = 200
FEWEST_TO_JUDGE = 20
REFUSED_SHARE = 0.25
SAME_SHARE = 0.9


def _has_digit(said: str) -> bool:
    return any(letter.isdigit() for letter in said)


def _is_name(said: str) -> bool:
    return not said[:1].isdigit() and " * " not in said


def _is_town(said: str) -> bool:
    return not _has_digit(said) and " * " not in said


# What most values of a column look like in every edition, with the share that must do so.
LIKENESS: Mapping[str, tuple[Callable[[str], bool], float, str]] = {
    "name1": (_is_name, 0.6, "names"),
    "street1": (_has_digit, 0.5, "streets"),
    "city": (_is_town, 0.8, "towns"),
}
COMPARED = ("name1", "name2", "street1", "street2", "city", "state", "zip", "phone")
MOSTLY_FILLED = ("street1", "phone", "codes")


def missing_columns(required: Sequence[str], found: Collection[str], unknown: Sequence[str]) -> str:
    """What to say of headings that are missing: each with the likest unknown one; empty where all are there."""
    told = []
    for column in required:
        if column in found:
            continue
        near = process.extractOne(column, unknown, scorer=fuzz.WRatio, score_cutoff=70)
        told.append(f"{column} (did you mean {near[0]}?)" if near else column)
    return ", ".join(told)


def strange_columns(rows: Sequence[ListingRecord | RefusedRow], is_town: Callable[[str, str], bool]) -> str:
    """What to say of the first rows of a file where a column holds something else than its name says.

    Judged on ListingRecords and RefusedRows together, and only with 20 rows and more; empty where all is well.
    `is_town` knows the towns of a state by name.
    """
    if len(rows) < FEWEST_TO_JUDGE:
        return ""
    listings = [row for row in rows if isinstance(row, ListingRecord)]
    return _mostly_refused(rows) or _unlike(listings) or _no_towns(listings, is_town) or _swapped(listings)


def _mostly_refused(rows: Sequence[ListingRecord | RefusedRow]) -> str:
    refused = [row for row in rows if isinstance(row, RefusedRow)]
    by_column = Counter(row.column for row in refused)
    if not by_column:
        return ""
    column, count = by_column.most_common(1)[0]
    if count < FEWEST_TO_JUDGE // 2 or count < REFUSED_SHARE * len(rows):
        return ""
    example = next(row for row in refused if row.column == column)
    where = f"column {column}" if column else "the cells"
    return f"{count} of the first {len(rows)} rows cannot be read: {where}, line {example.line}: {example.reason}"


def mostly_empty_columns(rows: Sequence[ListingRecord | RefusedRow]) -> list[str]:
    """Columns that every edition fills and these first rows mostly do not."""
    listings = [row for row in rows if isinstance(row, ListingRecord)]
    if len(listings) < FEWEST_TO_JUDGE:
        return []
    return [
        column
        for column in MOSTLY_FILLED
        if sum(
            bool(getattr(listing, column)) or (column == "street1" and listing.street_withheld) for listing in listings
        )
        < len(listings) / 2
    ]


def _no_towns(listings: Sequence[ListingRecord], is_town: Callable[[str, str], bool]) -> str:
    strange = [listing.city for listing in listings if not is_town(listing.city, listing.state)]
    if len(listings) < FEWEST_TO_JUDGE or len(strange) < len(listings) / 2:
        return ""
    return f'column city does not hold towns but such as "{strange[0]}"; check the headings'


def _swapped(listings: Sequence[ListingRecord]) -> str:
    """The second line of a street is mostly empty, the first never: the other way round, the two are swapped."""
    second = [listing.street2 for listing in listings if listing.street2 and not listing.street1]
    if len(second) < FEWEST_TO_JUDGE // 2 or len(second) < len(listings) / 2:
        return ""
    return f'column street1 is empty where street2 holds such as "{second[0]}"; check the headings'


def _unlike(listings: Sequence[ListingRecord]) -> str:
    values = {column: [str(getattr(listing, column)) for listing in listings] for column in COMPARED}
    for column, (looks_right, share, kind) in LIKENESS.items():
        said = [value for value in values[column] if value]
        if len(said) >= FEWEST_TO_JUDGE and sum(map(looks_right, said)) < share * len(said):
            return f'column {column} does not hold {kind} but such as "{said[0]}"; check the headings'
    for one, other in combinations(values, 2):
        pairs = [pair for pair in zip(values[one], values[other], strict=True) if pair[1] or pair[0]]
        if len(pairs) >= FEWEST_TO_JUDGE and sum(a == b for a, b in pairs) >= SAME_SHARE * len(pairs):
            return f'columns {one} and {other} say the same, such as "{pairs[0][0]}"; check the headings'
    return ""
