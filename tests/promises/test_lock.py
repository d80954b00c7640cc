"""The locks hold what pyproject.toml asks for, each with a hash."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNNING = [Requirement(line) for line in PROJECT["dependencies"]]
DEVELOPING = RUNNING + [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]


def pins(lock: str) -> list[tuple[Requirement, str]]:
    """Each pin of a lock file with its whole block: hashes, and whom it is there for."""
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    return [(Requirement(block.split("\\")[0].strip()), block) for block in blocks]


def named(requirements: list[Requirement]) -> dict[str, Requirement]:
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def pinned_version(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


@pytest.mark.parametrize(
    ("lock", "wanted"), [("requirements.lock", RUNNING), ("requirements-develop.lock", DEVELOPING)]
)
def test_a_lock_and_pyproject_ask_for_the_same(lock: str, wanted: list[Requirement]) -> None:
    asked = named(wanted)
    direct = {
        canonicalize_name(pin.name): pin
        for pin, block in pins(lock)
        if re.search(r"#.*clinic-referral-directory", block)
    }
    assert set(direct) == set(asked), f"{lock} no longer matches pyproject.toml: run `make lock`"
    for name, pin in direct.items():
        assert asked[name].specifier.contains(pinned_version(pin)), (
            f"{lock}: {pin} is not {asked[name]}: run `make lock`"
        )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-develop.lock", "requirements-whoosh-2.7.4.lock"])
def test_every_pin_has_a_hash(lock: str) -> None:
    assert pins(lock)
    assert all("--hash=sha256:" in block for _, block in pins(lock))


def test_this_environment_is_the_locked_one() -> None:
    asked = named(RUNNING)
    for pin, _ in pins("requirements.lock"):
        if canonicalize_name(pin.name) in asked and (pin.marker is None or pin.marker.evaluate()):
            assert version(pin.name) == pinned_version(pin), f"{pin.name} is not the locked one: run `make setup`"
