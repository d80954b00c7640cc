"""HsdsSchema: what objects of HSDS 3.0 must look like (data/hsds_fields.toml), and what is wrong with one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs

from directory.config import DATA
from importers import clean

FORMATS: Mapping[str, str] = {"ids": "uuid", "links": "uri", "emails": "email", "times": "date-time"}
MEANT: Mapping[str, str] = {
    "uuid": "a UUID such as 3a19ff88-4620-4d17-9830-ac1d859eb5d5",
    "uri": "a web address that begins with http:// or https://",
    "email": "an e-mail address",
    "date-time": "a date and time such as 2026-03-15T10:30:00Z",
}
KINDS: Mapping[str, str] = {"string": "text", "number": "a number", "array": "a list", "object": "an object"}
# Needed by the specification and of no use to a listing: told, and no reason to lose a clinic.
NEEDED_ELSEWHERE = frozenset({"description"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: the path of a field, as ("phones", 0, "number"), a sentence, and whether the field is needed."""

    path: Path
    reason: str
    needed: bool

    @property
    def field(self) -> str:
        """The path as people write it: "phones[0].number"."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).lstrip(".")


class HsdsSchema:
    """The objects of HSDS by name, and JSON schemas made of them. `facts` are the tables of data/hsds_fields.toml."""

    def __init__(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        self.facts = facts
        self.tables = {str(fact["table"]): name for name, fact in facts.items()}
        definitions = {name: json_schema(fact) for name, fact in facts.items()}
        self._whole = {name: _validator({"$ref": f"#/$defs/{name}", "$defs": definitions}) for name in facts}
        self._rows = {name: _validator(_row_schema(fact)) for name, fact in facts.items()}

    def fields(self, name: str) -> frozenset[str]:
        """Every field of an object, those that hold other objects too."""
        return frozenset(json_schema(self.facts[name])["properties"])

    def needed_in_row(self, name: str) -> list[str]:
        """The fields without which a row of a table is none."""
        fact = self.facts[name]
        return [*(field for field in fact["needed"] if field not in NEEDED_ELSEWHERE), *fact.get("needed_in_table", ())]

    def faults(self, name: str, value: Any) -> Iterator[Fault]:
        """What the specification forbids in an object with all it holds."""
        return (self._fault(name, error) for error in self._whole[name].iter_errors(value))

    def row_faults(self, name: str, row: Mapping[str, Any]) -> Iterator[Fault]:
        """What the specification forbids in a row of a table."""
        return (self._fault(name, error) for error in self._rows[name].iter_errors(row))

    def _fault(self, name: str, error: jsonschema_rs.ValidationError) -> Fault:
        path: Path = tuple(error.instance_path)
        said, kind = clean.shown(str(error.instance)), error.kind.as_dict()
        needed = self.needed_in_row(str(error.schema_path[1]) if error.schema_path[0] == "$defs" else name)
        match error.kind.name:
            case "required":
                field = str(kind["property"])
                return Fault((*path, field), f"the field {field} is missing", field not in NEEDED_ELSEWHERE)
            case "format":
                reason = f'"{said}" is not {MEANT[kind["format"]]}'
            case "enum":
                reason = f'"{said}" is none of {", ".join(map(str, kind["options"]))}'
            case _:
                expected = str(kind["types"][0])
                reason = f'"{said}" is not {KINDS[expected]}'
                if expected in ("array", "object"):
                    return Fault(path, reason, needed=True)
        return Fault(path, reason, path[-1] in needed)


@cache
def hsds_schema() -> HsdsSchema:
    """The schema of this installation, read once."""
    return HsdsSchema(tomllib.loads((DATA / "hsds_fields.toml").read_text(encoding="utf-8")))


def json_schema(fact: Mapping[str, Any]) -> dict[str, Any]:
    """An object's facts as a JSON schema; objects within are references to #/$defs."""
    properties: dict[str, Any] = {}
    for kind in ("texts", *FORMATS):
        form = {"format": FORMATS[kind]} if kind in FORMATS else {}
        properties |= {field: {"type": "string"} | form for field in fact.get(kind, ())}
    properties |= {field: {"type": "number"} for field in fact.get("numbers", ())}
    properties |= {field: {"type": "string", "enum": one_of} for field, one_of in fact.get("choices", {}).items()}
    properties |= {field: {"$ref": f"#/$defs/{other}"} for field, other in fact.get("one", {}).items()}
    properties |= {
        field: {"type": "array", "items": {"$ref": f"#/$defs/{other}"}} for field, other in fact.get("many", {}).items()
    }
    return {"type": "object", "properties": properties, "required": fact["needed"]}


def _row_schema(fact: Mapping[str, Any]) -> dict[str, Any]:
    schema = json_schema(fact)
    within = {*fact.get("one", ()), *fact.get("many", ())}
    properties = {field: said for field, said in schema["properties"].items() if field not in within}
    return schema | {"properties": properties, "required": [*fact["needed"], *fact.get("needed_in_table", ())]}


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
