"""The real editions: what an import of one after the other makes of them, and whether a reader says the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest
from judged_pairs import Judged, held, judged_pairs, measured, spread
from listing_pairs import Pair, Row, first_lot, pairs, rows, second_lot, third_lot
from sqlalchemy import select

from directory.catalogue.match import match
from directory.catalogue.models import DoubtfulMatch, Listing
from directory.catalogue.publish import publish
from directory.catalogue.record import ListingRecord, RefusedRow
from directory.catalogue.report import ImportReport
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.sites import site_profile, sites_of
from directory.config import load_settings
from directory.places.gazetteer import Gazetteer
from importers.recognise import open_listing

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real editions")]


@dataclass
class Editions:
    """MH 2022, MH 2023 and SU 2023 imported in this order, and MH 2023 once more; `records` by reference."""

    folder: Path
    catalogue: Catalogue
    reports: list[ImportReport] = field(default_factory=list)
    records: dict[str, ListingRecord] = field(default_factory=dict)

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The raw rows of each edition."""
        return {edition: rows(self.folder, edition) for edition in ("mh-2022", "mh-2023", "su-2023")}

    @cached_property
    def pairs(self) -> list[Pair]:
        """Every pair worth a look, of the two MH editions and of the two directories of 2023."""
        of = self.rows
        return pairs(of["mh-2022"], of["mh-2023"], "edition") + pairs(of["mh-2023"], of["su-2023"], "source")

    @cached_property
    def facilities(self) -> dict[str, int]:
        """Reference of a row → the facility it is."""
        with self.catalogue.reading() as session:
            found = session.execute(select(Listing.source_id, Listing.digest, Listing.facility_id))
            by_digest = {(source_id, digest): facility_id for source_id, digest, facility_id in found}
        return {
            reference: by_digest[f"samhsa-{reference[:2]}", record.digest()]
            for reference, record in self.records.items()
        }

    def are_one(self, one: str, other: str) -> bool:
        return self.facilities[one] == self.facilities[other]

    def doubts(self, one: str, other: str) -> bool:
        return frozenset((self.facilities[one], self.facilities[other])) in self.doubted

    @cached_property
    def joined(self) -> set[tuple[str, str]]:
        """The judged pairs that are one facility."""
        return {pair.references for pair in judged_pairs() if self.are_one(*pair.references)}

    @cached_property
    def waiting(self) -> set[tuple[str, str]]:
        """The judged pairs that wait for a person."""
        return {pair.references for pair in judged_pairs() if self.doubts(*pair.references)}

    @cached_property
    def doubted(self) -> set[frozenset[int]]:
        """Facilities that wait for a person as pairs."""
        with self.catalogue.reading() as session:
            return {
                frozenset((row.facility_id, row.other_facility_id)) for row in session.scalars(select(DoubtfulMatch))
            }


@pytest.fixture(scope="module")
def editions(real_listings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editions]:
    settings = load_settings({"DIRECTORY_HOME": str(tmp_path_factory.mktemp("home"))})
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    made = Editions(real_listings, catalogue)
    gazetteer = Gazetteer.load(settings.home)
    for edition in ("mh-2022", "mh-2023", "su-2023", "mh-2023"):
        batch = open_listing(real_listings / f"{edition}.xlsx", gazetteer=gazetteer)
        batch.rows = _noted(edition, batch.rows, made.records)
        made.reports.append(publish(catalogue, batch, gazetteer, settings))
    yield made
    catalogue.close()


def _noted(
    edition: str, read: Iterator[ListingRecord | RefusedRow], records: dict[str, ListingRecord]
) -> Iterator[ListingRecord | RefusedRow]:
    for row in read:
        if isinstance(row, ListingRecord):
            records[f"{edition}:{row.line}"] = row
        yield row


PARTS: dict[str, Callable[[Judged], bool]] = {
    "tuning": lambda pair: pair.half == "tuning",
    "examination": lambda pair: pair.half == "examination",
    "first lot": lambda pair: (pair.half, pair.lot) == ("examination", "first"),
    "second lot": lambda pair: pair.lot == "second",
    "third lot": lambda pair: pair.lot == "third",
    "MH 2022 and 2023": lambda pair: pair.half == "examination" and pair.stratum.startswith("edition"),
    "MH and SU": lambda pair: pair.half == "examination" and pair.stratum.startswith("source"),
}
ASSURED = ("tuning", "examination", "third lot")


def test_most_clinics_keep_their_identity_from_2022_to_2023(editions: Editions) -> None:
    report = editions.reports[1]
    kept = report.changed + report.unchanged
    told = (report.read, kept, report.new, report.withdrawn, len(report.moved))
    assert told == (8_707, 6_666, 2_041, 2_369, 85)
    assert (report.gained_ketamine, report.lost_ketamine) == (55, 77)


