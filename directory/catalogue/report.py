"""ImportReport: what an import did, as numbers, as sentences and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from directory.catalogue.record import Oddity, RefusedRow, lines_in_words

# Lists of names are for people: what is longer is cut here and counted in full.
LONGEST_LIST = 1_000
NAMES_ON_A_TERMINAL = 20
ODDITIES_ON_A_TERMINAL = 200


@dataclass(slots=True)
class FacilityNote:
    """A facility a report names.

    `fields` maps a changed field to [before, after]; `miles` says how far one moved, where both points are known;
    `reason` why it was joined with another source's; `lines` are the rows of the file that name it, where several do.
    """

    id: int | None
    name: str
    program: str
    city: str
    state: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    miles: float | None = None
    reason: str = ""
    lines: list[int] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """All values; `fields`, `miles`, `reason` and `lines` only where there is something to say."""
        named = {"id": self.id, "name": self.name, "program": self.program, "city": self.city, "state": self.state}
        more = {"fields": self.fields, "miles": self.miles, "reason": self.reason, "lines": self.lines}
        return named | {key: value for key, value in more.items() if value not in ({}, None, "", [])}

    def as_words(self) -> str:
        """The facility in one line: name, programme, town and state."""
        return ", ".join(part for part in (self.name, self.program, self.city, self.state) if part)

    def as_sentence(self) -> str:
        """The facility in one line, with all that is said of it: "… (phone: 219-555-0101 → nothing; 2.4 miles)"."""
        said = [
            f"{name}: {before or 'nothing'} → {after or 'nothing'}" for name, (before, after) in self.fields.items()
        ]
        said += [f"{self.miles:g} miles"] if self.miles is not None else []
        said += [self.reason] if self.reason else []
        said += [lines_in_words(self.lines)] if self.lines else []
        return self.as_words() + (f" ({'; '.join(said)})" if said else "")


@dataclass(slots=True)
class DoubtNote:
    """Two facilities that may be one, and what speaks for it."""

    one: FacilityNote
    other: FacilityNote
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Both facilities and the reason."""
        return {"one": self.one.as_dict(), "other": self.other.as_dict(), "reason": self.reason}

    def as_sentence(self) -> str:
        """Both facilities and the reason in one line."""
        return f"{self.one.as_words()}, and {self.other.as_words()} ({self.reason})"


