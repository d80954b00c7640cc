from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from made_up_outcomes import CANARY, a_house

from directory.accounts.audit import SYSTEM, Actor, head, record
from directory.backup import BackupError, back_up, backup_faults, noted_head
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring, keys_in
from directory.referrals.client import ClientFacts, add_client
from directory.referrals.records import open_records


@pytest.fixture
def house(settings: Settings) -> Iterator[Catalogue]:
    catalogue = a_house(settings)
    (settings.home / "settings.toml").write_text('[center]\nname = "Nowhere Recovery"\n')
    with open_records(catalogue, Keyring(keys_in(settings.home)), settings, SYSTEM) as records:
        record(records.session, records.keyring, SYSTEM, "house made")
    yield catalogue
    catalogue.close()


@pytest.fixture
def keys(house: Catalogue, settings: Settings) -> Keyring:  # noqa: ARG001 - the house makes the keys
    return Keyring(keys_in(settings.home))


def test_a_backup_opens_is_whole_and_only_its_owner_may_read_it(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "kept" / "monday"
    back_up(house, keys, settings, folder)
    assert {path.name for path in folder.iterdir()} == {"catalogue.sqlite3", "settings.toml", "audit-head.txt"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert list(backup_faults(folder, keys)) == []
    with house.reading() as session:
        assert noted_head(folder) == head(session)


def test_no_key_and_no_fact_of_a_client_is_in_a_backup(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    with open_records(house, keys, settings, Actor("staff", 1)) as records:
        add_client(records, ClientFacts(name=f"Nobody {CANARY}", contact_wish=CANARY))
    back_up(house, keys, settings, tmp_path / "b")
    content = b"".join(path.read_bytes() for path in (tmp_path / "b").iterdir())
    assert CANARY.encode() not in content
    assert keys_in(settings.home)[0] not in content


def test_a_backup_is_made_while_somebody_writes(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    with house.reading() as reader:
        before = head(reader)
        back_up(house, keys, settings, tmp_path / "b")
    assert noted_head(tmp_path / "b").entries == before.entries + 1


def test_a_later_backup_takes_the_place_of_an_earlier_one(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    back_up(house, keys, settings, tmp_path / "b")
    first = noted_head(tmp_path / "b")
    back_up(house, keys, settings, tmp_path / "b")
    assert noted_head(tmp_path / "b").entries == first.entries + 1
    assert list(backup_faults(tmp_path / "b", keys)) == []


def test_a_backup_is_not_overwritten_once_the_trail_was_cut(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    back_up(house, keys, settings, tmp_path / "b")
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE id > 1")
    with pytest.raises(BackupError, match="does not pass through"):
        back_up(house, keys, settings, tmp_path / "b")


def test_a_folder_of_other_things_is_left_alone(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "quokka.jpg").write_bytes(b"")
    with pytest.raises(BackupError, match=r"quokka\.jpg"):
        back_up(house, keys, settings, tmp_path / "photos")


def test_a_changed_or_damaged_backup_is_told(
    house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    back_up(house, keys, settings, folder)
    copy = folder / "catalogue.sqlite3"
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE audit_entry SET actor = 'staff:9' WHERE id = 2")
        connection.commit()
    assert any("Entry 2" in said for said in backup_faults(folder, keys))
    content = bytearray(copy.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    copy.write_bytes(content)
    assert any("damaged" in said for said in backup_faults(folder, keys))


def test_a_backup_others_may_read_is_told(house: Catalogue, keys: Keyring, settings: Settings, tmp_path: Path) -> None:
    back_up(house, keys, settings, tmp_path / "b")
    (tmp_path / "b" / "catalogue.sqlite3").chmod(0o644)
    assert [said for said in backup_faults(tmp_path / "b", keys) if "chmod 600" in said]


def test_a_folder_without_a_backup_is_none(keys: Keyring, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="holds no backup"):
        list(backup_faults(tmp_path, keys))
