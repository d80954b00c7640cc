"""Adding people, their one-time links, and the administrator's page."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from staff_sign_in import PASSWORD, Clock, Credentials, form_token, signed_in

from directory.accounts.audit import AuditEntry
from directory.accounts.commands import user
from directory.accounts.models import Person
from directory.accounts.second_factor import matching_step
from directory.config import Settings
from directory.keyring import keys_in


def shown_secret(page: str) -> str:
    found = re.search(r'class="totp-key">([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")


def link_on(page: str) -> str:
    found = re.search(r"(/staff/welcome/[\w-]+)", page)
    assert found
    return found[1]


def add(client: FlaskClient, email: str, role: str = "intake") -> str:
    """Add somebody on the administrator's page; the path of their link."""
    said = {"csrf_token": form_token(client.get("/staff/people").get_data(as_text=True)), "email": email, "role": role}
    answer = client.post("/staff/people", data=said)
    assert answer.status_code == 200
    return link_on(answer.get_data(as_text=True))


def redeem(client: FlaskClient, link: str, clock: Clock, password: str = PASSWORD) -> tuple[int, str]:
    """Follow a one-time link to its end: the answer's status, and the page or, at the end, the secret."""
    import pyotp  # noqa: PLC0415

    page = client.get(link).get_data(as_text=True)
    secret = shown_secret(page)
    said = {"csrf_token": form_token(page), "password": password, "again": password}
    answer = client.post(link, data=said | {"code": pyotp.TOTP(secret).at(clock.now)})
    return answer.status_code, secret if answer.status_code == 200 else answer.get_data(as_text=True)


@pytest.fixture
def desk(client: FlaskClient, administrator: Credentials, clock: Clock) -> FlaskClient:
    """A browser in which an administrator is signed in."""
    return signed_in(client, administrator, at=clock.now)


def test_a_one_time_link_sets_up_an_account_and_works_once(app: Flask, desk: FlaskClient, clock: Clock) -> None:
    link = add(desk, "New.Person@center.invalid")
    person = app.test_client()
    assert person.get(link).status_code == person.get(link).status_code == 200
    status, secret = redeem(person, link, clock)
    assert status == 200
    assert person.get(link).status_code == 410
    with app.extensions["directory"].catalogue.reading() as session:
        number = session.scalar(select(Person.id).where(Person.email == "new.person@center.invalid"))
    assert number
    new = Credentials(app.extensions["directory"].settings, number, "new.person@center.invalid", PASSWORD, secret)
    clock.pass_by(minutes=1)
    assert signed_in(person, new, at=clock.now).get("/staff/account").status_code == 200


def test_the_code_that_proved_the_authenticator_does_not_sign_in(app: Flask, desk: FlaskClient, clock: Clock) -> None:
    link = add(desk, "new@center.invalid")
    person = app.test_client()
    _, secret = redeem(person, link, clock)
    with app.extensions["directory"].catalogue.reading() as session:
        kept = session.scalar(select(Person.totp_step).where(Person.email == "new@center.invalid"))
    import pyotp  # noqa: PLC0415

    assert matching_step(secret, pyotp.TOTP(secret).at(clock.now), clock.now) == kept


def test_a_one_time_link_expires_after_a_day(app: Flask, desk: FlaskClient, clock: Clock) -> None:
    link = add(desk, "new@center.invalid")
    clock.pass_by(hours=24)
    assert app.test_client().get(link).status_code == 410


def test_a_set_up_page_that_was_open_for_long_begins_again_with_its_picture_as_it_is_now(
    app: Flask, desk: FlaskClient, clock: Clock
) -> None:
    link = add(desk, "new@center.invalid")
    person = app.test_client()
    token = form_token(person.get(link).get_data(as_text=True))
    clock.pass_by(hours=2)
    late = person.post(link, data={"csrf_token": token, "password": PASSWORD, "again": PASSWORD, "code": "123456"})
    assert (late.status_code, late.location) == (303, link)
    assert "open for too long" in person.get(link).get_data(as_text=True)
    assert redeem(person, link, clock)[0] == 200


@pytest.mark.parametrize(("password", "says"), [("too short", "least 12 char"), ("aaaaaaaaaaaaaa", "easy to guess")])
def test_a_weak_password_leaves_the_link_as_it_was(
    app: Flask, desk: FlaskClient, clock: Clock, password: str, says: str
) -> None:
    link = add(desk, "new@center.invalid")
    person = app.test_client()
    status, page = redeem(person, link, clock, password)
    assert status == 400
    assert re.search(says, page)
    assert redeem(person, link, clock)[0] == 200


