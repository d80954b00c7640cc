"""RowReader: the raw values of one row made a listing, or refused by line, column and reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from directory.catalogue.placing import Address, place
from directory.catalogue.record import ListingRecord, RefusedRow
from directory.places.distance import geodesic_miles, miles_at_most
from directory.places.place import Place
from importers import clean, plausibility
from importers.findings import Findings
from importers.sighting import Request

BORDER_MILES = 40
# Of 30,000 real rows the towns of three lie farther from their ZIPs, and these three are mistakes.
TOWN_MILES = 40
WANTED = ("name1", "name2", "street1", "street2", "city", "state", "zip", "phone", "website", "latitude", "longitude")


class RowReader:
    """Cleans rows of the file of a request; what is odd but no reason to refuse goes to `findings`.

    `headings` are what the file calls our columns, where it has other names for them.
    """

    def __init__(
        self,
        request: Request,
        findings: Findings,
        intake_columns: tuple[str, ...],
        headings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.gazetteer = request.gazetteer
        self._farthest_miles = request.farthest_from_zip_miles
        self._headings = headings
        self._findings = findings
        self._intake_columns = intake_columns
        self._state_of_zip = lru_cache(maxsize=None)(self._look_up_state)
        self._place_oddity = lru_cache(maxsize=None)(self._look_up_place)

    def read(
        self, line: int, values: Mapping[str, object], codes: tuple[str, ...], unrecognised: dict[str, object]
    ) -> ListingRecord | RefusedRow:
        """One row from its raw values by column; `unrecognised` also takes what could not be read."""
        column = "name1"
        try:
            name1 = clean.name(values.get("name1"))
            if not name1:
                raise clean.UncleanError("the facility's name is missing")
            column = "city"
            city = clean.optional(values.get("city"))
            if not city:
                raise clean.UncleanError("the town is missing")
            column = "state"
            state = clean.state(values.get("state"))
            column = "zip"
            zip_code = clean.zip_code(values.get("zip"), state, self._state_of_zip)
            oddity = self._place_oddity(zip_code, state, city)
        except clean.UncleanError as error:
            return RefusedRow(line, self._headings.get(column, column), str(error))
        if oddity:
            self._note(oddity[1], line, oddity[0])
        self._note_repairs(line, name1, values, zip_code)
        street1, withheld = clean.street(values.get("street1"))
        kept: dict[str, str] = {}
        listing = ListingRecord(
            line=line,
            name1=name1,
            name2=clean.optional(values.get("name2")),
            street1=street1,
            street2="" if withheld else clean.street(values.get("street2"))[0],
            street_withheld=withheld,
            city=city,
            state=state,
            zip=zip_code,
            phone=self._phone(line, "phone", values, kept),
            intake_phones={
                column: phone
                for column in self._intake_columns
                if values.get(column) and (phone := self._phone(line, column, values, kept))
            },
            website=self._website(line, values, kept),
            latitude=self._degrees(line, "latitude", 90, values, kept),
            longitude=self._degrees(line, "longitude", 180, values, kept),
            codes=codes,
            unrecognised=unrecognised,
        )
        if kept:
            unrecognised["values"] = kept
        self._note_oddities(line, listing, values, kept)
        return listing

    def _note(self, reason: str, line: int, column: str) -> None:
        self._findings.note(reason, line, self._headings.get(column, column))

    def _look_up_state(self, zip_code: str) -> str | None:
        found = self.gazetteer.zip(zip_code)
        return found.state if found else None

    def _look_up_place(self, zip_code: str, state: str, city: str) -> tuple[str, str] | None:
        """The column that is odd about a place, and why.

        A ZIP of another state stands only where the town lies by the border; raises UncleanError.
        """
        found = self.gazetteer.zip(zip_code)
        if found is None:
            return "zip", f"ZIP {zip_code} is not in the table of ZIPs, so its facility has no place on the map"
        town = self.gazetteer.town(city, state)
        if not found.state or found.state == state:
            return self._look_up_town(found, town, city, state)
        if town and geodesic_miles(town.latitude, town.longitude, found.latitude, found.longitude) <= BORDER_MILES:
            return (
                "zip",
                f"ZIP {zip_code} belongs to {found.state}, the row says {state}; kept, as {town.label} is near",
            )
        raise clean.UncleanError(f"{zip_code} lies in {found.state}, but the row says {state}")

    @staticmethod
    def _look_up_town(found: Place, town: Place | None, city: str, state: str) -> tuple[str, str] | None:
        if town is None:
            return "city", f'"{clean.shown(city)}" is no town known in {state}'
        points = (town.latitude, town.longitude, found.latitude, found.longitude)
        # A geodesic for each of thousands of ZIPs would cost as much as reading them.
        if miles_at_most(*points) <= TOWN_MILES or (miles := geodesic_miles(*points)) <= TOWN_MILES:
            return None
        return "zip", f"{found.label} lies {miles:,.0f} miles from {town.label}, where the row says it is"

    def _note_oddities(
        self, line: int, listing: ListingRecord, values: Mapping[str, object], kept: Mapping[str, str]
    ) -> None:
        for column, reason in plausibility.of_row(listing, values).items():
            if column not in kept:
                self._note(reason, line, column)
        if listing.latitude is not None and listing.longitude is not None:
            where = (listing.city, listing.state, listing.zip, listing.latitude, listing.longitude)
            if astray := place(Address(listing.street1, *where), self.gazetteer, self._farthest_miles).warning:
                self._note(astray, line, "latitude")

    def _note_repairs(self, line: int, name1: str, values: Mapping[str, object], zip_code: str) -> None:
        for column, value in values.items():
            if clean.is_broken(value):
                self._note("holds letters that were lost before the file came to us; left out", line, column)
            elif isinstance(value, str) and not value[:1].isalnum() and clean.is_lost(said := clean.text(value)):
                self._note(f'"{clean.shown(said)}" says nothing; left out', line, column)
        if name1.casefold() in clean.NOTHING:
            self._note(f'"{name1}" stands as the name of a facility; taken as its name', line, "name1")
        if not clean.text(values.get("zip")).startswith(zip_code):
            self._note("had lost zeros in front; repaired, as the state proves it", line, "zip")

    def _phone(self, line: int, column: str, values: Mapping[str, object], kept: dict[str, str]) -> str:
        try:
            return clean.phone(values.get(column))
        except clean.UncleanError as error:
            self._keep(line, column, values, kept, error)
            return ""

    def _website(self, line: int, values: Mapping[str, object], kept: dict[str, str]) -> str:
        try:
            return clean.website(values.get("website"))
        except clean.UncleanError as error:
            self._keep(line, "website", values, kept, error)
            return ""

    def _degrees(
        self, line: int, column: str, most: float, values: Mapping[str, object], kept: dict[str, str]
    ) -> float | None:
        try:
            return clean.degrees(values.get(column), most)
        except clean.UncleanError as error:
            self._keep(line, column, values, kept, error)
            return None

    def _keep(
        self, line: int, column: str, values: Mapping[str, object], kept: dict[str, str], error: clean.UncleanError
    ) -> None:
        kept[column] = clean.text(values.get(column))
        self._note(f"{error}; kept aside", line, column)
