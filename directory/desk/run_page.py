"""RunPage: a run's report, and two editions beside each other, in the words their pages show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext, ngettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from directory.catalogue.codes import code_list
from directory.catalogue.editions import compare, edition_runs
from directory.catalogue.fetches import last_fetches
from directory.catalogue.job_models import RunWish
from directory.catalogue.models import Facility, ImportRun
from directory.catalogue.publish import placer
from directory.catalogue.report import FacilityNote
from directory.catalogue.run import RunError, RunState
from directory.catalogue.sources import known_sources, source_facts
from directory.catalogue.wishes import wishes_of
from directory.config import Settings
from directory.desk.figure_words import run_words
from directory.desk.listing_words import pair_words
from directory.pages.language import language
from directory.places.gazetteer import Gazetteer
from directory.sentence import Sentence

MOST_NAMED = 200
FIGURES = (
    *("read", "refused", "new", "changed", "unchanged", "withdrawn", "moved", "merged"),
    *("gained_ketamine", "lost_ketamine", "doubtful", "filled_in"),
)
LINES_NAMED = 20
# Jobs look every ten minutes (ship/): what nobody carried out for an hour waits for no job at all.
LONG_WAIT = dt.timedelta(hours=1)
STATE_NAMES = {
    RunState.PUBLISHED: _l("Published"),
    RunState.HISTORY: _l("History"),
    RunState.HELD: _l("Held"),
    RunState.DISCARDED: _l("Discarded"),
    RunState.UNDONE: _l("Taken back"),
    RunState.UNDO: _l("Taking back"),
}
STATE_LOOKS = {RunState.PUBLISHED: "good", RunState.HELD: "wait", RunState.UNDONE: "bad", RunState.DISCARDED: "bad"}
FIELD_NAMES = {
    "name": _l("Name"),
    "name1": _l("Name"),
    "name2": _l("Program"),
    "street1": _l("Street"),
    "street2": _l("Street, second line"),
    "program": _l("Programme"),
    "street": _l("Street"),
    "city": _l("Town"),
    "state": _l("State"),
    "zip": _l("ZIP"),
    "phone": _l("Phone"),
    "website": _l("Website"),
    "precision": _l("Placed by"),
    "address": _l("Address"),
}
PLACED = {"street": _l("street"), "zip": _l("ZIP"), "none": _l("nothing")}


@dataclass(frozen=True, slots=True)
class Named:
    """A facility named, and what is said of it, a line each; `id` is None where it has no page."""

    id: int | None
    name: str
    where: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedList:
    """Facilities of one kind; `count` of them in all, of which the first are named."""

    key: str
    heading: str
    count: int
    named: list[Named]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How a source stands: its last fetch in a sentence, and whether two editions of it can be compared."""

    id: str
    name: str
    tried_at: dt.datetime | None
    outcome: str
    failed: bool
    editions: int

    @staticmethod
    def all(session: Session) -> list[SourceLine]:
        """Every source that was fetched or imported, in the order of data/sources.toml."""
        last = last_fetches(session)
        lines = []
        for source_id, facts in known_sources().items():
            editions = len(edition_runs(session, source_id))
            fetch = last.get(source_id)
            if editions or fetch:
                lines.append(
                    SourceLine(
                        id=source_id,
                        name=facts.name,
                        tried_at=fetch.tried_at if fetch else None,
                        outcome=fetch.outcome if fetch else "",
                        failed=bool(fetch and fetch.failures),
                        editions=editions,
                    )
                )
        return lines


@dataclass(frozen=True, slots=True)
class OddLine:
    """What is odd about some cells of a column; `lines` are the first of them, `more` counts the others."""

    column: str
    reason: str
    lines: str
    more: int

    @staticmethod
    def of(odd: Mapping[str, Any]) -> OddLine:
        """An oddity as a report keeps it."""
        named = ", ".join(map(str, odd["lines"][:LINES_NAMED]))
        return OddLine(odd["column"], odd["reason"], named, max(0, len(odd["lines"]) - LINES_NAMED))


