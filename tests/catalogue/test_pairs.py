"""Pairs: what people decide of doubtful matches is remembered for good, can be undone, and no import forgets it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from people_deciding import NOON, TODAY, Desk

from directory.catalogue.merged import standing
from directory.catalogue.models import DoubtfulMatch, Facility, Listing
from directory.catalogue.pairs import PairError, judge, judged_pairs, pair_of, split, take_back, waiting_pairs
from directory.catalogue.remembered import Judgement
from directory.catalogue.verification import ClinicAnswer, record

SAME, DIFFERENT, LATER = Judgement


def two_sources(desk: Desk) -> None:
    one, other = desk.doubtful()
    desk.bring(one)
    desk.bring(other, source="samhsa-su")
    assert desk.pairs() == [(1, 2, None)]


def test_two_judged_the_same_are_one_clinic_with_the_services_of_both(desk: Desk) -> None:
    two_sources(desk)
    assert desk.do(judge, 1, SAME, desk.by()) == {1, 2}
    assert desk.listed() == {
        1: [("samhsa-mh", "Zzyzx Moonbeam Wellness Inc"), ("samhsa-su", "Purple Otter Counseling")]
    }
    assert desk.facility(1).codes == ("KIT", "MD", "MH", "PI", "SA")
    merged = desk.facility(2)
    assert (merged.status, merged.merged_into_id, merged.shown) == ("merged", 1, False)
    with desk.catalogue.reading() as session:
        assert standing(session, 2).id == 1  # type: ignore[union-attr]


def test_taking_it_back_leaves_both_exactly_as_before(desk: Desk) -> None:
    two_sources(desk)
    before = desk.everything()
    desk.do(judge, 1, SAME, desk.by())
    desk.do(take_back, 1, desk.by())
    assert desk.everything() == before


def test_the_queue_asks_what_nobody_judged_then_what_was_put_off(desk: Desk) -> None:
    two_sources(desk)
    desk.bring(desk.clinic, replace(desk.clinic, name1="Blue Marmot House", phone="317-555-0150"), edition="2024")
    desk.bring(
        *desk.doubtful()[1:], replace(desk.clinic, name1="Green Teapot", phone="317-555-0150"), edition="2024",
        source="samhsa-su",
    )  # fmt: skip
    with desk.catalogue.reading() as session:
        asked = [pair.id for pair in waiting_pairs(session)]
    desk.do(judge, asked[0], LATER, desk.by())
    with desk.catalogue.reading() as session:
        assert [pair.id for pair in waiting_pairs(session)] == [*asked[1:], asked[0]]
        assert judged_pairs(session, 5) == []
    assert set(desk.listed()) == {1, 2, 3, 4}, "put off: nothing happens"


@pytest.mark.parametrize("judgement", [SAME, DIFFERENT, LATER])
def test_no_later_edition_asks_again(desk: Desk, judgement: Judgement) -> None:
    two_sources(desk)
    desk.do(judge, 1, judgement, desk.by())
    one, other = desk.doubtful()
    before = desk.pairs()
    for edition in ("2024", "2025"):
        report = desk.bring(replace(one, codes=("MH", "KIT", edition)), edition=edition)
        assert (report.doubtful, report.new) == (0, 0)
        report = desk.bring(replace(other, codes=("SA", "MC")), edition=edition, source="samhsa-su")
        assert (report.doubtful, report.new) == (0, 0)
    assert desk.pairs() == before
    assert len(desk.listed()) == (1 if judgement is SAME else 2)


@pytest.mark.parametrize("codes", [("MH",), ("MH", "KIT", "MD")])
def test_a_merged_clinic_goes_on_by_itself_in_its_own_source(desk: Desk, codes: tuple[str, ...]) -> None:
    one, other = desk.doubtful()
    desk.bring(one, replace(other, phone="317-555-0102"))
    desk.do(lambda session: judge(session, pair_of(session, 1, 2).id, SAME, desk.by()))
    report = desk.bring(
        replace(one, codes=codes), replace(other, phone="317-555-0102", codes=("SA", "MC")), edition="2024"
    )
    assert (report.new, report.withdrawn, report.doubtful) == (0, 0, 0)
    assert desk.facility(1).codes == tuple(sorted({*codes, "MC", "SA"}))
    desk.do(take_back, 1, desk.by())
    assert (desk.facility(1).codes, desk.facility(2).codes) == (tuple(sorted(codes)), ("MC", "SA"))


def test_a_third_source_joins_the_one_clinic_and_not_a_half(desk: Desk) -> None:
    two_sources(desk)
    desk.do(judge, 1, SAME, desk.by())
    report = desk.bring(replace(desk.doubtful()[1], codes=("ECT",)), source="findtreatment")
    assert (report.new, report.merged, report.doubtful) == (0, 1, 0)
    assert set(desk.listed()) == {1}


@pytest.mark.parametrize("judgement", [SAME, DIFFERENT])
def test_a_decision_is_remembered_when_the_run_is_taken_back_and_imported_again(
    desk: Desk, judgement: Judgement
) -> None:
    two_sources(desk)
    desk.do(judge, 1, judgement, desk.by())
    before = {ids: desk.facility(ids).codes for ids in desk.listed()}
    desk.undo(desk.last_run())
    assert desk.facility(1).codes == ("KIT", "MD", "MH")
    undone = desk.everything()
    report = desk.bring(desk.doubtful()[1], source="samhsa-su")
    assert report.doubtful == 0
    assert sorted(desk.facility(i).codes for i in desk.listed()) == sorted(before.values())
    desk.undo(desk.last_run())
    assert desk.everything() == undone


def test_who_was_judged_different_cannot_be_the_same_by_a_third(desk: Desk) -> None:
    rows = [replace(desk.clinic, name1=name, phone=f"317-555-01{n}0") for n, name in enumerate(("Ant", "Bee", "Cow"))]
    desk.bring(*rows)
    for one, other, judgement in ((1, 2, SAME), (2, 3, DIFFERENT)):
        desk.do(lambda s, a=one, b=other, j=judgement: judge(s, pair_of(s, a, b).id, j, desk.by()))
    with pytest.raises(PairError, match="numbers 2 and 3 were judged different"):
        desk.do(lambda s: judge(s, pair_of(s, 1, 3).id, SAME, desk.by()))
    assert set(desk.listed()) == {1, 3}


def test_who_is_one_clinic_by_a_third_cannot_be_different(desk: Desk) -> None:
    desk.bring(*(replace(desk.clinic, name1=name, phone=f"317-555-01{n}0") for n, name in enumerate("ABCDE")))

    def say(one: int, other: int, judgement: Judgement) -> None:
        desk.do(lambda s: judge(s, pair_of(s, one, other).id, judgement, desk.by()))

    say(1, 2, SAME)
    say(2, 3, SAME)
    with pytest.raises(PairError, match="numbers 1 and 3 are one clinic by other decisions"):
        say(1, 3, DIFFERENT)
    say(1, 3, LATER)
    say(2, 3, DIFFERENT)
    say(4, 5, SAME)
    assert set(desk.listed()) == {1, 3, 4}


def test_a_contradiction_elsewhere_stops_nobody(desk: Desk) -> None:
    desk.bring(*(replace(desk.clinic, name1=name, phone=f"317-555-01{n}0") for n, name in enumerate("ABCDE")))
    for one, other in ((1, 2), (2, 3)):
        desk.do(lambda s, a=one, b=other: judge(s, pair_of(s, a, b).id, SAME, desk.by()))
    with desk.catalogue.writing() as session:
        against = DoubtfulMatch(facility_id=1, other_facility_id=3, run_id=1, reason="of an older import")
        against.decision, against.decided_by, against.decided_at = DIFFERENT, "Ada Nobody", NOON
        against.sites, against.other_sites = [], []
        session.add(against)
    desk.do(lambda s: judge(s, pair_of(s, 4, 5).id, SAME, desk.by()))
    assert set(desk.listed()) == {1, 4}


def test_whatever_the_order_of_decisions_the_oldest_stands_and_all_come_back(desk: Desk) -> None:
    rows = [replace(desk.clinic, name1=name, phone=f"317-555-01{n}0") for n, name in enumerate("ABCDE")]
    desk.bring(*rows)
    pairs = [(4, 5), (2, 4), (1, 3), (3, 4)]
    for seed in range(4):
        chance = random.Random(seed)
        before = desk.everything()["listings"]
        for one, other in chance.sample(pairs, 4):
            desk.do(lambda s, a=one, b=other: judge(s, pair_of(s, a, b).id, SAME, desk.by()))
        assert set(desk.listed()) == {1}
        with desk.catalogue.reading() as session:
            known = [pair.id for pair in judged_pairs(session, 9)]
        for pair_id in chance.sample(known, 4):
            desk.do(take_back, pair_id, desk.by())
        assert desk.everything()["listings"] == before
        assert set(desk.listed()) == {1, 2, 3, 4, 5}


def wrongly_merged(desk: Desk) -> None:
    """One name and address in two sources: the table makes one clinic of them."""
    desk.bring(replace(desk.clinic, codes=("KIT",)), edition="2022")
    desk.bring(replace(desk.clinic, phone="317-555-0190", codes=("SA", "MD")), source="samhsa-su", edition="2022")
    assert set(desk.listed()) == {1}


def test_a_clinic_taken_apart_keeps_its_history_and_no_import_joins_it_again(desk: Desk) -> None:
    wrongly_merged(desk)
    desk.bring(replace(desk.clinic, codes=("KIT", "MH")), edition="2023")
    with desk.catalogue.writing() as session:
        asked = record(session, 1, ClinicAnswer(TODAY, "Ada", offers=("ESK",)), NOON).id
        of_other = record(session, 1, ClinicAnswer(TODAY, "Ada", offers=("TMS",)), NOON).id
    new = desk.do(split, 1, [2], [of_other], desk.by())
    assert (desk.facility(1).codes, desk.facility(new).codes) == (("ESK", "KIT", "MH"), ("MD", "SA", "TMS"))
    with desk.catalogue.reading() as session:
        assert [row.id for row in session.get_one(Facility, 1).listings] == [1, 3], "its history"
    assert asked == 1
    report = desk.bring(
        replace(desk.clinic, phone="317-555-0191", codes=("SA", "MC")), source="samhsa-su", edition="2023"
    )
    assert (report.new, report.doubtful) == (0, 0)
    report = desk.bring(replace(desk.clinic, codes=("KIT",)), edition="2024")
    assert (report.new, report.doubtful) == (0, 0)
    assert (desk.facility(1).codes, desk.facility(new).codes) == (("ESK", "KIT"), ("MC", "SA", "TMS"))


def test_taken_apart_stays_apart_when_the_run_is_taken_back_and_imported_again(desk: Desk) -> None:
    wrongly_merged(desk)
    desk.do(split, 1, [2], [], desk.by())
    desk.undo(2)
    assert set(desk.listed()) == {1}
    again = replace(desk.clinic, phone="317-555-0190", codes=("SA", "MD"))
    desk.bring(again, source="samhsa-su", edition="2022")
    assert sorted(desk.facility(i).codes for i in desk.listed()) == [("KIT",), ("MD", "SA")]


def test_a_split_is_undone_by_judging_both_the_same(desk: Desk) -> None:
    wrongly_merged(desk)
    before = desk.facility(1).codes
    new = desk.do(split, 1, [2], [], desk.by())
    with desk.catalogue.reading() as session:
        pair = judged_pairs(session, 1)[0]
    assert (pair.decision, pair.reason) == (DIFFERENT, "split by a person")
    desk.do(judge, pair.id, SAME, desk.by())
    assert desk.facility(1).codes == before
    assert desk.facility(new).merged_into_id == 1


def test_a_listing_that_was_merged_in_goes_back_to_the_number_it_came_from(desk: Desk) -> None:
    two_sources(desk)
    apart = desk.everything()
    desk.do(record, 2, ClinicAnswer(TODAY, "Ada", offers=("TMS",)), NOON)
    desk.do(judge, 1, SAME, desk.by())
    told = desk.do(record, 1, ClinicAnswer(TODAY, "Ada", offers=("ESK",)), NOON).id
    assert desk.do(split, 1, [2], [told], desk.by()) == 2
    assert desk.pairs() == [(1, 2, DIFFERENT)]
    assert desk.everything()["listings"] == apart["listings"]
    assert (desk.facility(1).codes, desk.facility(2).codes) == (("KIT", "MD", "MH"), ("ESK", "PI", "SA", "TMS"))
    desk.do(take_back, 1, desk.by())
    assert desk.pairs() == [(1, 2, None)]
    assert desk.everything()["listings"] == apart["listings"]


def test_a_split_of_what_was_merged_in_leaves_nothing_behind_when_its_run_is_taken_back(desk: Desk) -> None:
    desk.bring(desk.doubtful()[0])
    before = desk.everything()
    run = desk.bring(desk.doubtful()[1], source="samhsa-su").run_id
    desk.do(judge, 1, SAME, desk.by())
    desk.do(split, 1, [2], [], desk.by())
    desk.undo(run or 0)
    assert desk.everything()["listings"] == before["listings"]
    assert desk.listed() == {1: [("samhsa-mh", "Zzyzx Moonbeam Wellness Inc")]}
    desk.bring(desk.doubtful()[1], source="samhsa-su")
    assert len(desk.listed()) == 2, "judged different, for good"


def test_listings_of_several_numbers_are_not_split_at_once(desk: Desk) -> None:
    two_sources(desk)
    desk.do(judge, 1, SAME, desk.by())
    desk.bring(replace(desk.clinic, codes=("KIT",)), edition="2024")
    before = desk.everything()
    with pytest.raises(PairError, match="some came from number 2 by a decision"):
        desk.do(split, 1, [1, 2], [], desk.by())
    with pytest.raises(PairError, match="leave at least one listing with this number"):
        desk.do(split, 1, [1, 3], [], desk.by())
    assert desk.everything() == before


def test_an_older_edition_adds_no_history_to_a_clinic_that_was_judged_different(desk: Desk) -> None:
    wrongly_merged(desk)
    desk.do(split, 1, [2], [], desk.by())
    desk.undo(2)
    elsewhere = replace(desk.clinic, name1="Quokka House", street1="9 Nonesuch Street", phone="317-555-0160")
    desk.bring(elsewhere, source="samhsa-su", edition="2024")
    again = replace(desk.clinic, phone="317-555-0190", codes=("SA", "MD"))
    report = desk.bring(again, source="samhsa-su", edition="2022")
    assert (report.older_than, report.filled_in, report.filled_in_unknown) == ("2024", 1, 1)
    with desk.catalogue.reading() as session:
        assert [row.source_id for row in session.get_one(Facility, 1).listings] == ["samhsa-mh"]


@pytest.mark.parametrize(
    ("listings", "message"),
    [([], "choose some"), ([7], "choose some"), ([1, 2], "leave at least one")],
)
def test_a_split_that_splits_nothing_is_refused(desk: Desk, listings: list[int], message: str) -> None:
    wrongly_merged(desk)
    with pytest.raises(PairError, match=message):
        desk.do(split, 1, listings, [], desk.by())
    assert desk.pairs() == []


def test_a_pair_needs_two_who_are_there(desk: Desk) -> None:
    desk.bring(desk.clinic)
    with pytest.raises(PairError, match="name two facilities"):
        desk.do(pair_of, 1, 1)
    with pytest.raises(PairError, match="no clinic with the number 9"):
        desk.do(pair_of, 1, 9)
    with pytest.raises(PairError, match="no pair 9"):
        desk.do(judge, 9, SAME, desk.by())


def test_decisions_and_runs_in_any_order_leave_nothing_behind(desk: Desk) -> None:
    """Undoing everything in the end leaves exactly what the first edition said."""
    rows = [
        replace(desk.clinic, name1=f"Quokka House {n}", street1=f"{n} Nonesuch Street", phone=f"317-555-0{n}")
        for n in range(110, 116)
    ]
    desk.bring(*rows, edition="2020")
    first = desk.everything()
    for seed in range(3):
        chance = random.Random(seed)
        runs = []
        for edition in ("2021", "2022"):
            one, other = chance.sample(range(1, 7), 2)
            desk.do(lambda s, a=one, b=other: judge(s, pair_of(s, a, b).id, SAME, desk.by()))
            changed = [replace(row, codes=("MH", edition)) for row in chance.sample(rows, 5)]
            runs.append(desk.bring(*changed, edition=edition).run_id)
        with desk.catalogue.reading() as session:
            pairs = [pair.id for pair in judged_pairs(session, 9)]
        for pair_id in pairs:
            desk.do(take_back, pair_id, desk.by())
        for run_id in reversed(runs):
            desk.undo(run_id or 0)
        desk.do(lambda s: [s.delete(pair) for pair in s.query(DoubtfulMatch)])
        assert desk.everything() == first
    with desk.catalogue.reading() as session:
        assert session.query(Listing).filter(Listing.home_id.is_not(None)).count() == 0


def test_nobody_judges_while_an_import_runs_on_a_shared_database(desk: Desk) -> None:
    two_sources(desk)
    if desk.catalogue.engine.dialect.name != "postgresql":
        pytest.skip("on SQLite there is one writer at a time anyway")
    with desk.catalogue.writing(alone=True), pytest.raises(PairError, match="an import is running"):
        desk.do(judge, 1, SAME, desk.by())
    desk.do(judge, 1, SAME, desk.by())
    assert set(desk.listed()) == {1}
