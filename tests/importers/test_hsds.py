"""Reading HSDS 3.0: every shape of it, what its schemas forbid, and what its terms and words mean."""

from __future__ import annotations

import copy
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from made_up_files import Opened, all_told
from made_up_hsds import Tables, listed, made_up_id, made_up_tables, nested_services, package

from importers.cli import import_command
from importers.hsds_schema import HsdsSchema, hsds_schema, json_schema
from importers.recognise import NotAListingError

Read = Callable[..., Opened]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_hsds() -> Path:
    """The folder of HSDS schemas and examples beside the repository; tests that need it are skipped elsewhere."""
    folder = ROOT.parent / "shared" / "hsds"
    if not folder.is_dir():
        pytest.skip("the schemas of HSDS are not on this machine")
    return folder


def services(count: int = 1) -> list[dict[str, Any]]:
    return nested_services(made_up_tables(count))


def codes_of(read: Read, *terms: tuple[str, str, str], **attribute: str) -> set[str]:
    """The codes of one service with terms given as (taxonomy, code, name)."""
    (service,) = services()
    service["attributes"] = [
        {"id": made_up_id("attribute", place), "taxonomy_term": term | {"name": name}} | attribute
        for place, (taxonomy, code, name) in enumerate(terms)
        for term in [{"id": made_up_id("term", place), "code": code, "taxonomy": taxonomy, "description": "Made up"}]
    ]
    service["name"] = "Counseling"
    _, (listing,), _ = read([service], "hsds-2026.json")
    return set(listing.codes)


def test_a_package_of_tables_becomes_one_listing_for_each_site(read: Read) -> None:
    batch, listings, refused = read(package(made_up_tables(3)), "package-2026-03-01.zip")
    assert (batch.source_id, batch.edition, batch.partial, refused) == ("hsds", "2026-03-01", False, [])
    assert all_told(batch) == ["3 services at 3 sites were read; 3 sites say treatment."]
    first = listings[0]
    assert (first.line, first.name1, first.name2) == (2, "Purple Giraffe House 0", "West Wing 0")
    assert (first.street1, first.street2, first.city, first.state, first.zip) == (
        *("1 Imaginary Lane", "Suite 2", "Indianapolis", "IN", "46204"),
    )
    assert (first.phone, dict(first.intake_phones)) == ("317-555-0100 x12", {"intake1": "317-555-0101"})
    assert (first.website, first.latitude, first.longitude) == ("https://giraffe-0.example/quiet", 39.77, -86.16)
    assert set(first.codes) == {"KIT", "MD", "SP", "YAD", "ADLT"}
    assert first.unrecognised["hours"] == ["MO,TU,WE 09:00–17:00"]
    assert first.unrecognised["assured"] == "2026-01-31"


def test_json_of_every_shape_says_what_the_tables_say(read: Read) -> None:
    tables = made_up_tables(4)
    _, wanted, _ = read(package(tables), "a-2026.zip")
    nested = nested_services(tables)
    organizations = [service["organization"] | {"services": [service]} for service in copy.deepcopy(nested)]
    for organization in organizations:
        del organization["services"][0]["organization"]
    sites = [site | {"service": service} for service in nested for site in service["service_at_locations"]]
    documents: list[Any] = [
        *(listed(nested), [listed(nested[:2]), listed(nested[2:])], nested, organizations, listed(sites)),
        {f"{name}.csv": rows for name, rows in tables.items()},
        {**tables},
    ]
    for document in documents:
        batch, listings, refused = read(document, "a-2026.json")
        assert refused == []
        assert [listing.digest() for listing in listings] == [listing.digest() for listing in wanted]
        assert not batch.partial


def test_one_service_alone_or_one_page_of_many_withdraws_nothing(read: Read) -> None:
    for document in (services()[0], listed(services(), total_pages=9)):
        batch, listings, _ = read(document, "a-2026.json")
        assert (len(listings), batch.partial) == (1, True)


def test_services_at_one_location_are_one_listing_with_the_codes_of_all(read: Read) -> None:
    tables = made_up_tables(2)
    tables["service_at_location"][1]["location_id"] = tables["service_at_location"][0]["location_id"]
    tables["services"][1]["organization_id"] = tables["services"][0]["organization_id"]
    _, (listing,), _ = read(package(tables), "a-2026.zip")
    assert {"KIT", "MH"} <= set(listing.codes)
    assert listing.unrecognised["services"] == ["Quiet Room 0", "Quiet Room 1"]


