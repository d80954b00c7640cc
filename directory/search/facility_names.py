"""Facility names in a text: what is asked of them is cut away, and the town typed after one is told from the name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from directory.places.distance import geodesic_miles
from directory.places.place import Place, PlaceKind
from directory.search.asking import Asking
from directory.search.named import Named
from directory.search.whereabouts import Sighting
from directory.search.wording import Token

# A clinic's town is the one typed when its middle is no farther off.
OF_THE_TOWN_MILES = 40.0
FEWEST_TOKENS = 2


def without_what_is_asked(tokens: Sequence[Token], asking: Asking) -> tuple[int, int, bool]:
    """The tokens, first to last (exclusive), that may be a name, and whether what stands before says that they are.

    "is sensible care in Santa Ana still open", "phone number for Bristol Hospital".
    """
    stems = [token.stem for token in tokens]
    first, last, sure = 0, len(tokens), False
    while first < last and (begun := asking.before_a_name.at(stems, first)):
        first, sure = first + begun[0], begun[1]
    ends = (index for index in range(first + FEWEST_TOKENS, last) if asking.after_a_name.at(stems, index))
    return first, next(ends, last), sure


def town_of(named: Named, sightings: Sequence[Sighting], first: int, last: int) -> Sighting | None:
    """The place typed after a name, among what was seen: the town or state of the named clinics themselves."""
    for seen in sightings:
        if first < seen.first and seen.last == last:
            candidates = (seen.place, *seen.others)
            if (place := next((each for each in candidates if _is_theirs(each, named)), None)) is not None:
                return replace(seen, place=place, others=tuple(each for each in candidates if each is not place))
    return None


def _is_theirs(place: Place, named: Named) -> bool:
    if place.kind is PlaceKind.STATE:
        return place.state in named.states
    return any(geodesic_miles(place.latitude, place.longitude, *point) <= OF_THE_TOWN_MILES for point in named.points)
