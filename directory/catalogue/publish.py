"""Publishing: a batch of listings becomes facilities, in one transaction with one report."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias, cast

from sqlalchemy import Row, Table, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from directory.catalogue.changes import KETAMINE, SHOWN_COLUMNS, changes_between, note_of
from directory.catalogue.codes import code_list
from directory.catalogue.codes_kept import keep_codes
from directory.catalogue.field_shares import field_shares
from directory.catalogue.geocoding import geocoder
from directory.catalogue.history import fill_in, knows_edition
from directory.catalogue.listing_rows import first_records, insert_facilities, insert_listings
from directory.catalogue.match import Profile, match, share_of_codes
from directory.catalogue.merged import merged_facilities
from directory.catalogue.models import DoubtfulMatch, ImportRun, Listing
from directory.catalogue.pairs import stand_as_decided
from directory.catalogue.placing import Address, Geocode, PlaceFinder, Point, place
from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.catalogue.redraw import FACILITY, LISTING, portions, redraw
from directory.catalogue.remembered import Judgement, Remembered, decided_pairs, judged_apart, listing_key, remembered
from directory.catalogue.report import DoubtNote, ImportReport
from directory.catalogue.run import Decision, RunError, RunState, decided, held_run
from directory.catalogue.run_checks import RunFigures, why_held
from directory.catalogue.session import Catalogue
from directory.catalogue.sites import SITE_COLUMNS, near_to, row_profile, site_key, site_profile, sites_of
from directory.catalogue.sources import keep_source, source_facts
from directory.config import Settings
from directory.sentence import Sentence

# Files of unknown origin share this source, and no two of them are editions of one list.
ONE_OFF = "one-off"

CatalogueRow: TypeAlias = Row[*tuple[Any, ...]]

DOUBTFUL = cast(Table, DoubtfulMatch.__table__)
# Two listings of one site that share fewer of their services stand beside each other: the locator lists a site once
# for mental health and once for substance use. Over an edition's change nine in ten share more, those two never.
_SHARE_OF_A_NEWER_LISTING = 0.5


class _DryRunEnd(Exception):  # noqa: N818
    """Ends a dry run's transaction, so that nothing is kept."""


class _Held(Exception):  # noqa: N818
    """Ends the transaction of a run that a check stopped."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A run that a steward wants in spite of its checks; `run_id` is the held one that it was, if it was."""

    decision: Decision
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """The rows of a batch: fresh ones with all their lines, and the digests of those the catalogue holds already."""

    fresh: dict[str, ListingRecord]
    known: set[str]
    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class _Plan:
    """Which facility each fresh row belongs to. New facilities have negative numbers until they are written.

    Rows are matched as if nobody had merged anything; what people decided is laid over what is planned.
    """

    facility_of: dict[str, int] = field(default_factory=dict)
    doubts: list[tuple[int, int, str]] = field(default_factory=list)
    joined: dict[int, str] = field(default_factory=dict)
    new: int = 0


