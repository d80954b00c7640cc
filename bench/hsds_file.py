"""A made-up HSDS file as long as wanted: services as JSON with all they hold, or the package of tables."""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

TERM = {"name": "Ketamine Infusion Therapy", "description": "Made up", "code": "MU-1", "taxonomy": "Made up"}


def identity(kind: str, number: int) -> str:
    """A UUID that is the same every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{kind}-{number}.example"))


def service(number: int) -> dict[str, Any]:
    """A service at one location nobody could take for real."""
    organization = {"id": identity("org", number), "name": f"Imaginary Heron House {number}", "description": "Made up"}
    address = {
        "id": identity("address", number),
        "address_1": f"{number + 1} Nowhere Street",
        "city": "Cleveland",
        "state_province": "OH",
        "postal_code": "44113",
        "country": "US",
        "address_type": "physical",
    }
    phone = {"id": identity("phone", number), "number": f"216-555-{100 + number % 100:04}", "type": "voice"}
    location = {
        "id": identity("location", number),
        "location_type": "physical",
        "latitude": 41.48,
        "longitude": -81.7,
        "addresses": [address],
        "phones": [phone],
    }
    attribute = {"id": identity("attribute", number), "taxonomy_term": TERM | {"id": identity("term", 0)}}
    return {
        "id": identity("service", number),
        "name": f"Quiet Room {number}",
        "status": "active",
        "organization": organization,
        "service_at_locations": [{"id": identity("site", number), "location": location}],
        "attributes": [attribute],
    }


def write(path: Path, sites: int) -> Path:
    """Write services as one JSON array, or as the zip of a package where the path ends so."""
    if path.suffix == ".zip":
        tables: dict[str, list[dict[str, Any]]] = {"taxonomy_terms": [TERM | {"id": identity("term", 0)}]}
        for number in range(sites):
            for table, row in _rows(service(number)):
                tables.setdefault(table, []).append(row)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for table, rows in tables.items():
                packed.writestr(f"{table}.csv", _text(rows))
    else:
        path.write_text(json.dumps([service(number) for number in range(sites)]), encoding="utf-8")
    return path


def _rows(nested: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    (site,), (attribute,) = nested["service_at_locations"], nested["attributes"]
    location, organization = site["location"], nested["organization"]
    own = {"location_id": location["id"]}
    term = {"link_id": nested["id"], "link_entity": "service", "taxonomy_term_id": attribute["taxonomy_term"]["id"]}
    flat = {name: nested[name] for name in ("id", "name", "status")}
    return [
        ("organizations", organization),
        ("services", flat | {"organization_id": organization["id"]}),
        ("locations", {name: said for name, said in location.items() if not isinstance(said, list)}),
        ("addresses", location["addresses"][0] | own),
        ("phones", location["phones"][0] | own),
        ("service_at_location", {"id": site["id"], "service_id": nested["id"]} | own),
        ("attributes", {"id": attribute["id"]} | term),
    ]


def _text(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
