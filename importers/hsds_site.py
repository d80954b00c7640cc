"""Site: an organization's services at one location, and the listing they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from directory.catalogue.record import ListingRecord, RefusedRow
from importers import clean
from importers.findings import Findings
from importers.hsds_schema import hsds_schema
from importers.hsds_terms import HsdsTerms, Meaning, Words, hsds_terms
from importers.labels import key
from importers.row import RowReader
from importers.sighting import Request

Object = Mapping[str, Any]

# Fields a listing is made of. What no object of a file fills is told, so that a column that vanished is noticed.
FIELDS_READ: Mapping[str, tuple[str, ...]] = {
    "organization": ("name", "website"),
    "service": ("name", "description", "url", "minimum_age", "maximum_age", "assured_date"),
    "location": ("name", "latitude", "longitude"),
    "address": ("address_1", "address_2", "city", "state_province", "postal_code"),
    "phone": ("number", "extension", "type"),
    "schedule": ("byday", "opens_at", "closes_at"),
    "language": ("code", "name"),
    "attribute": ("taxonomy_term_id", "value"),
    "taxonomy_term": ("name", "code"),
}
COLUMNS: Mapping[str, str] = {
    "name1": "organization.name",
    "city": "address.city",
    "state": "address.state_province",
    "zip": "address.postal_code",
    "name2": "location.name",
    "street1": "address.address_1",
    "street2": "address.address_2",
    "phone": "phone.number",
    "intake1": "phone.number",
    "hotline1": "phone.number",
    "website": "url",
    "latitude": "location.latitude",
    "longitude": "location.longitude",
}
AT_HOME = ("US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA")
NO_VOICE = ("fax", "tty", "tdd", "text", "sms", "video", "pager", "textphone")
INTAKE = ("intake", "referral", "appointment", "admission", "new client", "new patient")
HOTLINE = ("hotline", "crisis", "helpline")


@dataclass(slots=True)
class Site:
    """Where people go: `services` are (service, service_at_location); `line` is that of its first service."""

    line: int
    organization: Object
    location: Object
    services: list[tuple[Object, Object]] = field(default_factory=list)

    def objects(self) -> Iterator[tuple[str, Object]]:
        """Every object a word may stand in, by its name."""
        yield "organization", self.organization
        yield "location", self.location
        for service, at_location in self.services:
            yield "service", service
            yield "service_at_location", at_location


class SiteReader:
    """Makes listings of sites; `by_words` counts those taken for their words alone."""

    def __init__(self, request: Request, findings: Findings) -> None:
        self._findings = findings
        self._rows = RowReader(request, findings, ("intake1", "hotline1"), COLUMNS)
        self._terms: HsdsTerms = hsds_terms()
        self._by_words: Counter[str] = Counter()

    def by_words(self) -> Iterator[tuple[Words, int]]:
        """The rules that took a site for its words, with the number of these sites."""
        return ((rule, self._by_words[rule.id]) for rule in self._terms.rules if self._by_words[rule.id])

    def read(self, site: Site) -> ListingRecord | RefusedRow | None:
        """The listing of a site, or its refusal; None where it says no treatment."""
        codes, unknown = self._codes(site)
        lead = self._lead(site)
        if not self._terms.says_treatment(codes) and lead is None:
            return None
        address = _address(site.location)
        if address is None:
            said = site.location["location_type"]
            if said != "physical":
                self._findings.note(f"A location is {said}, no place to go to; left out", site.line)
                return None
            return RefusedRow(site.line, "location.addresses", "the location has no physical address")
        if address["country"].upper() not in (*AT_HOME, address["state_province"].upper()):
            return RefusedRow(site.line, "address.country", f'"{clean.shown(address["country"])}" is outside the US')
        for term in unknown:
            self._findings.note(f'The term "{clean.shown(term)}" is unknown; kept', site.line)
        kept = self._kept(site, unknown, lead)
        return self._rows.read(site.line, self._values(site, address), tuple(codes), kept)

    def _codes(self, site: Site) -> tuple[dict[str, None], list[str]]:
        whole = Meaning()
        self._terms.read(site.organization.get("attributes", ()), whole)
        said = Meaning(dict.fromkeys(self._terms.of_organization(whole.codes)), whole.unknown)
        for name, one in site.objects():
            if name != "organization":
                self._terms.read(one.get("attributes", ()), said)
                said.codes.update(dict.fromkeys(self._terms.languages(one.get("languages", ()))))
        for service, _ in site.services:
            said.codes.update(dict.fromkeys(self._ages(site.line, service)))
        return said.codes, list(said.unknown)

    def _ages(self, line: int, service: Object) -> Iterable[str]:
        least, most = service.get("minimum_age"), service.get("maximum_age")
        if least is not None and most is not None and least > most:
            self._findings.note("A service's minimum_age is above its maximum_age; its ages were not read", line)
            return ()
        return self._terms.ages(least, most)

    def _lead(self, site: Site) -> tuple[Words, list[str]] | None:
        """The first rule of words that holds, with the words found as "service.name: ketamine"."""
        for rule in self._terms.rules:
            found = {
                f"{name}.{key}: {match.lower()}": None
                for name, one in site.objects()
                for key in one
                if f"{name}.{key}" in rule.fields
                for match in rule.pattern.findall(clean.text(one[key]))
            }
            if found:
                return rule, list(found)
        return None

    def _kept(self, site: Site, unknown: list[str], lead: tuple[Words, list[str]] | None) -> dict[str, object]:
        services = [service for service, _ in site.services]
        kept: dict[str, object] = {
            "hsds": {"organization": site.organization["id"], "location": site.location["id"]},
            "services": sorted({clean.text(service["name"]) for service in services}),
        }
        if unknown:
            kept["terms"] = unknown
        if lead is not None:
            rule, words = lead
            self._by_words[rule.id] += 1
            if rule.lead:
                kept["lead"] = {"rule": rule.id, "words": words}
        hours = list(dict.fromkeys(said for one in self._schedules(site) if (said := self._hours(site.line, one))))
        assured = max((clean.text(service.get("assured_date")) for service in services), default="")
        others: dict[str, object] = {"hours": hours, "assured": assured, "fields": _unknown_fields(site)}
        return kept | {name: value for name, value in others.items() if value}

    @staticmethod
    def _schedules(site: Site) -> list[Object]:
        """Opening hours of the services at the site, else of the site, else of the services anywhere."""
        at_location = [schedule for _, one in site.services for schedule in one.get("schedules", ())]
        anywhere = [schedule for service, _ in site.services for schedule in service.get("schedules", ())]
        return at_location or list(site.location.get("schedules", ())) or anywhere

    def _hours(self, line: int, schedule: Object) -> str:
        opens, closes = (clean.text(schedule.get(name))[:5] for name in ("opens_at", "closes_at"))
        if opens and closes and opens >= closes:
            self._findings.note("A schedule opens after it closes; kept as it is", line)
        times = f"{opens}–{closes}" if opens and closes else opens
        said = " ".join(part for part in (clean.text(schedule.get("byday")), times) if part)
        return said or clean.text(schedule.get("description"))

    def _values(self, site: Site, address: Object) -> dict[str, object]:
        services = [service for service, _ in site.services]
        website = site.location.get("url") or (services[0].get("url") if len(services) == 1 else "")
        return {
            "name1": site.organization["name"],
            "name2": _program(site),
            "street1": address["address_1"],
            "street2": address.get("address_2", ""),
            "city": address["city"],
            "state": address["state_province"],
            "zip": address["postal_code"],
            "website": website or site.organization.get("website", ""),
            "latitude": site.location.get("latitude"),
            "longitude": site.location.get("longitude"),
        } | _phones(site)


def _program(site: Site) -> str:
    """The name of the location where it says more than the organization's, else of the one program of its services."""
    name = clean.text(site.location.get("name"))
    if name and key(name) not in key(site.organization["name"]):
        return name
    programs = {clean.text(service.get("program", {}).get("name")) for service, _ in site.services}
    return programs.pop() if len(programs) == 1 else ""


