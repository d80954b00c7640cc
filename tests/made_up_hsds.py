"""Made-up HSDS packages: an organization's services at two sites, as tables and as nested JSON."""

from __future__ import annotations

import copy
import csv
import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

Tables = dict[str, list[dict[str, Any]]]

TOWNS = (("Indianapolis", "IN", "46204", 39.77, -86.16), ("Cleveland", "OH", "44113", 41.48, -81.7))
# Kinds of clinics in turn: the terms of its service.
TERMS = ("Ketamine Infusion Therapy", "Mental health treatment", "Substance use treatment", "Medicaid", "Moon bathing")


def made_up_id(kind: str, number: int) -> str:
    """A UUID that is the same every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{kind}-{number}.example"))


def made_up_tables(sites: int = 1) -> Tables:
    """A package of so many organizations, each with one service at one location nobody could take for real."""
    tables: Tables = {
        name: []
        for name in (
            "organizations",
            "services",
            "locations",
            "service_at_location",
            "addresses",
            "phones",
            "schedules",
            "languages",
            "attributes",
            "taxonomy_terms",
            "taxonomies",
        )
    }
    tables["taxonomies"].append(
        {"id": made_up_id("taxonomy", 0), "name": "Purple Taxonomy", "description": "Made up", "version": "1"}
    )
    for number, name in enumerate(TERMS):
        term = {"id": made_up_id("term", number), "code": f"PT-{number}", "name": name, "description": "Made up"}
        tables["taxonomy_terms"].append(
            term | {"taxonomy": "Purple Taxonomy", "taxonomy_id": made_up_id("taxonomy", 0)}
        )
    for number in range(sites):
        _add_site(tables, number)
    return tables


def _add_site(tables: Tables, number: int) -> None:
    organization, service, location, at = (made_up_id(kind, number) for kind in ("org", "service", "location", "sal"))
    town, state, postal_code, latitude, longitude = TOWNS[number % len(TOWNS)]
    tables["organizations"].append(
        {
            "id": organization,
            "name": f"Purple Giraffe House {number}",
            "alternate_name": f"The Giraffe {number}",
            "description": "Care that is made up",
            "website": f"https://giraffe-{number}.example",
        }
    )
    tables["services"].append(
        {
            "id": service,
            "organization_id": organization,
            "name": f"Quiet Room {number}",
            "description": "Somebody listens",
            "url": f"https://giraffe-{number}.example/quiet",
            "status": "active",
            "minimum_age": 18,
            "maximum_age": 64,
            "assured_date": "2026-01-31",
        }
    )
    tables["locations"].append(
        {
            "id": location,
            "location_type": "physical",
            "organization_id": organization,
            "name": f"West Wing {number}",
            "latitude": latitude,
            "longitude": longitude,
        }
    )
    tables["service_at_location"].append({"id": at, "service_id": service, "location_id": location})
    tables["addresses"].append(
        {
            "id": made_up_id("address", number),
            "location_id": location,
            "attention": "Giraffes",
            "address_1": f"{number + 1} Imaginary Lane",
            "address_2": "Suite 2" if number % 3 == 0 else "",
            "city": town,
            "region": "Giraffe County",
            "state_province": state,
            "postal_code": postal_code,
            "country": "US",
            "address_type": "physical",
        }
    )
    for place, (kind, said) in enumerate((("voice", "Main"), ("voice", "Intake"), ("fax", "Fax"))):
        tables["phones"].append(
            {
                "id": made_up_id(f"phone-{place}", number),
                "location_id": location,
                "number": f"317-555-{100 + (number * 3 + place) % 100:04}",
                "extension": 12 if place == 0 else "",
                "type": kind,
                "description": said,
            }
        )
    tables["schedules"].append(
        {
            "id": made_up_id("schedule", number),
            "service_at_location_id": at,
            "freq": "WEEKLY",
            "wkst": "MO",
            "byday": "MO,TU,WE",
            "opens_at": "09:00",
            "closes_at": "17:00",
        }
    )
    tables["languages"].append(
        {"id": made_up_id("language", number), "location_id": location, "name": "Spanish", "code": "es"}
    )
    for place, term in enumerate((number % 3, 3)):
        tables["attributes"].append(
            {
                "id": made_up_id(f"attribute-{place}", number),
                "link_id": service,
                "taxonomy_term_id": made_up_id("term", term),
                "link_entity": "service",
                "value": "yes",
            }
        )


def package(tables: Mapping[str, list[dict[str, Any]]], announced: Sequence[str] = ()) -> bytes:
    """The zip of a package, each table as csv in its first row's headings; `announced` tables are not there."""
    out = io.BytesIO()
    resources = [{"name": name, "path": f"{name}.csv"} for name in (*tables, *announced)]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("datapackage.json", json.dumps({"name": "purple", "resources": resources}))
        for name, rows in tables.items():
            packed.writestr(f"{name}.csv", table_text(rows))
    return out.getvalue()


def table_text(rows: list[dict[str, Any]]) -> str:
    """A table as csv."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["id"], lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def nested_services(tables: Tables) -> list[dict[str, Any]]:
    """The services of a package as the API gives them, each with all that belongs to it."""
    tables = copy.deepcopy(tables)
    filled = {
        name: [{key: value for key, value in row.items() if value != ""} for row in rows]
        for name, rows in tables.items()
    }
    terms = {row["id"]: row for row in filled["taxonomy_terms"]}

    def of(name: str, key: str, owner: str) -> list[dict[str, Any]]:
        return [row for row in filled[name] if row.get(key) == owner]

    services = []
    for service in filled["services"]:
        sites = []
        for at in of("service_at_location", "service_id", service["id"]):
            location = next(row for row in filled["locations"] if row["id"] == at["location_id"])
            within = {name: of(name, "location_id", location["id"]) for name in ("addresses", "phones", "languages")}
            schedules = of("schedules", "service_at_location_id", at["id"])
            sites.append(at | {"location": location | within, "schedules": schedules})
        attributes = [
            row | {"taxonomy_term": terms[row["taxonomy_term_id"]]}
            for row in of("attributes", "link_id", service["id"])
        ]
        organization = next(row for row in filled["organizations"] if row["id"] == service["organization_id"])
        services.append(
            service | {"organization": organization, "service_at_locations": sites, "attributes": attributes}
        )
    return services


def listed(contents: list[Any], **about: Any) -> dict[str, Any]:
    """The envelope of the API round a page that holds everything, unless `about` says otherwise."""
    whole = {"total_items": len(contents), "total_pages": 1, "page_number": 1, "size": len(contents)}
    return whole | {"first_page": True, "last_page": True, "empty": not contents} | about | {"contents": contents}
