"""Guard: who may open a page. Every page of the application is public, for staff with a right, or for a token's holder.

The three decorators only say so; `guard_all` checks at start that each page says it once, and refuses at the door.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from directory.accounts.audit import Actor
from directory.accounts.models import Person
from directory.accounts.people import Accounts, open_accounts
from directory.accounts.roles import Right, may
from directory.desk.forms_kept import address_here, forget_form, keep_form
from directory.desk.session import DESK_PATH, REPLY_PATH, current_session
from directory.pages.site import site
from directory.referrals.records import Records, open_records

View = TypeVar("View", bound=Callable[..., Any])


class Door(StrEnum):
    """Who a page is for."""

    PUBLIC = "public"
    STAFF = "staff"
    TOKENED = "tokened"


@dataclass(frozen=True, slots=True)
class Guard:
    """Who a page is for, and which right it asks of staff."""

    door: Door
    right: Right | None = None


class GuardError(RuntimeError):
    """A page says not at all, or twice, who may open it."""


def public(view: View) -> View:
    """A page for everybody."""
    return _guarded(view, Guard(Door.PUBLIC))


def staff(right: Right) -> Callable[[View], View]:
    """A page for people who are signed in and have the right."""
    return lambda view: _guarded(view, Guard(Door.STAFF, right))


def tokened(view: View) -> View:
    """A page for whoever holds the token in its address; the page itself checks that token."""
    return _guarded(view, Guard(Door.TOKENED))


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """What a page says of itself."""
    return cast("Guard | None", getattr(view, "guard", None))


def guard_all(app: Flask, public_blueprints: set[str]) -> None:
    """Check every route of the application, and stand at every door from now on. Raises GuardError.

    Pages of the blueprints named are public without saying so: the directory itself, made for everybody.
    """
    guards = {endpoint: _only_guard(endpoint, view, public_blueprints) for endpoint, view in app.view_functions.items()}
    for rule in app.url_map.iter_rules():
        if guards[rule.endpoint].door is Door.STAFF and not _below(rule.rule, DESK_PATH):
            raise GuardError(f"{rule.rule} is for staff but not below {DESK_PATH}, where their cookie goes")
    app.extensions["directory.guards"] = guards
    app.before_request(_stand_at_the_door)
    app.after_request(_form_sent)


def current_person() -> Person:
    """Who is signed in; only on pages for staff."""
    return cast(Person, g.person)


def person_here() -> Person | None:
    """Who is signed in, on any page: None where nobody is, or where no page may know."""
    return cast("Person | None", g.get("person"))


def may_see(endpoint: str) -> bool:
    """True where whoever is signed in may open that page, so that others are not led to a closed door."""
    guard: Guard | None = current_app.extensions["directory.guards"].get(endpoint)
    person = person_here()
    return bool(guard and person and guard.right and may(person.role, guard.right))


def current_actor() -> Actor:
    """Who is signed in, as the audit trail names them."""
    return Actor("staff", current_person().id)


@contextmanager
def accounts_of_request(actor: Actor | None = None) -> Iterator[Accounts]:
    """One transaction over accounts by whoever is signed in, or by the actor named."""
    here = site()
    known = actor or current_actor()
    with open_accounts(here.catalogue, here.keyring, here.settings, known, here.clock()) as accounts:
        yield accounts


@contextmanager
def records_of_request(actor: Actor | None = None) -> Iterator[Records]:
    """One transaction over client records by whoever is signed in, or by the actor a token stands for."""
    here = site()
    with open_records(here.catalogue, here.keyring, here.settings, actor or current_actor()) as records:
        yield dataclasses.replace(records, now=here.clock())


def _guarded(view: View, guard: Guard) -> View:
    if guard_of(view):
        raise GuardError(f"{view.__name__} says twice who may open it")
    view.guard = guard  # type: ignore[attr-defined]
    return view


def _only_guard(endpoint: str, view: Callable[..., Any], public_blueprints: set[str]) -> Guard:
    said = guard_of(view)
    belongs = endpoint.partition(".")[0] in public_blueprints
    if said and belongs:
        raise GuardError(f"{endpoint} says twice who may open it: its whole blueprint is public")
    if not said and not belongs:
        raise GuardError(f"{endpoint} does not say who may open it: mark it public, staff or tokened")
    return said or Guard(Door.PUBLIC)


def _below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


def _stand_at_the_door() -> AnyResponse | None:
    if _below(request.path, DESK_PATH) or _below(request.path, REPLY_PATH):
        site().keyring  # noqa: B018 - without keys these pages say so before anything else
    if request.endpoint is None:
        return None
    guard: Guard = current_app.extensions["directory.guards"][request.endpoint]
    if guard.door is not Door.STAFF:
        return None
    session = current_session()
    if session.person is None:
        return ask_to_sign_in()
    g.person = session.person
    if guard.right is None or not may(session.person.role, guard.right):
        abort(403)
    return None


def _form_sent(response: Response) -> Response:
    # A form that was refused for what it says is answered with 200 or 4xx: it may still end half-written.
    if request.method == "POST" and "person" in g and response.status_code in (302, 303):
        forget_form()
    return response


def ask_to_sign_in() -> AnyResponse:
    """To the sign-in page, and afterwards back; what a form held is kept where its session merely ended."""
    keep_form()
    return redirect(url_for("sign_in.show", then=address_here()), 303)
