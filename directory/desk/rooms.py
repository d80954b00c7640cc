"""Rooms: the parts of the desk that its menu leads to; each row here is one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from directory.desk.guard import may_see

# More than so many do not stand in one line on a phone: the menu folds there.
MOST_UNFOLDED = 3


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the desk: its name, its first page, and the blueprints whose pages lie in it."""

    name: LazyString
    endpoint: str
    blueprints: tuple[str, ...]

    @property
    def address(self) -> str:
        """Its first page."""
        return url_for(self.endpoint)

    @property
    def current(self) -> str:
        """As aria-current has it: "page" on its first page, "true" on another of its pages, else empty."""
        if request.blueprint not in self.blueprints:
            return ""
        return "page" if request.endpoint == self.endpoint else "true"


ROOMS = (
    Room(_l("Board"), "board.show", ("board", "referrals", "choosing", "consents", "deliveries", "documents")),
    Room(_l("Find a clinic"), "desk_find.show", ("desk_find",)),
    Room(_l("Clients"), "clients.show", ("clients", "refer", "accounting")),
    Room(_l("Reports"), "reports.show", ("reports",)),
    Room(_l("Clinics to ask"), "calls.show", ("calls", "corrections", "pairs")),
    Room(_l("Imports"), "imports.show", ("imports",)),
    Room(_l("Audit trail"), "trail.show", ("trail",)),
    Room(_l("People"), "people.show", ("people",)),
)


def rooms_here() -> list[Room]:
    """The rooms of whoever is signed in: none has a closed door."""
    return [room for room in ROOMS if may_see(room.endpoint)]
