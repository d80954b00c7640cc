"""Quick keys: one letter for what staff do all day, listed under `?`; each row here is one key.

They work only while no field has the focus, never together with Ctrl, Alt or the command key, and each browser can turn
them off (WCAG 2.1.4). Without a script everything they do has a link.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from directory.desk.guard import may_see


@dataclass(frozen=True, slots=True)
class QuickKey:
    """A key and what it does: open the page `endpoint`, press what `press` finds, go to a field, or step in a list."""

    key: str
    label: LazyString
    endpoint: str = ""
    press: str = ""
    write: str = ""
    step: int = 0

    @property
    def address(self) -> str:
        """The page it opens; empty for what is done on the page itself."""
        return url_for(self.endpoint) if self.endpoint else ""


QUICK_KEYS = (
    QuickKey("b", _l("Board"), "board.show"),
    QuickKey("f", _l("Find a clinic"), "desk_find.show"),
    QuickKey("c", _l("Clients"), "clients.show"),
    QuickKey("r", _l("Refer someone"), "refer.show"),
    QuickKey("o", _l("Outcomes of referrals"), "reports.show"),
    QuickKey("q", _l("Clinics to ask"), "calls.show"),
    QuickKey("t", _l("Audit trail"), "trail.show"),
    QuickKey("p", _l("People and access"), "people.show"),
    QuickKey("j", _l("Next in the list"), step=1),
    QuickKey("k", _l("Previous in the list"), step=-1),
    QuickKey("n", _l("The next step of this referral"), press=".next-step .btn-next"),
    QuickKey("/", _l("Go to the search field"), write="main [role=search] input:not([type=hidden])"),
    QuickKey("?", _l("This list"), press="[data-keys-open]"),
)


def keys_here() -> list[QuickKey]:
    """The keys of whoever is signed in: none leads to a closed door."""
    return [one for one in QUICK_KEYS if not one.endpoint or may_see(one.endpoint)]
