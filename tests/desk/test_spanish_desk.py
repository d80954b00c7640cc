"""The desk in Spanish: no sentence of it, of a refused form or of the records' own refusals is left in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_files import csv_text, made_up_row
from staff_sign_in import Credentials, add_person, form_token, signed_in
from test_every_page import LOOKING_BACK, NO_SUCH_PAGE, PAGES

from directory.accounts.roles import Role
from directory.catalogue.codes import code_list
from directory.catalogue.field_shares import FieldShares
from directory.catalogue.record import RefusedRow
from directory.catalogue.report import ImportReport
from directory.catalogue.run_checks import RunFigures, why_held
from directory.config import ROOT, Settings
from directory.desk.kept_sentences import KEPT
from directory.desk.kept_words import kept_words, translated
from directory.desk.trail_words import ACTIONS
from directory.referrals.needs import options, reason_words
from directory.translations.sentences import read_catalogue
from importers.recognise import open_listing

GAP = re.compile(r"%\(\w+\)s")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source"}
# What is wrong with a form, by page: the fields that are sent with it. None sends the page as it stands, but for these.
REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "nobody to keep": ("/staff/clients/new", {"name": "", "zip": "12", "birth_year": "3000"}),
    "a year to come": ("/staff/clients/new", {"name": "Q.", "birth_year": "2099", "coverage": "MD", "language": "EN"}),
    "too long a wish": ("/staff/clients/new", {"name": "Q.", "contact_wish": "x" * 300}),
    "another's reference": ("/staff/clients/2/change", {"name": "Q.", "reference": "R-7"}),
    "need of nothing": ("/staff/refer/1?clinic=1", {"urgency": "soon"}),
    "referred already": ("/staff/refer/1?clinic=1", {"need": "KIT", "urgency": "soon", "coverage": "MD"}),
    "declined without why": ("/staff/referrals/{sent}/step/decline", {}),
    "declined otherwise": ("/staff/referrals/{sent}/step/decline", {"reason": "other"}),
    "booked on no day": ("/staff/referrals/{accepted}/step/book", {"version": "9"}),
    "cannot come now": ("/staff/referrals/{draft}/step/attend", {}),
    "changed meanwhile": ("/staff/referrals/{sent}/step/note", {"note": "Quokka", "version": "0"}),
    "closed as attended": ("/staff/referrals/{declined}/step/close", {"outcome": "attended"}),
    "unsigned": ("/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}/sign?language=es", {}),
    "unsigned paper": ("/staff/referrals/{awaiting_consent}/consent/{awaiting_consent_choice}/paper", {}),
    "taken back somehow": ("/staff/referrals/{ready}/consent/{ready_choice}/{ready_consent}/revoke", {}),
    "ended by no event": (
        "/staff/referrals/{ready}/consent/{ready_choice}/{ready_consent}/event",
        {"on": "2020-01-01"},
    ),
    "no fax number": ("/staff/referrals/{ready}/send", {"how": "fax", "fax": "12"}),
    "no mail server": ("/staff/referrals/{ready}/send", {"how": "link", "email": "quokka"}),
    "nothing answered": ("/staff/referrals/{sent}/answer", {"answer": " "}),
    "wrong password": ("/staff/account", {"present": "wrong", "password": "four plain words more", "again": "x"}),
}
REFUSED_TO_SUPERVISORS: dict[str, tuple[str, dict[str, str]]] = {
    "no ZIP": ("/staff/listings/1/correct", {"field": "zip", "value": "12", "reason": "They said"}),
    "no name": ("/staff/listings/1/correct", {"field": "name", "value": "", "reason": "They said"}),
    "nothing heard": ("/staff/clinics-to-ask/1", {"how": "phone"}),
    "far too long a wait": ("/staff/clinics-to-ask/1", {"how": "phone", "wait_days": "9999"}),
    "a price that falls": ("/staff/clinics-to-ask/1", {"price_treatment_from": "9", "price_treatment_to": "1"}),
    "one clinic for two": ("/staff/listings/pairs", {"one": "1", "other": "1"}),
    "a clinic nobody knows": ("/staff/listings/pairs", {"one": "1", "other": "99999"}),
    "nothing taken apart": ("/staff/listings/1/split", {}),
    "approved without why": ("/staff/imports/{held_run}", {"what": "approve", "reason": " "}),
    "not to be approved": ("/staff/imports/{run}", {"what": "approve", "reason": "Why not"}),
}
ASKED_WRONGLY = (
    "/staff/reports?from=2026-12-01&to=2026-01-01",
    "/staff/reports?from=quokka",
    "/staff/trail?record=quokka",
    "/staff/imports/compare?source=samhsa-mh",
)


class Texts(HTMLParser):
    """Every text of a page and of its labels, but for what says that it is in English."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quiet: list[bool] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        quiet = tag in {"script", "style", "code"} or said.get("lang") == "en" or any(self._quiet)
        if not quiet:
            self.found += [said[name] or "" for name in ("aria-label", "title", "alt", "placeholder") if name in said]
        if tag not in VOID:
            self._quiet.append(quiet)

    def handle_endtag(self, _tag: str) -> None:
        if self._quiet:
            self._quiet.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._quiet):
            self.found.append(" ".join(data.split()))