@dataclass(slots=True)
class ImportReport:
    """What an import did. Counts are of facilities, except `read`, `refused`, `merged` and `repeats`: rows.

    Every row read is refused, or becomes a facility that is new, changed or unchanged, or is merged: it joined a
    facility of another source, or repeats a new row of this file. On a later import such rows count as `unchanged`
    or, the repeats, as `repeats`. `changed` counts facilities of which this source says something else than before,
    `withdrawn` those it no longer lists (`still_listed` of them other sources do). `gained_ketamine` and
    `lost_ketamine` count facilities: before + gained - lost = after. Of an edition `older_than` the newest, `filled_in`
    counts the listings that went into the history, `filled_in_unknown` the facilities known from it alone.
    `oddities` are rows and cells that were read but look wrong, by line; `fields_changed` counts this source's listings
    by the field that changed, intake phones among them; `several` names facilities of more than one new row.
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
    filled_in: int = 0
    filled_in_unknown: int = 0
    fields_changed: dict[str, int] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    oddities_untold: int = 0
    gained: list[FacilityNote] = field(default_factory=list)
    lost: list[FacilityNote] = field(default_factory=list)
    changes: list[FacilityNote] = field(default_factory=list)
    moved: list[FacilityNote] = field(default_factory=list)
    withdrawals: list[FacilityNote] = field(default_factory=list)
    mergers: list[FacilityNote] = field(default_factory=list)
    several: list[FacilityNote] = field(default_factory=list)
    doubts: list[DoubtNote] = field(default_factory=list)

    @property
    def nothing_changed(self) -> bool:
        """True where the catalogue says after the import what it said before."""
        return not (self.new or self.changed or self.withdrawn or self.merged)

    @property
    def is_held(self) -> bool:
        """True where a check stopped the run, and nobody decided otherwise."""
        return bool(self.held) and not self.accepted and not self.dry_run

    def as_dict(self, longest: int | None = LONGEST_LIST) -> dict[str, Any]:
        """The report as one JSON object; of each list of facilities the `longest` first, all where that is None."""
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
            "joined": len(self.mergers),
            "repeats": self.repeats,
            "gained_ketamine": self.gained_ketamine,
            "lost_ketamine": self.lost_ketamine,
            "doubtful": self.doubtful,
            "older_than": self.older_than,
            "filled_in": self.filled_in,
            "filled_in_unknown": self.filled_in_unknown,
            "fields_changed": self.fields_changed,
            "held": self.held,
            "nothing_changed": self.nothing_changed,
            "warnings": self.warnings,
            "oddities": [{"column": odd.column, "reason": odd.reason, "lines": odd.lines} for odd in self.oddities],
            "oddities_untold": self.oddities_untold,
            "moved": len(self.moved),
            "facilities_gained": [note.as_dict() for note in self.gained[:longest]],
            "facilities_lost": [note.as_dict() for note in self.lost[:longest]],
            "facilities_changed": [note.as_dict() for note in self.changes[:longest]],
            "facilities_moved": [note.as_dict() for note in self.moved[:longest]],
            "facilities_withdrawn": [note.as_dict() for note in self.withdrawals[:longest]],
            "facilities_merged": [note.as_dict() for note in self.mergers[:longest]],
            "several": len(self.several),
            "facilities_several": [note.as_dict() for note in self.several[:longest]],
            "pairs_doubtful": [doubt.as_dict() for doubt in self.doubts[:longest]],
        }

    def as_text(self) -> str:
        """The report as lines for a terminal; of each list of facilities the first are named."""
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
            lines += self._history_lines()
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
            f"{len(self.moved):>8,} moved",
            f"{self.merged:>8,} rows merged into a facility that another row or source names too",
            f"{self.gained_ketamine:>8,} gained ketamine, {self.lost_ketamine:,} lost it",
            f"{self.doubtful:>8,} doubtful pairs left apart for review",
        ]
        if self.fields_changed:
            told = ", ".join(f"{name} {count:,}" for name, count in self.fields_changed.items())
            lines.append(f"changed by field: {told}")
        for what, notes in self._lists():
            lines += _named(what, notes)
        lines += [f"warning: {warning}" for warning in self.warnings]
        lines += _odd(self.oddities)
        lines += [f"refused: {row.as_words()}" for row in self.refused]
        return "\n".join(lines)

    def _lists(self) -> Iterator[tuple[str, Sequence[FacilityNote | DoubtNote]]]:
        yield "gained ketamine", self.gained
        yield "lost ketamine", self.lost
        yield "withdrawn", self.withdrawals
        yield "moved", self.moved
        yield "joined a clinic of another source", self.mergers
        yield "one clinic of several rows", self.several
        yield "changed", self.changes
        yield "doubtful", self.doubts

    def _history_lines(self) -> list[str]:
        newer = f"Edition {self.older_than} is already here and newer: nothing that is shown was changed."
        if not self.filled_in:
            return [newer, "What this edition says was known already."]
        return [
            newer,
            f"{self.filled_in:>8,} listings fill in its history",
            f"{self.filled_in_unknown:>8,} facilities are known from it alone",
        ]


def _odd(oddities: Sequence[Oddity]) -> list[str]:
    lines = [f"odd: {odd.as_words()}" for odd in oddities[:ODDITIES_ON_A_TERMINAL]]
    left = len(oddities) - ODDITIES_ON_A_TERMINAL
    return [*lines, f"odd: and {left:,} more; --json names them with every line"] if left > 0 else lines


def _named(what: str, notes: Sequence[FacilityNote | DoubtNote]) -> list[str]:
    lines = [f"{what}: {note.as_sentence()}" for note in notes[:NAMES_ON_A_TERMINAL]]
    left = len(notes) - NAMES_ON_A_TERMINAL
    return [*lines, f"{what}: and {left:,} more; --json names them"] if left > 0 else lines