def publish(  # noqa: PLR0913 - how it is watched, tried, checked and followed is up to whoever publishes
    catalogue: Catalogue,
    batch: Batch,
    gazetteer: PlaceFinder,
    settings: Settings,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
    checked: bool = False,
    accepted: Accepted | None = None,
    before_commit: Callable[[Session], None] | None = None,
) -> ImportReport:
    """Bring a batch into the catalogue: wholly, or not at all where anything fails.

    `progress` is told the number of rows read so far, every 200 rows and at the end. A dry run makes the same report
    and keeps nothing. An edition that is already here unchanged writes nothing; one older than the source's newest
    fills in history and changes nothing that is shown. A partial edition and a one-off list withdraw nothing; a batch
    without one good row leaves no trace but its report.

    `checked` holds a run that is not as its source expects (directory.catalogue.run_checks): nothing of it is kept but
    a run with its report and the reasons, until a steward approves or discards it. `accepted` publishes it all the
    same. `before_commit` is shown the catalogue as it will be, where the run changes anything. Raises RunError where
    the run that was accepted is not held any longer.
    """
    report = ImportReport(batch.source_id, batch.edition, batch.file_name, dry_run=dry_run)
    try:
        with catalogue.writing(alone=True) as session:
            publishing = _Publishing(session, batch, gazetteer, settings, report)
            publishing.accepted = accepted
            report.accepted = accepted is not None
            publishing.run(progress)
            report.held = publishing.why_held() if checked else []
            if report.held and accepted is None and not dry_run:
                raise _Held
            if dry_run:
                raise _DryRunEnd
            if before_commit is not None and not report.nothing_changed:
                before_commit(session)
    except _DryRunEnd:
        _forget_numbers(report)
    except _Held:
        _forget_numbers(report)
        with catalogue.writing(alone=True) as session:
            _Publishing(session, batch, gazetteer, settings, report).hold()
    return report


def placer(session: Session, gazetteer: PlaceFinder, settings: Settings, *, asks: bool) -> Callable[[Address], Point]:
    """Finds the point of an address; `asks` a geocoder too, where the settings name one."""
    geocode: Geocode | None = geocoder(session, settings.geocoder) if asks else None
    return lambda address: place(address, gazetteer, settings.imports.farthest_from_zip_miles, geocode)


def _forget_numbers(report: ImportReport) -> None:
    report.run_id = None
    changed = (report.gained, report.lost, report.changes, report.moved, report.withdrawals)
    joined = (report.mergers, report.several)
    for note in (*chain(*changed, *joined), *chain(*((doubt.one, doubt.other) for doubt in report.doubts))):
        note.id = None