@cache
def english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Whatever the desk says in English and otherwise in Spanish: whole texts, and those with gaps."""
    ids = [
        (one, message.string)
        for message in read_catalogue("es")
        for one in (message.id if isinstance(message.id, tuple) else [message.id])
    ]
    said = {one for one, spanish in ids if one and one not in (spanish, *spanish)}
    spanish = {one for _one, text in ids for one in ([text] if isinstance(text, str) else text)}
    tables = (options().needs, options().urgencies, options().coverages, options().languages, *reason_words().values())
    said |= {option.en for table in tables for option in table.values() if option.en != option.es}
    spanish |= {option.es for table in tables for option in table.values()}
    said |= {service.plain for service in code_list().services.values() if service.plain != service.plain_es}
    spanish |= {service.plain_es for service in code_list().services.values()}
    gapped = {one for one in said if GAP.search(one) and len(GAP.sub("", one)) > 8}
    whole = {one.casefold() for one in said - gapped if len(one) > 3} - {one.casefold() for one in spanish}
    patterns = (re.escape(GAP.sub("\0", one)).replace("\0", ".+") for one in gapped)
    return frozenset(whole), tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def left_in_english(page: str) -> list[str]:
    parser = Texts()
    parser.feed(page)
    whole, patterns = english()
    return [
        text
        for text in dict.fromkeys(parser.found)
        if text.casefold().rstrip(".:") in whole
        or text.casefold() in whole
        or any(pattern.fullmatch(text.rstrip(".")) or pattern.fullmatch(text) for pattern in patterns)
    ]


@pytest.fixture(scope="module")
def visitors(app: Flask, settings: Settings, intake: Credentials) -> dict[Role, FlaskClient]:
    """Somebody of each role, signed in."""
    others = {role: add_person(settings, role) for role in (Role.SUPERVISOR, Role.ADMINISTRATOR)}
    return {role: signed_in(app.test_client(), who) for role, who in (others | {Role.INTAKE: intake}).items()}


@pytest.mark.parametrize("name", [*PAGES, *LOOKING_BACK])
def test_no_page_of_the_spanish_desk_says_anything_in_english(
    visitors: dict[Role, FlaskClient], numbers: dict[str, int], runs: dict[str, int], name: str
) -> None:
    role, path = LOOKING_BACK.get(name) or (Role.INTAKE, PAGES[name])
    answer = visitors[role].get("/es" + path.format(**numbers, **runs))
    assert answer.status_code in ({404} if path == NO_SUCH_PAGE else {200, 403})
    assert left_in_english(answer.text) == []
    assert '<span lang="en">' not in answer.text, "what jobs kept of these runs has Spanish words"


@pytest.mark.parametrize("name", [*REFUSED, *REFUSED_TO_SUPERVISORS])
def test_what_is_refused_on_the_spanish_desk_is_refused_in_spanish(
    visitors: dict[Role, FlaskClient], numbers: dict[str, int], runs: dict[str, int], name: str
) -> None:
    role = Role.INTAKE if name in REFUSED else Role.SUPERVISOR
    path, said = (REFUSED | REFUSED_TO_SUPERVISORS)[name]
    address = "/es" + path.format(**numbers, **runs)
    page = visitors[role].get(address).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    sent = {"csrf_token": form_token(page), "version": version[1] if version else ""}
    answer = visitors[role].post(address, data=sent | said)
    assert answer.status_code in {200, 400, 409, 422}, answer.status_code
    assert "error-summary" in answer.text or "field-error" in answer.text
    assert left_in_english(answer.text) == []


@pytest.mark.parametrize("path", ASKED_WRONGLY)
def test_what_an_address_asks_wrongly_is_told_in_spanish(visitors: dict[Role, FlaskClient], path: str) -> None:
    answer = visitors[Role.SUPERVISOR].get("/es" + path)
    assert answer.status_code in {400, 404}
    assert "error-summary" in answer.text
    assert left_in_english(answer.text) == []


def test_a_sentence_left_in_english_would_be_found() -> None:
    assert left_in_english("<p>Choose one of the list</p>") == ["Choose one of the list"]
    assert left_in_english("<li>Run 7 is held; only a held run can be approved.</li>")
    assert left_in_english('<p lang="en">choose one of the list</p><p>Escoja una opción de la lista.</p>') == []


def calls(name: str, *rooms: str) -> Iterator[ast.Call]:
    """Every call of a function or method of that name in the program."""
    for room in rooms:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                    yield node


def test_every_sentence_stands_where_translators_find_it() -> None:
    for call in calls("Sentence", "directory", "importers"):
        words = call.args[0]
        assert isinstance(words, ast.Constant), ast.unparse(call)
        gaps = set(re.findall(r"%\((\w+)\)s", words.value))
        filled = {keyword.arg for keyword in call.keywords}
        assert gaps == filled or words.value in {sentence.words for sentence in KEPT}, "each gap has its value"


def test_whatever_the_trail_notes_has_words() -> None:
    noted = {
        call.args[0].value
        for call in calls("note", "directory")
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert noted - set(ACTIONS) == set()


SPOILT: list[dict[str, str]] = [
    {"name1": ""},
    {"city": ""},
    {"state": ""},
    {"state": "Atlantis"},
    {"zip": ""},
    {"zip": "O6204"},
    {"zip": "4620"},
    {"zip": "44113"},
    {"phone": "call us"},
    {"phone": "####"},
    {"city": "Indianapolsi"},
    {"zip": "47708"},
    {"name1": "Purple \ufffd House"},
    {"phone": ""},
    {"street1": ""},
    {"service_code_info": "MH * ZZQ"},
    {"service_code_info": ""},
    {"name1": '"Purple" House'},
]


def test_why_a_row_is_refused_and_what_is_odd_about_one_is_known_to_the_desk(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "mh-2023.csv"
    said = csv_text([made_up_row(number, **spoilt) for number, spoilt in enumerate(SPOILT, 1)])
    path.write_text(said.replace('"""Purple"" House"', '"Purple" House'), encoding="utf-8")
    batch = open_listing(path, source_id="samhsa-mh")
    reasons = [row.reason for row in batch.rows if isinstance(row, RefusedRow)]
    reasons += [odd.reason for odd in batch.oddities]
    assert len(reasons) >= len(SPOILT)
    with app.test_request_context("/staff", environ_overrides={"directory.language": "es"}):
        assert [reason for reason in reasons if translated(reason) is None] == []


def test_why_a_run_is_held_is_known_to_the_desk(app: Flask) -> None:
    """Every check stops a made-up run; what it says is said in Spanish too."""
    made = ImportReport("samhsa-mh", "2023", "made-up.xlsx")
    made.read, made.withdrawn, made.changed = 1_000, 1_000, 1_000
    made.refused.extend(RefusedRow(line, "zip", "no ZIP") for line in range(400))
    fields = FieldShares()
    fields.changed["phone"], fields.filled["phone"] = 90, 100
    figures = RunFigures(True, 900, 0, 900, 1_000, 900, fields)
    expected = {"rows_least": 5_000, "rows_most": 10, "ketamine_least": 40}
    shares = {"withdrawn_share_most": 0.1, "changed_share_most": 0.1}
    held = why_held(made, figures, expected | shares)
    assert len(held) == 9
    with app.test_request_context("/staff", environ_overrides={"directory.language": "es"}):
        assert not [said for said in held if translated(said) is None]
    with app.test_request_context("/staff"):
        assert [kept_words(said) for said in held] == held