def exact(row: Row) -> tuple[str, ...]:
    return tuple(row.cells[name].casefold() for name in ("name1", "name2", "street1", "zip"))


def has_ketamine(row: Row) -> bool:
    return "KIT" in row.cells["service_code_info"].split()


def test_of_clinics_with_ketamine_more_are_themselves_than_name_street_and_zip_alone_would_say(
    editions: Editions,
) -> None:
    before, after = editions.rows["mh-2022"], editions.rows["mh-2023"]
    by_key: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in after:
        by_key[exact(row)].append(row)
    here = {(row.cells["street1"].casefold(), row.cells["zip"]) for row in after}
    listed = {editions.facilities[row.reference]: row for row in after}
    told: Counter[tuple[str, str]] = Counter()
    for row in filter(has_ketamine, before):
        twins = by_key[exact(row)]
        at_address = (row.cells["street1"].casefold(), row.cells["zip"]) in here
        by_letters = "other name" if at_address and not twins else "gone"
        if twins:
            by_letters = "keeps" if any(map(has_ketamine, twins)) else "without"
        now = listed.get(editions.facilities[row.reference])
        told[by_letters, "withdrawn" if now is None else "keeps" if has_ketamine(now) else "without"] += 1
    assert told == {
        ("keeps", "keeps"): 23,
        ("without", "without"): 38,
        ("other name", "keeps"): 4,
        ("other name", "without"): 3,
        ("other name", "withdrawn"): 2,
        ("gone", "without"): 1,
        ("gone", "withdrawn"): 33,
    }


def test_mh_2023_once_more_after_su_2023_changes_nothing(editions: Editions) -> None:
    assert editions.reports[3].nothing_changed
    assert editions.reports[3].unchanged == 8_707


def test_two_directories_of_a_year_meet_alike_whichever_comes_first(editions: Editions) -> None:
    profiles = {}
    for edition in ("mh-2023", "su-2023"):
        fresh = {record.digest(): record for ref, record in editions.records.items() if ref.startswith(edition)}
        heads = sorted(sites_of(fresh).values(), key=lambda digests: digests[0])
        profiles[edition] = [site_profile(fresh, digests) for digests in heads]
    mh, su = profiles["mh-2023"], profiles["su-2023"]
    there = match(su, [], list(enumerate(mh)))
    back = match(mh, [], list(enumerate(su)))
    assert {(join.facility_id, join.row) for join in there.joined} == {
        (join.row, join.facility_id) for join in back.joined
    }
    assert len(there.joined) > 2_900


def test_the_judged_pairs_are_those_that_the_seed_draws(editions: Editions) -> None:
    for lot, draw in (("first", first_lot), ("second", second_lot), ("third", third_lot)):
        drawn = [(*pair.references, pair.half, pair.stratum) for pair in draw(editions.pairs)]
        assert drawn == [(*p.references, p.half, p.stratum) for p in judged_pairs() if p.lot == lot]


@pytest.mark.parametrize("moved", [False, True], ids=["moved left out", "moved is the same"])
@pytest.mark.parametrize("part", PARTS)
def test_joins_are_right_and_few_are_missed(editions: Editions, part: str, moved: bool) -> None:
    judged = [pair for pair in judged_pairs() if PARTS[part](pair)]
    found = measured(judged, held(editions.pairs), editions.joined, editions.waiting, moved)
    print(part, "with moved" if moved else "without moved", found)
    if part in ASSURED:
        assert found.precision >= 0.995, found
        assert found.recall >= 0.97, found


def test_another_draw_of_the_examination_half_would_hardly_say_otherwise(editions: Editions) -> None:
    judged = [pair for pair in judged_pairs() if pair.half == "examination"]
    without, with_moved = (spread(judged, held(editions.pairs), editions.joined, moved) for moved in (False, True))
    print("95 of 100 draws: without moved", without, "with moved", with_moved)
    precisions, recalls = without
    assert precisions[0] >= 0.995
    assert recalls[0] >= 0.97


def test_what_the_program_says_of_each_pair_is_told_in_the_docs(editions: Editions) -> None:
    told = (Path(__file__).parents[2] / "docs" / "matching-judged.md").read_text(encoding="utf-8")
    for pair in judged_pairs():
        same, is_joined = pair.judgement != "different", pair.references in editions.joined
        if is_joined and not same:
            assert f"{pair.one}, {pair.other}" in told
        if same and not is_joined:
            assert f"{pair.one.partition(':')[2]}/{pair.other.partition(':')[2]}" in told
