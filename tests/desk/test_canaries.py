"""Canaries: made-up words go through every flow, and no file, log line, address, title, error or e-mail tells one."""

from __future__ import annotations

import base64
import datetime as dt
import http.cookiejar
import io
import json
import logging
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from made_up_outcomes import a_house
from made_up_people import add_few_clinics
from mail_server import mail_server
from sqlalchemy import select
from staff_sign_in import Clock, Credentials, add_person, form_token, signed_in
from werkzeug.test import TestResponse

from directory.accounts.roles import Role
from directory.application import build
from directory.backup import back_up
from directory.config import Settings, load_settings
from directory.index.generation import rebuild
from directory.referrals.models import OutboxMessage
from directory.referrals.outbox import Outbox

pytestmark = pytest.mark.xdist_group("canaries")

CANARIES = {
    "name": "Xanthippe Quibblecanary",
    "reference": "QQZ-Reedwarbler-7781",
    "contact_wish": "whistle twice at Nightjar-Gate",
    "note": "Hopes the Hoopoe-note hushes",
    "talk": "The Bustard-talk hisses at noon",
    "changed": "whisper once at Bittern-Gate",
    "signature": "Xanthippe Q. Wheatear-Sign",
    "authority": "guardian by Goshawk-decree",
    "expiry": "the day the Kestrel-expiry moults",
    "purpose": "so that the Plover-purpose is met",
    "revoked": "rang about the Shrike-revocation",
    "step": "told us of the Dunlin-step",
    "callback": "Thursday at the Avocet-callback",
    "question": "May the Curlew-question come along?",
    "answer": "Yes, the Godwit-answer may",
    "declined": "our Lapwing-decline is ill",
    "accepted": "bring the Whimbrel-accept",
    "closed": "ended by the Turnstone-close",
    "withdrawn": "gone to the Sandpiper-withdrawal",
    "kept": "half-written Firecrest-form",
    "searched": "Siskin-Searched For",
    "refused": "Nuthatch-refused by a faulty form",
    "scan": "Stonechat-scan-bytes",
}
ZIP, OTHER_ZIP, BIRTH_YEAR = "46077", "46032", 1907
YESTERDAY = str(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1))
# Five digits turn up in any hash: these count only where they stand alone.
NUMBERS = (ZIP, OTHER_ZIP)
ERRORS = frozenset({400, 403, 404, 405, 410, 413, 429, 500, 503})
SCAN = b"\x89PNG\r\n\x1a\n" + CANARIES["scan"].encode() + b"\0\0\0\0IEND\xaeB`\x82"


def disguises(text: str) -> set[bytes]:
    """How a text may stand in a file: plain, quoted for an address or JSON, and in base64 at each of three places."""
    plain = text.casefold().encode()
    quoted = {urllib.parse.quote(text), urllib.parse.quote_plus(text), urllib.parse.quote(text, safe="")}
    shown = {json.dumps(text)[1:-1], *quoted}
    shifted = set()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + text.encode())
        # What depends on the neighbours is cut off at both ends.
        shifted.add(whole[4 if before else 0 : -4])
    return {plain, *(one.casefold().encode() for one in shown), *(one.lower() for one in shifted)}


DISGUISES = {name: disguises(text) for name, text in CANARIES.items()}
# A person is told also by a part: the surname, or a word of what they said.
DISGUISES |= {
    f"{name}'s word": disguises(max(re.split(r"[^\w-]", text), key=lambda word: ("-" in word, len(word))))
    for name, text in CANARIES.items()
}


def told(content: bytes | str) -> set[str]:
    """The canaries that stand in a content."""
    searched = (content.encode() if isinstance(content, str) else content).lower()
    found = {name for name, texts in DISGUISES.items() if any(text in searched for text in texts)}
    numbers = {
        one for one in NUMBERS if re.search(rb"(?<![\w.+/=-])%s(?![\w+/=])" % one.encode(), searched, re.IGNORECASE)
    }
    return found | numbers


