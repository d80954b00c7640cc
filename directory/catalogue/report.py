"""ImportReport: what an import did, as numbers, as sentences and as one JSON object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from directory.catalogue.record import RefusedRow

# Lists of names are for people: what is longer is cut here and counted in full.
LONGEST_LIST = 1_000


@dataclass(slots=True)
class FacilityNote:
    """A facility a report names; `fields` maps a changed field to [before, after]."""

    id: int | None
    name: str
    program: str
    city: str
    state: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """All values, `fields` only where something changed."""
        named = {"id": self.id, "name": self.name, "program": self.program, "city": self.city, "state": self.state}
        return named | ({"fields": self.fields} if self.fields else {})


@dataclass(slots=True)
class ImportReport:
    """What an import did. Counts are of facilities, except `read`, `refused`, `merged` and `repeats`: rows.

    Every row read is refused, or becomes a facility that is new, changed or unchanged, or is merged: it joined a
    facility of another source, or repeats a new row of this file. On a later import such rows count as `unchanged`
    or, the repeats, as `repeats`. `changed` counts facilities of which this source says something else than before,
    `withdrawn` those it no longer lists (`still_listed` of them other sources do). `gained_ketamine` and
    `lost_ketamine` count facilities: before + gained - lost = after.
    """

    source: str
    edition: str
    file_name: str = ""
    run_id: int | None = None
    accepted: bool = False
    dry_run: bool = False
    read: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    still_listed: int = 0
    returned: int = 0
    merged: int = 0
    repeats: int = 0
    gained_ketamine: int = 0
    lost_ketamine: int = 0
    doubtful: int = 0
    older_than: str = ""
    held: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    gained: list[FacilityNote] = field(default_factory=list)
    lost: list[FacilityNote] = field(default_factory=list)
    changes: list[FacilityNote] = field(default_factory=list)

    @property
    def nothing_changed(self) -> bool:
        """True where the catalogue says after the import what it said before."""
        return not (self.new or self.changed or self.withdrawn or self.merged)

    @property
    def is_held(self) -> bool:
        """True where a check stopped the run, and nobody decided otherwise."""
        return bool(self.held) and not self.accepted and not self.dry_run

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "source": self.source,
            "edition": self.edition,
            "file": self.file_name,
            "run": self.run_id,
            "dry_run": self.dry_run,
            "read": self.read,
            "refused": [{"line": row.line, "column": row.column, "reason": row.reason} for row in self.refused],
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "withdrawn": self.withdrawn,
            "still_listed": self.still_listed,
            "returned": self.returned,
            "merged": self.merged,
            "repeats": self.repeats,
            "gained_ketamine": self.gained_ketamine,
            "lost_ketamine": self.lost_ketamine,
            "doubtful": self.doubtful,
            "older_than": self.older_than,
            "held": self.held,
            "nothing_changed": self.nothing_changed,
            "warnings": self.warnings,
            "facilities_gained": [note.as_dict() for note in self.gained[:LONGEST_LIST]],
            "facilities_lost": [note.as_dict() for note in self.lost[:LONGEST_LIST]],
            "facilities_changed": [note.as_dict() for note in self.changes[:LONGEST_LIST]],
        }

    def as_text(self) -> str:
        """The report as lines for a terminal, no longer than a page but for refused rows and warnings."""
        lines = [f"{self.source}, edition {self.edition}" + (" (dry run: nothing was kept)" if self.dry_run else "")]
        if self.held and self.dry_run:
            lines += ["This run would be held:", *(f"- {said}" for said in self.held)]
        elif self.is_held:
            lines += [f"HELD as run {self.run_id}: nothing was changed.", *(f"- {said}" for said in self.held)]
            lines += [
                "Look at the file. Then publish it or leave it:",
                f"  directory import --approve {self.run_id} --reason '…'",
                f"  directory import --discard {self.run_id} --reason '…'",
            ]
        if self.older_than:
            lines.append(f"Edition {self.older_than} is already here and newer: nothing was changed.")
        elif self.nothing_changed:
            lines.append("Nothing changed.")
        lines += [
            f"{self.read:>8,} rows read",
            f"{len(self.refused):>8,} rows refused",
            f"{self.new:>8,} facilities new",
            f"{self.changed:>8,} changed" + (f" ({self.returned:,} listed again)" if self.returned else ""),
            f"{self.unchanged:>8,} unchanged",
            f"{self.withdrawn:>8,} withdrawn"
            + (f" ({self.still_listed:,} still listed by another source)" if self.still_listed else ""),
            f"{self.merged:>8,} rows merged into a facility that another row or source names too",
            f"{self.gained_ketamine:>8,} gained ketamine, {self.lost_ketamine:,} lost it",
            f"{self.doubtful:>8,} doubtful pairs left apart for review",
        ]
        lines += [f"warning: {warning}" for warning in self.warnings]
        lines += [f"refused: line {row.line}, {row.column}: {row.reason}" for row in self.refused]
        return "\n".join(lines)
