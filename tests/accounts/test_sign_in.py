"""Signing in: two factors, each used once; tries that run out; answers that tell a stranger nothing."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from staff_sign_in import PASSWORD, Clock, Credentials, form_token, signed_in
from werkzeug.test import TestResponse

from directory.accounts import password as passwords
from directory.accounts.audit import AuditEntry, faults
from directory.accounts.models import Person, SignInTry


def send_password(client: FlaskClient, email: str, password: str, address: str = "192.0.2.1") -> TestResponse:
    where = {"REMOTE_ADDR": address}
    token = form_token(client.get("/staff/sign-in", environ_overrides=where).get_data(as_text=True))
    said = {"csrf_token": token, "email": email, "password": password}
    return client.post("/staff/sign-in", data=said, environ_overrides=where)


def send_code(client: FlaskClient, code: str) -> TestResponse:
    token = form_token(client.get("/staff/sign-in/code").get_data(as_text=True))
    return client.post("/staff/sign-in/code", data={"csrf_token": token, "code": code})


def without_token(answer: TestResponse) -> str:
    return re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))


def test_a_password_alone_opens_nothing(client: FlaskClient, intake: Credentials) -> None:
    assert send_password(client, intake.email, PASSWORD).headers["Location"] == "/staff/sign-in/code"
    assert client.get("/staff/account").status_code == 303


def test_password_and_code_open_the_desk(client: FlaskClient, intake: Credentials, clock: Clock) -> None:
    signed_in(client, intake, at=clock.now)
    assert client.get("/staff/account").status_code == 200


def test_a_code_seen_by_somebody_else_does_not_work_again(app: Flask, intake: Credentials, clock: Clock) -> None:
    mine, theirs = app.test_client(), app.test_client()
    code = intake.code(clock.now)
    send_password(mine, intake.email, PASSWORD)
    assert send_code(mine, code).status_code == 303
    send_password(theirs, intake.email, PASSWORD)
    assert send_code(theirs, code).status_code == 400
    clock.pass_by(seconds=30)
    assert send_code(theirs, code).status_code == 400
    assert send_code(theirs, intake.code(clock.now)).status_code == 303


def test_a_recovery_code_signs_in_once(app: Flask, intake: Credentials) -> None:
    code = intake.recovery_codes[3].lower().replace("-", " ")
    for client, answered in ((app.test_client(), 303), (app.test_client(), 400)):
        send_password(client, intake.email, PASSWORD)
        assert send_code(client, code).status_code == answered


def test_new_recovery_codes_make_the_old_ones_void(app: Flask, intake: Credentials, clock: Clock) -> None:
    client = signed_in(app.test_client(), intake, at=clock.now)
    token = form_token(client.get("/staff/account").get_data(as_text=True))
    page = client.post("/staff/account/recovery-codes", data={"csrf_token": token}).get_data(as_text=True)
    new = re.findall(r"<code>([A-Z2-7-]{19})</code>", page)
    assert len(set(new)) == 10
    other = app.test_client()
    send_password(other, intake.email, PASSWORD)
    assert send_code(other, intake.recovery_codes[0]).status_code == 400
    assert send_code(other, new[0]).status_code == 303


def test_an_unknown_address_is_answered_like_a_wrong_password(
    app: Flask, intake: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    verify = passwords._HASHER.verify

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            looked_at.append(kept)
            return verify(kept, password)

        def hash(self, password: str) -> str:
            return passwords.PasswordHasher().hash(password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    known = send_password(app.test_client(), intake.email, "not the password")
    unknown = send_password(app.test_client(), "nobody-at-all@center.invalid", "not the password")
    assert known.status_code == unknown.status_code == 400
    assert without_token(known) == without_token(unknown)
    # The same work was done for both: one look at an argon2id hash of the same cost.
    first, second = (kept.split("$")[1:4] for kept in looked_at)
    assert first == second


def test_after_five_wrong_passwords_an_account_waits_even_with_the_right_one(
    app: Flask, intake: Credentials, clock: Clock
) -> None:
    for number in range(5):
        assert send_password(app.test_client(), intake.email, "wrong", f"192.0.2.{number}").status_code == 400
    assert send_password(app.test_client(), intake.email, PASSWORD, "192.0.2.99").status_code == 429
    clock.pass_by(minutes=15)
    assert send_password(app.test_client(), intake.email, PASSWORD).status_code == 303


def test_an_unknown_account_waits_just_as_long(app: Flask) -> None:
    from directory.keyring import add_key  # noqa: PLC0415

    add_key(app.extensions["directory"].settings.home)
    answers = [send_password(app.test_client(), "nobody@center.invalid", "wrong").status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]


def test_twenty_wrong_tries_from_one_address_make_it_wait_and_no_other(app: Flask, intake: Credentials) -> None:
    for number in range(20):
        assert send_password(app.test_client(), f"guess{number}@center.invalid", "wrong").status_code == 400
    assert send_password(app.test_client(), intake.email, PASSWORD).status_code == 429
    assert send_password(app.test_client(), intake.email, PASSWORD, "192.0.2.2").status_code == 303


def test_wrong_codes_run_out_like_wrong_passwords(client: FlaskClient, intake: Credentials) -> None:
    send_password(client, intake.email, PASSWORD)
    assert [send_code(client, "000000").status_code for _ in range(6)] == [400] * 5 + [429]


def test_the_code_is_waited_for_five_minutes(client: FlaskClient, intake: Credentials, clock: Clock) -> None:
    send_password(client, intake.email, PASSWORD)
    clock.pass_by(minutes=5, seconds=1)
    assert client.get("/staff/sign-in/code").headers["Location"] == "/staff/sign-in"


def test_neither_address_nor_password_nor_secret_is_written_down_in_clear(
    app: Flask, intake: Credentials, clock: Clock
) -> None:
    client = app.test_client()
    send_password(client, intake.email, "wrong password of somebody", "198.51.100.77")
    signed_in(client, intake, at=clock.now)
    site = app.extensions["directory"]
    with site.catalogue.reading() as session:
        assert session.scalars(select(SignInTry)).all() == []
    kept = b"".join(path.read_bytes() for path in site.settings.home.iterdir() if path.is_file())
    for written in (b"198.51.100.77", b"wrong password", PASSWORD.encode(), intake.secret.encode()):
        assert written not in kept


def test_who_signed_in_and_who_was_refused_stands_in_the_trail(app: Flask, intake: Credentials, clock: Clock) -> None:
    client = app.test_client()
    send_password(client, intake.email, "wrong")
    signed_in(client, intake, at=clock.now)
    site = app.extensions["directory"]
    with site.catalogue.reading() as session:
        told = [(entry.actor, entry.action) for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
        assert ("system", "sign-in refused") in told
        assert told[-1] == (f"staff:{intake.person_id}", "signed in")
        assert list(faults(session, site.keyring)) == []


def test_after_signing_in_only_pages_of_the_desk_are_returned_to(
    client: FlaskClient, intake: Credentials, clock: Clock
) -> None:
    for then, where in (("//evil.invalid/", "/staff/account"), ("/staff/account", "/staff/account")):
        token = form_token(client.get(f"/staff/sign-in?then={then}").get_data(as_text=True))
        said = {"csrf_token": token, "email": intake.email, "password": PASSWORD, "then": then}
        client.post("/staff/sign-in", data=said)
        arrived = send_code(client, intake.fresh_code(clock.now)).headers["Location"]
        assert "evil" not in arrived
        assert then != where or arrived == where
        client.delete_cookie("staff", path="/staff")


def test_a_person_without_access_cannot_sign_in(app: Flask, intake: Credentials) -> None:
    with app.extensions["directory"].catalogue.writing() as session:
        session.get_one(Person, intake.person_id).active = False
    assert send_password(app.test_client(), intake.email, PASSWORD).status_code == 400


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "intake.person@center.invalid"])
def test_a_password_that_is_easy_to_guess_is_refused(weak: str) -> None:
    with pytest.raises(passwords.PasswordError, match="password:"):
        passwords.hash_password(weak, "intake.person@center.invalid")
