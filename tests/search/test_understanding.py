"""What a typed text means: place, radius, services, a question or an errand, danger."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.config import load_settings
from directory.places.gazetteer import Gazetteer
from directory.places.place import PlaceKind
from directory.search.question import LONGEST_TEXT, Intent, Question
from directory.search.understanding import Understanding
from directory.search.vocabulary import VocabularyError, load_vocabulary
from directory.search.wording import tokenise


class NamesOfFacilities:
    """A lexicon of made-up facilities."""

    names = ("cleveland clinic nowhere", "charak center of nowhere", "meridian health services nowhere")

    def name_frequency(self, words: list[str]) -> int:
        return sum(f" {' '.join(words)} " in f" {name} " for name in self.names)

    def known(self, word: str) -> bool:
        return any(word in name.split() for name in self.names)

    def clinics_by_state(self, town: str) -> dict[str, int]:
        return {"Bangor": {"MI": 1, "ME": 26}, "New Castle": {"IN": 1, "PA": 4}}.get(town, {})

    def named(self, _text: str) -> None:
        return None


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def gazetteer(home: Path) -> Gazetteer:
    return Gazetteer.load(home / "cache", "IN")


@pytest.fixture(scope="module")
def understanding(home: Path, gazetteer: Gazetteer) -> Understanding:
    return Understanding(gazetteer, load_vocabulary(), None, load_settings({"DIRECTORY_HOME": str(home)}))


@pytest.fixture(scope="module")
def with_names(home: Path, gazetteer: Gazetteer) -> Understanding:
    chosen = load_settings({"DIRECTORY_HOME": str(home)})
    return Understanding(gazetteer, load_vocabulary(), NamesOfFacilities(), chosen)


def codes(question: Question) -> set[str]:
    return {code for group in question.filters.values() for code in group}


def label(question: Question) -> str:
    return question.place.label if question.place else ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ketamine infusion 46204", "46204"),
        ("ketamine 46204-1234", "46204"),
        ("Ketamine therapy Washington, IN", "Washington, IN"),
        ("ketamine washington dc", "Washington, DC"),
        ("ketamine in Washington state", "WA"),
        ("tms or ketamine near Louisville KY", "Louisville, KY"),
        ("ketamine tampa fl that takes medicare", "Tampa, FL"),
        ("KETAMINE OR TMS IN PORTLAND OR", "Portland, OR"),
        ("ketamine portland me", "Portland, ME"),
        ("ketamine Hope, AR", "Hope, AR"),
        ("clinics in Reading that take cash", "Reading, PA"),
        ("ketamine Marion County Indiana", "Marion County, IN"),
        ("ketamina condado de Harris, Texas", "Harris County, TX"),
        ("ketamine clinics in Utah", "UT"),
        ("ketamine in KY", "KY"),
        ("ketamine LA", "Los Angeles, CA"),
        ("ketamine baton rouge la", "Baton Rouge, LA"),
        ("ketamine kansas city kansas", "Kansas City, KS"),
        ("ohio ketamine clinics near cleveland", "Cleveland, OH"),
        ("ketamine not in Chicago but near Gary", "Gary, IN"),
        ("my friend Austin wants ketamine in Gary", "Gary, IN"),
        ("ketamina en Nueva York", "New York, NY"),
    ],
)
def test_a_place_is_found_anywhere_in_the_text(understanding: Understanding, text: str, place: str) -> None:
    assert label(understanding.question(text)) == place


@pytest.mark.parametrize(
    "text",
    [
        "ketamine help please",
        "ketamine for my mom",
        "ketamine price",
        "ketamine or tms",
        "ketamine for me",
        "what is the normal dose of ketamine",
        "clinica de ketamina para mi hija",
        "iv ketamine in pain",
        "reading about ketamine and hope",
        "is Dr Smith good",
        "Charak Center",
    ],
)
def test_ordinary_words_are_no_towns(understanding: Understanding, text: str) -> None:
    assert label(understanding.question(text)) == ""


@pytest.mark.parametrize(
    ("text", "place", "wanted"),
    [
        ("ketamin clinic indianoplis", "Indianapolis, IN", {"KIT"}),
        ("spravatto evansvile", "Evansville, IN", {"ESK"}),
        ("telehelth ketamine pheonix", "Phoenix, AZ", {"KIT", "TELE"}),
        ("ketamine takes medicad san deigo", "San Diego, CA", {"KIT", "MD"}),
        ("ketamine salt lake cty", "Salt Lake City, UT", {"KIT"}),
    ],
)
def test_misspelled_words_are_understood(understanding: Understanding, text: str, place: str, wanted: set[str]) -> None:
    question = understanding.question(text)
    assert (label(question), codes(question)) == (place, wanted)


@pytest.mark.parametrize(
    ("text", "miles"),
    [
        ("ketamine within 100 miles of Indianapolis", 100),
        ("ketamine 25 mi Dayton", 25),
        ("ketamine 50mi Dayton", 50),
        ("ketamina a menos de 30 millas de Miami", 30),
        ("ketamine within twenty five miles of Gary", 25),
        ("ketamine 40 km from Buffalo NY", 24.9),
        ("ketamine walking distance 10001", 2),
        ("depressed for 20 years, ketamine Gary", None),
        ("two hour infusions of ketamine Gary", None),
    ],
)
def test_a_radius_is_heard_in_any_measure(understanding: Understanding, text: str, miles: float | None) -> None:
    assert understanding.question(text).radius_miles == miles


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ketamine for my 15 year old in Tulsa ok", {"KIT", "CHLD"}),
        ("ketamina para mi hija de 14 años en Dallas", {"KIT", "CHLD"}),
        ("ketamina para mi hija de 30 años en Dallas", {"KIT", "ADLT"}),
        ("ketamine for my 70 year old father Kokomo", {"KIT", "SNR"}),
        ("no insurance ketamine phoenix", {"KIT", "SF", "SS", "PA"}),
        ("outpatient ketamine medicare tampa fl", {"KIT", "MC", "OP"}),
        ("suicide prevention services tampa", {"SPS"}),
    ],
)
def test_services_are_understood_by_the_longest_phrase(
    understanding: Understanding, text: str, wanted: set[str]
) -> None:
    assert codes(understanding.question(text)) == wanted


@pytest.mark.parametrize(
    "text", ["46204", "clinics near Fort Wayne", "depression help near Gary", "clínicas cerca de mí"]
)
def test_a_bare_place_asks_for_ketamine_and_says_that_this_is_assumed(understanding: Understanding, text: str) -> None:
    question = understanding.question(text)
    assert codes(question) == {"KIT"}
    assert [chip.value for chip in question.understood if chip.kind == "assumed"] == ["KIT"]


def test_the_assumption_can_be_taken_off(understanding: Understanding) -> None:
    assert codes(understanding.question("46204", plain=["KIT"])) == set()


def test_near_me_asks_for_the_place(understanding: Understanding) -> None:
    assert understanding.question("ketamine near me").needs_place
    assert not understanding.question("ketamine near me", near="46204").needs_place


def test_a_place_given_apart_stands_above_one_in_the_text(understanding: Understanding) -> None:
    assert label(understanding.question("ketamine Tampa", near="Fort Wayne, IN")) == "Fort Wayne, IN"
    here = understanding.question("ketamine", near="39.77, -86.16").place
    assert here is not None
    assert here.kind is PlaceKind.POINT


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        ("outpatient ketamine not inpatient Denver", {"HI"}),
        ("ketamine without medicare Omaha", {"MC"}),
        ("ketamina sin medicare en Chicago", {"MC"}),
        ("ketamine that does not take medicare or medicaid Omaha", {"MC", "MD"}),
        ("I don't have medicaid, ketamine in Tampa", set()),
        ("she is not a veteran ketamine Tampa", set()),
        ("ketamine no medicaid required Tampa", set()),
    ],
)
def test_a_not_is_never_turned_round(understanding: Understanding, text: str, unwanted: set[str]) -> None:
    question = understanding.question(text)
    without = {code for group in question.without.values() for code in group}
    assert unwanted <= without
    assert bool(without) == bool(unwanted)
    assert not codes(question) & {"MC", "MD", "VET", "HI"}


@pytest.mark.parametrize("text", ["Cleveland Clinic", "Charak Center", "Meridian Health Services", "charak center"])
def test_the_name_of_a_facility_asks_for_that_facility(with_names: Understanding, text: str) -> None:
    question = with_names.question(text)
    assert codes(question) == set()
    assert question.words == text


def test_a_name_does_not_hide_an_errand(with_names: Understanding) -> None:
    question = with_names.question("ketamine clinic Cleveland")
    assert (label(question), codes(question)) == ("Cleveland, OH", {"KIT"})


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("is ketamine fda approved", "fda-approval-and-off-label"),
        ("side effects of ketamine", "risks-and-side-effects"),
        ("how many infusions will my mom need", "what-a-series-looks-like"),
        ("will insurance pay for infusions", "cost-and-insurance"),
        ("¿cuánto cuesta la ketamina?", "cost-and-insurance"),
        ("can ketamine help with bipolar depression", "what-it-may-help"),
    ],
)
def test_a_question_leads_to_its_page(understanding: Understanding, text: str, page: str) -> None:
    question = understanding.question(text)
    assert question.intent is Intent.LEARN
    assert page in question.page_hints[:2]
    assert not question.filters.keys() - {"TAP", "OURS"}


@pytest.mark.parametrize(
    "text",
    [
        "where can i get ketamine in Louisville",
        "does anyone near Toledo do ketamine infusions?",
        "what clinics in Tampa take Medicaid",
        "¿dónde hay ketamina en Orlando?",
        "ketamine for depression near Tampa",
    ],
)
def test_an_errand_stays_an_errand_in_the_form_of_a_question(understanding: Understanding, text: str) -> None:
    assert understanding.question(text).intent is Intent.FIND


@pytest.mark.parametrize(
    "text",
    [
        "i dont want to live anymore",
        "I’m suicidal",
        "i want to kill my self",
        "im going to end it",
        "feeling suicidle",
        "suicide",
        "quiero morir",
        "ya no quiero vivir más",
        "mi hijo se quiere matar",
        "he overdosed on pills",
        "ketamine near tampa i want to die",
        "I have suicidal thoughts and need ketamine in Gary",
    ],
)
def test_words_of_danger_put_help_first(understanding: Understanding, text: str) -> None:
    assert understanding.question(text).crisis


@pytest.mark.parametrize(
    "text",
    [
        "suicide prevention services tampa",
        "does ketamine help suicidal thoughts",
        "clinics trained in suicide prevention",
        "ketamine for suicidal ideation near Tampa",
        "can you overdose on ketamine",
        "my pain is killing me ketamine clinic",
        "prevención del suicidio Miami",
        "I lost my brother to suicide and need grief counseling",
        "quiero vivir cerca de Miami",
        "live in Gary and want to find ketamine",
    ],
)
def test_an_errand_about_danger_is_no_danger(understanding: Understanding, text: str) -> None:
    assert not understanding.question(text).crisis


def test_every_chip_names_the_words_it_came_from(understanding: Understanding) -> None:
    question = understanding.question("Ketamina en español, a 20 millas de Los Ángeles")
    assert {chip.kind for chip in question.understood} == {"place", "radius", "service"}
    for chip in question.understood:
        assert question.text[chip.start : chip.end] == chip.words


def test_an_empty_text_means_nothing(understanding: Understanding) -> None:
    question = understanding.question(" \t\n ")
    assert (question.words, question.understood, question.place, question.filters) == ("", (), None, {})


def test_the_other_places_of_the_name_are_offered(understanding: Understanding) -> None:
    question = understanding.question("ketamine Bloomington")
    assert label(question) == "Bloomington, IN"
    assert "Bloomington, IL" in [place.label for place in question.other_places]


def test_unknown_codes_given_apart_are_ignored(understanding: Understanding) -> None:
    assert codes(understanding.question("46204", offers=["TMS", "NO SUCH"])) == {"TMS"}


def test_a_vocabulary_with_an_unknown_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.toml").write_text('[[service]]\ncodes = ["NOPE"]\nlabel = "Nothing"\nen = ["nothing"]\n')
    with pytest.raises(VocabularyError, match="Nothing"):
        load_vocabulary(tmp_path / "v.toml")


PIECES = """ketamine spravato near in or not without Fort Wayne IN OH 46204 46802-1234 miles 25 mi within medicaid sin
de la Washington Indiana, 15 year old years años hija Springfield español ¿ ? I want to die my Hope Cleveland Clinic"""
PHRASES = st.sampled_from(PIECES.split())
TEXTS = st.one_of(st.text(max_size=200), st.lists(PHRASES, max_size=20).map(" ".join))


@settings(max_examples=300)
@given(TEXTS)
def test_any_text_is_understood_and_every_chip_lies_in_it(understanding: Understanding, text: str) -> None:
    question = understanding.question(text)
    for chip in question.understood:
        assert question.text[chip.start : chip.end] == chip.words
        assert bool(chip.words) == (chip.kind != "assumed")


@settings(max_examples=200)
@given(TEXTS)
def test_a_chip_taken_off_stays_off_and_gives_its_words_back(understanding: Understanding, text: str) -> None:
    for chip in understanding.question(text).understood:
        without = understanding.question(text, plain=[chip.words or chip.value])
        assert (chip.kind, chip.words) not in [(other.kind, other.words) for other in without.understood]
        assert {token.fold for token in tokenise(chip.words)} <= {token.fold for token in tokenise(without.words)}


@pytest.mark.parametrize(
    "piece", ["a", "ketamine ", "\u202e", "46204 ", "🙂", "(((", "\x00", "not ", "Fort ", "ñ́", "25 mi "]
)
def test_ten_thousand_letters_are_cut_and_answered(understanding: Understanding, piece: str) -> None:
    question = understanding.question(piece * (10_000 // len(piece)))
    assert len(question.text) <= LONGEST_TEXT


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my son he's seventeen, ketamine in Gary", {"KIT", "CHLD"}),
        ("ketamine Gary my dad is seventy two", {"KIT", "SNR"}),
        ("ketamine for my fourteen year old Gary", {"KIT", "CHLD"}),
        ("ketamina en Gary, mi hija tiene quince años", {"KIT", "CHLD"}),
        ("ketamina en Gary, mi mamá tiene setenta y dos años", {"KIT", "SNR"}),
        ("she is one of two patients, ketamine Gary", {"KIT"}),
    ],
)
def test_an_age_may_be_said_in_words(understanding: Understanding, text: str, wanted: set[str]) -> None:
    assert codes(understanding.question(text)) == wanted


@pytest.mark.parametrize(
    ("text", "payer"),
    [
        ("ketamine in Gary that takes my insurance it's medicaid", "MD"),
        ("ketamine in Gary insurance tricare", "MI"),
        ("ketamine in Gary that takes insurance", "PI"),
        ("ketamina en Gary con mi seguro que es medicare", "MC"),
    ],
)
def test_insurance_at_large_yields_to_the_payer_that_is_named(
    understanding: Understanding, text: str, payer: str
) -> None:
    question = understanding.question(text)
    assert (codes(question), question.words) == ({"KIT", payer}, "")


@pytest.mark.parametrize("text", ["closest spravato clinic to me", "where is the nearest ketamine place"])
def test_nearest_without_a_place_asks_for_the_place(understanding: Understanding, text: str) -> None:
    assert understanding.question(text).needs_place


def test_nearest_with_a_place_asks_for_nothing(understanding: Understanding) -> None:
    question = understanding.question("nearest ketamine clinic to Gary")
    assert (label(question), question.needs_place) == ("Gary, IN", False)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("therapist who speaks vietnamese in Gary", {"F92"}),
        ("counseling with a sliding scale in Gary", {"SS"}),
        ("eating disorder program Gary", {"PED"}),
        ("doctor who takes medicaid in Gary", {"KIT", "MD"}),
    ],
)
def test_ketamine_is_not_assumed_where_other_care_is_sought(
    understanding: Understanding, text: str, wanted: set[str]
) -> None:
    assert codes(understanding.question(text)) == wanted


@pytest.mark.parametrize(
    ("text", "place"),
    [("ketamina en Cicero Ilinois", "Cicero, IL"), ("ketamine Gary Indianna", "Gary, IN")],
)
def test_a_misspelled_state_after_a_town_tells_which_town(understanding: Understanding, text: str, place: str) -> None:
    assert label(understanding.question(text)) == place


@pytest.mark.parametrize(
    ("text", "place", "other"),
    [
        ("ketamine Bangor", "Bangor, ME", "Bangor, MI"),
        ("ketamine New Castle", "New Castle, IN", "New Castle, PA"),
        ("ketamine Bangor Michigan", "Bangor, MI", ""),
    ],
)
def test_a_town_with_many_clinics_is_likelier_but_for_one_of_the_home_state(
    with_names: Understanding, text: str, place: str, other: str
) -> None:
    question = with_names.question(text)
    assert label(question) == place
    assert not other or other in {each.label for each in question.other_places}


def test_a_place_given_apart_is_the_likeliest_by_its_clinics_too(with_names: Understanding) -> None:
    assert label(with_names.question("ketamine", near="Bangor")) == "Bangor, ME"


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("t m s in Gary", {"TMS"}, set()),
        ("transcranial magnetic stim Gary", {"TMS"}, set()),
        ("ketamine in Gary, nothing with telehealth", {"KIT"}, {"TELE"}),
        ("ketamine in Gary, affordable care act insurance", {"KIT", "PI"}, set()),
    ],
)
def test_letters_said_apart_and_clipped_words_are_understood(
    understanding: Understanding, text: str, wanted: set[str], unwanted: set[str]
) -> None:
    question = understanding.question(text)
    assert codes(question) == wanted
    assert {code for group in question.without.values() for code in group} == unwanted
