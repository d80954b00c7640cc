"""A generation is built beside the one that serves, and nobody ever sees half of one."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_clinics import PAGES, add_clinics, clinic, many_clinics
from whoosh.index import open_dir
from whoosh.query.compound import And, Or
from whoosh.query.terms import Term
from whoosh.scoring import BM25F

from directory.catalogue.models import Facility, Verification
from directory.catalogue.session import Catalogue
from directory.index import columns
from directory.index.columns import Columns, FacilityRow, bits_of, in_row_order, rows_of
from directory.index.generation import (
    Generation,
    IndexDamagedError,
    IndexMissingError,
    current,
    rebuild,
    status,
    update,
)
from directory.index.postings import K1, B
from directory.index.schema import FACILITY_FIELDS

BOOSTS = (3.0, 2.0, 1.5, 0.5)


def whoosh_scores(generation: Generation, words: list[str]) -> dict[int, float]:
    """What Whoosh itself answers: facility id → score, every word in any field."""
    fields = list(zip(FACILITY_FIELDS, BOOSTS, strict=True))
    query = And([Or([Term(field, word, boost=boost) for field, boost in fields]) for word in words])
    columns = generation.columns
    index = open_dir(str(generation.folder / "words"), readonly=True)
    with index.searcher(weighting=BM25F(B=B, K1=K1)) as searcher:
        hits = searcher.search(query, limit=None)
        return {int(columns.ids[columns.documents[hit.docnum]]): hit.score for hit in hits}


def our_scores(generation: Generation, words: list[str]) -> dict[int, float]:
    matches = [generation.match(word, BOOSTS) for word in words]
    rows = rows_of(np.bitwise_and.reduce([match.bits for match in matches]))
    scores = sum(match.scores[match.rows.searchsorted(rows)] for match in matches)
    return dict(zip(generation.columns.ids[rows].tolist(), scores.tolist(), strict=True))


@pytest.mark.parametrize("words", [["quokka"], ["recovery", "center"], ["otter", "nonesuch", "nowhere"], ["program"]])
def test_our_scores_are_whooshs_own(generation: Generation, words: list[str]) -> None:
    expected = whoosh_scores(generation, words)
    assert expected
    assert our_scores(generation, words) == pytest.approx(expected, rel=1e-5)


def test_our_scores_are_whooshs_own_after_changes(
    catalogue: Catalogue, index_dir: Path, generation: Generation
) -> None:
    changed = update(catalogue, index_dir, generation.columns.ids[:40].tolist())
    expected = whoosh_scores(changed, ["recovery", "center"])
    assert expected
    assert our_scores(changed, ["recovery", "center"]) == pytest.approx(expected, rel=1e-5)


def test_an_update_gives_the_same_columns_as_a_rebuild(
    catalogue: Catalogue, index_dir: Path, generation: Generation
) -> None:
    ids = generation.columns.ids.tolist()
    with catalogue.writing() as session:
        moved = session.get_one(Facility, ids[3])
        moved.latitude, moved.name, moved.codes = 45.0, "Aardvark House", ("VET", "ZZNEW")
        session.get_one(Facility, ids[5]).withdrawn_run_id = 2
    added = add_clinics(catalogue, [clinic(name="Brand New Burrow", state="AK", latitude=61.2, longitude=-149.9)])
    updated = update(catalogue, index_dir, [ids[3], ids[5], *added])
    rebuilt = rebuild(catalogue, index_dir, PAGES)
    assert updated.facilities == rebuilt.facilities == 300
    assert updated.columns.name_lines() == rebuilt.columns.name_lines()
    for name in ("ids", "latitudes", "longitudes", "places", "name_order"):
        assert np.array_equal(getattr(updated.columns, name), getattr(rebuilt.columns, name), equal_nan=True), name
    for codes in (("KIT",), ("VET",), ("ZZNEW",), ("MD", "MC")):
        assert np.array_equal(updated.columns.code_bits(codes), rebuilt.columns.code_bits(codes))
    assert np.array_equal(updated.columns.state_bits("AK"), rebuilt.columns.state_bits("AK"))
    for word in ("quokka", "aardvark", "burrow"):
        assert updated.match(word, BOOSTS).rows.tolist() == rebuilt.match(word, BOOSTS).rows.tolist()


NAMES = ("Quokka House", "quokka  house", "Ñandú Burrow", "Zebra", "Aardvark", "")
facility_rows = st.builds(
    FacilityRow,
    id=st.integers(1, 400),
    name=st.sampled_from(NAMES),
    program=st.just(""),
    street=st.just(""),
    city=st.just("Nowhere"),
    state=st.sampled_from(("IN", "OH", "AK")),
    zip=st.just("46204"),
    latitude=st.sampled_from((None, 39.77, 39.78, 61.2, 25.1234567)),
    longitude=st.sampled_from((-86.16, -149.9)),
    codes=st.sets(st.sampled_from(("KIT", "VET", "MD", "ZZNEW"))).map(lambda codes: tuple(sorted(codes))),
    precision=st.sampled_from(("street", "zip", "none")),
    verified_on=st.sampled_from((None, dt.date(2026, 11, 1), dt.date(2025, 2, 28))),
)
several_rows = st.lists(facility_rows, max_size=300, unique_by=lambda facility: facility.id)


def built_columns(facilities: Sequence[FacilityRow]) -> Columns:
    count = len(facilities)
    lengths = np.zeros((len(FACILITY_FIELDS), count), dtype=np.uint8)
    return Columns.build(in_row_order(facilities), np.arange(count, dtype=np.int32), lengths)


@settings(max_examples=60)
@given(before=several_rows, after=several_rows, gone=st.sets(st.integers(1, 400)), block=st.sampled_from((1, 3, 256)))
def test_changed_columns_are_those_of_a_rebuild(
    before: list[FacilityRow], after: list[FacilityRow], gone: set[int], block: int
) -> None:
    ids = gone | {facility.id for facility in after}
    expected = built_columns([facility for facility in before if facility.id not in ids] + after)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(columns, "NAMES_A_BLOCK", block)
        changed = built_columns(before).changed(np.array(sorted(ids), dtype=np.int64), built_columns(after))
        changed.save(Path(folder))
        reread = Columns.load(Path(folder))
    for found in (changed, reread):
        assert found.name_lines() == expected.name_lines()
        for name in ("ids", "latitudes", "longitudes", "name_order", "verified", "precise"):
            assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True), name
        for code in ("KIT", "VET", "MD", "ZZNEW"):
            assert np.array_equal(found.code_bits((code,)), expected.code_bits((code,))), code
        for state in ("IN", "OH", "AK"):
            assert np.array_equal(found.state_bits(state), expected.state_bits(state)), state
        assert sorted(found.documents[found.documents >= 0].tolist()) == list(range(expected.count))


def test_a_clinic_that_was_asked_carries_the_day_and_whether_its_point_is_known(
    catalogue: Catalogue, index_dir: Path, generation: Generation
) -> None:
    asked = int(generation.columns.ids[7])
    assert not generation.columns.verified.any()
    assert not generation.columns.precise.any()
    with catalogue.writing() as session:
        facility = session.get_one(Facility, asked)
        facility.verified_on, facility.precision = dt.date(2026, 11, 20), "street"
    for newer in (update(catalogue, index_dir, [asked]), rebuild(catalogue, index_dir, PAGES)):
        assert newer.columns.ids[np.flatnonzero(newer.columns.verified)].tolist() == [asked]
        assert newer.columns.verified.max() == (dt.date(2026, 11, 20) - dt.date(1970, 1, 1)).days
        assert newer.columns.ids[np.flatnonzero(newer.columns.precise)].tolist() == [asked]


def test_an_answer_from_a_clinic_leaves_the_index_behind_until_it_is_updated(
    catalogue: Catalogue, index_dir: Path
) -> None:
    rebuild(catalogue, index_dir)
    with catalogue.writing() as session:
        today = dt.date(2026, 11, 20)
        session.add(Verification(facility_id=1, verified_on=today, verified_by="QM", how="phone", offers=("KIT",)))
    assert any(line.startswith("MEND behind: catalogue") for line in status(catalogue, index_dir))
    update(catalogue, index_dir, [1])
    assert not any("behind" in line for line in status(catalogue, index_dir))


def test_the_words_of_names_are_kept_through_changes(
    catalogue: Catalogue, index_dir: Path, generation: Generation
) -> None:
    added = add_clinics(catalogue, [clinic(name="Brand New Burrow")])
    update(catalogue, index_dir, added)
    changed = update(catalogue, index_dir, added)
    assert changed.lexicon.name_frequency(["recovery", "center"]) == generation.lexicon.name_frequency(
        ["recovery", "center"]
    )
    assert changed.lexicon.name_frequency(["new", "burrow"]) == 2


def test_withdrawn_clinics_are_not_in_the_index(catalogue: Catalogue, index_dir: Path) -> None:
    with catalogue.writing() as session:
        for facility_id in (1, 2, 3):
            session.get_one(Facility, facility_id).withdrawn_run_id = 2
    built = rebuild(catalogue, index_dir, PAGES)
    assert built.facilities == 297
    assert not {1, 2, 3} & set(built.columns.ids.tolist())


def test_a_catalogue_without_clinics_gives_an_index_without_clinics(catalogue: Catalogue, index_dir: Path) -> None:
    with catalogue.writing() as session:
        for facility in session.query(Facility):
            facility.withdrawn_run_id = 2
    built = rebuild(catalogue, index_dir, PAGES)
    assert built.facilities == 0
    assert built.match("quokka", BOOSTS).rows.tolist() == []
    assert [page.slug for page in built.find_pages(built.stems("infusions", "en"), "en", (("body", 1.0),))]


def test_before_the_first_build_the_sentence_says_what_to_do(index_dir: Path, catalogue: Catalogue) -> None:
    with pytest.raises(IndexMissingError, match="directory index rebuild"):
        current(index_dir)
    assert status(catalogue, index_dir)[0].startswith("MEND there is no search index")


def test_the_current_generation_is_opened_once(index_dir: Path, generation: Generation) -> None:
    assert current(index_dir) is generation
    assert current(index_dir) is current(index_dir)


def test_a_new_generation_is_seen_and_the_old_one_goes_on_answering(
    catalogue: Catalogue, index_dir: Path, generation: Generation
) -> None:
    add_clinics(catalogue, [clinic(name="Brand New Burrow")])
    newer = rebuild(catalogue, index_dir, PAGES)
    assert current(index_dir) is newer
    assert newer.number == generation.number + 1
    assert len(newer.match("burrow", BOOSTS).rows) == 1
    assert len(generation.match("burrow", BOOSTS).rows) == 0


def test_only_two_generations_are_kept_and_an_opened_one_answers_even_when_cleared_away(
    catalogue: Catalogue, index_dir: Path, generation: Generation
) -> None:
    for _ in range(3):
        rebuild(catalogue, index_dir, PAGES)
    assert not generation.folder.exists()
    assert len([path for path in index_dir.iterdir() if path.name.isdigit()]) == 2
    assert len(generation.match("marmot", BOOSTS).rows) > 0


def test_a_changed_byte_is_found(catalogue: Catalogue, index_dir: Path, generation: Generation) -> None:
    assert generation.damage() == []
    path = generation.folder / "latitudes.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert any(line.startswith("MEND damaged: latitudes.npy") for line in status(catalogue, index_dir))


@pytest.mark.parametrize("harm", ["shorten", "remove", "empty the manifest", "nonsense in the pointer"])
def test_a_damaged_index_is_refused_with_a_sentence_that_says_what_to_do(
    index_dir: Path, generation: Generation, catalogue: Catalogue, harm: str
) -> None:
    victim = generation.folder / "codes.npy"
    if harm == "shorten":
        victim.write_bytes(victim.read_bytes()[:-9])
    elif harm == "remove":
        victim.unlink()
    elif harm == "empty the manifest":
        (generation.folder / "manifest.json").write_text("", encoding="utf-8")
    pointer = index_dir / "current"
    number = "x" if harm == "nonsense in the pointer" else str(generation.number)
    (index_dir / "next").write_text(number, encoding="ascii")
    (index_dir / "next").replace(pointer)
    with pytest.raises(IndexDamagedError, match="directory index rebuild"):
        current(index_dir)
    assert rebuild(catalogue, index_dir, PAGES).facilities == 300
    assert not any(line.startswith("MEND damaged") for line in status(catalogue, index_dir))


def test_an_index_behind_its_catalogue_says_so(catalogue: Catalogue, index_dir: Path) -> None:
    rebuild(catalogue, index_dir)
    assert not any("behind" in line for line in status(catalogue, index_dir))
    add_clinics(catalogue, [clinic()])
    assert any(line.startswith("MEND behind: catalogue") for line in status(catalogue, index_dir))


def test_two_rebuilds_at_once_wait_for_each_other(catalogue: Catalogue, index_dir: Path) -> None:
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda: numbers.append(rebuild(catalogue, index_dir, PAGES).number)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(numbers) == 3
    assert current(index_dir).damage() == []


def test_readers_get_whole_answers_while_generations_are_swapped(catalogue: Catalogue, index_dir: Path) -> None:
    rebuild(catalogue, index_dir, PAGES)
    answers: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            now = current(index_dir)
            now.forget()
            answers.append((now.facilities, len(now.match("nowhere", (0.0, 0.0, 1.0, 0.0)).rows)))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    expected = {(300, len(current(index_dir).match("nowhere", (0.0, 0.0, 1.0, 0.0)).rows))}
    for _ in range(4):
        add_clinics(catalogue, [clinic()])
        now = rebuild(catalogue, index_dir, PAGES)
        expected.add((now.facilities, len(now.match("nowhere", (0.0, 0.0, 1.0, 0.0)).rows)))
    done.set()
    for reader in readers:
        reader.join()
    assert len(expected) == 5
    assert set(answers) <= expected


BUILD_FOREVER = """
import sys
from pathlib import Path
from directory.catalogue.session import Catalogue
from directory.index.generation import rebuild
catalogue = Catalogue(sys.argv[1])
while True:
    rebuild(catalogue, Path(sys.argv[2]), [])
    print("built", flush=True)
