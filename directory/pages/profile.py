"""Profile: a facility's document in the words its page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from flask_babel import gettext, ngettext

from directory.pages.answers import Told, told
from directory.pages.wording import asked_words, category_name, day_words, origin_words, service_name

KETAMINE = "KIT"
SHOWN_FIRST = ("TAP", "OURS", "PAY", "PYAS", "AGE", "SET", "SG", "SL", "OL")
MAPS = "https://www.openstreetmap.org"


@dataclass(frozen=True, slots=True)
class Offered:
    """A service in plain words; `asked` says when the clinic itself said so, "" where only listings do."""

    name: str
    ketamine: bool
    asked: str = ""


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """The services of one kind."""

    heading: str
    services: list[Offered]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of a listing and who says so."""

    what: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a clinic's page shows.

    `appointment_phones` are numbers listed for asking for an appointment, other than `phone`. `ketamine_from` holds the
    origins that say it offers ketamine infusion, `asked_on` the day somebody last asked the clinic, "" where nobody
    did; `ketamine_denied` says that it told us it has none, `denied` all that it told us it has not;
    `told` is all it answered.
    """

    id: int
    name: str
    program: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    website: str
    latitude: float | None
    longitude: float | None
    precision: str
    withdrawn: bool
    groups: list[OfferedGroup]
    further_groups: list[OfferedGroup]
    denied: list[Offered]
    appointment_phones: list[str]
    ketamine_from: list[str]
    asked_on: str
    ketamine_denied: bool
    facts: list[Fact]
    status: str
    status_on: str | None
    certainty: float
    told: list[Told]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Profile:
        """From catalogue.facility.facility_document."""
        services = {service["code"]: service for group in document["services"] for service in group["services"]}
        return cls(
            **{name: document[name] for name in cls.__dataclass_fields__ if name in document and name != "denied"},
            groups=_groups(group for group in document["services"] if group["category"] in SHOWN_FIRST),
            further_groups=_groups(group for group in document["services"] if group["category"] not in SHOWN_FIRST),
            denied=[Offered(service_name(one["code"]), False, _asked([one["origin"]])) for one in document["denied"]],
            appointment_phones=[
                phone
                for phone in dict.fromkeys(entry["phone"] for entry in document["intake_phones"])
                if phone != document["phone"]
            ],
            ketamine_from=_origins(services[KETAMINE]["origins"]) if KETAMINE in services else [],
            asked_on=day_words(document["verified_on"]) if document["verified_on"] else "",
            ketamine_denied=KETAMINE not in services
            and any(service["code"] == KETAMINE for service in document["denied"]),
            facts=_facts(document),
            told=told(document["answers"]),
        )

    @property
    def directions(self) -> str:
        """A page of OpenStreetMap that shows the way, or the town where the street is not published."""
        if self.precision == "street" and self.latitude is not None:
            return f"{MAPS}/directions?to={self.latitude:.5f}%2C{self.longitude:.5f}"
        address = ", ".join(part for part in (self.street, self.city, f"{self.state} {self.zip}") if part)
        return f"{MAPS}/search?query={quote_plus(address)}"

    @property
    def safe_website(self) -> str:
        """The website where it is a web address; a listing may hold anything."""
        return self.website if self.website.lower().startswith(("http://", "https://")) else ""


def _groups(services: Iterable[dict[str, Any]]) -> list[OfferedGroup]:
    rank = {category: number for number, category in enumerate(SHOWN_FIRST)}
    ordered = sorted(services, key=lambda group: rank.get(group["category"], len(rank)))
    return [
        OfferedGroup(
            heading=group_heading(group),
            services=sorted(
                (
                    Offered(named(service), service["code"] == KETAMINE, _asked(service["origins"]))
                    for service in group["services"]
                ),
                key=lambda service: not service.ketamine,
            ),
        )
        for group in ordered
    ]


def group_heading(group: dict[str, Any]) -> str:
    """What heads a group of a document's services, in the language of the page."""
    return category_name(group["category"]) or str(group["name"])


def named(service: dict[str, Any]) -> str:
    """A service of a document in the language of the page; one we never met keeps the name its listing gave."""
    return service_name(service["code"]) if service["known"] else str(service["name"])


def _asked(origins: Iterable[dict[str, Any]]) -> str:
    """When the clinic itself said so last, "" where only listings do."""
    asked = next((origin for origin in origins if "verified_on" in origin), None)
    return asked_words(asked["how"], day_words(asked["verified_on"])) if asked else ""


def _facts(document: dict[str, Any]) -> list[Fact]:
    values = document["values"]
    labels = (
        (gettext("Name"), ("name",)),
        (gettext("Program"), ("program",)),
        (gettext("Street"), ("street",)),
        (gettext("Town"), ("city", "state", "zip")),
        (gettext("Phone"), ("phone",)),
        (gettext("Website"), ("website",)),
    )
    facts = [
        Fact(label, _joined([str(values[name]["value"]) for name in names]), origin_words(values[names[0]]["origin"]))
        for label, names in labels
        if values[names[0]]["value"]
    ]
    facts += [
        Fact(gettext("To ask for an appointment"), entry["phone"], origin_words(entry["origin"]))
        for entry in document["intake_phones"]
    ]
    offered = [service for group in document["services"] for service in group["services"]]
    if offered:
        said = _origins(origin for service in offered for origin in service["origins"])
        facts.append(
            Fact(
                gettext("What they offer"),
                ngettext("%(num)d service", "%(num)d services", len(offered)),
                "; ".join(said),
            )
        )
    return facts


def _joined(values: list[str]) -> str:
    """ "Toledo, OH 43604" of its three parts; a single value as it is."""
    return values[0] if len(values) == 1 else f"{values[0]}, {' '.join(values[1:])}"


def _origins(origins: Iterable[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(origin_words(origin) for origin in origins))
