"""Publishing: editions follow each other, sources meet, and every run says truly what it did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from directory.catalogue.facility import facility_document, live_facilities, source_editions
from directory.catalogue.models import DoubtfulMatch, Facility, ImportRun, Listing, ServiceCode
from directory.catalogue.publish import publish
from directory.catalogue.record import Batch, ListingRecord, RefusedRow
from directory.catalogue.report import FacilityNote, ImportReport
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.config import Settings

Made = Callable[..., ListingRecord]
Batches = Callable[..., Batch]
Importing = Callable[[Batch], ImportReport]


@pytest.fixture
def bring(any_database: Catalogue, places: object, settings: Settings) -> Importing:
    upgrade(any_database)
    return lambda batch: publish(any_database, batch, places, settings)  # type: ignore[arg-type]


def clinics(catalogue: Catalogue) -> list[tuple[str, str, tuple[str, ...]]]:
    with catalogue.reading() as session:
        return [(clinic.name, clinic.street, clinic.codes) for clinic in live_facilities(session)]


def test_each_row_becomes_a_clinic_and_a_refused_row_is_reported(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    rows = [listing(), listing(name1="Quux Starlight", phone="317-555-0102", codes=("MH",)), RefusedRow(4, "zip", "no")]
    report = bring(batch(rows))
    assert (report.read, len(report.refused), report.new, report.gained_ketamine) == (3, 1, 2, 1)
    assert {name for name, _street, _codes in clinics(any_database)} == {
        "Zzyzx Moonbeam Wellness Inc",
        "Quux Starlight",
    }


def test_exact_repeats_collapse_into_one_clinic(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    report = bring(batch([listing(), listing(), listing(codes=("SA",))]))
    assert (report.read, report.new, report.merged) == (3, 1, 2)
    assert [(note.name, note.lines) for note in report.several] == [(clinics(any_database)[0][0], [2, 3, 4])]
    assert report.as_dict()["facilities_several"][0]["lines"] == [2, 3, 4]
    assert "one clinic of several rows: Zzyzx Moonbeam Wellness Inc" in report.as_text()
    assert "(lines 2, 3, 4)" in report.as_text()
    assert clinics(any_database)[0][2] == ("KIT", "MD", "MH", "SA")


def test_the_same_file_again_changes_nothing_writes_nothing_and_says_so(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    rows = [listing(), listing(), listing(name1="Quux Starlight")]
    bring(batch(rows))
    report = bring(batch(rows))
    assert report.nothing_changed
    assert (report.read, report.unchanged, report.new, report.changed, report.merged) == (3, 2, 0, 0, 0)
    assert "Nothing changed." in report.as_text()
    with any_database.reading() as session:
        assert session.scalar(select(func.count(ImportRun.id))) == 1


def test_the_next_edition_keeps_identity_and_marks_what_is_gone(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing(), listing(name1="Quux Starlight", street1="7 Elm Court")], edition="2022"))
    report = bring(batch([listing(name1="Zzyzx Moonbeam Wellness LLC", street1="100 N. Nowhere St", codes=("MH",))]))
    assert (report.new, report.changed, report.withdrawn, report.unchanged) == (0, 1, 1, 0)
    assert (report.gained_ketamine, report.lost_ketamine) == (0, 2)
    assert [note.name for note in report.lost] == ["Zzyzx Moonbeam Wellness LLC", "Quux Starlight"]
    assert report.changes[0].fields["codes"] == ["KIT MD", ""]
    with any_database.reading() as session:
        assert session.scalar(select(func.count(Facility.id))) == 2
        gone = session.scalars(select(Facility).where(Facility.withdrawn_run_id.is_not(None))).one()
        assert gone.name == "Quux Starlight"


def test_two_sources_meet_in_one_clinic_and_each_service_knows_its_listing(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing(codes=("MH", "KIT"))]))
    report = bring(batch([listing(name1="Zzyzx Moonbeam Wellness", codes=("SA", "MH"))], source="samhsa-su"))
    assert (report.new, report.merged, report.gained_ketamine) == (0, 1, 0)
    with any_database.reading() as session:
        clinic = next(live_facilities(session))
        assert clinic.sources == ("samhsa-mh 2023", "samhsa-su 2023")
        document = facility_document(session, clinic.id)
    assert document is not None
    said = {service["code"]: service["origins"] for group in document["services"] for service in group["services"]}
    assert [origin["source"] for origin in said["KIT"]] == ["samhsa-mh"]
    assert {origin["source"] for origin in said["MH"]} == {"samhsa-mh", "samhsa-su"}
    assert document["values"]["phone"]["origin"]["line"] == 2
    assert json.loads(json.dumps(document)) == document


def test_a_clinic_one_source_drops_and_another_keeps_stays_listed_with_what_is_left(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing()], edition="2022"))
    bring(batch([listing(codes=("SA",))], source="samhsa-su"))
    report = bring(batch([listing(name1="Quux Starlight", street1="7 Elm Court", codes=("MH",))]))
    assert (report.withdrawn, report.still_listed, report.lost_ketamine) == (1, 1, 1)
    assert ("Zzyzx Moonbeam Wellness Inc", "100 North Nowhere Street", ("SA",)) in clinics(any_database)


def test_a_withheld_street_stays_withheld_and_two_of_them_stay_two(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    hidden = {"street1": "", "street_withheld": True}
    report = bring(batch([listing(**hidden), listing(**hidden, phone="317-555-0102")]))
    assert (report.new, report.merged) == (2, 0)
    bring(batch([listing(codes=("SA",))], source="samhsa-su"))
    assert len(clinics(any_database)) == 3
    with any_database.reading() as session:
        found = session.scalars(select(Facility).where(Facility.street == "")).all()
        assert {facility.precision for facility in found} == {"zip"}
        assert len(found) == 2


def test_a_clinic_listed_again_after_a_year_is_itself(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    other = listing(name1="Quux Starlight", street1="7 Elm Court")
    bring(batch([listing(), other], edition="2021"))
    bring(batch([other], edition="2022"))
    report = bring(batch([listing(), other], edition="2023"))
    assert (report.new, report.changed, report.returned, report.unchanged) == (0, 1, 1, 1)
    assert len(clinics(any_database)) == 2


def test_an_older_edition_never_overwrites_a_newer_one(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing()]))
    report = bring(batch([listing(name1="Quux Starlight")], edition="2022"))
    assert report.older_than == "2023"
    assert report.nothing_changed
    assert [name for name, _street, _codes in clinics(any_database)] == ["Zzyzx Moonbeam Wellness Inc"]


def test_a_dry_run_reports_the_same_and_keeps_nothing(
    catalogue: Catalogue, batch: Batches, listing: Made, places: object, settings: Settings
) -> None:
    dry = publish(catalogue, batch([listing()]), places, settings, dry_run=True)  # type: ignore[arg-type]
    assert (dry.new, dry.run_id, clinics(catalogue)) == (1, None, [])
    real = publish(catalogue, batch([listing()]), places, settings)  # type: ignore[arg-type]
    assert real.new == dry.new


def test_a_failure_in_the_middle_leaves_the_catalogue_as_it_was(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    def torn() -> Iterator[ListingRecord]:
        yield listing(name1="Quux Starlight")
        raise OSError("the file ends here")

    bring(batch([listing()]))
    broken = batch([listing()], edition="2024")
    broken.rows = torn()
    with pytest.raises(OSError, match="ends here"):
        bring(broken)
    assert [name for name, _street, _codes in clinics(any_database)] == ["Zzyzx Moonbeam Wellness Inc"]


def test_a_clinic_under_another_name_is_written_down_for_review(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing()]))
    report = bring(batch([listing(name1="Quux Starlight")], source="samhsa-su"))
    assert (report.new, report.merged, report.doubtful) == (1, 0, 1)
    with any_database.reading() as session:
        assert session.scalars(select(DoubtfulMatch)).one().reason == "same address and phone under another name"


def test_an_unknown_code_is_kept_and_marked_as_unknown(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing(codes=("MH", "QQQQ"))]))
    with any_database.reading() as session:
        assert session.get_one(ServiceCode, "QQQQ").known is False
        assert session.get_one(ServiceCode, "KIT").known is True
        assert session.scalars(select(Listing)).one().codes == ("MH", "QQQQ")


def test_the_page_about_the_data_knows_every_source_and_its_newest_edition(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing()]))
    with any_database.reading() as session:
        (source,) = source_editions(session)
    assert (source.id, source.edition, source.facilities, source.with_ketamine) == ("samhsa-mh", "2023", 1, 1)


def a_part(batch: Batch) -> Batch:
    batch.partial = True
    return batch


def test_one_page_of_an_edition_withdraws_nothing_and_says_so(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing(), listing(name1="Quux Starlight", street1="7 Elm Court")], edition="2022"))
    report = bring(a_part(batch([listing(name1="Zzyzx Moonbeam Wellness LLC")])))
    assert (report.new, report.changed, report.withdrawn, report.unchanged) == (0, 1, 0, 1)
    assert {name for name, _street, _codes in clinics(any_database)} == {
        "Zzyzx Moonbeam Wellness LLC",
        "Quux Starlight",
    }
    assert any("only a part of its edition" in warning for warning in report.warnings)


def test_the_same_page_again_changes_nothing(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing(), listing(name1="Quux Starlight", street1="7 Elm Court")], edition="2022"))
    bring(a_part(batch([listing(phone="317-555-0102")])))
    report = bring(a_part(batch([listing(phone="317-555-0102")])))
    assert report.nothing_changed
    with any_database.reading() as session:
        assert session.scalar(select(func.count(ImportRun.id))) == 2


def test_the_two_listings_of_a_site_stand_on_two_pages(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(a_part(batch([listing(codes=("MH", "KIT"))])))
    report = bring(a_part(batch([listing(codes=("SA", "DT"))])))
    assert (report.new, report.changed, report.lost_ketamine) == (0, 1, 0)
    assert clinics(any_database)[0][2] == ("DT", "KIT", "MH", "SA")


def test_one_off_lists_do_not_replace_each_other_whichever_is_older(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing()], source="one-off", edition="2026-02-01"))
    other = listing(name1="Quux Starlight", street1="7 Elm Court")
    for edition in ("2026-02-02", "2026-01-31"):
        report = bring(batch([other], source="one-off", edition=edition))
        assert (report.withdrawn, report.lost_ketamine, report.older_than) == (0, 0, "")
        assert any("do not replace each other" in warning for warning in report.warnings)
    assert len(clinics(any_database)) == 2


def test_an_edition_without_a_good_row_withdraws_nothing_and_is_no_edition(
    any_database: Catalogue, bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing()]))
    report = bring(batch([RefusedRow(2, "zip", "no"), RefusedRow(3, "zip", "no")], edition="2024"))
    assert (len(report.refused), report.withdrawn, report.unchanged, report.run_id) == (2, 0, 1, None)
    assert any("nothing was changed" in warning for warning in report.warnings)
    assert len(clinics(any_database)) == 1
    assert bring(batch([listing()])).older_than == ""


def test_the_text_report_names_who_left_moved_and_changed_and_where_a_row_was_refused(
    bring: Importing, batch: Batches, listing: Made
) -> None:
    bring(batch([listing(), listing(name1="Quux Starlight", phone="317-555-0102")]))
    told = bring(
        batch(
            [listing(phone="317-555-0109"), RefusedRow(3, "zip", "the ZIP is missing"), RefusedRow(4, "", "torn")],
            edition="2024",
        )
    ).as_text()
    assert "withdrawn: Quux Starlight, " in told
    assert "phone: 317-555-0101 → 317-555-0109)" in told
    assert "refused: line 3, column zip: the ZIP is missing" in told
    assert "refused: line 4: torn" in told


def test_a_report_that_is_kept_cuts_long_lists_and_counts_them_in_full() -> None:
    notes = [FacilityNote(number, "Quux Starlight", "", "Gary", "IN", reason="phone") for number in range(1_200)]
    report = ImportReport("made-up", "2024", mergers=notes)
    assert (report.as_dict()["joined"], len(report.as_dict()["facilities_merged"])) == (1_200, 1_000)
    assert len(report.as_dict(longest=None)["facilities_merged"]) == 1_200
