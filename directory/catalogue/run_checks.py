"""Run checks: what an import must look like before anybody sees it; what does not is held for a steward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from directory.catalogue.field_shares import FieldShares
from directory.catalogue.report import ImportReport

# Shares that hold for every source, unless its entry in data/sources.toml says otherwise.
REFUSED_SHARE_MOST = 0.05
UNKNOWN_SHARE_MOST = 0.20
ASTRAY_SHARE_MOST = 0.05
# From one year to the next a real source changed 22 % of its intake phones, 9 % of its phones, 8 % of its names.
FIELD_CHANGED_SHARE_MOST = 0.40
# Of a handful of rows one is a large share and says nothing.
FEWEST_FOR_A_SHARE = 20


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What checks look at besides the report: counts of facilities, `ketamine` of listings, the rest of rows.

    `listed_before` counts facilities this source listed before the run; `whole` is False for a part of an edition and
    for a list that replaces nothing; `located` rows brought coordinates, `astray` of those lie far from their ZIP;
    `fields` counts listings by the field that changed.
    """

    whole: bool
    listed_before: int
    ketamine: int
    unknown: int
    located: int
    astray: int
    fields: FieldShares = field(default_factory=FieldShares)


def why_held(report: ImportReport, figures: RunFigures, expected: Mapping[str, Any]) -> list[str]:
    """Why a run should not be seen yet, in sentences; empty where all is as expected.

    `expected` is the table of that name in data/sources.toml: rows and ketamine listings as counts, shares of the
    facilities listed before (withdrawn, changed) or of the rows (refused, unknown, astray).
    """
    said = _counts(report, figures, expected) if figures.whole else []
    if not figures.whole and report.read and len(report.refused) == report.read:
        said.append("No row could be read.")
    if report.oddities_untold:
        said.append(f"{report.oddities_untold:,} rows and cells look wrong beyond those the report can name.")
    shares = [
        ("refused", len(report.refused), report.read, REFUSED_SHARE_MOST, "of the rows were refused"),
        ("unknown", figures.unknown, report.read, UNKNOWN_SHARE_MOST, "of the rows hold codes or labels nobody knows"),
        ("astray", figures.astray, figures.located, ASTRAY_SHARE_MOST, "of the coordinates lie far from their ZIP"),
    ]
    if figures.whole and figures.listed_before:
        before = figures.listed_before
        shares += [
            ("withdrawn", report.withdrawn, before, 1.0, "of the facilities listed before are gone"),
            ("changed", report.changed, before, 1.0, "of the facilities listed before changed"),
        ]
    for name, part, whole, usual, what in shares:
        most = float(expected.get(f"{name}_share_most", usual))
        if whole >= FEWEST_FOR_A_SHARE and part > most * whole:
            said.append(f"{part:,} of {whole:,} ({part / whole:.0%}) {what}; at most {most:.0%} is expected.")
    return said + _fields(figures.fields, float(expected.get("field_changed_share_most", FIELD_CHANGED_SHARE_MOST)))


def _fields(fields: FieldShares, most: float) -> list[str]:
    """A column that changed places with its like looks right by itself, but not beside the edition before."""
    return [
        f"{changed:,} of {fields.filled[name]:,} ({changed / fields.filled[name]:.0%}) of what {name} held is "
        f"something else now; at most {most:.0%} is expected. Two columns may have changed places."
        for name, changed in sorted(fields.changed.items())
        if fields.filled[name] >= FEWEST_FOR_A_SHARE and changed > most * fields.filled[name]
    ]


def _counts(report: ImportReport, figures: RunFigures, expected: Mapping[str, Any]) -> list[str]:
    said = []
    good = report.read - len(report.refused)
    least, most = expected.get("rows_least", 0), expected.get("rows_most")
    if good < least:
        said.append(f"{good:,} rows could be read; at least {least:,} are expected. The file may have been cut off.")
    if most is not None and good > most:
        said.append(f"{good:,} rows could be read; at most {most:,} are expected.")
    fewest = expected.get("ketamine_least", 0)
    if figures.ketamine < fewest:
        said.append(
            f"{figures.ketamine:,} listings offer ketamine; at least {fewest:,} are expected. "
            "The column of services may be broken."
        )
    return said