def told_by_mail(message: EmailMessage) -> set[str]:
    """The canaries in an e-mail, as it came and decoded."""
    parts = [part.get_payload(decode=True) or b"" for part in message.walk() if not part.is_multipart()]
    headers = [str(value).encode() for value in message.values()]
    return set().union(*map(told, [message.as_bytes(), *headers, *parts]))


def told_by_cells(database: Path) -> set[str]:
    """The canaries in any cell of a database: its pages set one beside the other without a space."""
    found = set()
    with closing(sqlite3.connect(database)) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in opened.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names of our own tables
                for cell in row:
                    if cell in (BIRTH_YEAR, str(BIRTH_YEAR)):
                        found.add("birth_year")
                    elif isinstance(cell, str | bytes):
                        found |= told(cell)
    return found


@dataclass
class Exchange:
    """One request and its answer; the body of a page only."""

    address: str
    status: int
    headers: str
    body: str


@dataclass
class Heard:
    """Everything that came out of the house while the canaries went through it."""

    settings: Settings
    exchanges: list[Exchange] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    mail: list[EmailMessage] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    served: list[str] = field(default_factory=list)
    record: str = ""
    backup: Path = Path()


class Listener:
    """Stands between the server and the application and writes down what passes."""

    def __init__(self, inner: Any, exchanges: list[Exchange]) -> None:
        self.inner, self.exchanges = inner, exchanges

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        begun: list[Any] = []

        def listened(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            begun[:] = [int(status[:3]), headers]
            return start(status, headers, *rest)

        answer = self.inner(environ, listened)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        address = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        status, headers = begun
        is_page = any(name == "Content-Type" and "html" in value for name, value in headers)
        page = unescape(body.decode()) if is_page else ""
        said = "\n".join(f"{name}: {value}" for name, value in headers)
        self.exchanges.append(Exchange(address, status, said, page))
        return [body]


class Everything(logging.Handler):
    """Keeps every log line with its error."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")


@contextmanager
def listening(lines: list[str]) -> Iterator[None]:
    """Every log line, of SQL with its parameters too."""
    root, handler, level = logging.getLogger(), Everything(lines), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield
    root.setLevel(level)
    root.removeHandler(handler)


@dataclass
class Desk:
    """Somebody at a desk, without a browser."""

    client: FlaskClient

    def read(self, path: str) -> str:
        return unescape(self.client.get(path).get_data(as_text=True))

    def send(self, path: str, seen: str = "", **said: Any) -> TestResponse:
        """Send the form of a page, with its token and version."""
        page = self.read(seen or path)
        version = re.search(r'name="version" value="(\d+)"', page)
        hidden = {"csrf_token": form_token(page)} | ({"version": version[1]} if version else {})
        return self.client.post(path, data=hidden | said, content_type="multipart/form-data")

    def done(self, path: str, seen: str = "", **said: Any) -> str:
        """The same, which must be taken; where it leads."""
        answer = self.send(path, seen, **said)
        assert answer.status_code == 303, (path, answer.status_code, re.findall(r"has-error|<li>.*?</li>", answer.text))
        return answer.location

    def written(self, path: str) -> dict[str, str]:
        """What the fields of a page hold."""
        page = self.read(path)
        texts = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        lines = re.findall(r'<input class="form-control[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
        return dict(texts + lines)

    def consent_paths(self, referral: str) -> list[str]:
        return re.findall(rf'href="({referral}/consent/\d+)"', self.read(referral))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    """Every flow, gone through once."""
    home = tmp_path_factory.mktemp("canaries") / "home"
    home.mkdir()
    with mail_server() as (mail, port):
        (home / "settings.toml").write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "desk@center.invalid"\n'
            "[staff]\nsecure_cookies = false\ntries_an_address = 200\n"
        )
        heard = Heard(load_settings({"DIRECTORY_HOME": str(home)}))
        with listening(heard.lines):
            app = _live(heard)
        heard.mail = mail.received
        # Still open, so that what was written last stands beside the database in its log.
        yield heard
        app.extensions["directory"].catalogue.close()


def _live(heard: Heard) -> Flask:
    settings = heard.settings
    catalogue = a_house(settings)
    clinics = add_few_clinics(catalogue)
    rebuild(catalogue, settings.index_dir)
    intake = add_person(settings, Role.INTAKE)
    heard.secrets |= {"password": intake.password, "second factor": intake.secret, "recovery": intake.recovery_codes[0]}
    app = build(settings)
    app.extensions["directory"].clock = clock = Clock()
    clock.now = dt.datetime.now(dt.UTC)
    app.wsgi_app = Listener(app.wsgi_app, heard.exchanges)  # type: ignore[method-assign]
    desk = Desk(signed_in(app.test_client(), intake, at=clock.now))
    client_path = _a_client(desk)
    first = _a_referral(desk, client_path, clinics)
    _consents(desk, first)
    _by_link(app, heard, desk, first)
    _to_the_end(desk, first)
    _others(desk, client_path, clinics)
    heard.record = desk.read(client_path)
    _looking_back(app, settings, client_path, clock)
    _errors(app, settings, desk, client_path, clock)
    _families(app.test_client())
    _half_written(app, intake, desk, clock)
    heard.served += _commands(settings)
    heard.served += _served(settings, intake)
    heard.backup = settings.home.parent / "backup"
    site = app.extensions["directory"]
    back_up(site.catalogue, site.keyring, settings, heard.backup)
    _provoke_an_accident(app, settings, intake, clock)
    catalogue.close()
    return app


FACTS = {
    "name": CANARIES["name"],
    "reference": CANARIES["reference"],
    "contact_wish": CANARIES["contact_wish"],
    "zip": ZIP,
    "birth_year": str(BIRTH_YEAR),
    "coverage": "MD",
    "language": "SP",
}
NEED = {"need": "KIT", "urgency": "soon", "coverage": "MD", "language": "SP", "note": CANARIES["note"]}


def _a_client(desk: Desk) -> str:
    desk.send("/staff/refer/new", **FACTS | {"zip": "460", "contact_wish": CANARIES["refused"]})
    made = desk.done("/staff/refer/new", **FACTS)
    path = made.replace("/refer/", "/clients/").partition("?")[0]
    for text in (CANARIES["name"], CANARIES["reference"], CANARIES["searched"], ZIP):
        desk.read(desk.done("/staff/clients", text=text))
        desk.read(desk.done("/staff/refer", text=text))
    stale = desk.read(f"{path}/change")
    desk.done(f"{path}/change", **FACTS | {"contact_wish": CANARIES["changed"]})
    version = re.findall(r'name="version" value="(\d+)"', stale)[0]
    late = FACTS | {"csrf_token": form_token(stale), "version": version}
    assert desk.client.post(f"{path}/change", data=late).status_code == 409
    desk.done(f"{path}/change", **FACTS)
    return path


def _a_referral(desk: Desk, client_path: str, clinics: Sequence[int]) -> str:
    number = client_path.rsplit("/", 1)[-1]
    begun = desk.done(f"/staff/refer/{number}", **NEED, clinic=str(clinics[0]))
    assert desk.send(f"/staff/refer/{number}", **NEED).status_code == 409
    for clinic in clinics[1:3]:
        desk.done(begun, do=f"add {clinic}")
    desk.read(desk.done(f"{begun}/around", begun, zip=OTHER_ZIP))
    referral = begun.partition("/clinics")[0]
    desk.done(f"{referral}/talk", **{"said-blood_pressure": CANARIES["talk"]})
    desk.done(f"{referral}/need", **NEED)
    desk.done(f"{referral}/step/note", note=CANARIES["step"])
    return referral


def _signed(desk: Desk, path: str, how: str = "sign", **said: Any) -> None:
    facts = desk.written(f"{path}/{how}") | {
        "signer": "representative",
        "authority": CANARIES["authority"],
        "signature": CANARIES["signature"],
        "expiry_event": CANARIES["expiry"],
        "purpose": CANARIES["purpose"],
        "agreed": "y",
        "language": "en",
    }
    desk.send(f"{path}/{how}", **facts | {"signature": ""} | said)
    # What is uploaded was read to its end.
    desk.done(f"{path}/{how}", **facts | {name: _again(value) for name, value in said.items()})


def _again(value: Any) -> Any:
    return (io.BytesIO(SCAN), "signed.png") if isinstance(value, tuple) else value


def _consents(desk: Desk, referral: str) -> None:
    path = desk.consent_paths(referral)[0]
    desk.done(f"{path}/spoken")
    desk.client.get(desk.done(f"{path}/form", path))
    _signed(desk, path, "paper", signed_on=YESTERDAY, scan=(io.BytesIO(SCAN), f"{CANARIES['scan']}.png"))
    desk.done(re.findall(rf'href="({path}/\d+/revoke)"', desk.read(path))[0], how="phone", note=CANARIES["revoked"])
    _signed(desk, path)
    ending = re.findall(rf'href="({path}/\d+/event)"', desk.read(path))[0]
    desk.done(ending, on=YESTERDAY)
    _signed(desk, path)


def _by_link(app: Flask, heard: Heard, desk: Desk, referral: str) -> None:
    packet = desk.consent_paths(referral)[0].replace("/consent/", "/packet/")
    assert desk.client.get(packet).mimetype == "application/pdf"
    sent = desk.read(desk.done(f"{referral}/send", how="link", email="intake@quokka.invalid"))
    code = re.findall(r'class="code-big">([^<]+)<', sent)[0]
    link = _link(app)
    clinic = Desk(app.test_client())
    for wrong in ("no code at all", "0000 0000"):
        assert clinic.send(link, code=wrong).status_code == 403
    clinic.done(link, code=code)
    heard.secrets |= {"code": code, "code without space": code.replace(" ", ""), "token": link.rsplit("/", 1)[-1]}
    assert clinic.client.get("/reply/open/referral.pdf").mimetype == "application/pdf"
    clinic.done("/reply/open/ask", "/reply/open", question=CANARIES["question"])
    desk.done(f"{referral}/answer", answer=CANARIES["answer"])
    assert CANARIES["answer"] in clinic.read("/reply/open")
    clinic.send("/reply/open/decline", "/reply/open", reason="other", note="")
    clinic.read(clinic.done("/reply/open/decline", "/reply/open", reason="other", note=CANARIES["declined"]))
    assert clinic.client.get("/reply/open").status_code == 403


def _link(app: Flask) -> str:
    site = app.extensions["directory"]
    with site.catalogue.reading() as session:
        message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        text = site.keyring.open(f"message:{message.uid}", message.sealed)["text"]
    return re.findall(r"/reply/\S+", text)[0]


def _to_the_end(desk: Desk, referral: str) -> None:
    desk.done(f"{referral}/step/next_clinic")
    path = desk.consent_paths(referral)[0]
    _signed(desk, path)
    desk.client.get(desk.done(f"{referral}/family/{path.rsplit('/', 1)[-1]}", referral))
    desk.read(desk.done(f"{referral}/send", how="fax", fax="317-555-0199"))
    desk.done(f"{referral}/step/accept", callback=CANARIES["callback"], note=CANARIES["accepted"])
    desk.done(f"{referral}/step/book", appointment=YESTERDAY, hour="09:30")
    desk.done(f"{referral}/step/attend", attended_on=YESTERDAY)
    desk.send(f"{referral}/step/close", outcome="other")
    desk.done(f"{referral}/step/close", outcome="other", note=CANARIES["closed"])
    desk.read(referral)


def _others(desk: Desk, client_path: str, clinics: Sequence[int]) -> None:
    number = client_path.rsplit("/", 1)[-1]
    begun = desk.done(f"/staff/refer/{number}", **NEED, clinic=str(clinics[3]), despite="y")
    referral = begun.partition("/clinics")[0]
    path = desk.consent_paths(referral)[0]
    _signed(desk, path)
    desk.done(f"{referral}/send", how="link", email="desk@zebra.invalid")
    desk.done(re.findall(rf'href="({path}/\d+/revoke)"', desk.read(path))[0], how="other", note=CANARIES["revoked"])
    desk.done(f"{referral}/step/withdraw", reason="other", note=CANARIES["withdrawn"])
    desk.read("/staff?state=decide")
    documents = set(re.findall(r"/staff/documents/\d+", desk.read(referral)))
    assert documents
    for document in documents:
        assert desk.client.get(document).status_code == 200


def _looking_back(app: Flask, settings: Settings, client_path: str, clock: Clock) -> None:
    desk = Desk(signed_in(app.test_client(), add_person(settings, Role.SUPERVISOR, now=clock.now), at=clock.now))
    for page in ("/disclosures", "/disclosures/accounting.pdf", "/disclosures/accounting.csv"):
        assert desk.client.get(client_path + page).status_code == 200
    for page in ("/staff", "/staff/reports", "/staff/reports/outcomes.csv", "/staff/trail", "/staff/people"):
        desk.client.get(page)


def _errors(app: Flask, settings: Settings, desk: Desk, client_path: str, clock: Clock) -> None:
    """Each way in which a form with a client's facts can go wrong."""
    token = form_token(desk.read("/staff/refer/new"))
    sealed = FACTS | {"csrf_token": token}
    statuses = [
        desk.client.post("/staff/refer/new", data=FACTS).status_code,
        desk.client.post("/staff/refer/9999", data=sealed | NEED).status_code,
        desk.client.put(client_path, data=sealed).status_code,
        desk.client.post("/staff/nowhere", data=sealed).status_code,
        desk.client.post("/staff/refer/new", data=sealed | {"note": "x" * 12_000_000}).status_code,
    ]
    assert statuses == [400, 404, 405, 404, 413]
    steward = Desk(signed_in(app.test_client(), add_person(settings, Role.STEWARD, now=clock.now), at=clock.now))
    said = FACTS | {"csrf_token": form_token(steward.read("/staff/account"))}
    assert steward.client.post("/staff/refer/new", data=said).status_code == 403
    assert app.test_client().post("/reply/open/decline", data={"note": CANARIES["declined"]}).status_code == 400
    anybody = app.test_client().post("/staff/refer/new", data=FACTS)
    assert (anybody.status_code, anybody.location) == (303, "/staff/sign-in?then=/staff/refer/new")


def _families(family: FlaskClient) -> None:
    for path in ("/", "/search?q=ketamine", "/clinic/1", "/clinic/4", "/about-the-data", "/search.json?q=ketamine"):
        assert family.get(path).status_code == 200


def _half_written(app: Flask, intake: Credentials, desk: Desk, clock: Clock) -> None:
    page = desk.read("/staff/refer/new")
    clock.pass_by(minutes=16)
    late = {"csrf_token": form_token(page), "name": CANARIES["kept"], "zip": ZIP}
    answer = desk.client.post("/staff/refer/new", data=late)
    assert answer.location.startswith("/staff/sign-in")
    desk.read(answer.location)
    signed_in(desk.client, intake, at=clock.now)
    assert CANARIES["kept"] in desk.read("/staff/refer/new")
    site = app.extensions["directory"]
    Outbox(site.catalogue, site.keyring, site.settings, clock=lambda: clock.now + dt.timedelta(hours=1)).send_due()


def _commands(settings: Settings) -> list[str]:
    """What the commands say that keep the house."""
    said = []
    for command in (
        ["followups", "remind"],
        ["mail", "send"],
        ["referrals", "purge", "--before", "2020-01-01", "--dry-run"],
        ["audit", "verify"],
    ):
        ran = subprocess.run(
            _directory(*command), env=_environment(settings), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        said += [ran.stdout, ran.stderr]
    return said


def _directory(*command: str) -> list[str]:
    return [sys.executable, "-c", "from directory.cli import main; main()", *command]


def _environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIRECTORY_")}
    return kept | {"DIRECTORY_HOME": str(settings.home), "PYTHONUNBUFFERED": "1"}


def _served(settings: Settings, intake: Credentials) -> list[str]:
    """What a real server with real workers says on its outputs while a client's facts pass through it."""
    command = _directory("serve", "--port", "0", "--workers", "1")
    output = settings.home.parent / "served.txt"
    with output.open("wb") as file:
        server = subprocess.Popen(command, env=_environment(settings), stdout=file, stderr=file)
        try:
            address = _address(output)
            _ask_server(address, intake)
        finally:
            server.terminate()
            server.wait(20)
    return [output.read_text()]


def _address(output: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if found := re.search(r"http://127\.0\.0\.1:\d+", output.read_text()):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(output.read_text())


def _ask_server(address: str, intake: Credentials) -> None:
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(jar)

    def ask(path: str, **said: str) -> tuple[int, str]:
        data = urllib.parse.urlencode(said).encode() if said else None
        try:
            with opener.open(address + path, data) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    token = form_token(ask("/staff/sign-in")[1])
    page = ask("/staff/sign-in", csrf_token=token, email=intake.email, password=intake.password)[1]
    ask("/staff/sign-in/code", csrf_token=form_token(page), code=intake.fresh_code())
    token = form_token(ask("/staff/refer/new")[1])
    status, page = ask("/staff/refer/new", csrf_token=token, **FACTS | {"reference": ""})
    assert (status, CANARIES["name"] in page) == (200, True)
    assert ask("/staff/refer/new", **FACTS)[0] == 400
    assert ask("/staff/refer/9999", csrf_token=token, **NEED)[0] == 404
    with socket.create_connection(address.removeprefix("http://").split(":"), timeout=10) as raw:  # type: ignore[arg-type]
        raw.sendall(f"GET /staff/{CANARIES['name']} \r\n{CANARIES['note']}\r\n\r\n".encode())
        assert b"400" in raw.recv(1000)


def _provoke_an_accident(app: Flask, settings: Settings, intake: Credentials, clock: Clock) -> None:
    """A database that breaks in the middle of keeping a client."""
    desk = Desk(signed_in(app.test_client(), intake, at=clock.now))
    token = form_token(desk.read("/staff/refer/new"))
    with closing(sqlite3.connect(settings.home / "catalogue.sqlite3")) as opened:
        opened.execute("ALTER TABLE client RENAME TO client_gone")
        opened.commit()
    assert desk.client.post("/staff/refer/new", data=FACTS | {"csrf_token": token}).status_code == 500
    desk.client.post("/staff/clients", data={"csrf_token": token, "text": CANARIES["searched"]})
    assert desk.client.get("/staff/clients?found=1").status_code == 500


def _files(heard: Heard) -> list[Path]:
    found = [path for top in (heard.settings.home, heard.backup) for path in top.rglob("*") if path.is_file()]
    names = {path.name for path in found}
    assert {"catalogue.sqlite3", "catalogue.sqlite3-wal", "settings.toml", "audit-head.txt"} <= names
    assert any("index" in str(path) for path in found)
    return found


def test_no_file_of_the_house_or_its_backup_tells_a_canary(heard: Heard) -> None:
    for path in _files(heard):
        assert (path, told(path.read_bytes())) == (path, set())
        assert (path, told(str(path))) == (path, set())


@pytest.mark.parametrize("where", ["home", "backup"])
def test_no_cell_of_the_database_tells_a_canary(heard: Heard, where: str, tmp_path: Path) -> None:
    folder = heard.settings.home if where == "home" else heard.backup
    for file in folder.glob("catalogue.sqlite3*"):
        shutil.copy(file, tmp_path)
    assert told_by_cells(tmp_path / "catalogue.sqlite3") == set()


def test_no_log_line_and_no_word_of_a_served_process_tells_a_canary(heard: Heard) -> None:
    assert any("OperationalError" in line for line in heard.lines)
    assert any("Serving on" in said for said in heard.served)
    for line in heard.lines + heard.served:
        assert (line, told(line)) == (line, set())


def test_no_address_and_no_header_tells_a_canary(heard: Heard) -> None:
    assert len(heard.exchanges) > 100
    for one in heard.exchanges:
        assert (one.address, told(urllib.parse.unquote_plus(one.address) + one.address)) == (one.address, set())
        assert (one.address, told(urllib.parse.unquote_plus(one.headers) + one.headers)) == (one.address, set())


def test_no_title_tells_a_canary(heard: Heard) -> None:
    titles = {(one.address, said) for one in heard.exchanges for said in re.findall("<title>(.*?)</title>", one.body)}
    assert len(titles) > 20
    assert [(address, title) for address, title in titles if told(title)] == []


def test_no_error_page_and_no_sign_in_page_tells_a_canary(heard: Heard) -> None:
    shown = [one for one in heard.exchanges if one.status in ERRORS or one.address.startswith("/staff/sign-in")]
    assert {400, 403, 404, 405, 413, 500} <= {one.status for one in shown}
    assert [(one.address, told(one.body)) for one in shown if told(one.body)] == []


def test_no_page_for_families_tells_a_canary(heard: Heard) -> None:
    shown = [one for one in heard.exchanges if not one.address.startswith(("/staff", "/reply", "/assets"))]
    assert len(shown) > 4
    assert [(one.address, told(one.body)) for one in shown if told(one.body)] == []


def test_no_e_mail_tells_a_canary(heard: Heard) -> None:
    assert {message["To"] for message in heard.mail} >= {"intake@quokka.invalid", "desk@zebra.invalid"}
    for message in heard.mail:
        assert (message["Subject"], told_by_mail(message)) == (message["Subject"], set())
        assert heard.secrets["code"] not in message.as_string()


def test_no_file_and_no_log_line_holds_a_secret(heard: Heard) -> None:
    everything = [path.read_bytes() for path in _files(heard) if path.name != "keys.txt"]
    everything += [line.encode() for line in heard.lines + heard.served]
    for name, secret in heard.secrets.items():
        assert (name, any(secret.encode() in content for content in everything)) == (name, False)


def test_a_canary_is_found_where_it_may_stand_and_wherever_it_is_put(heard: Heard, tmp_path: Path) -> None:
    shown = set().union(*(told(one.body) for one in heard.exchanges))
    assert shown >= set(CANARIES) - {"scan"}
    assert {ZIP, OTHER_ZIP} <= shown
    assert told(heard.record) >= {"name", "reference", "contact_wish", ZIP}
    assert told(SCAN) >= {"scan"}
    hidden = EmailMessage()
    hidden.set_content(f"For {CANARIES['name']} in {ZIP}", cte="base64")
    assert told_by_mail(hidden) >= {"name", ZIP}
    assert "note" in told(f"/staff/find?q={urllib.parse.quote_plus(CANARIES['note'])}")
    with closing(sqlite3.connect(tmp_path / "leaky.sqlite3")) as leaky:
        leaky.execute("CREATE TABLE client (zip TEXT, year INTEGER, name BLOB)")
        leaky.execute("INSERT INTO client VALUES (?, ?, ?)", (ZIP, BIRTH_YEAR, CANARIES["name"].encode()))
        leaky.commit()
    assert told_by_cells(tmp_path / "leaky.sqlite3") >= {"name", "birth_year", ZIP}
    assert "name" in told((tmp_path / "leaky.sqlite3").read_bytes())
    for before in range(3):
        encoded = base64.b64encode(b"!" * before + CANARIES["declined"].encode() + b"?")
        assert "declined" in told(encoded)
