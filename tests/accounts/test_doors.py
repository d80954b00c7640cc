"""Every page says who may open it, and holds to it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from staff_sign_in import Clock, Credentials, add_person, signed_in

from directory.accounts.roles import MAY, Right, Role
from directory.config import Settings
from directory.desk.guard import Door, GuardError, guard_all, public, staff, tokened


def path_of(rule: str) -> str:
    """A rule's address with something in each blank."""
    return "/".join(_filled(part) for part in rule.split("/"))


def _filled(part: str) -> str:
    if not part.startswith("<"):
        return part
    if part.startswith("<any("):
        return part.removeprefix("<any(").partition(",")[0]
    return "1" if "int:" in part else "nothing"


def doors(app: Flask, door: Door) -> list[tuple[str, str]]:
    """Method and address of every route behind a door."""
    guards = app.extensions["directory.guards"]
    return [
        (method, path_of(rule.rule))
        for rule in app.url_map.iter_rules()
        if guards[rule.endpoint].door is door
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_is_public_or_for_staff_or_for_a_tokens_holder(app: Flask) -> None:
    guards = app.extensions["directory.guards"]
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(guards)
    assert {guard.door for guard in guards.values()} == set(Door)


def test_a_page_that_does_not_say_who_may_open_it_stops_the_start() -> None:
    open_to_all = Flask("unguarded", static_folder=None)
    open_to_all.add_url_rule("/staff/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    with pytest.raises(GuardError, match="forgotten does not say"):
        guard_all(open_to_all, set())


def test_a_page_cannot_say_twice_who_may_open_it() -> None:
    def page() -> str:
        return ""

    with pytest.raises(GuardError, match="twice"):
        tokened(public(page))


def test_a_page_for_staff_outside_of_the_path_of_their_cookie_stops_the_start() -> None:
    astray = Flask("astray", static_folder=None)
    astray.add_url_rule("/elsewhere", view_func=staff(Right.DESK)(lambda: ""), endpoint="astray")
    with pytest.raises(GuardError, match="not below /staff"):
        guard_all(astray, set())


def test_nobody_opens_a_page_for_staff_without_signing_in(app: Flask, client: FlaskClient, intake: Credentials) -> None:
    assert intake.person_id
    for method, path in doors(app, Door.STAFF):
        answer = client.open(path, method=method)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["Location"].startswith("/staff/sign-in?then="), (method, path)


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_no_page_of_a_right_it_lacks(app: Flask, settings: Settings, clock: Clock, role: Role) -> None:
    client = signed_in(app.test_client(), add_person(settings, role, now=clock.now), at=clock.now)
    guards = app.extensions["directory.guards"]
    lacking = [
        rule
        for rule in app.url_map.iter_rules()
        if guards[rule.endpoint].right and role not in MAY[guards[rule.endpoint].right]
    ]
    for rule in lacking:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert client.open(path_of(rule.rule), method=method).status_code == 403, (method, rule.rule)
    assert lacking or role is Role.ADMINISTRATOR


def test_no_form_is_taken_without_the_token_of_its_session(
    app: Flask, client: FlaskClient, administrator: Credentials, clock: Clock
) -> None:
    signed_in(client, administrator, at=clock.now)
    guards = app.extensions["directory.guards"]
    for method, path in doors(app, Door.STAFF) + doors(app, Door.TOKENED) + [("POST", "/staff/sign-in")]:
        endpoint = app.url_map.bind("").match(path, method=method)[0]
        right = guards[endpoint].right
        if method == "POST" and (right is None or Role.ADMINISTRATOR in MAY[right]):
            assert client.post(path, data={"name": "anything"}).status_code == 400, path


def test_public_pages_set_no_cookie(app: Flask, client: FlaskClient, intake: Credentials, clock: Clock) -> None:
    signed_in(client, intake, at=clock.now)
    for method, path in doors(app, Door.PUBLIC):
        if not path.startswith("/staff"):
            answer = client.open(path, method=method)
            assert "Set-Cookie" not in answer.headers, path
            assert "Cookie" not in answer.headers.get("Vary", ""), path
    cookie = client.get_cookie("staff", path="/staff")
    assert cookie is not None
    assert (cookie.path, cookie.http_only, cookie.secure, cookie.same_site) == ("/staff", True, True, "Lax")


def test_without_keys_staff_pages_say_what_to_do_and_public_ones_go_on(client: FlaskClient) -> None:
    for path in ("/staff/sign-in", "/staff/people", "/reply/anything"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "directory user add" in answer.get_data(as_text=True)
    assert client.get("/privacy").status_code == 200
