"""Access: every route of the application, asked by everybody who may not open it, refuses and changes nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_outcomes import a_house
from made_up_people import JANE, NEED, add_few_clinics, signable
from mail_server import mail_server
from sqlalchemy import select
from staff_sign_in import Clock, Credentials, add_person, form_token, signed_in
from werkzeug.routing import Rule

from directory.accounts.audit import Actor
from directory.accounts.models import Person
from directory.accounts.people import disable, open_accounts
from directory.accounts.roles import MAY, Role
from directory.application import build
from directory.catalogue.corrections import correct
from directory.catalogue.models import Correction, VerificationTask
from directory.catalogue.pairs import By, pair_of
from directory.catalogue.placing import Address, Point
from directory.config import Settings, load_settings
from directory.desk.guard import Door, Guard
from directory.index.generation import rebuild
from directory.referrals.client import add_client
from directory.referrals.consent import sign_on_screen
from directory.referrals.delivery import note_print, send_link
from directory.referrals.models import OutboxMessage
from directory.referrals.records import Records, open_records
from directory.referrals.referral import move, start_referral
from directory.referrals.reply import ask_about_ketamine
from directory.referrals.states import Event

pytestmark = pytest.mark.xdist_group("access")

# Sessions and the tries of signing in are kept for refusals too; a wrong code is counted on its link.
UNTOUCHED_BY_REFUSALS = frozenset({"staff_session", "sign_in_try", "audit_entry", "audit_subject", "audit_head"})
COUNTED = {"clinic_link": ("wrong_codes", "locked_at")}
REFUSALS = frozenset({"link refused", "sign-in refused"})
EVENTS = ("note", "accept", "book", "decline", "withdraw", "close", "next_clinic", "ask")
# Whatever any form asks for: without its guard, a page would take it.
FORM: dict[str, Any] = {
    "name": "Mallory Nobody-At-All",
    "text": "Quillon Vantablack-Moo",
    "zip": "46204",
    "contact_wish": "never",
    "coverage": "MD",
    "language": "EN",
    "need": "KIT",
    "urgency": "soon",
    "note": "Forged",
    "answer": "Forged",
    "question": "Forged?",
    "code": "00000000",
    "reason": "other",
    "appointment": "2026-12-24",
    "callback": "2026-12-24T10:00",
    "how": "phone",
    "on": "2026-11-01",
    "do": "add 4",
    "person": "1",
    "role": "administrator",
    "email": "mallory@center.invalid",
    "password": "quite another made-up word",
    "again": "quite another made-up word",
    "despite": "y",
    "what": "undo",
    "signer": "client",
    "signature": "Mallory Nobody-At-All",
    "agreed": "y",
    "outcome": "missed",
    "judgement": "same",
    "one": "1",
    "other": "2",
    "listing": "1",
    "field": "phone",
    "value": "317-555-0100",
    "status": "closed",
    "because": "Forged",
}


@dataclass
class House:
    """An installation with a referral that waits for consent, one that is ready, and two that were sent by link."""

    app: Flask
    settings: Settings
    clock: Clock
    people: dict[Role, Credentials]
    ids: dict[str, int] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.settings.home / "catalogue.sqlite3"

    def someone(self, role: Role) -> FlaskClient:
        """Somebody in that role, signed in."""
        return signed_in(self.app.test_client(), self.people[role], at=self.clock.now)

    def address(self, rule: Rule, **other: object) -> str:
        """The address of a route, its arguments filled in with what is there."""
        with self.app.test_request_context():
            values = {name: self.ids.get(name) for name in rule.arguments}
            spoken = {"event": "note", "do": "end", "token": self.links[0][0]}
            values |= {name: spoken[name] for name in rule.arguments if name in spoken} | other
            made = self.app.url_map.bind("").build(rule.endpoint, values)
        return str(made)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("access") / "home"
    home.mkdir()
    with mail_server() as (_mail, port):
        (home / "settings.toml").write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "desk@center.invalid"\n'
            "[staff]\nsecure_cookies = false\ntries_an_account = 1000\ntries_an_address = 1000\n"
            "[referral]\nwrong_codes = 1000\n"
        )
        settings = load_settings({"DIRECTORY_HOME": str(home)})
        catalogue = a_house(settings)
        clinics = add_few_clinics(catalogue)
        clock = Clock()
        clock.now = dt.datetime.now(dt.UTC)
        people = {role: add_person(settings, role, now=clock.now) for role in Role}
        rebuild(catalogue, settings.index_dir)
        app = build(settings)
        app.extensions["directory"].clock = clock
        made = House(app, settings, clock, people, {"facility_id": clinics[0], "run_id": 1})
        keyring = app.extensions["directory"].keyring
        with open_records(catalogue, keyring, settings, Actor("staff", people[Role.INTAKE].person_id)) as records:
            _referrals(records, made, clinics)
        made.ids["person_id"] = people[Role.STEWARD].person_id
        catalogue.close()
        yield made
        app.extensions["directory"].catalogue.close()


def _referrals(records: Records, house: House, clinics: list[int]) -> None:
    client = add_client(records, JANE)
    referral = start_referral(records, client.id, NEED, clinics[:2])
    move(records, referral.id, referral.version, Event.ASK_CONSENT)
    assert referral.choice_id is not None
    consent = sign_on_screen(
        records, referral.choice_id, signable(records, referral.choice_id, expiry_event="the next full moon")
    )
    house.ids |= {"client_id": client.id, "referral_id": referral.id}
    house.ids |= {"choice_id": referral.choice_id, "consent_id": consent.id}
    for clinic, address in zip(clinics[2:], ("a@clinic.invalid", "b@clinic.invalid"), strict=True):
        sent = start_referral(records, client.id, NEED, [clinic, clinics[0]], despite_duplicates=True)
        move(records, sent.id, sent.version, Event.ASK_CONSENT)
        assert sent.choice_id is not None
        sign_on_screen(records, sent.choice_id, signable(records, sent.choice_id))
        house.links.append(_link(records, sent.choice_id, sent.version, address))
        house.ids |= {"other_referral_id": sent.id, "other_choice_id": sent.choice_id}
    other = start_referral(records, client.id, NEED, clinics[:1], despite_duplicates=True)
    move(records, other.id, other.version, Event.ASK_CONSENT)
    assert other.choice_id is not None
    house.ids["other_consent_id"] = sign_on_screen(records, other.choice_id, signable(records, other.choice_id)).id
    ask_about_ketamine(records, clinics[0])
    house.ids["task_id"] = records.session.scalars(select(VerificationTask.id)).one()
    house.ids["pair_id"] = pair_of(records.session, clinics[0], clinics[1]).id
    correct(records.session, clinics[1], "phone", "317-555-0177", "Made up", By("Ada", records.now, _nowhere))
    house.ids["correction_id"] = records.session.scalars(select(Correction.id)).one()
    house.ids["document_id"] = note_print(records, other.choice_id, other.version).id


def _nowhere(_address: Address) -> Point:
    return Point(None, None, "none")


def _link(records: Records, choice_id: int, version: int, address: str) -> tuple[str, str]:
    link, code = send_link(records, choice_id, version, address)
    message = records.session.scalars(_message(link.id)).one()
    text = records.keyring.open(f"message:{message.uid}", message.sealed)["text"]
    return re.findall(r"/reply/(\S+)", text)[0], code


def _message(link_id: int) -> Any:
    return select(OutboxMessage).where(OutboxMessage.link_id == link_id)


Kept = dict[str, str]


def kept(house: House) -> Kept:
    """What the database holds, table by table, as hashes; and every entry of the trail that is no refusal."""
    with closing(sqlite3.connect(house.database)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in set(tables) - UNTOUCHED_BY_REFUSALS:
            columns = [row[1] for row in opened.execute(f'PRAGMA table_info("{table}")')]
            named = ", ".join(f'"{one}"' for one in columns if one not in COUNTED.get(table, ()))
            rows = opened.execute(f'SELECT {named} FROM "{table}" ORDER BY 1').fetchall()  # noqa: S608 - our own tables
            found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
        marks = ", ".join("?" for _ in REFUSALS)
        entries = opened.execute(
            f"SELECT count(*) FROM audit_entry WHERE action NOT IN ({marks})",  # noqa: S608 - only marks are put in
            tuple(REFUSALS),
        ).fetchone()
        return found | {"trail": str(entries[0])}


def guarded(house: House, door: Door) -> list[tuple[Rule, str, Guard]]:
    """Every route of a door with each of its methods."""
    guards: dict[str, Guard] = house.app.extensions["directory.guards"]
    return [
        (rule, method, guards[rule.endpoint])
        for rule in house.app.url_map.iter_rules()
        if guards[rule.endpoint].door is door
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def staff_addresses(house: House) -> list[tuple[str, str, Guard]]:
    """Every address for staff with each of its methods; those of steps once for every event."""
    found = []
    for rule, method, guard in guarded(house, Door.STAFF):
        events = EVENTS if "event" in rule.arguments else (None,)
        found += [(house.address(rule, **({"event": one} if one else {})), method, guard) for one in events]
    assert len(found) > 50
    return found


def ask(client: FlaskClient, address: str, method: str, **said: object) -> tuple[int, str]:
    """Status, and where it leads. What is sent would be taken from whoever may."""
    answer = client.open(address, method=method, data=FORM | said if method == "POST" else None)
    return answer.status_code, answer.location or ""


def test_nobody_who_is_not_signed_in_opens_a_page_for_staff(house: House) -> None:
    before = kept(house)
    for address, method, _ in staff_addresses(house):
        status, leads = ask(house.app.test_client(), address, method)
        assert (address, method, status, leads.partition("?")[0]) == (address, method, 303, "/staff/sign-in")
    assert kept(house) == before


def test_a_role_without_the_right_is_refused_every_page_of_it(house: House) -> None:
    people = {role: house.someone(role) for role in Role}
    tokens = {role: form_token(client.get("/staff/account").text) for role, client in people.items()}
    before, refused = kept(house), 0
    for address, method, guard in staff_addresses(house):
        assert guard.right is not None
        for role in set(Role) - MAY[guard.right]:
            status, _ = ask(people[role], address, method, csrf_token=tokens[role])
            assert (address, method, role, status) == (address, method, role, 403)
            refused += 1
    assert refused > 100
    assert kept(house) == before


def stolen(house: House, client: FlaskClient, path: str = "/staff") -> str:
    """The cookie of a visit, as somebody may have copied it."""
    cookie = client.get_cookie(path.strip("/"), path=path)
    assert cookie is not None
    assert house.app is client.application
    return cookie.value


def holder(house: House, value: str, name: str = "staff") -> FlaskClient:
    """Somebody else with that cookie."""
    thief = house.app.test_client()
    thief.set_cookie(name, value, path=f"/{name}")
    return thief


Ending = Callable[[House, FlaskClient], None]


def _signs_out(house: House, client: FlaskClient) -> None:
    client.post("/staff/sign-out", data={"csrf_token": form_token(client.get("/staff/account").text)})
    assert house.app is client.application


def _signs_out_everywhere_from_elsewhere(house: House, client: FlaskClient) -> None:
    assert house.app is client.application
    elsewhere = house.someone(Role.INTAKE)
    elsewhere.post("/staff/sign-out-everywhere", data={"csrf_token": form_token(elsewhere.get("/staff/account").text)})


def _idles(house: House, client: FlaskClient) -> None:
    assert house.app is client.application
    house.clock.pass_by(minutes=16)


@pytest.mark.parametrize("ends", [_signs_out, _signs_out_everywhere_from_elsewhere, _idles])
def test_the_cookie_of_a_session_that_ended_opens_nothing(house: House, ends: Ending) -> None:
    client = house.someone(Role.INTAKE)
    cookie = stolen(house, client)
    assert holder(house, cookie).get("/staff").status_code == 200
    ends(house, client)
    before = kept(house)
    for address, method, _ in staff_addresses(house):
        status, leads = ask(holder(house, cookie), address, method)
        assert (address, method, status, leads.partition("?")[0]) == (address, method, 303, "/staff/sign-in")
    assert kept(house) == before


@pytest.mark.parametrize("value", ["", "x", "0" * 43, "../../etc/passwd", "' OR 1=1 --", "ü" * 500])
def test_a_cookie_that_was_made_up_opens_nothing(house: House, value: str) -> None:
    assert holder(house, value).get("/staff").status_code == 303
    assert holder(house, value, "reply").get("/reply/open").status_code == 403


def test_somebody_whose_access_ended_is_out_at_once(house: House) -> None:
    leaver = add_person(house.settings, Role.INTAKE, now=house.clock.now)
    client = signed_in(house.app.test_client(), leaver, at=house.clock.now)
    assert client.get("/staff").status_code == 200
    site = house.app.extensions["directory"]
    by = Actor("staff", house.people[Role.ADMINISTRATOR].person_id)
    with open_accounts(site.catalogue, site.keyring, house.settings, by, house.clock.now) as accounts:
        disable(accounts, accounts.session.get_one(Person, leaver.person_id))
    before = kept(house)
    for address, method, _ in staff_addresses(house):
        assert (address, method, ask(client, address, method)[0]) == (address, method, 303)
    assert kept(house) == before


@pytest.mark.parametrize("token", ["none", "of somebody else", "garbage"])
def test_a_form_without_the_token_of_its_session_is_refused(house: House, token: str) -> None:
    others = form_token(house.someone(Role.SUPERVISOR).get("/staff/account").text)
    said = {"none": {}, "of somebody else": {"csrf_token": others}, "garbage": {"csrf_token": "garbage"}}[token]
    people = {role: house.someone(role) for role in Role}
    before = kept(house)
    for address, method, guard in staff_addresses(house):
        if method == "POST":
            assert guard.right is not None
            role = min(MAY[guard.right])
            assert (address, role, ask(people[role], address, method, **said)[0]) == (address, role, 400)
    assert kept(house) == before


def test_the_same_forms_with_their_token_are_taken(house: House) -> None:
    """The control: what was refused above was fit to change something."""
    copy = sqlite3.connect(":memory:")
    with closing(sqlite3.connect(house.database)) as opened:
        opened.backup(copy)
    taken = set()
    for rule, method, guard in guarded(house, Door.STAFF):
        if method != "POST" or rule.endpoint.startswith("sign_in"):
            continue
        assert guard.right is not None
        client = house.someone(min(MAY[guard.right]))
        before = kept(house)
        address = house.address(rule)
        page = client.get(address if "GET" in (rule.methods or ()) else house.address(rule_of(house, guard))).text
        version = re.search(r'name="version" value="(\d+)"', page)
        said = {"csrf_token": form_token(page), "version": version[1] if version else "2"}
        client.post(address, data=FORM | said)
        if kept(house) != before:
            taken.add(rule.endpoint)
        with closing(sqlite3.connect(house.database)) as opened:
            copy.backup(opened)
    copy.close()
    assert taken >= {
        *("clients.new", "clients.change", "refer.new", "refer.need", "referrals.step", "referrals.talk"),
        *("referrals.need", "consents.take_back", "consents.event", "consents.spoken_word", "consents.sign"),
        *("consents.make_form", "choosing.choose", "deliveries.family", "people.add", "people.change_role"),
        *("people.disable", "people.new_link", "people.sign_out"),
    }


def rule_of(house: House, guard: Guard) -> Rule:
    """A page that whoever has this right may look at, for the token on it."""
    wanted = {"people.show", "referrals.show", "clients.show", "sign_in.account", "calls.show"}
    return next(rule for rule, method, own in guarded(house, Door.STAFF) if rule.endpoint in wanted and own == guard)


def test_a_form_without_a_version_is_answered_kindly(house: House) -> None:
    client = house.someone(Role.INTAKE)
    token = form_token(client.get("/staff/account").text)
    for address, method, guard in staff_addresses(house):
        if method == "POST" and guard.right is not None and Role.INTAKE in MAY[guard.right] and "sign" not in address:
            status, _ = ask(client, address, method, csrf_token=token, note="", do="", how="")
            assert (address, status < 500) == (address, True)


def test_a_clinic_or_consent_of_another_referral_is_not_found(house: House) -> None:
    client = house.someone(Role.INTAKE)
    token = form_token(client.get("/staff/account").text)
    before = {name: value for name, value in kept(house).items() if name != "trail"}
    tried = 0
    for rule, method, _ in guarded(house, Door.STAFF):
        for name in ("choice_id", "consent_id"):
            if {"referral_id", name} <= rule.arguments:
                address = house.address(rule, **{name: house.ids[f"other_{name}"]})
                status, _ = ask(client, address, method, csrf_token=token)
                assert (address, method, status) == (address, method, 404)
                tried += 1
    assert tried > 12
    assert {name: value for name, value in kept(house).items() if name != "trail"} == before


def unlocked(house: House, token: str, code: str) -> tuple[FlaskClient, int]:
    """A clinic that gave a code for a link, and how that was answered."""
    clinic = house.app.test_client()
    said = {"csrf_token": form_token(clinic.get(f"/reply/{token}").text), "code": code}
    return clinic, clinic.post(f"/reply/{token}", data=said).status_code


REPLY_PAGES = (
    *(("reply.show", "GET"), ("reply.packet", "GET"), ("reply.accept", "POST"), ("reply.decline", "POST")),
    *(("reply.ask", "POST"), ("reply.thanks", "GET")),
)


def test_every_page_behind_a_token_is_known_here(house: House) -> None:
    known = {*REPLY_PAGES, ("reply.code", "GET"), ("reply.unlock", "POST")}
    known |= {("sign_in.welcome", "GET"), ("sign_in.welcome", "POST")}
    assert {(rule.endpoint, method) for rule, method, _ in guarded(house, Door.TOKENED)} == known
    said = {rule.endpoint for rule, _, _ in guarded(house, Door.PUBLIC) if rule.rule.startswith(("/staff", "/reply"))}
    assert said == {"sign_in.show", "sign_in.code"}


def test_the_code_of_one_clinic_opens_no_link_of_another(house: House) -> None:
    (mine, my_code), (other, other_code) = house.links
    before = kept(house)
    for token, code in ((mine, other_code), (other, my_code), (mine, ""), ("0" * 43, my_code), (mine[:-1], my_code)):
        clinic, status = unlocked(house, token, code)
        assert (code, status in {200, 403}, clinic.get("/reply/open").status_code) == (code, True, 403)
    assert kept(house) == before


def test_a_clinic_without_its_code_reads_and_answers_nothing(house: House) -> None:
    before = kept(house)
    for rule, method, guard in guarded(house, Door.TOKENED):
        if (rule.endpoint, method) in REPLY_PAGES:
            anybody = house.app.test_client()
            page = anybody.get(f"/reply/{house.links[0][0]}").text
            status, _ = ask(anybody, house.address(rule), method, csrf_token=form_token(page))
            assert (rule.endpoint, guard.door, status) == (rule.endpoint, Door.TOKENED, 403)
            assert (rule.endpoint, ask(house.app.test_client(), house.address(rule), method)[0] in {400, 403}) == (
                rule.endpoint,
                True,
            )
    assert kept(house) == before


def test_the_session_of_a_clinic_is_worth_nothing_elsewhere_and_sees_one_packet(house: House) -> None:
    (mine, my_code), (other, other_code) = house.links
    clinic, status = unlocked(house, mine, my_code)
    assert status == 303
    packet = clinic.get("/reply/open/referral.pdf").data
    rival, _ = unlocked(house, other, other_code)
    assert rival.get("/reply/open/referral.pdf").data != packet
    cookie = stolen(house, clinic, "/reply")
    assert holder(house, cookie).get("/staff").status_code == 303
    assert holder(house, stolen(house, house.someone(Role.INTAKE)), "reply").get("/reply/open").status_code == 403
    said = {"csrf_token": form_token(clinic.get("/reply/open").text), "code": my_code}
    before = kept(house)
    assert clinic.post(f"/reply/{other}", data=said).status_code == 403
    assert clinic.get("/reply/open/referral.pdf").data == packet
    foreign = form_token(rival.get("/reply/open").text)
    for page in ("accept", "decline", "ask"):
        for token in ({}, {"csrf_token": foreign}):
            assert clinic.post(f"/reply/open/{page}", data=FORM | token).status_code == 400
    changed = {name for name, value in kept(house).items() if before[name] != value}
    assert changed <= {"trail"}


def test_the_session_of_a_clinic_ends_after_half_an_hour_and_with_its_answer(house: House) -> None:
    token, code = house.links[1]
    clinic, _ = unlocked(house, token, code)
    early = stolen(house, clinic, "/reply")
    house.clock.pass_by(minutes=31)
    assert holder(house, early, "reply").get("/reply/open").status_code == 403
    clinic, _ = unlocked(house, token, code)
    copied = stolen(house, clinic, "/reply")
    said = {"csrf_token": form_token(clinic.get("/reply/open").text), "reason": "no_capacity"}
    assert clinic.post("/reply/open/decline", data=said).status_code == 303
    for page in ("", "/referral.pdf"):
        assert holder(house, copied, "reply").get(f"/reply/open{page}").status_code == 403
    assert unlocked(house, token, code)[1] == 403


def test_a_one_time_link_that_was_used_or_made_up_sets_no_password(house: House) -> None:
    administrator = house.someone(Role.ADMINISTRATOR)
    page = administrator.get("/staff/people").text
    said = {"csrf_token": form_token(page), "email": "new@center.invalid", "name": "B. Nobody", "role": "intake"}
    made = unescape(administrator.post("/staff/people", data=said).text)
    token = re.findall(r"/staff/welcome/([\w-]+)", made)[0]
    before = kept(house)
    for wrong in ("0" * 43, token[:-1], token[::-1], house.links[0][0]):
        visitor = house.app.test_client()
        asked = visitor.get("/staff/sign-in").text
        assert visitor.get(f"/staff/welcome/{wrong}").status_code == 410
        said = FORM | {"csrf_token": form_token(asked)}
        assert visitor.post(f"/staff/welcome/{wrong}", data=said).status_code == 410
    assert kept(house) == before
