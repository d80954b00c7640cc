"""Reading Markdown files: what comes out, and what is said when a file is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.education.page import EducationPageError, load_pages, read_page
from directory.education.reading import reading_ease_spanish, reading_grade

FRONT = """\
title: Is a made-up page read?
summary: A page for tests.
answer: Yes. It is read.
part: weigh
order: 1
reviewed: 2026-11-20
questions: [is it read]
sources:
  - {title: A Study, publisher: A Journal, year: 2020, doi: 10.1000/made-up}
next: [plain]
"""
BODY = "## Is it *plain*?\n\nRead [this](plain) or [that](https://example.org/a).\n"


def written(folder: Path, front: str = FRONT, body: str = BODY, name: str = "plain.md") -> Path:
    path = folder / name
    path.write_text(f"---\n{front}---\n\n{body}", encoding="utf-8")
    return path


def complaint(folder: Path, front: str = FRONT, body: str = BODY) -> str:
    path = written(folder, front, body)
    with pytest.raises(EducationPageError) as caught:
        load_pages(folder, "en")
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_a_page_comes_out_with_its_fields(tmp_path: Path) -> None:
    page = read_page(written(tmp_path), "en")
    assert (page.slug, page.language, page.reviewed) == ("plain", "en", date(2026, 11, 20))
    assert page.contents == (("is-it-plain", "Is it plain?", 2),)
    assert page.headings == ("Is it plain?",)
    assert page.text == "Yes. It is read.\nIs it plain?\nRead this or that."
    assert page.sources[0].address == "https://doi.org/10.1000/made-up"
    assert page.links == ("plain",)


def test_only_links_to_other_sites_keep_the_visitor_s_page_to_themselves(tmp_path: Path) -> None:
    html = read_page(written(tmp_path), "en").html
    assert '<a href="plain">this</a>' in html
    assert '<a href="https://example.org/a" rel="noreferrer">that</a>' in html


def test_raw_html_and_scripts_are_shown_as_text(tmp_path: Path) -> None:
    body = "## Is it safe?\n\n<script>alert(1)</script> [x](javascript:alert(1))\n"
    html = read_page(written(tmp_path, body=body), "en").html
    assert "<script" not in html
    assert "href" not in html


def test_two_headings_of_the_same_words_get_ids_of_their_own(tmp_path: Path) -> None:
    page = read_page(written(tmp_path, body="## Why?\n\n### How?\n\n## Why?\n\n## ¿Cuántas infusiones?\n"), "es")
    assert [heading.id for heading in page.contents] == ["why", "how", "why-2", "cuantas-infusiones"]


def test_pages_come_in_the_order_they_ask_for_and_the_readme_is_no_page(tmp_path: Path) -> None:
    written(tmp_path, FRONT.replace("order: 1", "order: 2"))
    written(tmp_path, FRONT, name="zebra.md")
    (tmp_path / "README.md").write_text("Not a page.", encoding="utf-8")
    assert list(load_pages(tmp_path, "en")) == ["zebra", "plain"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("reviewed: 2026-11-20", "reviewed: last week", "`reviewed` must be a date such as 2026-11-20"),
        ("title: Is a made-up page read?", "title: ''", "`title` must be a line of text"),
        ("summary: A page for tests.", f"summary: {'long ' * 40}", "`summary` must be at most 160 characters long"),
        ("order: 1", "order: first", "`order` must be a whole number"),
        ("part: weigh", "part: other", "`part` must be one of understand, weigh, plan, now"),
        ("questions: [is it read]", "questions: []", "`questions` must be a list with at least one entry"),
        ("questions: [is it read]", "questions: [988]", "`questions` must be a list of lines of text"),
        ("doi: 10.1000/made-up", "doi: doi.org/10.1000/x", "`sources.doi` must be a DOI such as"),
        (
            "doi: 10.1000/made-up",
            "url: 'http://example.org'",
            "`sources.url` must be an address that begins with https",
        ),
        (", doi: 10.1000/made-up", "", "`sources.url` must be there, or `sources.doi`, but not both"),
        ("year: 2020", "year: soon", "`sources.year` must be a whole number"),
        ("publisher: A Journal", "journal: A Journal", "there is no field `sources.journal`"),
        ("order: 1", "order: 1\nauthor: me", "there is no field `author`; known are title, summary"),
        ("next: [plain]", "next: [nowhere]", "`next` names 'nowhere', but there is no such page beside it"),
        ("order: 1", "order: [1", "the front matter cannot be read"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_must_be(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert complaint(tmp_path, FRONT.replace(right, wrong)).startswith(said)


@pytest.mark.parametrize("body", ["# Title again\n", "### Too deep\n", "## Fine\n\n#### Too deep\n"])
def test_a_heading_that_skips_a_level_is_refused(tmp_path: Path, body: str) -> None:
    assert "must not skip a level" in complaint(tmp_path, body=body)


def test_a_link_to_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path, body="[gone](gone)\n").startswith("the text links to 'gone'")


def test_a_file_is_named_like_its_address(tmp_path: Path) -> None:
    with pytest.raises(EducationPageError, match="small letters"):
        read_page(written(tmp_path, name="My Page.md"), "en")


def test_errors_name_a_file_of_the_data_folder_the_way_people_know_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "education" / "en"
    folder.mkdir(parents=True)
    with pytest.raises(EducationPageError, match=r"^data/education/en/plain\.md: `title`"):
        read_page(written(folder, FRONT.replace("title: Is a made-up page read?\n", "")), "en")


@given(body=st.text(max_size=300))
def test_whatever_is_written_no_tag_of_the_writer_s_own_comes_through(
    tmp_path_factory: pytest.TempPathFactory, body: str
) -> None:
    path = written(tmp_path_factory.mktemp("page"), body=f"Words.\n\n<i>{body}</i>\n")
    try:
        page = read_page(path, "en")
    except EducationPageError:
        return
    assert "<i>" not in page.html


def test_short_words_read_more_easily_than_long_ones() -> None:
    assert reading_grade("The dog ran home. It was glad.") < 2
    assert (
        reading_grade("Pharmacological neuroplasticity considerations necessitate multidisciplinary evaluation.") > 15
    )


def test_list_items_count_as_sentences_of_their_own() -> None:
    assert reading_grade("Ask about\nthe price\nthe risks") == reading_grade("Ask about. The price. The risks.")


def test_plain_spanish_is_above_sixty() -> None:
    assert reading_ease_spanish("Usted puede llamar hoy. La llamada es gratis.") > 60
    assert reading_ease_spanish("Consideraciones farmacológicas interdisciplinarias necesitarían evaluaciones.") < 60
