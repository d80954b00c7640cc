"""Kept words: what the importers write of rows, cells, files and fetches is said in Spanish on the Spanish desk."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from directory.catalogue.placing import Address, place
from directory.catalogue.record import ListingRecord, RefusedRow
from directory.config import ROOT, Settings
from directory.desk.kept_sentences import KEPT
from directory.desk.kept_words import kept_words, translated
from directory.places.gazetteer import Gazetteer
from importers import drift, plausibility
from importers.findings import Findings
from importers.row import RowReader
from importers.sighting import Request

# By name of what is called: which of its arguments is the sentence that a report keeps.
WRITERS = {"UncleanError": 0, "ColumnError": 1, "RowError": 0, "RefusedRow": 2, "_note": 0, "note": 0}
FETCHING = {"FetchError": 0, "PassingError": 0, "ChangingError": 0, "NotThereError": 0}
# Modules whose functions give back a sentence, or hold it in a table.
TELLING = ("plausibility.py", "drift.py")
# What a person does at a terminal, who reads it there and nowhere else.
AT_A_TERMINAL = {"set [center] email", "trying again"}
GAP = "7"


def shape(node: ast.expr) -> str | None:
    """The text of a string with a number in each of its gaps; None where it is no sentence written there."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)


def branches(node: ast.expr) -> list[ast.expr]:
    return [*branches(node.body), *branches(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def written() -> Iterator[str]:
    """Every sentence that an importer keeps in a report or as the outcome of a fetch."""
    for path in sorted((ROOT / "importers").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            found: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                where = (WRITERS | FETCHING).get(name)
                if where is not None and len(node.args) > where:
                    found = [node.args[where]]
                if name == "append" and getattr(getattr(node.func, "value", None), "attr", "") == "warnings":
                    found = node.args
            elif isinstance(node, ast.Return | ast.Yield) and path.name in TELLING and node.value is not None:
                found = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            said = [shape(part) for one in found for part in branches(one)]
            yield from (one for one in said if one and re.search(r"[a-z]{2,} [a-z]", one))


def english_left(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<span lang="en">(.*?)</span>', page)]


@pytest.fixture
def in_spanish(app: Flask) -> Iterator[None]:
    """The desk as a Spanish page asks it."""
    with app.test_request_context("/staff", environ_overrides={"directory.language": "es"}):
        yield


@pytest.fixture(scope="module")
def gazetteer(settings: Settings) -> Gazetteer:
    return Gazetteer.load(settings.home)


@pytest.mark.usefixtures("in_spanish")
def test_whatever_an_importer_writes_has_spanish_words() -> None:
    said = {one for one in written() if not any(part in one for part in AT_A_TERMINAL)}
    assert len(said) > 100
    unknown = sorted(one for one in said if translated(one) is None)
    assert unknown == [], "write these into directory/desk/kept_sentences.py, and their Spanish"


@pytest.mark.usefixtures("in_spanish")
def test_what_plausibility_finds_odd_is_said_in_spanish() -> None:
    odd = {
        "name1": "#REF!",
        "name2": "<b>Quokka</b>",
        "street1": "Nonesuch Alley",
        "street2": "=A1",
        "city": "Springgggfield",
        "phone": "999-999-9999",
        "website": "http://quokka_%/",
    }
    texts = ["NiÃ±os", "Qu0kka House", "Quokka {House}"]
    row = ListingRecord(line=2, state="IN", zip="46204", codes=("KIT",), latitude=39.7, **odd)
    said = [*plausibility.of_row(row, ("phone",)).values(), *map(plausibility.of_text, texts)]
    bare = ListingRecord(line=3, name1="12", street1="12", city="12", state="IN", zip="46204", codes=())
    said += plausibility.of_row(bare, ("phone", "street1")).values()
    assert len(set(said)) >= 12
    for one in said:
        assert english_left(kept_words(one)) == [], one


@pytest.mark.usefixtures("in_spanish")
def test_what_a_row_is_refused_or_repaired_for_is_said_in_spanish(gazetteer: Gazetteer) -> None:
    findings = Findings()
    rows = RowReader(Request(gazetteer, 25), findings, ())
    good = {"name1": "Quokka House", "city": "Indianapolis", "state": "IN", "zip": "46204", "street1": "1 Nonesuch"}
    strange = (
        *({column: ""} for column in ("name1", "city", "state", "zip")),
        *(
            {"state": "Narnia"},
            {"zip": "123456"},
            {"zip": "00000"},
            {"zip": "4620"},
            {"zip": "02139"},
            {"zip": "00001"},
        ),
        *({"phone": "12"}, {"website": "quokka"}, {"latitude": "north"}, {"latitude": "99"}, {"name1": "Unknown"}),
        *({"city": "Quokkaville"}, {"street1": "###"}, {"name2": "Qu\ufffdkka"}, {"city": "Evansville"}),
        {"latitude": "10.5", "longitude": "20.5"},
    )
    read = [rows.read(line, good | one, ("KIT",), {}) for line, one in enumerate(strange, 2)]
    refused = [row.reason for row in read if isinstance(row, RefusedRow)]
    odd = [odd.reason for odd in findings.oddities()]
    assert len(refused) >= 8
    assert len(odd) >= 10
    for one in (*refused, *odd):
        assert english_left(kept_words(one)) == [], one


@pytest.mark.usefixtures("in_spanish")
def test_several_kept_sentences_are_each_said_and_what_stays_english_is_marked() -> None:
    held = "held as run 4: 2 rows could be read; at least 18,000 are expected. The file may have been cut off. "
    held += "30 of 32 (94%) of the rows were refused; at most 5% is expected."
    assert english_left(kept_words(held)) == []
    assert "18,000" in kept_words(held)
    failed = kept_words(
        "failed: https://a.example/x.csv cannot be reached, or broke off ([Errno 111] Connection refused)"
    )
    assert english_left(failed) == ["[Errno 111] Connection refused"]
    assert english_left(kept_words("Something no version of ours says.")) == ["Something no version of ours says."]
    assert "<b>" not in kept_words('"<b>x</b>" is not a web address; kept aside')
    assert "Nombre" in kept_words("says the same as name1")


@pytest.mark.usefixtures("in_spanish")
def test_a_reason_is_not_taken_for_a_shorter_one(gazetteer: Gazetteer) -> None:
    long = '"4620" is not a ZIP of five digits, and 04620 does not lie in IN; '
    long += "keep the ZIP column as text so that no zero is lost"
    assert "no está en IN" in kept_words(long)
    astray = place(Address("1 Nonesuch", "Bangor", "ME", "04401", 30.0, -90.0), gazetteer, 25).warning
    assert english_left(kept_words(astray)) == []


def test_on_english_pages_all_stands_as_it_was_kept(app: Flask) -> None:
    with app.test_request_context("/staff"):
        for sentence in KEPT:
            assert "lang=" not in kept_words(sentence.words)


@pytest.mark.usefixtures("in_spanish")
def test_first_rows_that_do_not_fit_their_columns_are_told_in_spanish() -> None:
    wrong = [RefusedRow(line, "zip", '"x" is not a ZIP of five digits') for line in range(2, 42)]
    strange = drift.strange_columns(wrong, lambda _city, _state: True)
    assert strange
    assert english_left(kept_words(f"failed: made-up.xlsx does not hold what its headings say: {strange}.")) == []