@dataclass(frozen=True, slots=True)
class RunPage:
    """What a run's page shows."""

    id: int
    source: str
    edition: str
    file: str
    at: dt.datetime
    state: str
    look: str
    held: list[str]
    decided: str
    reason: str
    undoes: int | None
    wishes: list[RunWish]
    waits_long: bool
    figures: list[tuple[str, int]]
    summary: str
    refused: list[Mapping[str, Any]]
    refused_count: int
    warnings: list[str]
    oddities: list[OddLine]
    oddities_count: int
    lists: list[NamedList]
    doubts: list[tuple[Named, Named, str]]
    may_decide: bool
    may_undo: bool

    @classmethod
    def of(cls, session: Session, run: ImportRun) -> RunPage:
        """The page of a run."""
        said = run.report or {}
        wishes = wishes_of(session, run.id)
        asked = any(one.done_at is None for one in wishes)
        known = _known(session, said)
        return cls(
            id=run.id,
            source=source_facts(run.source_id).name,
            edition=run.edition,
            file=run.file_name,
            at=run.started_at,
            state=str(STATE_NAMES[RunState(run.state)]),
            look=STATE_LOOKS.get(RunState(run.state), ""),
            held=list(run.held_because),
            decided=run.decided_by,
            reason=run.decision_reason,
            undoes=run.undoes_run_id,
            wishes=wishes,
            waits_long=any(one.done_at is None and _age(one.asked_at) > LONG_WAIT for one in wishes),
            figures=_figures(said),
            summary=_summary(run, said),
            refused=list(said.get("refused", ()))[:MOST_NAMED],
            refused_count=len(said.get("refused", ())),
            warnings=list(said.get("warnings", ())),
            oddities=[OddLine.of(odd) for odd in said.get("oddities", ())[:MOST_NAMED]],
            oddities_count=sum(len(odd["lines"]) for odd in said.get("oddities", ())),
            lists=_lists(said, known),
            doubts=[
                (_named(one["one"], known), _named(one["other"], known), one["reason"])
                for one in said.get("pairs_doubtful", ())[:MOST_NAMED]
            ],
            may_decide=run.state == RunState.HELD and not asked,
            may_undo=not asked and _may_undo(session, run),
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """Two editions of a source, and the choice of others."""

    source_id: str
    source: str
    runs: Sequence[ImportRun]
    older: ImportRun
    newer: ImportRun
    in_both: int
    lists: list[NamedList]

    @classmethod
    def of(cls, session: Session, settings: Settings, source_id: str, one: int | None, other: int | None) -> Compared:
        """The editions asked for, else the newest two. Raises RunError where there are no two."""
        runs = edition_runs(session, source_id)
        if len(runs) < 2:
            raise RunError(Sentence("there are no two editions of this source to compare"))
        chosen = [run for run in runs if run.id in (one, other)]
        newer, older = chosen if len(chosen) == 2 else runs[:2]
        place_of = placer(session, Gazetteer.load(settings.home), settings, asks=False)
        found = compare(session, older, newer, place_of)
        notes = {
            "gained": found.changes.gained,
            "lost": found.changes.lost,
            "withdrawn": found.withdrawn,
            "new": found.new,
            "moved": found.changes.moved,
            "changed": found.changes.changed,
        }
        lists = [
            _list(key, len(said), [_named_note(note) for note in said[:MOST_NAMED]]) for key, said in notes.items()
        ]
        name = source_facts(source_id).name
        return cls(source_id, name, runs, found.older, found.newer, found.in_both, [one for one in lists if one.count])


def column_name(column: str) -> str:
    """A column of a report in words, where it is one of ours; one of the file's own as the file has it."""
    return str(FIELD_NAMES.get(column, column))


def _may_undo(session: Session, run: ImportRun) -> bool:
    """True for history, and for the newest published run of its source."""
    if run.state != RunState.PUBLISHED:
        return run.state == RunState.HISTORY
    later = exists().where(
        ImportRun.source_id == run.source_id, ImportRun.id > run.id, ImportRun.state == RunState.PUBLISHED
    )
    return not session.scalar(select(later))


def _figures(said: Mapping[str, Any]) -> list[tuple[str, int]]:
    counts = {key: len(said[key]) if isinstance(said[key], list) else said[key] for key in FIGURES if key in said}
    return [(run_words(key, count), count) for key, count in counts.items() if key != "filled_in" or count]


def _summary(run: ImportRun, said: Mapping[str, Any]) -> str:
    if run.state == RunState.HELD:
        return str(gettext("A check stopped it: nothing of it is shown."))
    if run.state == RunState.UNDO:
        return str(gettext("Run %(run)s was taken back.", run=run.undoes_run_id))
    if run.state == RunState.HISTORY:
        return str(
            gettext("An edition older than %(edition)s: it fills in history.", edition=said.get("older_than", ""))
        )
    count = said.get("new", 0)
    new = ngettext("%(number)s new clinic", "%(number)s new clinics", count, number=format_decimal(count))
    gained, lost = (format_decimal(said.get(key, 0)) for key in ("gained_ketamine", "lost_ketamine"))
    return str(gettext("%(new)s, %(gained)s gained ketamine, %(lost)s lost it", new=new, gained=gained, lost=lost))


def _lists(said: Mapping[str, Any], known: set[int]) -> list[NamedList]:
    counts = {"gained": "gained_ketamine", "lost": "lost_ketamine", "merged": "joined"}
    lists = []
    for key in ("gained", "lost", "withdrawn", "moved", "merged", "several", "changed"):
        notes = said.get(f"facilities_{key}", [])
        count = max(len(notes), said.get(counts.get(key, key), 0))
        lists.append(_list(key, count, [_named(note, known) for note in notes[:MOST_NAMED]]))
    return [one for one in lists if one.named]


def _list(key: str, count: int, named: list[Named]) -> NamedList:
    headings = {
        "gained": gettext("Gained ketamine"),
        "lost": gettext("Lost ketamine"),
        "withdrawn": gettext("Clinics withdrawn"),
        "new": gettext("New clinics"),
        "moved": gettext("Clinics moved"),
        "merged": gettext("Joined a clinic of another source"),
        "several": gettext("One clinic of several rows"),
        "changed": gettext("Clinics changed"),
    }
    return NamedList(key, headings[key], count, named)


def _known(session: Session, said: Mapping[str, Any]) -> set[int]:
    """Of the facilities a report names those that are there still: a run taken back takes its own with it."""
    notes = [note for key, value in said.items() if key.startswith("facilities_") for note in value]
    notes += [one[side] for one in said.get("pairs_doubtful", ()) for side in ("one", "other")]
    ids = sorted({note["id"] for note in notes if note.get("id")})
    found: set[int] = set()
    for start in range(0, len(ids), 5_000):
        found.update(session.scalars(select(Facility.id).where(Facility.id.in_(ids[start : start + 5_000]))))
    return found


def _named(note: Mapping[str, Any], known: set[int]) -> Named:
    number = note.get("id")
    said = tuple(_change_words(note.get("fields", {}), note.get("miles"), note.get("reason", "")))
    if note.get("lines"):
        said += (gettext("Lines %(lines)s", lines=", ".join(map(str, note["lines"]))),)
    return Named(number if number in known else None, _name(note), f"{note['city']}, {note['state']}", said)


def _named_note(note: FacilityNote) -> Named:
    return _named(note.as_dict(), {note.id} if note.id else set())


def _name(note: Mapping[str, Any]) -> str:
    return ", ".join(part for part in (note["name"], note["program"]) if part)


def _change_words(fields: Mapping[str, Sequence[str]], miles: float | None, reason: str) -> Iterable[str]:
    for field, (before, after) in fields.items():
        if field == "codes":
            yield from _service_words(before, after)
        else:
            old, new = (PLACED.get(value, value) if field == "precision" else value for value in (before, after))
            yield f"{FIELD_NAMES[field]}: {old or gettext('nothing')} → {new or gettext('nothing')}"
    if miles is not None:
        yield (
            gettext("%(miles)s miles away", miles=format_decimal(miles))
            if miles >= 0.1
            else gettext("less than a tenth of a mile away")
        )
    if reason:
        yield pair_words(reason)


def _service_words(lost: str, gained: str) -> Iterable[str]:
    for heading, codes in ((gettext("No longer"), lost), (gettext("Newly"), gained)):
        if codes:
            names = [_service_name(code) for code in codes.split()]
            yield f"{heading}: {', '.join(names)}"


def _service_name(code: str) -> str:
    if code not in code_list():
        return code
    service = code_list().services[code]
    return service.plain_es if language() == "es" else service.plain


def _age(moment: dt.datetime) -> dt.timedelta:
    return dt.datetime.now(dt.UTC) - moment
