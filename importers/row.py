"""RowReader: the raw values of one row made a listing, or refused by line, column and reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from directory.catalogue.record import ListingRecord, RefusedRow
from directory.places.distance import geodesic_miles
from directory.places.gazetteer import Gazetteer
from importers import clean
from importers.findings import Findings

BORDER_MILES = 40
WANTED = ("name1", "name2", "street1", "street2", "city", "state", "zip", "phone", "website", "latitude", "longitude")


class RowReader:
    """Cleans rows of one file; what is odd but no reason to refuse goes to `findings`."""

    def __init__(self, gazetteer: Gazetteer, findings: Findings, intake_columns: tuple[str, ...]) -> None:
        self.gazetteer = gazetteer
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
            return RefusedRow(line, column, str(error))
        if oddity:
            self._findings.note(oddity, line)
        self._note_oddities(line, name1, values, zip_code)
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
        return listing

    def _look_up_state(self, zip_code: str) -> str | None:
        place = self.gazetteer.zip(zip_code)
        return place.state if place else None

    def _look_up_place(self, zip_code: str, state: str, city: str) -> str:
        """What is odd about a ZIP in a state; a ZIP of another state stands only where the town lies by the border."""
        place = self.gazetteer.zip(zip_code)
        if place is None:
            return f"ZIP {zip_code} is not in the table of ZIPs, so its facility has no place on the map"
        if not place.state or place.state == state:
            return ""
        town = self.gazetteer.town(city, state)
        if town and geodesic_miles(town.latitude, town.longitude, place.latitude, place.longitude) <= BORDER_MILES:
            return f"ZIP {zip_code} belongs to {place.state}, the row says {state}; kept, as {town.label} is near"
        raise clean.UncleanError(f"{zip_code} lies in {place.state}, but the row says {state}")

    def _note_oddities(self, line: int, name1: str, values: Mapping[str, object], zip_code: str) -> None:
        for column, value in values.items():
            if clean.is_broken(value):
                self._findings.note(f"{column} holds letters that were lost before the file came to us; left out", line)
        if name1.casefold() in clean.NOTHING:
            self._findings.note(f'"{name1}" stands as the name of a facility; taken as its name', line)
        if not clean.text(values.get("zip")).startswith(zip_code):
            self._findings.note("A ZIP had lost zeros in front; repaired, as the state proves it", line)

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
        self._findings.note(f"Column {column}: {error}; kept aside", line)
