"""The decision table: made-up twins of every kind met in real editions, and pairs that must stay apart."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.decision_table import Scope, Verdict
from directory.catalogue.match import Matching, Profile, decide, match, profile
from directory.catalogue.record import ListingRecord

CLINIC = ListingRecord(
    line=2,
    name1="Zzyzx Moonbeam Wellness Inc",
    street1="100 North Nowhere Street",
    city="Indianapolis",
    state="IN",
    zip="46204",
    phone="317-555-0101",
    codes=("MH", "KIT"),
)
Changes = dict[str, object]


def made(**changes: object) -> Profile:
    record = replace(CLINIC, **changes)  # type: ignore[arg-type]
    return profile(record, record.digest())


def verdict(one: Changes, other: Changes, scope: Scope) -> Verdict:
    return decide(made(**one), made(**other), scope).verdict


ONE_CLINIC: list[tuple[Changes, Changes]] = [
    ({}, {"codes": ("SA",)}),
    ({}, {"phone": "317-555-0199"}),
    ({}, {"phone": "317-555-0101 x12"}),
    ({}, {"name1": "Zzyzx Moonbeam Wellness LLC"}),
    ({}, {"name1": "The Zzyzx Moonbeam Wellness"}),
    ({"name1": "Zzyzx Ctr for Behav Hlth Servs"}, {"name1": "Zzyzx Center for Behavioral Health Services"}),
    ({"name1": "Zzyzx Counseling & Recovery"}, {"name1": "Zzyzx Csl and Recovery"}),
    ({"name1": "Zzyzx MH Center"}, {"name1": "Zzyzx Mental Health Center"}),
    ({"name1": "Saint Zzyzx's Hospital"}, {"name1": "St. Zzyzxs Hosp"}),
    ({"name1": "Zzyzx VAMC"}, {"name1": "Zzyzx VA Medical Center"}),
    ({"name1": "Zzyzx", "name2": "Moonbeam Clinic"}, {"name1": "Zzyzx Moonbeam Clinic"}),
    ({"name1": "Zzyzx Center", "name2": "Indianapolis"}, {"name1": "Zzyzx Center"}),
    ({"name1": "Zzyzx Moonbeam Counseling"}, {"name1": "Zzyzx Moonbaem Counseling"}),
    (
        {"name1": "Zzyzx County Public Moonbeam Departme"},
        {"name1": "Zzyzx County Public Moonbeam Department"},
    ),
    ({"name1": "Zzyzx"}, {"name1": "Zzyzx Behavioral Health Services"}),
    ({}, {"name2": "Moonwalk House"}),
    ({}, {"street2": "Suite 12"}),
    ({"street2": "Suite 3"}, {"street2": "Ste. 12"}),
    ({"street2": "4th Floor"}, {"street2": "Floor 4"}),
    ({"street1": "U.S. Highway 431 South"}, {"street1": "US Hwy 431 S"}),
    ({"street1": "100 N. Nowhere St."}, {}),
    ({"street1": "100 North Nowhere Street, Suite 4"}, {"street2": "#4"}),
    ({"street1": "100 St. Nowhere Blvd"}, {"street1": "100 Saint Nowhere Boulevard"}),
    ({"street1": "100 Colegate Drive"}, {"street1": "100 Colgate Drive"}),
    ({"street1": "100 North Nowhere"}, {}),
    ({"zip": "46205"}, {}),
    ({"name2": "Moonwalk County Office"}, {"name2": "Moonwalk County Clinic", "phone": "317-555-0101"}),
    ({"name1": "Zzyzx House"}, {"name1": "Zzyzx House of Indianapolis"}),
    (
        {"name1": "Zzyzx", "street1": "209 East 7th Street", "name2": "7th Street"},
        {"street1": "209 East 7th Street", "name1": "Zzyzx"},
    ),
    ({"street1": "100 Nowhere Drive East"}, {"street1": "100 East Nowhere Drive"}),
    ({"street1": "100 Nowhere Avenue"}, {"street1": "100 Nowhere Street"}),
    ({"street1": "100 Nowhere Street"}, {}),
    ({"street1": "100 U.S. Highway 421"}, {"street1": "100 Highway 421"}),
    ({"name1": "Zzyzx Counseling and Consultation Team"}, {"name1": "Zzyzx Counseling Moonbeam"}),
    ({"name1": "Zzyzx CMHC"}, {"name1": "Zzyzx Community Mental Health Center"}),
    ({"name1": "Zzyzx Moon Beam"}, {"name1": "ZzyzxMoonbeam"}),
    ({"name1": "Moon Beam County Health"}, {"name1": "Moonbeam County Health Department"}),
    ({"street1": "100 Nowhere House Lane"}, {"street1": "100 Nowherehouse Lane"}),
    ({"street1": "100-A Nowhere Road"}, {"street1": "100 A Nowhere Road"}),
    ({"street1": "100-104 Nowhere Road"}, {"street1": "102 Nowhere Road"}),
    ({"street1": "100 and 104 Nowhere Road"}, {"street1": "104 Nowhere Road"}),
    ({"street1": "100 Fifteen Mile Road"}, {"street1": "100 15 Mile Road"}),
    ({"street1": "100 Old U.S. 70 Highway"}, {"street1": "100 Old Highway 70"}),
    ({"street1": "100 County Grounds"}, {"street1": "100 Nowhere Parkway"}),
    ({"street1": "100 Nowhere Road"}, {"street1": "100 Nowhere Road", "city": "Fort Wayne", "zip": "46802"}),
    ({"name1": "Zzyzx VAMC", "name2": "Mental Health (116A)"}, {"name1": "Zzyzx VAMC", "name2": "Mental Health"}),
]

# Services of another kind: the same clinic hardly ever changes so many of them.
OTHERS = ("SA", "RES", "DT")

TWO_CLINICS: list[tuple[Changes, Changes]] = [
    ({"name2": "Unit 2"}, {"name2": "Unit 3"}),
    ({"name2": "Unit A"}, {"name2": "Unit B"}),
    ({"name1": "Zzyzx House I"}, {"name1": "Zzyzx House II"}),
    ({"name1": "Zzyzx 1st House"}, {"name1": "Zzyzx Second House"}),
    ({"name1": "Zzyzx Clinic 2"}, {"name1": "Zzyzx Clinic 3"}),
    ({"name1": "Zzyzx Clinic"}, {"name1": "Zzyzx Clinic 2", "phone": "317-555-0144"}),
    ({"name2": "Campus North"}, {"name2": "Campus South"}),
    ({"name2": "Mens House"}, {"name2": "Women's House"}),
    ({"name2": "Boys Home"}, {"name2": "Girls Home"}),
    ({"name2": "Adult Clinic"}, {"name2": "Child Clinic"}),
    ({"name2": "Adult Outpatient"}, {"name2": "Adolescent Outpatient"}),
    ({"name2": "Inpatient Unit"}, {"name2": "Outpatient Unit"}),
    ({"name2": "Inpatient Unit"}, {"name2": "OP Unit"}),
    ({"name2": "Partial Hospitalization"}, {"name2": "Residential"}),
    ({"phone": "317-555-0101"}, {"name1": "Quux Starlight Group", "phone": "317-555-0144", "codes": OTHERS}),
    ({"name2": "Moonwalk"}, {"name2": "Daydream", "phone": "317-555-0144", "codes": OTHERS}),
    ({}, {"street1": "900 Elsewhere Road", "phone": "317-555-0144", "codes": OTHERS}),
    ({}, {"street1": "102 North Nowhere Street", "phone": "317-555-0144"}),
    ({}, {"street1": "100 South Nowhere Street", "phone": "317-555-0144", "codes": OTHERS}),
    ({}, {"city": "Fort Wayne", "zip": "46802", "phone": "317-555-0144"}),
    ({"street1": "75-59 Nowhere Street"}, {"street1": "59 Nowhere Street", "phone": "317-555-0144"}),
    ({"street1": "", "street_withheld": True}, {"street1": "", "street_withheld": True, "name1": "Quux Starlight"}),
    (
        {"street1": "", "street_withheld": True},
        {"street1": "", "street_withheld": True, "phone": "317-555-0144"},
    ),
]

DOUBTFUL: list[tuple[Changes, Changes]] = [
    ({"name2": "Youth Program", "street2": "Suite 1"}, {"street2": "Suite 2"}),
    ({"street2": "Suite 1"}, {"name2": "Moonwalk House", "street2": "Suite 2"}),
    ({}, {"name1": "Zzyzx Moonbeem Wellness", "street1": "100 Nowhere Street", "phone": "317-555-0144"}),
]

RENAMED: list[tuple[Changes, Changes]] = [
    ({}, {"name1": "Quux Starlight Group"}),
    ({}, {"name1": "Quux Starlight Group", "phone": "317-555-0144"}),
    ({"name2": "Outpatient Clinic"}, {"name2": "Moonwalk House", "street1": "100 County Grounds"}),
    ({}, {"street1": "900 Elsewhere Road"}),
    ({}, {"name1": "Zzyzx Moonbeam Wellness Center", "street1": "100 Nowhere Street", "phone": "317-555-0144"}),
]

ONE_SITE_OF_TWO_SOURCES: list[tuple[Changes, Changes]] = [
    ({"name2": "Moonwalk House"}, {"name2": "Daydream House"}),
    ({"name2": "Mental Health Services"}, {"name2": "Substance Abuse Services"}),
    ({"name2": "Adult Child and Family Clinic"}, {"name2": "Adult and Family Clinic"}),
    ({}, {"name2": "Youth Program"}),
    ({}, {"name1": "Zzyzx Moonbeam Wellness Center", "phone": "317-555-0144"}),
]

NUMBERED_OR_ALONG: list[tuple[Changes, Changes]] = [
    ({"name1": "Zzyzx Clinic"}, {"name1": "Zzyzx Clinic 2"}),
    ({"name1": "Region II Zzyzx Clinic"}, {"name1": "Zzyzx Clinic"}),
    ({}, {"street1": "102 North Nowhere Street"}),
    ({"name1": "Quux Moonbeam Group"}, {"street1": "100 Nowhere Street"}),
]


@pytest.mark.parametrize(("one", "other"), ONE_CLINIC)
def test_small_changes_from_one_edition_to_the_next_leave_one_clinic(one: Changes, other: Changes) -> None:
    assert verdict(one, other, Scope.EDITION) is Verdict.SAME
    assert verdict(other, one, Scope.EDITION) is Verdict.SAME


@pytest.mark.parametrize(("one", "other"), TWO_CLINICS)
@pytest.mark.parametrize("scope", Scope)
def test_two_clinics_stay_two_though_much_agrees(one: Changes, other: Changes, scope: Scope) -> None:
    assert verdict(one, other, scope) is Verdict.DIFFERENT
    assert verdict(other, one, scope) is Verdict.DIFFERENT


@pytest.mark.parametrize(("one", "other"), DOUBTFUL)
@pytest.mark.parametrize("scope", Scope)
def test_a_doubtful_pair_is_left_for_a_person(one: Changes, other: Changes, scope: Scope) -> None:
    assert verdict(one, other, scope) is Verdict.DOUBTFUL


@pytest.mark.parametrize(("one", "other"), RENAMED)
def test_another_name_at_the_same_address_and_phone_is_a_new_name_in_the_next_edition_only(
    one: Changes, other: Changes
) -> None:
    assert verdict(one, other, Scope.EDITION) is Verdict.SAME
    assert verdict(one, other, Scope.SOURCE) is not Verdict.SAME


@pytest.mark.parametrize(("one", "other"), NUMBERED_OR_ALONG)
def test_a_number_gained_or_a_house_farther_on_joins_in_the_next_edition_only(one: Changes, other: Changes) -> None:
    assert verdict(one, other, Scope.EDITION) is Verdict.SAME
    assert verdict(one, other, Scope.SOURCE) is not Verdict.SAME


@pytest.mark.parametrize(("one", "other"), ONE_SITE_OF_TWO_SOURCES)
def test_two_sources_name_one_site_each_in_its_way(one: Changes, other: Changes) -> None:
    assert joins(match([made(**one)], [], [(1, made(**other, codes=OTHERS))])) == {(0, 1)}


@pytest.mark.parametrize(("one", "other"), ONE_SITE_OF_TWO_SOURCES)
def test_two_sources_stay_apart_where_a_third_listing_of_the_house_is_left(one: Changes, other: Changes) -> None:
    third = made(name1="Quux Starlight Group", phone="317-555-0177", codes=OTHERS)
    assert not match([made(**one)], [], [(1, made(**other, codes=OTHERS)), (2, third)]).joined


@pytest.mark.parametrize(("one", "other"), RENAMED)
def test_what_needs_the_old_listing_gone_is_a_doubt_where_only_a_part_of_an_edition_is_read(
    one: Changes, other: Changes
) -> None:
    parts = match([made(**other)], [(1, made(**one))], [], whole=False)
    assert not parts.joined
    assert [doubt.facility_id for doubt in parts.doubtful] == [1]


def test_a_clinic_that_moved_is_itself_only_where_no_other_bears_its_name_and_phone() -> None:
    moved = made(street1="900 Elsewhere Road")
    assert joins(match([moved], [(1, made())], [])) == {(0, 1)}
    two = match([moved], [(1, made()), (2, made(street1="7 Elm Court"))], [])
    assert not two.joined
    assert {doubt.facility_id for doubt in two.doubtful} == {1, 2}


def test_the_direction_in_the_name_of_a_state_or_of_the_town_tells_no_clinics_apart() -> None:
    assert verdict({"name1": "Zzyzx of West Virginia"}, {"name1": "Zzyzx Moonbeam"}, Scope.SOURCE) is Verdict.SAME
    bend: Changes = {"city": "North Bend"}
    assert verdict({"name2": "North Bend", **bend}, bend, Scope.SOURCE) is Verdict.SAME


def test_two_facilities_that_come_to_say_the_same_are_a_question() -> None:
    """The other source's clinic bears the name that this source's clinic has from now on."""
    renamed = made(name1="Quux Starlight Group")
    matching = match([renamed], [(1, made())], [(2, made(name1="Quux Starlight Group", codes=OTHERS))])
    assert joins(matching) == {(0, 1)}
    assert [(doubt.row, doubt.facility_id) for doubt in matching.doubtful] == [(0, 2)]


def test_what_people_judged_different_is_joined_by_no_rule_and_asked_no_more() -> None:
    moved = match([made(street1="900 Elsewhere Road")], [(1, made())], [], apart={(0, 1)})
    assert (moved.joined, moved.doubtful) == ((), ())
    renamed = made(name1="Quux Starlight Group")
    other = made(name1="Quux Starlight Group", codes=OTHERS)
    assert not match([renamed], [(1, made())], [(2, other)], apart={(0, 2)}).doubtful


def test_a_new_name_is_no_clinic_where_two_old_ones_may_bear_it() -> None:
    before = [(1, made(name1="Quux Starlight")), (2, made(name1="Daydream Harbour"))]
    assert not match([made()], before, []).joined


def test_two_sources_that_withhold_a_street_never_meet_in_one_clinic() -> None:
    withheld: Changes = {"street1": "", "street_withheld": True}
    assert verdict(withheld, withheld, Scope.SOURCE) is Verdict.DOUBTFUL
    assert verdict(withheld, withheld, Scope.EDITION) is Verdict.SAME


def test_a_clinic_that_begins_to_withhold_its_street_is_still_itself() -> None:
    assert verdict({}, {"street1": "", "street_withheld": True}, Scope.EDITION) is Verdict.SAME


def joins(matching: Matching) -> set[tuple[int, int]]:
    return {(join.row, join.facility_id) for join in matching.joined}


def test_a_row_that_could_be_either_of_two_clinics_is_neither() -> None:
    rows = [made(name2="")]
    before = [(1, made(name2="Moonwalk House")), (2, made(name2="Daydream House"))]
    matching = match(rows, before, [])
    assert not matching.joined
    assert {doubt.facility_id for doubt in matching.doubtful} == {1, 2}


def test_two_rows_never_share_a_clinic() -> None:
    rows = [made(), made(name1="Zzyzx Moonbeam Wellness LLC", phone="317-555-0102")]
    assert len(joins(match(rows, [(1, made(codes=("MH",)))], []))) == 1


def test_the_better_reason_wins_whatever_stands_first() -> None:
    exact, fuller = made(codes=("MH",)), made(name1="Zzyzx Moonbeam Wellness Center")
    before = [(1, made()), (2, made(name1="Zzyzx Moonbeam Wellness Center", codes=("SA",)))]
    assert joins(match([exact, fuller], before, [])) == {(0, 1), (1, 2)}
    assert joins(match([fuller, exact], before, [])) == {(1, 1), (0, 2)}


def test_what_its_own_source_said_before_is_asked_before_other_sources() -> None:
    assert joins(match([made()], [(1, made(codes=("MH",)))], [(2, made(codes=("SA",)))])) == {(0, 1)}
    assert joins(match([made()], [], [(2, made(codes=("SA",)))])) == {(0, 2)}


def test_a_clinic_whose_other_listing_contradicts_is_not_joined() -> None:
    elsewhere = [(1, made(codes=("SA",))), (1, made(name2="Unit 2", codes=("SA",)))]
    assert not match([made(name2="Unit 3")], [], elsewhere).joined
    assert joins(match([made(name2="Unit 2")], [], elsewhere)) == {(0, 1)}


PIECES = st.fixed_dictionaries(
    {
        "name1": st.sampled_from(["Zzyzx Moonbeam", "Zzyzx Moonbeam Inc", "Zzyzx Moonbeam Center", "Quux Starlight"]),
        "name2": st.sampled_from(["", "Moonwalk", "Daydream", "Unit 2", "Outpatient"]),
        "street1": st.sampled_from(["100 North Nowhere Street", "100 N Nowhere St", "7 Elm Court", ""]),
        "street2": st.sampled_from(["", "Suite 1", "Suite 2"]),
        "phone": st.sampled_from(["317-555-0101", "317-555-0102", ""]),
    }
)


@given(st.lists(PIECES, max_size=8), st.lists(PIECES, max_size=8), st.randoms(use_true_random=False))
def test_matching_is_one_to_one_and_no_order_of_rows_or_clinics_changes_it(
    some: list[Changes], others: list[Changes], chance: random.Random
) -> None:
    rows = list({one.digest: one for one in (made(**changes) for changes in some)}.values())
    known = [(number, made(**changes, codes=("SA",))) for number, changes in enumerate(others)]
    known = list({one.digest: (number, one) for number, one in known}.values())
    matching = match(rows, known, [])
    assert len({join.row for join in matching.joined}) == len(matching.joined)
    assert len({join.facility_id for join in matching.joined}) == len(matching.joined)
    shuffled, shuffled_known = chance.sample(rows, len(rows)), chance.sample(known, len(known))
    again = match(shuffled, shuffled_known, [])
    assert {(rows[join.row].digest, join.facility_id) for join in matching.joined} == {
        (shuffled[join.row].digest, join.facility_id) for join in again.joined
    }


@given(st.lists(PIECES, max_size=8), st.lists(PIECES, max_size=8))
def test_two_sources_meet_alike_whichever_comes_first(some: list[Changes], others: list[Changes]) -> None:
    here = list({one.digest: one for one in (made(**changes) for changes in some)}.values())
    there = list({one.digest: one for one in (made(**changes, codes=OTHERS) for changes in others)}.values())
    forth, back = match(here, [], list(enumerate(there))), match(there, [], list(enumerate(here)))
    assert joins(forth) == {(place, row) for row, place in joins(back)}
    doubts = {(doubt.row, doubt.facility_id) for doubt in forth.doubtful}
    assert doubts == {(doubt.facility_id, doubt.row) for doubt in back.doubtful}


@given(PIECES, PIECES, st.sampled_from(Scope))
def test_the_table_decides_a_pair_alike_from_both_sides(one: Changes, other: Changes, scope: Scope) -> None:
    assert decide(made(**one), made(**other), scope) == decide(made(**other), made(**one), scope)
