"""Answers over the real editions: nearest first, exactly, and every clinic to be found by its name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from geopy.distance import geodesic

from directory.catalogue.facility import LiveFacility, live_facilities
from directory.catalogue.publish import publish
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import load_settings
from directory.index.generation import rebuild
from directory.search.answer import Answer
from directory.search.search import Search
from importers.recognise import open_listing

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real answers")]

EDITIONS = {"mh-2022.xlsx": (9037, 104), "mh-2023.xlsx": (8707, 82), "su-2023.xlsx": (12744, 82)}


@pytest.fixture(scope="module")
def search(real_listings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Search]:
    """The search over the three editions, imported in order as their files stand."""
    settings = load_settings({"DIRECTORY_HOME": str(tmp_path_factory.mktemp("home"))})
    catalogue = Catalogue(settings.database_url)
    upgrade(catalogue)
    desk = Search(catalogue, settings)
    for name, (rows, with_ketamine) in EDITIONS.items():
        report = publish(
            catalogue, open_listing(real_listings / name, gazetteer=desk.gazetteer), desk.gazetteer, settings
        )
        assert (report.read, report.refused) == (rows, [])
        with catalogue.reading() as session:
            assert sum("KIT" in clinic.codes for clinic in live_facilities(session)) == with_ketamine
    rebuild(catalogue, settings.index_dir)
    yield desk
    catalogue.close()


@pytest.fixture(scope="module")
def clinics(search: Search) -> list[LiveFacility]:
    with search.catalogue.reading() as session:
        return list(live_facilities(session))


def zips(search: Search, state: str = "") -> list[str]:
    """The ZIPs of clinics' states that the gazetteer knows, in order."""
    codes = (f"{number:05}" for number in range(100_000))
    places = ((code, search.gazetteer.zip(code)) for code in codes)
    return [code for code, place in places if place is not None and state in ("", place.state)]


def ask(search: Search, text: str, **said: object) -> Answer:
    return search.answer(search.understand(text, **said))


def test_the_ten_nearest_of_300_zips_are_those_of_a_brute_force_ranking(
    search: Search, clinics: list[LiveFacility]
) -> None:
    ketamine = [clinic for clinic in clinics if "KIT" in clinic.codes and clinic.latitude is not None]
    for code in random.Random(300).sample(zips(search), 300):
        here = search.gazetteer.zip(code)
        assert here is not None
        miles = {c.id: geodesic((here.latitude, here.longitude), (c.latitude, c.longitude)).miles for c in ketamine}
        nearest = sorted(miles, key=lambda facility_id: (miles[facility_id], facility_id))[:10]
        answer = ask(search, f"ketamine {code}", radius_miles=3000.0, per_page=10)
        assert [result.id for result in answer.results] == nearest, code
        assert [result.miles for result in answer.results] == pytest.approx([miles[i] for i in nearest], abs=1e-9)


def test_every_zip_of_indiana_has_five_clinics_honest_miles_and_says_that_it_widened(search: Search) -> None:
    for code in zips(search, "IN"):
        answer = ask(search, code)
        within = [result for result in answer.results if not result.beyond_radius]
        assert answer.total >= 5
        assert answer.widened == (len(within) < 5)
        here = answer.question.place
        assert here is not None
        for result in answer.results:
            truth = geodesic((here.latitude, here.longitude), (result.latitude, result.longitude)).miles
            assert result.miles == pytest.approx(truth, abs=1e-9)
            assert result.beyond_radius == (truth > 50)


def misspelt(word: str, dice: random.Random) -> str:
    """A word with one slip inside: a letter left out, doubled, changed, or two that changed places."""
    at = dice.randrange(1, len(word) - 1)
    slip = dice.choice(("left out", "doubled", "changed", "swapped"))
    if slip == "left out":
        return word[:at] + word[at + 1 :]
    if slip == "doubled":
        return word[:at] + word[at] + word[at:]
    if slip == "changed":
        return word[:at] + dice.choice("aeinorst") + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def name_with_a_slip(name: str, dice: random.Random) -> str:
    words = name.split()
    long = [place for place, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if long:
        at = dice.choice(long)
        words[at] = misspelt(words[at], dice)
    return " ".join(words)


def named_share(search: Search, asked: list[tuple[str, LiveFacility]], first: int) -> tuple[float, float]:
    """The share of clinics found in the first results: the clinic itself, and one that bears its very name."""
    itself = namesake = 0
    for text, clinic in asked:
        results = ask(search, text).results[:first]
        itself += any(result.id == clinic.id for result in results)
        namesake += any((result.name, result.program) == (clinic.name, clinic.program) for result in results)
    return itself / len(asked), namesake / len(asked)


def test_a_clinic_is_found_by_its_name_with_a_slip_and_its_town(search: Search, clinics: list[LiveFacility]) -> None:
    dice = random.Random(500)
    asked = [
        (f"{name_with_a_slip(f'{c.name} {c.program}'.strip(), dice)} {c.city} {c.state}", c)
        for c in dice.sample(clinics, 500)
    ]
    itself, namesake = named_share(search, asked, 3)
    print(f"name with a slip and town, first three: itself {itself:.1%}, one of its name {namesake:.1%}")
    assert itself >= 0.95


def test_a_clinic_is_found_by_its_name_alone(search: Search, clinics: list[LiveFacility]) -> None:
    dice = random.Random(501)
    asked = [(f"{c.name} {c.program}".strip(), c) for c in dice.sample(clinics, 500)]
    itself, namesake = named_share(search, asked, 5)
    print(f"name alone, first five: itself {itself:.1%}, one of its name {namesake:.1%}")
    assert itself >= 0.90
