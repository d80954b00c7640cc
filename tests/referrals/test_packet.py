"""What a packet says, to whom, and what it never says."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from directory.config import CenterSettings, load_settings
from directory.referrals.packet import (
    MISSING,
    ClinicFacts,
    ConsentCopy,
    DisclosureRow,
    PacketError,
    PacketFacts,
    accounting_pdf,
    consent_form_pdf,
    family_pdf,
    packet_pdf,
)
from directory.referrals.wording import consent_texts, wording

NAME = "Zzyzx Canaryperson"
CLINIC = ClinicFacts("Nowhere Sample Clinic", "12 Invented Way, Sampleton, IN 46999", "317-555-0142", "317-555-0143")
ON = dt.date(2026, 11, 23)
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
CLIENT_FACTS = {
    "reference": "C-998877",
    "contact_wish": "text only canarywish",
    "zip": "46995",
    "language": "Canarian",
    "coverage": "Canarycare",
    "note": "canarynote",
}


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> CenterSettings:
    return load_settings({"DIRECTORY_HOME": str(tmp_path_factory.mktemp("home"))}).center


def made_up(center: CenterSettings, language: str = "en", name: str = NAME, **changes: Any) -> PacketFacts:
    texts = consent_texts(
        language,
        center=center.name,
        center_address="1 Nowhere Street",
        center_phone=center.phone,
        clinic=CLINIC.name,
        expires_on="2027",
    )
    kept = {spec.name: texts[spec.name] for spec in fields(ConsentCopy) if spec.name in texts}
    consent = ConsentCopy(
        client_name=name,
        recipient_address=CLINIC.address,
        signature=f"signed {name}",
        signed_on=dt.date(2026, 11, 20),
        method="screen",
        language=language,
        **kept,
    )
    facts = PacketFacts(
        ON, center, CLINIC, name, consent=consent, need=("canaryneed",), birth_year=1911, **CLIENT_FACTS
    )
    return replace(facts, **changes)


def pages(pdf: bytes) -> list[str]:
    """The text of each page on one line, without the places where long words may break."""
    found = [page.extract_text().replace("\u200b", "") for page in PdfReader(io.BytesIO(pdf)).pages]
    return [" ".join(text.split()) for text in found]


def test_the_cover_tells_who_it_is_for_and_nothing_of_the_client(center: CenterSettings) -> None:
    sheets = pages(packet_pdf(made_up(center)))
    assert CLINIC.name in sheets[0]
    assert f"{len(sheets)}, with this one" in sheets[0]
    assert "If this reached you by mistake" in sheets[0]
    for fact in (*NAME.split(), *CLIENT_FACTS.values(), "canaryneed", "1911"):
        assert fact not in sheets[0]
        assert fact in " ".join(sheets[1:])
    assert "ketamine" not in sheets[0].lower()


def test_every_page_has_the_notice_and_its_number(center: CenterSettings) -> None:
    sheets = pages(packet_pdf(made_up(center)))
    for number, sheet in enumerate(sheets, 1):
        assert NOTICE in sheet
        assert f"{number} of {len(sheets)}" in sheet


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_copy_holds_every_element_of_the_consent(center: CenterSettings, language: str) -> None:
    facts = made_up(center, language)
    copy = " ".join(pages(packet_pdf(facts))[2:])
    told = {spec.name: getattr(facts.consent, spec.name) for spec in fields(ConsentCopy)}
    signed = {"en": "November 20, 2026", "es": "20 de noviembre de 2026"}[language]
    told |= {"signed_on": signed, "method": wording(language, center=center.name)["method"]["screen"]}
    del told["language"]
    assert not [name for name, text in told.items() if text not in copy]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": ""}, "signature"),
        ({"signed_on": None}, "signed on"),
        ({"refusal": ""}, "refusal"),
        ({"method": "verbal"}, "only said"),
        ({"recipient": "Elsewhere Clinic"}, "Elsewhere Clinic"),
    ],
)
def test_no_packet_without_a_whole_consent_for_this_clinic(
    center: CenterSettings, change: dict[str, Any], said: str
) -> None:
    facts = made_up(center)
    with pytest.raises(PacketError, match=said):
        packet_pdf(replace(facts, consent=replace(facts.consent, **change)))


def test_the_family_copy_in_spanish_names_the_clinic_and_988_but_not_the_client(center: CenterSettings) -> None:
    told = " ".join(pages(family_pdf(made_up(center), "es")))
    for text in (CLINIC.name, CLINIC.phone, CLINIC.address, "988", "911", "Preguntas para la clínica", "Qué llevar"):
        assert text in told
    assert "no ofrece tratamiento con ketamina" in told
    for fact in (*NAME.split(), *CLIENT_FACTS.values(), "canaryneed", "1911", "42 CFR"):
        assert fact not in told


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_form_states_every_element_and_has_lines_to_sign(center: CenterSettings, language: str) -> None:
    facts = made_up(center, language)
    unsigned = replace(facts.consent, signature="", signed_on=None, method="")
    told = " ".join(pages(consent_form_pdf(replace(facts, consent=unsigned), language)))
    text = wording(language)
    for label in (*text["elements"].values(), text["form"]["date_signed"], text["form"]["other_authority"]):
        assert label in told
    assert facts.consent.refusal in told


def test_the_accounting_repeats_its_headings_on_every_page_of_the_table(center: CenterSettings) -> None:
    row = DisclosureRow(ON, CLINIC.name, CLINIC.address, "Referral letter", "To make an appointment", "fax")
    sheets = pages(accounting_pdf([row] * 40, "en", center=center, client_name=NAME, on=ON))
    assert len(sheets) > 1
    assert all("To whom What Why How" in sheet for sheet in sheets)
    assert " ".join(sheets).count("Referral letter") == 40


def test_an_accounting_of_nothing_says_so(center: CenterSettings) -> None:
    told = pages(accounting_pdf([], "es", center=center, client_name=NAME, on=ON))
    assert "No se ha compartido nada." in told[0]


def test_every_pdf_is_tagged_titled_and_in_its_language(center: CenterSettings) -> None:
    facts = made_up(center)
    accounted = accounting_pdf([], "en", center=center, client_name=NAME, on=ON)
    made = [packet_pdf(facts), family_pdf(facts, "es"), consent_form_pdf(facts, "es"), accounted]
    for pdf, language in zip(made, ("en", "es", "es", "en"), strict=True):
        reader = PdfReader(io.BytesIO(pdf))
        root: Any = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert all(page["/Tabs"] == "/S" for page in reader.pages)
        assert str(root["/Lang"]).startswith(language)
        assert reader.metadata is not None
        assert reader.metadata.title


def test_the_title_of_a_packet_does_not_name_the_client(center: CenterSettings) -> None:
    metadata = PdfReader(io.BytesIO(packet_pdf(made_up(center)))).metadata
    assert metadata is not None
    assert NAME not in str(dict(metadata))


def test_the_same_facts_make_the_same_bytes(center: CenterSettings) -> None:
    assert packet_pdf(made_up(center)) == packet_pdf(made_up(center))
    assert packet_pdf(made_up(center)) != packet_pdf(made_up(center, name="Another Canaryperson"))


@pytest.mark.parametrize(
    "name",
    [
        "#panic(1) *bold* _it_",
        r"$x^2$ \u{41} back\slash",
        "<label> @reference // not a comment",
        "\"quoted\" 'single' `raw`",
        "{center} {0} %s {{",
        "= Heading - list + number",
        "Ñandú Åström Łukasz Nguyễn",
        "Иван Нигде",
    ],
)
def test_a_name_is_printed_as_it_is_written(center: CenterSettings, name: str) -> None:
    told = " ".join(pages(packet_pdf(made_up(center, name=name)))[1:])
    plain = told.replace("“", '"').replace("”", '"').replace("’", "'").replace("‘", "'")
    assert name in plain


def test_a_very_long_word_stays_on_the_page(center: CenterSettings) -> None:
    told = "".join(packet_text.replace(" ", "") for packet_text in pages(packet_pdf(made_up(center, name="Q" * 300))))
    assert "Q" * 300 in told


def test_an_override_of_direction_cannot_turn_a_line_around(center: CenterSettings) -> None:
    told = " ".join(pages(packet_pdf(made_up(center, name="Abc\u202edef"))))
    assert "Abcdef" in told


def test_what_no_font_can_draw_is_marked_and_the_reader_told_to_call(center: CenterSettings) -> None:
    unknown = "\U000e0041\U00013000"
    told = " ".join(pages(packet_pdf(made_up(center, name=f"Nowhere {unknown}"))))
    assert f"Nowhere {MISSING}" in told
    assert f"Please call {center.phone} for the right spelling" in told


@settings(max_examples=40)
@given(name=st.text(min_size=1, max_size=60), note=st.text(max_size=200))
def test_no_text_of_people_keeps_a_packet_from_being_made(center: CenterSettings, name: str, note: str) -> None:
    assert packet_pdf(made_up(center, note=note, name=f"A {name}")).startswith(b"%PDF-")


def test_a_mark_without_a_letter_of_its_own_hides_no_other_letter(center: CenterSettings) -> None:
    letter = pages(packet_pdf(made_up(center, note="a faded \ua66f beehive 6")))[1]
    assert "beehive 6" in letter
    assert center.phone in letter


def test_an_accent_colour_that_is_none_is_named(center: CenterSettings) -> None:
    with pytest.raises(PacketError, match="accent_colour"):
        family_pdf(made_up(replace(center, accent_colour="blue-ish")), "en")


def test_both_languages_say_the_same_things() -> None:
    english, spanish = wording("en"), wording("es")
    assert list(english) == list(spanish)
    for section, texts in english.items():
        assert list(texts) == list(spanish[section])
        for name, text in texts.items():
            assert placeholders(text) == placeholders(spanish[section][name]), (section, name)


def placeholders(text: str | list[str]) -> set[str]:
    joined = text if isinstance(text, str) else " ".join(text)
    return {part.partition("}")[0] for part in joined.split("{")[1:]}
