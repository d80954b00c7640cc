"""Sessions end on the server, and what was half-written comes back."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from staff_sign_in import PASSWORD, Clock, Credentials, form_token, signed_in

from directory.accounts.models import KeptForm, StaffSession
from directory.accounts.people import change_role, disable, open_accounts, person_numbered
from directory.accounts.roles import Role

WRITTEN = {"email": "half-written@center.invalid", "name": "Half a na", "role": "steward"}


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("staff", path="/staff")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, value: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("staff", value, path="/staff")
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/staff/account").status_code == 200


def token_on(client: FlaskClient, path: str) -> str:
    return form_token(client.get(path).get_data(as_text=True))


def test_a_session_ends_after_fifteen_idle_minutes(client: FlaskClient, intake: Credentials, clock: Clock) -> None:
    signed_in(client, intake, at=clock.now)
    clock.pass_by(minutes=14)
    assert is_in(client)
    clock.pass_by(minutes=14)
    assert is_in(client)
    clock.pass_by(minutes=15)
    assert not is_in(client)


def test_a_session_ends_after_twelve_hours_however_busy(client: FlaskClient, intake: Credentials, clock: Clock) -> None:
    signed_in(client, intake, at=clock.now)
    for _ in range(71):
        clock.pass_by(minutes=10)
        assert is_in(client)
    clock.pass_by(minutes=10)
    assert not is_in(client)


def test_signing_in_gives_the_session_a_new_name(app: Flask, intake: Credentials, clock: Clock) -> None:
    client = app.test_client()
    client.get("/staff/sign-in")
    before = cookie_of(client)
    signed_in(client, intake, at=clock.now)
    assert cookie_of(client) != before
    assert not is_in(with_cookie(app, before))


def test_a_name_somebody_made_up_is_no_session(app: Flask, intake: Credentials, clock: Clock) -> None:
    planted = with_cookie(app, "planted-by-somebody-else")
    signed_in(planted, intake, at=clock.now)
    assert cookie_of(planted) != "planted-by-somebody-else"
    assert not is_in(with_cookie(app, "planted-by-somebody-else"))


def test_a_cookie_kept_from_before_signing_out_opens_nothing(app: Flask, intake: Credentials, clock: Clock) -> None:
    client = signed_in(app.test_client(), intake, at=clock.now)
    kept = cookie_of(client)
    client.post("/staff/sign-out", data={"csrf_token": token_on(client, "/staff/account")})
    assert client.get_cookie("staff", path="/staff") is None
    assert not is_in(with_cookie(app, kept))


def test_signing_out_everywhere_ends_the_session_of_the_other_computer_too(
    app: Flask, intake: Credentials, clock: Clock
) -> None:
    here = signed_in(app.test_client(), intake, at=clock.now)
    there = signed_in(app.test_client(), intake, at=clock.now)
    here.post("/staff/sign-out-everywhere", data={"csrf_token": token_on(here, "/staff/account")})
    assert not is_in(here)
    assert not is_in(there)


def test_a_new_password_ends_all_sessions_and_the_old_password(app: Flask, intake: Credentials, clock: Clock) -> None:
    here = signed_in(app.test_client(), intake, at=clock.now)
    there = signed_in(app.test_client(), intake, at=clock.now)
    new = "another made-up row of words"
    said = {"csrf_token": token_on(here, "/staff/account"), "present": PASSWORD, "password": new, "again": new}
    assert here.post("/staff/account", data=said | {"present": "not mine at all"}).status_code == 400
    assert here.post("/staff/account", data=said).status_code == 303
    assert not is_in(here)
    assert not is_in(there)
    old = app.test_client()
    said = {"csrf_token": token_on(old, "/staff/sign-in"), "email": intake.email, "password": PASSWORD}
    assert old.post("/staff/sign-in", data=said).status_code == 400


@pytest.mark.parametrize("what", ["disabled", "role changed"])
def test_losing_access_or_the_role_ends_all_sessions(app: Flask, intake: Credentials, clock: Clock, what: str) -> None:
    from directory.accounts.audit import SYSTEM  # noqa: PLC0415

    client = signed_in(app.test_client(), intake, at=clock.now)
    site = app.extensions["directory"]
    with open_accounts(site.catalogue, site.keyring, site.settings, SYSTEM, clock.now) as accounts:
        person = person_numbered(accounts.session, intake.person_id)
        if what == "disabled":
            disable(accounts, person)
        else:
            change_role(accounts, person, Role.STEWARD)
    assert not is_in(client)


def test_the_database_holds_no_name_of_a_session(app: Flask, intake: Credentials, clock: Clock) -> None:
    client = signed_in(app.test_client(), intake, at=clock.now)
    cookie = cookie_of(client)
    site = app.extensions["directory"]
    with site.catalogue.reading() as session:
        assert session.get(StaffSession, hashlib.sha256(cookie.encode()).hexdigest()) is not None
    kept = b"".join(path.read_bytes() for path in site.settings.home.iterdir() if path.is_file())
    assert cookie.encode() not in kept
    assert len(cookie) >= 43


def test_old_sessions_are_swept_out(app: Flask, intake: Credentials, clock: Clock) -> None:
    signed_in(app.test_client(), intake, at=clock.now)
    clock.pass_by(days=3)
    app.test_client().get("/staff/sign-in")
    with app.extensions["directory"].catalogue.reading() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 1


def write_and_let_it_end(client: FlaskClient, who: Credentials, clock: Clock) -> dict[str, str]:
    """Open the form for a new person, and send it when the session is over; what was sent."""
    signed_in(client, who, at=clock.now)
    sent = WRITTEN | {"csrf_token": token_on(client, "/staff/people")}
    clock.pass_by(minutes=20)
    return sent


def test_a_half_written_form_comes_back_after_signing_in_again(
    client: FlaskClient, administrator: Credentials, clock: Clock
) -> None:
    sent = write_and_let_it_end(client, administrator, clock)
    answer = client.post("/staff/people", data=sent)
    assert answer.headers["Location"] == "/staff/sign-in?then=/staff/people"
    signed_in(client, administrator, at=clock.now)
    page = client.get("/staff/people").get_data(as_text=True)
    assert 'value="half-written@center.invalid"' in page
    assert 'value="Half a na"' in page
    assert "it is not saved yet" in page
    again = WRITTEN | {"csrf_token": form_token(page)}
    assert "One-time link for" in client.post("/staff/people", data=again).get_data(as_text=True)


def test_a_form_sent_after_another_tab_signed_in_again_is_shown_and_not_lost(
    client: FlaskClient, administrator: Credentials, clock: Clock
) -> None:
    sent = write_and_let_it_end(client, administrator, clock)
    signed_in(client, administrator, at=clock.now)
    assert client.post("/staff/people", data=sent).headers["Location"] == "/staff/people"
    assert 'value="Half a na"' in client.get("/staff/people").get_data(as_text=True)


def test_a_form_sent_after_another_tab_only_saw_the_sign_in_page_is_kept(
    client: FlaskClient, administrator: Credentials, clock: Clock
) -> None:
    sent = write_and_let_it_end(client, administrator, clock)
    client.get("/staff/sign-in")
    client.post("/staff/people", data=sent)
    signed_in(client, administrator, at=clock.now)
    assert 'value="Half a na"' in client.get("/staff/people").get_data(as_text=True)


def test_a_kept_form_is_shown_to_nobody_else(
    app: Flask, client: FlaskClient, administrator: Credentials, clock: Clock
) -> None:
    from staff_sign_in import add_person  # noqa: PLC0415

    sent = write_and_let_it_end(client, administrator, clock)
    client.post("/staff/people", data=sent)
    other = add_person(app.extensions["directory"].settings, Role.ADMINISTRATOR, now=clock.now)
    signed_in(client, other, at=clock.now)
    assert "Half a na" not in client.get("/staff/people").get_data(as_text=True)


def test_a_found_cookie_of_an_ended_session_puts_no_words_into_anybodys_form(
    app: Flask, administrator: Credentials, clock: Clock
) -> None:
    client = app.test_client()
    write_and_let_it_end(client, administrator, clock)
    thief = with_cookie(app, cookie_of(client))
    thief.post("/staff/people", data=WRITTEN | {"csrf_token": token_on(app.test_client(), "/staff/sign-in")})
    with app.extensions["directory"].catalogue.reading() as session:
        assert session.scalars(select(KeptForm)).all() == []


def test_a_form_with_passwords_is_never_kept(
    client: FlaskClient, intake: Credentials, clock: Clock, app: Flask
) -> None:
    signed_in(client, intake, at=clock.now)
    sent = {"csrf_token": token_on(client, "/staff/account"), "present": PASSWORD, "password": "x", "again": "x"}
    clock.pass_by(minutes=20)
    assert client.post("/staff/account", data=sent).status_code == 303
    with app.extensions["directory"].catalogue.reading() as session:
        assert session.scalars(select(KeptForm)).all() == []


def test_a_kept_form_is_sealed(app: Flask, client: FlaskClient, administrator: Credentials, clock: Clock) -> None:
    client.post("/staff/people", data=write_and_let_it_end(client, administrator, clock))
    home = app.extensions["directory"].settings.home
    with app.extensions["directory"].catalogue.reading() as session:
        assert session.scalar(select(KeptForm.path)) == "/staff/people"
    assert all(b"Half a na" not in path.read_bytes() for path in home.iterdir() if path.is_file())