class _Publishing:
    """One batch on its way into the catalogue."""

    def __init__(
        self, session: Session, batch: Batch, gazetteer: PlaceFinder, settings: Settings, report: ImportReport
    ) -> None:
        self.session = session
        self.batch = batch
        self.gazetteer = gazetteer
        self.settings = settings
        self.report = report
        self.accepted: Accepted | None = None
        self.stands = merged_facilities(session)
        self.decisions: list[Remembered] = remembered(session)
        self.known_sites: dict[int, frozenset[str]] = {}
        self.listed_before = self.unknown = self.located = self.astray = 0
        self.last_run = session.scalars(
            select(ImportRun)
            .where(ImportRun.source_id == batch.source_id, ImportRun.state == RunState.PUBLISHED)
            .order_by(ImportRun.edition.desc(), ImportRun.id.desc())
            .limit(1)
        ).first()

    def run(self, progress: Callable[[int], None] | None) -> None:
        """Read, compare, match, write; fills the report."""
        started = dt.datetime.now(dt.UTC)
        one_off = self.batch.source_id == ONE_OFF
        if self.last_run and self.batch.edition < self.last_run.edition and not one_off:
            self._fill_in(started, self.last_run.edition, progress)
            return
        current = self._current()
        self.listed_before = len({row.facility_id for row in current})
        reading = self._read(current, progress)
        self._take_over_warnings()
        if not reading.fresh and not reading.known:
            self.report.unchanged = len({row.facility_id for row in current})
            self.report.warnings.append("The file has no row that could be read: nothing was changed.")
            return
        ended = {row.id: row for row in current if row.digest not in reading.known}
        keeps_the_rest = self.batch.partial or one_off
        if keeps_the_rest and ended:
            self.report.warnings.append(_NOTHING_WITHDRAWN[one_off].format(len(ended)))
        if not reading.fresh and (keeps_the_rest or not ended):
            self.report.unchanged = len({row.facility_id for row in current})
            last = self.last_run
            if not (last and last.edition == self.batch.edition and last.file_sha256 == self.batch.file_sha256):
                run_id = self._record(started)
                if not last or last.edition != self.batch.edition:
                    self._reshow(run_id, self._shared_facilities(current))
                self._finish(run_id)
            return
        plan = self._planned(reading, current, ended)
        if keeps_the_rest:
            ended = self._replaced(reading.fresh, ended, plan)
        run_id = self._record(started)
        self._write(run_id, reading, current, ended, plan)
        self._finish(run_id)

    def _fill_in(self, started: dt.datetime, newest: str, progress: Callable[[int], None] | None) -> None:
        """An edition older than the newest: history, whatever it says."""
        reading = self._read((), progress)
        self.report.older_than = newest
        self.report.merged = 0
        self._take_over_warnings()
        if not reading.fresh or knows_edition(self.session, self.batch.source_id, self.batch.edition, reading.fresh):
            return
        run_id = self._record(started)
        place_of = placer(self.session, self.gazetteer, self.settings, asks=False)
        filled = fill_in(self.session, self.batch.source_id, run_id, reading.fresh, place_of)
        self.report.filled_in, self.report.filled_in_unknown = filled.listings, filled.facilities
        self._finish(run_id)

    def _take_over_warnings(self) -> None:
        self.report.warnings += self.batch.warnings
        self.report.oddities += self.batch.oddities
        self.report.oddities_untold = self.batch.oddities_untold

    def why_held(self) -> list[str]:
        """What of this run is not as its source expects; nothing for a run that changed nothing."""
        report = self.report
        if report.nothing_changed and not report.filled_in and not report.refused:
            return []
        past = LISTING.c.first_run_id == report.run_id
        now = and_(LISTING.c.source_id == self.batch.source_id, LISTING.c.ended_run_id.is_(None))
        current = self.session.execute(select(LISTING.c.codes).where(past if report.older_than else now)).scalars()
        fields = field_shares(self.session, self.batch.source_id, report.run_id or 0)
        report.fields_changed = {name: count for name, count in sorted(fields.changed.items()) if count}
        figures = RunFigures(
            whole=not self.batch.partial and self.batch.source_id != ONE_OFF,
            listed_before=self.listed_before,
            ketamine=sum(KETAMINE in codes for codes in current),
            unknown=self.unknown,
            located=self.located,
            astray=self.astray,
            fields=fields,
        )
        return why_held(report, figures, source_facts(self.batch.source_id).more.get("expected", {}))

    def hold(self) -> None:
        """Keep a run that a check stopped: its report and the reasons, and nothing else."""
        run_id = self._record(dt.datetime.now(dt.UTC))
        run = self.session.get_one(ImportRun, run_id)
        run.state, run.held_because = RunState.HELD, self.report.held
        self.session.flush()
        self._finish(run_id)

    def _current(self) -> Sequence[CatalogueRow]:
        columns = (LISTING.c.id, LISTING.c.digest, Listing.home().label("facility_id"))
        return self.session.execute(
            select(*columns).where(LISTING.c.source_id == self.batch.source_id, LISTING.c.ended_run_id.is_(None))
        ).all()

    def _read(self, current: Sequence[CatalogueRow], progress: Callable[[int], None] | None) -> _Reading:
        held = {row.digest for row in current}
        reading = _Reading({}, set())
        for row in self.batch.rows:
            self.report.read += 1
            if isinstance(row, RefusedRow):
                self.report.refused.append(row)
            else:
                self._sort(row, held, reading)
            if progress and self.report.read % 200 == 0:
                progress(self.report.read)
        if progress:
            progress(self.report.read)
        return reading

    def _sort(self, row: ListingRecord, held: set[str], reading: _Reading) -> None:
        self.located += row.latitude is not None
        self.unknown += "labels" in row.unrecognised or any(code not in code_list() for code in row.codes)
        digest = row.digest()
        if digest not in held:
            reading.lines[digest].append(row.line)
        if digest in reading.fresh:
            self.report.repeats += 1
            self.report.merged += 1
        elif digest in reading.known:
            self.report.repeats += 1
        elif digest in held:
            reading.known.add(digest)
        else:
            reading.fresh[digest] = row

    def _planned(self, reading: _Reading, current: Sequence[CatalogueRow], ended: Mapping[int, CatalogueRow]) -> _Plan:
        plan = _Plan()
        kept = {row.facility_id for row in current if row.digest in reading.known}
        sites = sites_of(reading.fresh)
        for key, facility_id in self._kept_sites(current, reading.known, sites):
            plan.facility_of |= dict.fromkeys(sites.pop(key), facility_id)
        heads = sorted(sites.values(), key=lambda digests: digests[0])
        profiles = [site_profile(reading.fresh, digests) for digests in heads]
        before, elsewhere = self._known_profiles(profiles, set(ended), kept)
        whole = not self.batch.partial and self.batch.source_id != ONE_OFF
        matching = match(profiles, before, elsewhere, whole, self._apart(reading.fresh, heads))
        before_ids = {facility_id for facility_id, _profile in before}
        home = {join.row: join.facility_id for join in matching.joined}
        plan.joined = {join.facility_id: join.reason for join in matching.joined if join.facility_id not in before_ids}
        in_file_order = sorted(range(len(heads)), key=lambda row: reading.fresh[heads[row][0]].line)
        for row in in_file_order:
            if row not in home:
                plan.new += 1
                home[row] = -plan.new
            plan.facility_of |= dict.fromkeys(heads[row], home[row])
        plan.doubts = [(home[doubt.row], doubt.facility_id, doubt.reason) for doubt in matching.doubtful]
        return plan

    def _apart(self, fresh: Mapping[str, ListingRecord], heads: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
        """The rows and facilities that people judged to be different."""
        sites = {row: self._sites_of(fresh, digests) for row, digests in enumerate(heads)} if self.decisions else {}
        return judged_apart(self.decisions, sites, self.known_sites)

    def _sites_of(self, fresh: Mapping[str, ListingRecord], digests: Iterable[str]) -> frozenset[str]:
        return frozenset(listing_key(self.batch.source_id, fresh[digest]) for digest in digests)

    def _replaced(
        self, fresh: Mapping[str, ListingRecord], apart: Mapping[int, CatalogueRow], plan: _Plan
    ) -> dict[int, CatalogueRow]:
        """Of the listings a partial edition lacks, those that one of its rows is a newer version of."""
        rows_of: dict[int, list[str]] = defaultdict(list)
        for digest, facility_id in plan.facility_of.items():
            rows_of[facility_id].append(digest)
        pairs: list[tuple[float, str, int]] = []
        for some in portions(sorted(listing_id for listing_id, row in apart.items() if row.facility_id in rows_of)):
            statement = select(LISTING.c.id, Listing.home(), LISTING.c.codes).where(LISTING.c.id.in_(some))
            pairs += [
                (-share_of_codes(frozenset(codes), frozenset(fresh[digest].codes)), digest, listing_id)
                for listing_id, facility_id, codes in self.session.execute(statement)
                for digest in rows_of[facility_id]
            ]
        replaced: dict[int, str] = {}
        for share, digest, listing_id in sorted(pairs):
            if -share >= _SHARE_OF_A_NEWER_LISTING and listing_id not in replaced and digest not in replaced.values():
                replaced[listing_id] = digest
        return {listing_id: apart[listing_id] for listing_id in replaced}

    def _kept_sites(
        self, current: Sequence[CatalogueRow], known: set[str], sites: Mapping[tuple[str, ...], list[str]]
    ) -> list[tuple[tuple[str, ...], int]]:
        """Fresh rows that repeat name and address of a listing that stays: they are the same site."""
        kept = {row.id: row.facility_id for row in current if row.digest in known}
        if not kept or not sites:
            return []
        columns = ("id", "digest", "street_withheld", *SITE_COLUMNS)
        rows = self.session.execute(
            select(*(LISTING.c[name] for name in columns)).where(
                LISTING.c.source_id == self.batch.source_id,
                LISTING.c.ended_run_id.is_(None),
                LISTING.c.street_withheld.is_(False),
            )
        )
        found = {site_key(row, row.digest): kept[row.id] for row in rows if row.id in kept}
        return [(key, found[key]) for key in sites if key in found]

    def _known_profiles(
        self, rows: Sequence[Profile], ended: set[int], kept: set[int]
    ) -> tuple[list[tuple[int, Profile]], list[tuple[int, Profile]]]:
        """What this source said of facilities it may still list, and what others say of facilities it does not."""
        near = near_to(rows)
        columns = ("id", "source_id", "digest", "street_withheld", "codes", *SITE_COLUMNS, "phone")
        last_words = and_(LISTING.c.ended_run_id == FACILITY.c.withdrawn_run_id)
        known = self.session.execute(
            select(*(LISTING.c[name] for name in columns), LISTING.c.ended_run_id, Listing.home().label("home"))
            .join(FACILITY, FACILITY.c.id == LISTING.c.facility_id)
            .where(or_(LISTING.c.ended_run_id.is_(None), last_words))
        )
        before: list[tuple[int, Profile]] = []
        elsewhere: list[tuple[int, Profile]] = []
        kept_standing = self._standing(kept)
        for row in known:
            # In its own source a merged facility goes on by itself; for all others it is the one it was merged into.
            standing = self.stands.get(row.home, row.home)
            ours = row.source_id == self.batch.source_id
            if (row.home in kept if ours else standing in kept_standing) or not near(row):
                continue
            if ours and (row.id in ended or row.ended_run_id is not None):
                before.append((row.home, row_profile(row)))
            elif not ours:
                elsewhere.append((standing, row_profile(row)))
            if self.decisions:
                for facility_id in {row.home, standing}:
                    sites = self.known_sites.get(facility_id, frozenset())
                    self.known_sites[facility_id] = sites | {listing_key(row.source_id, row)}
        return before, elsewhere

    def _record(self, started: dt.datetime) -> int:
        keep_source(self.session, self.batch.source_id)
        run = self._run(started)
        state = RunState.HISTORY if self.report.older_than else RunState.PUBLISHED
        run.state = state
        if self.accepted is not None:
            decided(run, state, self.accepted.decision)
        self.session.flush()
        self.report.run_id = run.id
        return run.id

    def _run(self, started: dt.datetime) -> ImportRun:
        """The run this is: the held one that was accepted, else a new one."""
        if self.accepted is not None and self.accepted.run_id is not None:
            held = held_run(self.session, self.accepted.run_id)
            if self.last_run and self.last_run.id > held.id and not self.report.older_than:
                raise RunError(
                    Sentence(
                        "run %(newer)s was published since; `--replay %(held)s` reads run %(held)s again",
                        newer=self.last_run.id,
                        held=held.id,
                    )
                )
            return held
        run = ImportRun(
            source_id=self.batch.source_id,
            edition=self.batch.edition,
            file_name=self.batch.file_name,
            file_sha256=self.batch.file_sha256,
            started_at=started,
        )
        self.session.add(run)
        return run

    def _finish(self, run_id: int) -> None:
        self.session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id)
            .values(finished_at=dt.datetime.now(dt.UTC), report=self.report.as_dict())
        )

    def _write(
        self,
        run_id: int,
        reading: _Reading,
        current: Sequence[CatalogueRow],
        ended: Mapping[int, CatalogueRow],
        plan: _Plan,
    ) -> None:
        keep_codes(self.session, self.batch.codes, {code for row in reading.fresh.values() for code in row.codes})
        before = self._shown_before({*plan.facility_of.values(), *(row.facility_id for row in ended.values())})
        ids = insert_facilities(self.session, run_id, first_records(plan.facility_of, reading.fresh))
        facility_of = {digest: ids.get(facility_id, facility_id) for digest, facility_id in plan.facility_of.items()}
        restood = self._decide_again(run_id, reading.fresh, plan, ids)
        for some in portions(sorted(ended)):
            self.session.execute(update(LISTING).where(LISTING.c.id.in_(some)).values(ended_run_id=run_id))
        insert_listings(self.session, self.batch.source_id, run_id, reading.fresh, facility_of)
        touched = self._standing({*facility_of.values(), *(row.facility_id for row in ended.values())}) | restood
        if self.last_run and self.last_run.edition != self.batch.edition:
            touched |= self._shared_facilities(current)
        after = self._reshow(run_id, touched)
        self._insert_doubts(run_id, plan, ids)
        self._count(reading, current, ended, plan, set(facility_of.values()), before, after)
        self._note_several(reading, facility_of, before | after)

    def _decide_again(
        self, run_id: int, fresh: Mapping[str, ListingRecord], plan: _Plan, ids: Mapping[int, int]
    ) -> set[int]:
        """Merge new facilities that people judged the same as one here when they met them in another run."""
        digests_of: dict[int, list[str]] = defaultdict(list)
        for digest, number in plan.facility_of.items():
            if number < 0:
                digests_of[ids[number]].append(digest)
        sites = {i: self._sites_of(fresh, digests) for i, digests in digests_of.items()} if self.decisions else {}
        judged = decided_pairs(self.decisions, sites, self.known_sites)
        for (new_id, facility_id), before in judged.items():
            if before.decision == Judgement.SAME and facility_id != new_id:
                pair = DoubtfulMatch(facility_id=min(facility_id, new_id), other_facility_id=max(facility_id, new_id))
                pair.run_id, pair.reason, pair.decision = run_id, before.reason, Judgement.SAME
                pair.decided_by, pair.decided_at = before.decided_by, before.decided_at
                pair.sites, pair.other_sites, pair.repeats_id = [], [], before.id
                self.session.add(pair)
        restood = stand_as_decided(self.session) if judged else set()
        self.stands = merged_facilities(self.session)
        return restood

    def _standing(self, facility_ids: Iterable[int]) -> set[int]:
        """The facilities that pages show in place of those."""
        return {self.stands.get(facility_id, facility_id) for facility_id in facility_ids}

    def _insert_doubts(self, run_id: int, plan: _Plan, ids: Mapping[int, int]) -> None:
        pairs: dict[tuple[int, ...], str] = {}
        for one, other, reason in plan.doubts:
            pair = tuple(sorted((ids.get(one, one), ids.get(other, other))))
            pairs.setdefault(pair, reason)
        known = {
            tuple(row) for row in self.session.execute(select(DOUBTFUL.c.facility_id, DOUBTFUL.c.other_facility_id))
        }
        rows = [
            {"facility_id": pair[0], "other_facility_id": pair[1], "run_id": run_id, "reason": reason}
            for pair, reason in pairs.items()
            if pair not in known and len(self._standing(pair)) > 1
        ]
        self.report.doubtful = len(rows)
        if rows:
            self.session.execute(insert(DOUBTFUL), rows)
        self._name_doubts({pair: reason for pair, reason in pairs.items() if pair not in known})

    def _name_doubts(self, pairs: Mapping[tuple[int, ...], str]) -> None:
        names = self._shown_before({facility_id for pair in pairs for facility_id in pair})
        self.report.doubts = [
            DoubtNote(note_of(one, names[one]), note_of(other, names[other]), reason)
            for (one, other), reason in pairs.items()
        ]

    def _shared_facilities(self, current: Sequence[CatalogueRow]) -> set[int]:
        """Facilities of this source that another source lists too: a newer edition may change whom to believe."""
        ours = self._standing(row.facility_id for row in current)
        others = self.session.scalars(
            select(LISTING.c.facility_id).where(
                LISTING.c.source_id != self.batch.source_id, LISTING.c.ended_run_id.is_(None)
            )
        )
        return ours.intersection(others)

    def _shown_before(self, facility_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
        names = ("id", *SHOWN_COLUMNS, "latitude", "longitude", "withdrawn_run_id")
        found: dict[int, Mapping[str, Any]] = {}
        for some in portions(sorted(facility_id for facility_id in self._standing(facility_ids) if facility_id > 0)):
            statement = select(*(FACILITY.c[name] for name in names)).where(FACILITY.c.id.in_(some))
            found |= {row.id: row._mapping for row in self.session.execute(statement)}
        return found

    def _reshow(self, run_id: int, touched: set[int]) -> dict[int, Mapping[str, Any]]:
        drawn = redraw(self.session, run_id, touched, self._placer())
        self.astray += drawn.astray
        return drawn.columns

    def _placer(self) -> Callable[[Address], Point]:
        return placer(self.session, self.gazetteer, self.settings, asks=not self.report.dry_run)

    def _count(
        self,
        reading: _Reading,
        current: Sequence[CatalogueRow],
        ended: Mapping[int, CatalogueRow],
        plan: _Plan,
        listed: set[int],
        before: Mapping[int, Mapping[str, Any]],
        after: Mapping[int, Mapping[str, Any]],
    ) -> None:
        report = self.report
        listed_before = {row.facility_id for row in current}
        touched_ours = listed | {row.facility_id for row in ended.values()}
        rows_of = Counter(plan.facility_of.values())
        kept = {row.facility_id for row in current if row.digest in reading.known}
        withdrawn = {row.facility_id for row in ended.values()} - listed - kept
        returned = {i for i in listed - listed_before - plan.joined.keys() if self.stands.get(i, i) in before}
        report.new = plan.new
        report.changed = len((touched_ours & (listed | kept)) & (listed_before | returned))
        report.returned = len(returned)
        report.unchanged = len(listed_before - touched_ours)
        report.withdrawn = len(withdrawn)
        report.still_listed = sum(self.stands.get(i, i) in after for i in withdrawn)
        shown = {i: after.get(self.stands.get(i, i)) or before[self.stands.get(i, i)] for i in withdrawn}
        report.withdrawals = [note_of(i, shown[i]) for i in sorted(withdrawn)]
        report.mergers = [note_of(i, after[self.stands.get(i, i)]) for i in sorted(plan.joined)]
        for note in report.mergers:
            note.reason = plan.joined[note.id or 0]
        report.merged += sum(count - (number not in plan.joined) for number, count in rows_of.items())
        self._note_changes(before, after)

    def _note_several(
        self, reading: _Reading, facility_of: Mapping[str, int], shown: Mapping[int, Mapping[str, Any]]
    ) -> None:
        """Name the facilities that more than one new row of the file names."""
        lines: dict[int, list[int]] = defaultdict(list)
        for digest, facility_id in facility_of.items():
            lines[self.stands.get(facility_id, facility_id)] += reading.lines[digest]
        for facility_id, found in sorted(lines.items()):
            if len(found) > 1:
                self.report.several.append(note_of(facility_id, shown[facility_id]))
                self.report.several[-1].lines = sorted(found)

    def _note_changes(self, before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]]) -> None:
        report = self.report
        changes = changes_between(before, after)
        report.gained, report.lost, report.changes, report.moved = (
            changes.gained,
            changes.lost,
            changes.changed,
            changes.moved,
        )
        report.gained_ketamine, report.lost_ketamine = len(changes.gained), len(changes.lost)


_NOTHING_WITHDRAWN = {
    False: "This file is only a part of its edition: {:,} listings it lacks stay as they were.",
    True: "One-off lists do not replace each other: {:,} listings this file lacks stay as they were.",
}