def test_a_new_link_makes_password_factor_and_sessions_void(
    app: Flask, desk: FlaskClient, intake: Credentials, clock: Clock
) -> None:
    theirs = signed_in(app.test_client(), intake, at=clock.now)
    token = form_token(desk.get("/staff/people").get_data(as_text=True))
    desk.post(f"/staff/people/{intake.person_id}/link", data={"csrf_token": token})
    assert theirs.get("/staff/account").status_code == 303
    page = theirs.get("/staff/sign-in").get_data(as_text=True)
    said = {"csrf_token": form_token(page), "email": intake.email, "password": PASSWORD}
    assert theirs.post("/staff/sign-in", data=said).status_code == 400


def test_the_last_administrator_can_neither_be_disabled_nor_change_role(
    desk: FlaskClient, administrator: Credentials
) -> None:
    token = form_token(desk.get("/staff/people").get_data(as_text=True))
    number = administrator.person_id
    for path, more in ((f"{number}/disable", {}), (f"{number}/role", {"role": "intake"})):
        answer = desk.post(f"/staff/people/{path}", data={"csrf_token": token} | more)
        assert answer.status_code == 409
        assert "last administrator" in answer.get_data(as_text=True)


def test_everything_an_administrator_does_stands_in_the_trail(
    app: Flask, desk: FlaskClient, administrator: Credentials, intake: Credentials
) -> None:
    add(desk, "new@center.invalid", "supervisor")
    token = form_token(desk.get("/staff/people").get_data(as_text=True))
    for path, more in (("role", {"role": "steward"}), ("sign-out", {}), ("disable", {}), ("enable", {}), ("link", {})):
        answer = desk.post(f"/staff/people/{intake.person_id}/{path}", data={"csrf_token": token} | more)
        assert answer.status_code in (200, 303), path
    with app.extensions["directory"].catalogue.reading() as session:
        by = select(AuditEntry).where(AuditEntry.actor == f"staff:{administrator.person_id}").order_by(AuditEntry.id)
        told = [entry.action for entry in session.scalars(by)]
    assert told == [
        "signed in", "account added", "one-time link made", "role changed", "signed out everywhere",
        "account disabled", "account enabled", "one-time link made",
    ]  # fmt: skip


def run(settings: Settings, *words: str) -> str:
    """What a command says; its status must be 0."""
    done = CliRunner().invoke(user, words, env={"DIRECTORY_HOME": str(settings.home)}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_first_person_is_made_on_the_command_line_with_keys_and_a_link(
    app: Flask, settings: Settings, clock: Clock
) -> None:
    import datetime as dt  # noqa: PLC0415

    said = run(settings, "add", "First@center.invalid", "--role", "administrator", "--name", "First Nobody")
    assert "Keep a copy of it apart" in said
    assert len(keys_in(settings.home)) == 1
    assert (settings.home / "keys.txt").stat().st_mode & 0o077 == 0
    clock.now = dt.datetime.now(dt.UTC)
    assert redeem(app.test_client(), link_on(said), clock)[0] == 200
    assert "Made the key" not in run(settings, "add", "second@center.invalid", "--role", "intake")
    assert len(keys_in(settings.home)) == 1
    assert "first@center.invalid\tadministrator\tset up" in run(settings, "list")


def test_the_command_line_changes_roles_ends_access_and_sessions(
    app: Flask, settings: Settings, intake: Credentials, clock: Clock
) -> None:
    client = signed_in(app.test_client(), intake, at=clock.now)
    run(settings, "signout", intake.email)
    assert client.get("/staff/account").status_code == 303
    run(settings, "role", intake.email, "steward")
    assert f"{intake.email}\tsteward" in run(settings, "list")
    assert "/staff/welcome/" in run(settings, "link", intake.email)
    run(settings, "disable", intake.email)
    assert "no access" in run(settings, "list")


def test_keys_that_cannot_be_used_are_never_replaced_by_others(settings: Settings) -> None:
    (settings.home / "keys.txt").write_text("# half of a file\n", encoding="ascii")
    done = CliRunner().invoke(
        user, ["add", "a@center.invalid", "--role", "intake"], env={"DIRECTORY_HOME": str(settings.home)}
    )
    assert done.exit_code != 0
    assert (settings.home / "keys.txt").read_text(encoding="ascii") == "# half of a file\n"
