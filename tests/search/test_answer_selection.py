"""What an answer holds, in which order and how it is counted, against counting by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_clinics import PAGES, add_clinics, clinic, empty_catalogue, many_clinics

from directory.catalogue.codes import code_list
from directory.catalogue.models import Facility
from directory.index.generation import Generation, rebuild
from directory.places.place import Place, PlaceKind
from directory.search.question import Intent, Question, Sort
from directory.search.selection import Selection, select

CENTRE = Place("46204", PlaceKind.ZIP, 39.77, -86.16, "IN")


@dataclass(frozen=True)
class Reach:
    radius_miles: float = 50
    fewest_within_radius: int = 5
    widen_to: int = 10


@dataclass(frozen=True)
class Country:
    clinics: dict[int, Facility]
    generation: Generation


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    folder = tmp_path_factory.mktemp("country")
    catalogue = empty_catalogue(folder)
    clinics = many_clinics(700, seed=11)
    ids = add_clinics(catalogue, clinics)
    built = rebuild(catalogue, folder / "index", PAGES)
    return Country(dict(zip(ids, clinics, strict=True)), built)


def build(folder: Path, clinics: list[Facility]) -> Generation:
    catalogue = empty_catalogue(folder)
    add_clinics(catalogue, clinics)
    return rebuild(catalogue, folder / "index", PAGES)


def ids_of(generation: Generation, selection: Selection) -> list[int]:
    found: list[int] = generation.columns.ids[selection.rows].tolist()
    return found


def passes(facility: Facility, question: Question) -> bool:
    has = set(facility.codes)
    return all(has & set(codes) for codes in question.filters.values()) and not any(
        has & set(codes) for codes in question.without.values()
    )


def by_hand(country: Country, question: Question, reach: Reach) -> tuple[list[int], int]:
    """Ids in order and how many lie within, the plain way."""
    passing = {number: c for number, c in country.clinics.items() if passes(c, question)}
    place = question.place
    if place is None:
        return sorted(passing, key=lambda number: (passing[number].name.lower(), number)), len(passing)
    miles = {
        number: geodesic((place.latitude, place.longitude), (c.latitude, c.longitude)).miles
        for number, c in passing.items()
        if c.latitude is not None
    }
    ordered = sorted(miles, key=lambda number: (miles[number], number))
    radius = question.radius_miles if question.radius_miles is not None else reach.radius_miles
    within = [number for number in ordered if miles[number] <= radius]
    if len(within) >= reach.fewest_within_radius:
        return within, len(within)
    return ordered[: max(reach.widen_to, len(within))], len(within)


def facets_by_hand(country: Country, question: Question, reach: Reach) -> dict[str, dict[str, int]]:
    facets: dict[str, dict[str, int]] = {}
    for category in code_list().categories.values():
        if not category.facet:
            continue
        others = {name: codes for name, codes in question.filters.items() if name != category.code}
        answer, _ = by_hand(country, replace(question, filters=others), reach)
        for number in answer:
            for code in country.clinics[number].codes:
                if code_list().category_of(code) == category.code:
                    group = facets.setdefault(category.code, {})
                    group[code] = group.get(code, 0) + 1
    return facets


def plain(facets: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {category: dict(counts) for category, counts in facets.items()}


chosen = st.fixed_dictionaries(
    {},
    optional={
        "TAP": st.sets(st.sampled_from(["KIT", "CBT", "DBT"]), min_size=1).map(tuple),
        "PAY": st.sets(st.sampled_from(["MD", "MC", "PI"]), min_size=1).map(tuple),
        "AGE": st.sets(st.sampled_from(["CHLD", "SNR"]), min_size=1).map(tuple),
    },
)
lacking = st.fixed_dictionaries({}, optional={"SET": st.just(("HI",)), "PAY": st.just(("SF",))})
places = st.builds(
    lambda latitude, longitude: Place("your location", PlaceKind.POINT, latitude, longitude),
    st.floats(18, 62),
    st.floats(-165, -66),
)


@settings(max_examples=25)
@given(
    filters=chosen,
    without=lacking,
    place=st.none() | places,
    radius=st.none() | st.floats(1, 1500),
)
def test_results_order_totals_and_facets_are_those_counted_by_hand(
    country: Country,
    filters: dict[str, tuple[str, ...]],
    without: dict[str, tuple[str, ...]],
    place: Place | None,
    radius: float | None,
) -> None:
    reach = Reach()
    question = Question(place=place, radius_miles=radius, filters=filters, without=without, per_page=1000)
    selection = select(country.generation, question, reach)
    expected, within = by_hand(country, question, reach)
    assert ids_of(country.generation, selection) == expected
    assert (selection.total, selection.within) == (len(expected), within)
    assert selection.widened == (len(expected) > within)
    assert selection.beyond == (False,) * within + (True,) * (len(expected) - within)
    assert plain(selection.facets) == facets_by_hand(country, question, reach)


@settings(max_examples=15)
@given(
    place=st.none() | places,
    words=st.sampled_from(["", "recovery", "quokka center", "program"]),
    sort=st.none() | st.sampled_from(list(Sort)),
    per_page=st.integers(1, 60),
)
def test_pages_of_an_answer_follow_each_other_without_gap_or_repeat(
    country: Country, place: Place | None, words: str, sort: Sort | None, per_page: int
) -> None:
    question = Question(words=words, place=place, radius_miles=900.0 if place else None, sort=sort, per_page=per_page)
    whole = select(country.generation, replace(question, per_page=1000), Reach())
    read: list[int] = []
    for page in range(1, whole.total // per_page + 2):
        read += ids_of(country.generation, select(country.generation, replace(question, page=page), Reach()))
    assert read == ids_of(country.generation, whole)
    assert len(set(read)) == whole.total


@settings(max_examples=20)
@given(
    words=st.lists(st.sampled_from(["quokka", "marmot", "hope", "nowhere", "youth", "house"]), min_size=1, max_size=3)
)
def test_all_words_are_required_wherever_they_stand(country: Country, words: list[str]) -> None:
    def has(facility: Facility) -> bool:
        text = f"{facility.name} {facility.program} {facility.city} {facility.street}".lower().split()
        return set(words) <= set(text)

    expected = {number for number, facility in country.clinics.items() if has(facility)}
    selection = select(country.generation, Question(words=" ".join(words), per_page=1000), Reach())
    if expected:
        assert set(ids_of(country.generation, selection)) == expected


def test_fewer_than_five_within_the_radius_are_filled_up_to_ten_with_the_nearest_beyond(tmp_path: Path) -> None:
    near = [clinic(latitude=39.77 + step / 100) for step in range(4)]
    far = [clinic(latitude=42.0 + step) for step in range(9)]
    selection = select(build(tmp_path, near + far), Question(place=CENTRE), Reach())
    assert (selection.total, selection.within, selection.widened) == (10, 4, True)
    assert selection.beyond == (False,) * 4 + (True,) * 6


def test_five_within_the_radius_are_enough(tmp_path: Path) -> None:
    near = [clinic(latitude=39.77 + step / 100) for step in range(5)]
    selection = select(build(tmp_path, [*near, clinic(latitude=45.0)]), Question(place=CENTRE), Reach())
    assert (selection.total, selection.widened) == (5, False)


def test_clinics_inside_a_state_are_within_however_far_they_are_from_its_middle(tmp_path: Path) -> None:
    inside = [clinic(name="Far Inside", latitude=37.9), *(clinic(latitude=None, longitude=None) for _ in range(4))]
    outside = clinic(name="Just Over The Border", state="OH", latitude=39.77)
    generation = build(tmp_path, [*inside, outside])
    state = Place("IN", PlaceKind.STATE, 39.77, -86.16, "IN")
    selection = select(generation, Question(place=state), Reach())
    assert (selection.total, selection.within, selection.radius_miles) == (5, 5, None)
    fewer = select(generation, Question(place=state), Reach(fewest_within_radius=6))
    assert (fewer.total, fewer.within) == (6, 5)
    assert ids_of(generation, fewer)[-1] == 6


def test_while_nobody_near_is_confirmed_for_esketamine_ketamine_clinics_are_offered(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(codes=("KIT",)), clinic(codes=("CBT",))])
    selection = select(generation, Question(place=CENTRE, filters={"OURS": ("ESK",)}), Reach())
    assert ids_of(generation, selection) == [1]
    assert selection.asked_instead


def test_a_clinic_confirmed_for_esketamine_is_the_answer(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(codes=("KIT",)), clinic(codes=("ESK",))])
    selection = select(generation, Question(place=CENTRE, filters={"OURS": ("ESK",)}), Reach())
    assert ids_of(generation, selection) == [2]
    assert not selection.asked_instead


def test_without_words_nothing_bends_the_distance_and_equal_distances_go_by_id(tmp_path: Path) -> None:
    generation = build(
        tmp_path, [clinic(name="B", precision="zip"), clinic(name="A", precision="street"), clinic(latitude=39.7)]
    )
    assert ids_of(generation, select(generation, Question(place=CENTRE), Reach())) == [1, 2, 3]


def test_a_name_that_matches_is_worth_some_miles(tmp_path: Path) -> None:
    street = clinic(name="Marmot House", street="1 Quokka Street")
    named = clinic(name="Quokka", latitude=39.9)
    generation = build(tmp_path, [street, named])
    question = Question(words="quokka", place=CENTRE)
    assert ids_of(generation, select(generation, question, Reach())) == [2, 1]
    assert ids_of(generation, select(generation, replace(question, sort=Sort.DISTANCE), Reach())) == [1, 2]


def test_a_slip_of_the_keys_is_forgiven_and_said(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name="Quokka Recovery"), clinic(name="Marmot House")])
    selection = select(generation, Question(words="qoukka recvery"), Reach())
    assert ids_of(generation, selection) == [1]
    assert selection.corrected == {"qoukka": "quokka", "recvery": "recovery"}


def test_an_unfinished_last_word_finds_what_it_begins(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name="Quokka Recovery"), clinic(name="Marmot House")])
    assert ids_of(generation, select(generation, Question(words="marm"), Reach())) == [2]


def test_where_no_clinic_has_all_words_those_with_most_of_them_are_found(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name="Quokka Recovery Center"), clinic(name="Marmot House")])
    assert ids_of(generation, select(generation, Question(words="quokka recovery xylophone"), Reach())) == [1]


def test_an_index_without_clinics_answers_with_none(tmp_path: Path) -> None:
    generation = build(tmp_path, [])
    for question in (Question(), Question(words="quokka"), Question(place=CENTRE, filters={"TAP": ("KIT",)})):
        assert select(generation, question, Reach()).total == 0


def test_a_code_that_nobody_has_gives_nobody(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic()])
    assert select(generation, Question(filters={"TAP": ("ECT",)}), Reach()).total == 0
    assert select(generation, Question(filters={"TAP": ("NOSUCH",)}), Reach()).total == 0


NAMED = ("Quokka Recovery Center", "Marmot House of Hope", "Purple Otter Wellness")


def test_a_clinic_whose_name_was_typed_leads_even_where_the_words_were_read_otherwise(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name=name, codes=("CBT",)) for name in NAMED] + [clinic(name="Teapot")] * 1)
    question = Question(text="qokka recovery center nowhere", place=CENTRE, filters={"TAP": ("KIT",)})
    selection = select(generation, question, Reach())
    assert ids_of(generation, selection) == [1, 4]
    assert (selection.total, selection.named) == (2, 1)


def test_an_errand_names_nobody(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name=name) for name in NAMED])
    for text in (
        "ketamine near Nowhere that takes medicaid",
        "recovery in Nowhere",
        "46204",
        "how much does hope cost",
    ):
        assert select(generation, Question(text=text), Reach()).named == 0


def test_a_missing_blank_in_a_name_is_forgiven(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name=name) for name in NAMED])
    selection = select(generation, Question(text="purple otterwellness"), Reach())
    assert ids_of(generation, selection)[0] == 3
    assert selection.named == 1


def test_pages_of_an_answer_that_names_a_clinic_follow_each_other_too(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(name=name) for name in NAMED])
    question = Question(text="purple otter wellness", place=CENTRE, per_page=1)
    read = [ids_of(generation, select(generation, replace(question, page=page), Reach())) for page in (1, 2, 3, 4)]
    assert read == [[3], [1], [2], []]


def test_chat_beside_a_service_and_a_place_does_not_hide_the_clinics_near(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(), clinic(name="Best Quokka", latitude=47.0)])
    question = Question(words="best doctor", place=CENTRE, filters={"TAP": ("KIT",)})
    assert ids_of(generation, select(generation, question, Reach())) == [1, 2]
    assert ids_of(generation, select(generation, replace(question, words="best"), Reach())) == [1, 2]


def test_words_that_no_clinic_has_do_not_hide_the_clinics_of_a_place(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic()])
    assert ids_of(generation, select(generation, Question(words="xylophone", place=CENTRE), Reach())) == [1]
    assert select(generation, Question(words="xylophone"), Reach()).total == 0


def test_the_words_of_a_question_to_learn_from_take_no_clinic_off_the_list(tmp_path: Path) -> None:
    generation = build(tmp_path, [clinic(), clinic(name="Feel Quokka")])
    question = Question(words="feel", filters={"TAP": ("KIT",)}, intent=Intent.LEARN)
    assert ids_of(generation, select(generation, question, Reach())) == [2, 1]
    assert ids_of(generation, select(generation, replace(question, intent=Intent.FIND), Reach())) == [2]