"""


def kill_builds(catalogue: Catalogue, index_dir: Path, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    rebuild(catalogue, index_dir, [])
    for _ in range(kills):
        command = [sys.executable, "-W", "ignore", "-c", BUILD_FOREVER, str(catalogue.url), str(index_dir)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            time.sleep(chance.uniform(0, 0.4))
            builder.send_signal(signal.SIGKILL)
        serving = current(index_dir)
        assert serving.facilities == 300
        assert serving.damage() == []
        assert len(serving.match("nowhere", BOOSTS).rows) > 0
    rebuild(catalogue, index_dir, [])
    assert sorted(path.name for path in index_dir.iterdir() if not path.name.isdigit()) == ["current", "lock"]


def test_a_build_killed_at_any_moment_leaves_a_whole_index(catalogue: Catalogue, index_dir: Path) -> None:
    kill_builds(catalogue, index_dir, kills=4, seed=3)


@pytest.mark.soak
def test_many_builds_killed_leave_a_whole_index(catalogue: Catalogue, index_dir: Path) -> None:
    kill_builds(catalogue, index_dir, kills=60, seed=4)


def test_pages_are_found_by_their_stems_in_their_own_language(generation: Generation) -> None:
    boosts = (("title", 4.0), ("body", 1.0))
    english = generation.find_pages(generation.stems("infusion", "en"), "en", boosts)
    assert {page.slug for page in english} == {"cost", "side-effects"}
    spanish = generation.find_pages(generation.stems("infusión", "es"), "es", boosts)
    assert [page.slug for page in spanish] == ["coste"]


def test_clinics_with_a_word_of_a_service_label_are_found(generation: Generation) -> None:
    columns = generation.columns
    found = generation.match("veterans", BOOSTS, 0.5)
    assert np.array_equal(found.bits, columns.code_bits(("VET",)))


def test_many_clinics_of_one_seed_are_always_the_same() -> None:
    assert [c.name for c in many_clinics(5, 1)] == [c.name for c in many_clinics(5, 1)]


@pytest.mark.parametrize("count", [64, 100])
def test_a_matrix_packs_the_same_whichever_way_it_lies_in_memory(count: int) -> None:
    matrix = np.arange(3 * count).reshape(3, count) % 5 == 0
    assert np.array_equal(bits_of(np.asfortranarray(matrix)), bits_of(matrix))
