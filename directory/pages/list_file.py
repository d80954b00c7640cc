"""A list of results as a file for a spreadsheet."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext

from directory.csv_text import csv_text
from directory.pages.cards import cards
from directory.pages.wording import begun
from directory.search.answer import Answer

# More than anybody calls, and few enough to answer at once.
MOST_IN_FILE = 500


def list_file(answer: Answer) -> str:
    """The clinics of an answer as CSV, headings first, in the order of the list."""
    headings = [
        gettext("Name"), gettext("Program"), gettext("Street"), gettext("City"), gettext("State"), gettext("ZIP"),
        gettext("Phone"), gettext("How far"), gettext("Offers"), gettext("Takes"), gettext("Listed by"),
        gettext("What the clinic told us"), gettext("Page"),
    ]  # fmt: skip
    lines = [
        [
            one.result.name, one.result.program, one.result.street, one.result.city, one.result.state, one.result.zip,
            one.result.phone, one.distance, ", ".join(one.treatments), begun(one.payment), one.sources, one.said,
            url_for("clinic.show", facility_id=one.result.id, _external=True),
        ]
        for one in cards(answer)
    ]  # fmt: skip
    return csv_text([headings, *lines])