def test_a_folder_is_imported_as_the_package_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECTORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = tmp_path / "package-2026"
    folder.mkdir()
    (tmp_path / "package.zip").write_bytes(package(made_up_tables(3)))
    with zipfile.ZipFile(tmp_path / "package.zip") as packed:
        packed.extractall(folder)
    runs = [CliRunner().invoke(import_command, [str(folder), "--json"]) for _ in range(2)]
    first, again = (json.loads(run.stdout) for run in runs)
    assert (first["file"], first["edition"], first["new"]) == ("package-2026.zip", "2026", 3)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 3)


@pytest.mark.parametrize(
    ("term", "codes"),
    [
        (("", "", "Ketamine Infusion Therapy"), {"KIT"}),
        (("Purple Taxonomy", "PT-1", "IV ketamine"), {"KIT"}),
        (("SAMHSA service codes", "kit", "Whatever it is called"), {"KIT"}),
        (("Purple Taxonomy", "KIT", "Kitchen"), set()),
        (("", "", "Spravato"), {"ESK"}),
        (("", "", "Ketamine"), set()),
        (("", "", "Terapia de grupo"), {"GT"}),
        (("", "", "Young Adults"), set()),
    ],
)
def test_a_term_means_a_code_by_its_name_or_by_a_taxonomy_of_codes(
    read: Read, term: tuple[str, str, str], codes: set[str]
) -> None:
    assert codes_of(read, term) - {"SP", "YAD", "ADLT"} == codes


@pytest.mark.parametrize("value", ["no", "False", "0", "not offered"])
def test_a_term_that_is_denied_says_nothing(read: Read, value: str) -> None:
    assert "KIT" not in codes_of(read, ("", "", "Ketamine Infusion Therapy"), value=value)


def test_a_term_nobody_knows_is_kept_and_told(read: Read) -> None:
    tables = made_up_tables(1)
    tables["attributes"][0]["taxonomy_term_id"] = made_up_id("term", 4)
    tables["services"][0]["name"] = "Counseling"
    batch, (listing,), _ = read(package(tables), "a-2026.zip")
    assert listing.unrecognised["terms"] == ["Purple Taxonomy: Moon bathing"]
    assert 'The term "Purple Taxonomy: Moon bathing" is unknown; kept (line 2).' in all_told(batch)


def test_words_are_a_lead_and_never_a_code(read: Read) -> None:
    for field in ("name", "description"):
        (service,) = services()
        service["attributes"] = []
        service[field] = "We do not offer ketamine"
        batch, (listing,), _ = read([service], "a-2026.json")
        assert "KIT" not in listing.codes
        assert listing.unrecognised["lead"] == {"rule": "named-for-ketamine", "words": [f"service.{field}: ketamine"]}
        assert any("ask the clinic whether it offers it" in warning for warning in all_told(batch))


def test_what_says_no_treatment_is_no_clinic(read: Read) -> None:
    tables = made_up_tables(2)
    tables["attributes"] = [row for row in tables["attributes"] if row["link_id"] == tables["services"][0]["id"]]
    batch, (listing,), _ = read(package(tables), "a-2026.zip")
    assert listing.name1 == "Purple Giraffe House 0"
    assert "2 services at 2 sites were read; 1 sites say treatment." in all_told(batch)
    del tables["attributes"]
    with pytest.raises(NotAListingError, match="none of which says mental health"):
        read(package(tables), "a-2026.zip")


def test_what_an_organization_says_is_no_treatment_of_its_sites(read: Read) -> None:
    (service,) = services()
    service["organization"]["attributes"] = service.pop("attributes")
    service["name"] = "Counseling"
    _, (listing,), _ = read([service], "a-2026.json")
    assert set(listing.codes) & {"KIT", "MD"} == {"MD"}


@pytest.mark.parametrize("status", ["inactive", "defunct", "temporarily closed"])
def test_a_service_that_is_not_active_is_left_out_and_told(read: Read, status: str) -> None:
    tables = made_up_tables(2)
    tables["services"][0]["status"] = status
    batch, (listing,), _ = read(package(tables), "a-2026.zip")
    assert listing.name1 == "Purple Giraffe House 1"
    assert f'A service is "{status}"; left out (line 2).' in all_told(batch)


