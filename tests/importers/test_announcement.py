"""After a job: figures for Prometheus where a file is named, and an e-mail about clinics new near the center, once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from mail_server import mail_server
from prometheus_client.parser import text_string_to_metric_families

from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings, load_settings
from directory.keyring import Keyring, add_key
from directory.places.gazetteer import Gazetteer
from directory.referrals.outbox import Outbox
from importers.metrics import write_metrics
from importers.new_clinics import mail_new_clinics


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "settings.toml").write_text('[import]\nmail_new_to = ["ada@quokka.invalid", "bo@quokka.invalid"]\n')
    return load_settings({"DIRECTORY_HOME": str(tmp_path)})


@pytest.fixture
def catalogue(settings: Settings) -> Iterator[Catalogue]:
    opened = Catalogue(settings.database_url)
    upgrade(opened)
    yield opened
    opened.close()


def clinic(number: int, town: tuple[str, str, str], *codes: str) -> ListingRecord:
    city, state, zip_code = town
    name = f"Quokka House {'ABCDEFGHI'[number]}"
    phone = f"317-555-010{number}"
    return ListingRecord(number + 2, name, city, state, zip_code, street1=f"{number} Elm", phone=phone, codes=codes)


HERE, NEAR, FAR = ("Indianapolis", "IN", "46204"), ("Fort Wayne", "IN", "46802"), ("Bangor", "ME", "04401")


def import_edition(
    catalogue: Catalogue, settings: Settings, edition: str, rows: list[ListingRecord | RefusedRow], **options: bool
) -> None:
    batch = Batch("findtreatment", edition, f"{edition}.json", edition * 8, iter(rows), len(rows))
    publish(catalogue, batch, Gazetteer.load(settings.home), settings, **options)  # type: ignore[arg-type]


def test_clinics_new_near_the_center_are_told_by_mail_once(catalogue: Catalogue, settings: Settings) -> None:
    add_key(settings.home)
    import_edition(catalogue, settings, "2026-01-05", [clinic(1, HERE, "MH"), clinic(2, FAR, "MH")])
    assert mail_new_clinics(catalogue, settings) == 0
    rows = [clinic(1, HERE, "MH", "KIT"), clinic(2, FAR, "MH", "KIT"), clinic(3, NEAR, "KIT"), clinic(4, HERE, "MH")]
    import_edition(catalogue, settings, "2026-01-12", rows)
    assert mail_new_clinics(catalogue, settings) == 2, "one for each reader"
    assert mail_new_clinics(catalogue, settings) == 0, "however often a job looks"
    with mail_server() as (server, port):
        mail = dataclasses.replace(
            settings.mail, host="127.0.0.1", port=port, security="none", sender="desk@quokka.invalid"
        )
        Outbox(catalogue, Keyring.load(settings.home), dataclasses.replace(settings, mail=mail)).send_due()
    assert sorted(server.recipients) == ["ada@quokka.invalid", "bo@quokka.invalid"]
    message = server.received[0]
    assert message["Subject"] == "New near us: 2 clinics with ketamine infusion"
    text = message.get_content()
    assert text.index("Quokka House B, Indianapolis, IN, 0 miles, 317-555-0101") < text.index(
        "Quokka House D, Fort Wayne"
    )
    assert "Bangor" not in text
    assert "/staff/imports/2" in text


def test_the_figures_say_when_how_many_and_what_waits(catalogue: Catalogue, settings: Settings, tmp_path: Path) -> None:
    import_edition(catalogue, settings, "2026-01-05", [clinic(1, HERE, "KIT"), RefusedRow(3, "zip", "no")])
    held = [RefusedRow(n, "zip", "no") for n in range(30)]
    import_edition(catalogue, settings, "2026-01-12", [clinic(1, HERE, "KIT"), *held], checked=True)
    file = tmp_path / "directory.prom"
    write_metrics(catalogue, str(file))
    figures = {
        (sample.name, sample.labels["source"]): sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }
    named = {name.removeprefix("directory_import_"): value for (name, _source), value in figures.items()}
    assert {source for _name, source in figures} == {"findtreatment"}
    assert (named["rows"], named["rows_refused"], named["runs_held"]) == (2, 1, 1)
    assert named["last_success_timestamp_seconds"] > 1_700_000_000
    assert 0 <= named["age_seconds"] < 300
    assert "Quokka" not in file.read_text()