def _address(location: Object) -> Object | None:
    physical = (address for address in location.get("addresses", ()) if address["address_type"] == "physical")
    return next(physical, None)


def _phones(site: Site) -> dict[str, object]:
    """The nearest number people can speak to, and those for intake and crisis, each with its extension."""
    nearest = [phone for _, one in site.services for phone in one.get("phones", ())]
    nearest += site.location.get("phones", ())
    nearest += [phone for service, _ in site.services for phone in service.get("phones", ())]
    nearest += site.organization.get("phones", ())
    nearest += [phone for _, one in site.objects() for contact in one.get("contacts", ()) for phone in _of(contact)]
    voices = [phone for phone in nearest if clean.text(phone.get("type")).casefold() not in NO_VOICE]
    found: dict[str, object] = {}
    for phone in voices:
        said = f"{clean.text(phone.get('type'))} {clean.text(phone.get('description'))}".casefold()
        column = "intake1" if any(word in said for word in INTAKE) else "phone"
        column = "hotline1" if any(word in said for word in HOTLINE) else column
        found.setdefault(column, _number(phone))
    if "phone" not in found and voices:
        found["phone"] = found.get("intake1") or _number(voices[0])
    return found


def _of(contact: Object) -> Iterable[Object]:
    phones: Iterable[Object] = contact.get("phones", ())
    return phones


def _number(phone: Object) -> str:
    extension = clean.text(phone.get("extension"))
    return f"{clean.text(phone['number'])} x{extension}" if extension else clean.text(phone["number"])


def _unknown_fields(site: Site) -> dict[str, str]:
    schema = hsds_schema()
    return {
        f"{name}.{field}": clean.shown(clean.text(said))
        for name, one in site.objects()
        for field, said in one.items()
        if field not in schema.fields(name) and isinstance(said, str | int | float)
    }
