"""Board: the referrals somebody must look after, the most overdue first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from directory.accounts.roles import Right
from directory.desk.guard import current_person, records_of_request, staff
from directory.desk.session import DESK_PATH
from directory.desk.words import GROUPS, group_name, teach
from directory.referrals.board import Board, board
from directory.referrals.states import State

bp = Blueprint("board", __name__, url_prefix=DESK_PATH)
bp.record_once(teach)


@dataclass(frozen=True, slots=True)
class BoardAddress:
    """What the board shows, as it stands in the address of its page."""

    group: str = ""
    mine: bool = False
    overdue: bool = False
    page: int = 1

    @classmethod
    def parse(cls) -> BoardAddress:
        """Read it from the request; what cannot be meant is left out."""
        group = request.args.get("state", "")
        page = request.args.get("page", 1, type=int)
        asked = {name: name in request.args for name in ("mine", "overdue")}
        return cls(group if group in GROUPS else "", **asked, page=min(max(page, 1), 100_000))

    def but(self, **changes: Any) -> str:
        """The address of the same board with something changed, from the first page unless one is named."""
        other = replace(self, **{"page": 1, **changes})
        asked: dict[str, Any] = {"state": other.group} if other.group else {}
        asked |= {name: 1 for name in ("mine", "overdue") if getattr(other, name)}
        asked |= {"page": other.page} if other.page > 1 else {}
        return url_for("board.show", **asked)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many referrals are in a group of states, and how many of these are late."""

    group: str
    name: str
    count: int
    late: int


@bp.get("")
@staff(Right.REFERRALS)
def show() -> str:
    """The board."""
    address = BoardAddress.parse()
    mine = current_person().id if address.mine else None
    with records_of_request() as records:
        found = board(records, state=GROUPS.get(address.group), mine=mine, overdue=address.overdue, page=address.page)
    return render_template("desk/board/show.html", address=address, board=found, tallies=_tallies(found))


def _tallies(found: Board) -> list[Tally]:
    """The counts of every group, all that is open first."""
    everything = Tally("", gettext("All open"), found.open, found.overdue)
    return [everything] + [_tally(found, group, states) for group, states in GROUPS.items()]


def _tally(found: Board, group: str, states: tuple[State, ...]) -> Tally:
    late = sum(found.overdue_by_state.get(state, 0) for state in states)
    count = sum(found.counts[state] for state in states)
    return Tally(group, group_name(group, count), count, late)
