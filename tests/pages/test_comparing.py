"""Clinics side by side: what they share is said once, what differs is marked, and silence is no denial."""

from __future__ import annotations

import html5lib
from flask import Flask
from flask.testing import FlaskClient

from directory.pages.chosen import ChosenClinics, chosen_clinics
from directory.pages.comparison import Comparison, Kind, Row


def compared(app: Flask, *ids: int, near: str = "") -> Comparison:
    with app.test_request_context("/"):
        return Comparison.of(chosen_clinics(ChosenClinics(ids, near, "compare.show")))


def row_of(comparison: Comparison, heading: str) -> Row:
    rows = [*comparison.facts, *(row for group in comparison.groups for row in group.rows)]
    return next(row for row in rows if row.heading == heading)


def test_what_all_list_is_said_once_and_what_some_list_is_marked(app: Flask) -> None:
    comparison = compared(app, 1, 7)
    payment = next(group for group in comparison.groups if "Medicaid" in group.shared)
    assert "Medicare" in payment.shared
    ketamine = next(row for group in comparison.groups for row in group.rows if row.heading == "Ketamine infusion")
    assert [cell.kind for cell in ketamine.cells] == [Kind.LISTED, Kind.UNSAID]
    assert ketamine.differs


def test_a_clinic_that_told_us_no_is_told_apart_from_one_that_nobody_asked(app: Flask) -> None:
    ketamine = row_of(compared(app, 30, 7, 1), "Ketamine infusion")
    assert [cell.kind for cell in ketamine.cells] == [Kind.DENIED, Kind.UNSAID, Kind.WORDS]


def test_distances_are_measured_from_a_place_in_the_address_alone(app: Flask) -> None:
    far = row_of(compared(app, 1, 2, near="46802"), "How far")
    assert far.differs
    assert "about" in far.cells[0].words
    assert "How far" not in [row.heading for row in compared(app, 1, 2).facts]


def test_clinics_that_list_the_same_differ_in_nothing(app: Flask) -> None:
    assert compared(app, 1, 3).differences == 0


def test_a_fifth_clinic_is_named_as_left_out(client: FlaskClient) -> None:
    page = client.get("/compare?clinic=1&clinic=2&clinic=3&clinic=4&clinic=5").get_data(as_text=True)
    assert "Left out: Blue Thistle Made-Up Clinic 5." in page


def test_the_table_has_a_heading_for_each_column_and_row(client: FlaskClient) -> None:
    page = client.get("/compare?clinic=1&clinic=2&clinic=30").get_data(as_text=True)
    table = html5lib.parse(page, namespaceHTMLElements=False).find(".//table")
    assert len(table.findall("thead/tr/th[@scope='col']")) == 3
    rows = [row for row in table.findall("tbody/tr") if row.get("class") != "group"]
    assert all(row.find("th").get("scope") == "row" for row in rows)
    assert all(sum(int(cell.get("colspan", "1")) for cell in row.findall("td")) == 3 for row in rows)