@pytest.mark.parametrize(
    ("table", "field", "value", "column", "reason"),
    [
        ("organizations", "name", "", "organizations.name", "is missing"),
        ("services", "id", "12", "services.id", "is not a UUID"),
        ("services", "status", "open", "services.status", "is none of active"),
        ("services", "organization_id", made_up_id("org", 99), "services.organization_id", "is in no other table"),
        ("locations", "location_type", "hut", "locations.location_type", "is none of physical"),
        ("addresses", "city", "", "addresses.city", "is missing"),
        ("addresses", "state_province", "Atlantis", "address.state_province", "is not a US state"),
        ("addresses", "country", "CA", "address.country", "outside the US"),
        ("addresses", "address_type", "postal", "location.addresses", "no physical address"),
        ("phones", "number", "", "phones.number", "is missing"),
        (
            "service_at_location",
            "location_id",
            made_up_id("location", 9),
            "service_at_location.location_id",
            "no other",
        ),
        ("attributes", "taxonomy_term_id", made_up_id("term", 9), "attributes.taxonomy_term_id", "no other table"),
    ],
)
def test_a_bad_row_is_refused_by_its_line_table_and_field(
    read: Read, table: str, field: str, value: str, column: str, reason: str
) -> None:
    tables = made_up_tables(3)
    tables[table][1][field] = value
    _, listings, refused = read(package(tables), "a-2026.zip")
    assert any(row.column == column and row.line == 3 and reason in row.reason for row in refused)
    assert {"Purple Giraffe House 0", "Purple Giraffe House 2"} <= {listing.name1 for listing in listings}


@pytest.mark.parametrize(
    ("table", "field", "value", "told"),
    [
        ("organizations", "website", "giraffe.example", "is not a web address that begins with http://"),
        ("services", "minimum_age", "young", "is not a number"),
        ("services", "minimum_age", 99, "minimum_age is above its maximum_age"),
        ("schedules", "closes_at", "08:00", "opens after it closes"),
        ("phones", "number", "ask Bob", "is no US phone number"),
        ("services", "cheer", "yes", "Column services.cheer: is unknown"),
        ("organizations", "description", "", "the field description is missing"),
    ],
)
def test_what_is_broken_and_not_needed_is_left_out_and_told_by_line(
    read: Read, table: str, field: str, value: object, told: str
) -> None:
    tables = made_up_tables(3)
    for row in tables[table]:
        row.setdefault(field, "")
    tables[table][0][field] = value
    batch, listings, refused = read(package(tables), "a-2026.zip")
    assert (len(listings), refused) == (3, [])
    assert any(told in warning and "(line 2)" in warning for warning in all_told(batch))


@pytest.mark.parametrize("table", ["organizations", "services", "locations", "service_at_location", "addresses"])
def test_a_package_without_a_table_it_needs_is_refused(read: Read, table: str) -> None:
    tables = made_up_tables(3)
    del tables[table]
    with pytest.raises(NotAListingError, match=table):
        read(package(tables), "a-2026.zip")


def test_a_table_that_is_announced_and_not_there_is_missed(read: Read) -> None:
    tables = made_up_tables(1)
    with pytest.raises(NotAListingError, match="lacks the tables contacts that its"):
        read(package(tables, announced=("contacts",)), "a-2026.zip")


def test_lists_that_say_nothing_of_places_are_refused_with_what_to_fetch(read: Read) -> None:
    flat = [{key: value for key, value in service.items() if key != "service_at_locations"} for service in services(2)]
    with pytest.raises(NotAListingError, match="names no location of any of its 2 services; fetch it with full=true"):
        read(listed(flat), "a-2026.json")
    with pytest.raises(NotAListingError, match="of the kind taxonomy_term"):
        read(listed([{"id": "x", "name": "a", "description": "b", "term_uri": "https://a.example"}]), "a-2026.json")


def test_a_package_of_services_that_have_all_ended_says_so(read: Read) -> None:
    tables = made_up_tables(2)
    for service in tables["services"]:
        service["status"] = "inactive"
    with pytest.raises(NotAListingError, match="says of none of its 2 services that it is active"):
        read(package(tables), "a-2026.zip")


def test_a_field_that_stands_twice_and_says_two_things_is_told(read: Read) -> None:
    text = json.dumps(services()).replace('"status": "active"', '"status": "defunct", "status": "active"', 1)
    batch, (_listing,), _ = read(text, "a-2026.json")
    assert "Column services.status: stands twice and says two things; the last was taken (line 1)." in all_told(batch)


