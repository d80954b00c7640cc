"""Changes: how facilities differ between two times, as notes that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from directory.catalogue.address import Site, SitePart, site_part, street_address
from directory.catalogue.report import FacilityNote
from directory.places.distance import geodesic_miles

KETAMINE = "KIT"
SHOWN_COLUMNS = ("name", "program", "street", "city", "state", "zip", "phone", "website", "precision", "codes")
_ADDRESS = ("street", "city", "state", "zip")
_MOVED = frozenset({SitePart.ALONG, SitePart.ELSEWHERE, SitePart.FAR})

Values = Mapping[str, Any]


@dataclass(slots=True)
class Changes:
    """Facilities that gained or lost ketamine, changed in what is shown, or moved."""

    gained: list[FacilityNote] = field(default_factory=list)
    lost: list[FacilityNote] = field(default_factory=list)
    changed: list[FacilityNote] = field(default_factory=list)
    moved: list[FacilityNote] = field(default_factory=list)


def changes_between(before: Mapping[int, Values], after: Mapping[int, Values]) -> Changes:
    """Compare facilities by id. Values are the shown columns and a point; `withdrawn_run_id` says it was not listed."""
    found = Changes()
    for facility_id in sorted({*before, *after}):
        old, new = before.get(facility_id), after.get(facility_id)
        had, has = _offers(old), _offers(new)
        if has and not had:
            found.gained.append(note_of(facility_id, new or {}))
        elif had and not has:
            found.lost.append(note_of(facility_id, new or old or {}))
        if old is not None and new is not None:
            _note_difference(found, facility_id, old, new)
    return found


def note_of(facility_id: int | None, values: Values) -> FacilityNote:
    """A facility named."""
    return FacilityNote(facility_id, *(values[name] for name in ("name", "program", "city", "state")))


def _note_difference(found: Changes, facility_id: int, old: Values, new: Values) -> None:
    fields = _field_changes(old, new)
    if fields:
        found.changed.append(note_of(facility_id, new))
        found.changed[-1].fields = fields
    if any(name in fields for name in _ADDRESS) and _has_moved(old, new):
        found.moved.append(note_of(facility_id, new))
        found.moved[-1].fields = {"address": [_address(old), _address(new)]}
        found.moved[-1].miles = _miles(old, new)


def _offers(values: Values | None) -> bool:
    return values is not None and values.get("withdrawn_run_id") is None and KETAMINE in values["codes"]


def _field_changes(old: Values, new: Values) -> dict[str, list[str]]:
    """Shown fields that differ: {"phone": [before, after]}; of the codes only those lost and those gained."""
    changes = {
        name: [str(old[name]), str(new[name])] for name in SHOWN_COLUMNS if name != "codes" and old[name] != new[name]
    }
    lost, gained = (sorted(set(a) - set(b)) for a, b in ((old["codes"], new["codes"]), (new["codes"], old["codes"])))
    return changes | ({"codes": [" ".join(lost), " ".join(gained)]} if lost or gained else {})


def _has_moved(old: Values, new: Values) -> bool:
    """Another building: not another spelling of its address, another suite in it, or a street that is withheld."""
    if not old["street"] or not new["street"]:
        return False
    return site_part(_site(old), _site(new)) in _MOVED


def _site(values: Values) -> Site:
    street, _comma, suite = values["street"].partition(", ")
    return Site(street_address(street, suite), values["city"].casefold(), values["state"], values["zip"])


def _address(values: Values) -> str:
    return f"{values['street']}, {values['city']}, {values['state']} {values['zip']}"


def _miles(old: Values, new: Values) -> float | None:
    points = [values[name] for values in (old, new) for name in ("latitude", "longitude")]
    return None if None in points else round(geodesic_miles(*points), 1)