def test_fields_that_nothing_fills_are_told(read: Read) -> None:
    (service,) = services()
    del service["minimum_age"]
    batch, _, _ = read([service], "a-2026.json")
    assert any("Nothing here fills the fields service.minimum_age" in warning for warning in all_told(batch))


@pytest.mark.real
def test_our_table_of_fields_says_what_the_schemas_say(real_hsds: Path) -> None:
    names = {path.stem for path in (real_hsds / "schema").glob("*.json")} - {"openapi", "meta_table_description"}
    ours = hsds_schema()
    assert set(ours.facts) == names
    for name in names:
        theirs = json.loads((real_hsds / "schema" / f"{name}.json").read_text(encoding="utf-8"))
        for compiled in (real_hsds / "schema" / "compiled").glob(f"{name}.json"):
            theirs["properties"] |= {
                field: {"$ref": "service.json"} if "items" not in said else {"items": {"$ref": "service.json"}}
                for field, said in json.loads(compiled.read_text(encoding="utf-8"))["properties"].items()
                if field not in theirs["properties"]
            }
        assert ours.facts[name]["table"] == theirs["path"].removesuffix(".csv")
        assert ours.facts[name]["needed"] == theirs["required"]
        assert ours.facts[name].get("needed_in_table", []) == theirs.get("tabular_required", [])
        assert {field: told(said) for field, said in json_schema(ours.facts[name])["properties"].items()} == {
            field: told(said) for field, said in theirs["properties"].items()
        }


def told(schema: dict[str, Any]) -> tuple[Any, ...]:
    """What a schema says of a field: its type, format, choices, and the object within."""
    within = schema.get("$ref") or schema.get("items", {}).get("$ref")
    name = within.rpartition("/")[2].removesuffix(".json") if within else ""
    kind = "object" if "$ref" in schema else "array" if "items" in schema else schema.get("type")
    return (kind, schema.get("format"), schema.get("enum"), name)


@pytest.mark.real
@pytest.mark.parametrize("seed", range(4))
def test_what_the_schemas_reject_is_refused_or_told_and_nothing_else_is(real_hsds: Path, seed: int, read: Read) -> None:
    schema = json.loads((real_hsds / "schema" / "compiled" / "service.json").read_text(encoding="utf-8"))
    theirs = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    chance = random.Random(seed)
    (good,) = services()
    wrong = 0
    for _ in range(100):
        service = copy.deepcopy(good)
        damage(service, chance)
        faults = list(hsds_schema().faults("service", service))
        assert bool(faults) == (not theirs.is_valid(service))
        if faults and chance.random() < 0.3:
            wrong += 1
            batch, _, refused = read([service, services(2)[1]], "a-2026.json")
            assert refused or any("(line 1)" in warning for warning in all_told(batch))
    assert wrong > 5


def damage(value: Any, chance: random.Random) -> None:
    """Break one thing somewhere in an object."""
    places = list(within(value))
    holder, key = chance.choice(places)
    if chance.random() < 0.4 and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = chance.choice(["x", 7, True, [], {}, "2026-13-45", "no-mail", made_up_id("other", 1)])


def within(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in an object as (holder, key)."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from within(value[key])


@pytest.mark.real
def test_the_examples_of_the_specification_hold_to_it_and_are_refused_for_their_address(
    real_hsds: Path, read: Read
) -> None:
    for name in ("organization", "service", "service_at_location"):
        document = json.loads((real_hsds / "examples" / f"{name}_full.json").read_text(encoding="utf-8"))
        assert list(hsds_schema().faults(name, document)) == []
        _, listings, (refused,) = read(document, "a-2026.json")
        assert (listings, refused.column) == ([], "location.addresses")
    tables: Tables = json.loads((real_hsds / "examples" / "tabular.json").read_text(encoding="utf-8"))
    _, _, (refused,) = read(tables, "a-2026.json")
    assert refused.column == "location.addresses"


def test_a_fault_names_its_field_as_people_write_it() -> None:
    (service,) = services()
    service["service_at_locations"][0]["location"]["phones"][1]["number"] = 7
    schema: HsdsSchema = hsds_schema()
    (fault,) = schema.faults("service", service)
    assert fault.field == "service_at_locations[0].location.phones[1].number"
    assert fault.reason == '"7" is not text'
