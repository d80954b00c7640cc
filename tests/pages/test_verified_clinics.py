"""A clinic that somebody asked says so, with the day, and never who asked."""

from __future__ import annotations

import re

from flask.testing import FlaskClient


def test_a_clinic_that_was_asked_says_when(client: FlaskClient) -> None:
    page = client.get("/clinic/6").text
    assert "We last asked the clinic on November 3, 2026." in page
    assert "We have not asked the clinic ourselves" not in page
    assert re.search(r"TMS[^<]*<span class=\"muted asked\">We called on November 3, 2026</span>", page)
    assert page.count("We called on November 3, 2026") == 1, "the other services are only listed"


def test_a_clinic_that_has_no_ketamine_after_all_says_so(client: FlaskClient) -> None:
    page = client.get("/clinic/30").text
    assert "The clinic told us that it does not offer ketamine infusion. We last asked on November 3, 2026." in page
    assert "the clinic itself, asked on November 3, 2026" in page
    told = page.partition("What they told us they do not offer")[2].partition("</ul>")[0]
    assert "etamine infusion" in told
    assert "We called on November 3, 2026" in told


def test_a_clinic_that_nobody_asked_says_that_too(client: FlaskClient) -> None:
    assert "We have not asked the clinic ourselves" in client.get("/clinic/1").text


def test_who_asked_stays_with_the_staff(client: FlaskClient) -> None:
    assert "A. Nobody" not in client.get("/clinic/6").text + client.get("/clinic/30").text


def test_words_of_crisis_alone_bring_help_and_no_list_of_clinics(client: FlaskClient) -> None:
    page = client.get("/search?q=i+want+to+die").text
    assert "When you are ready" in page
    assert "/clinic/" not in page
    assert set(re.findall(r'href="(/learn/[^"]+)"', page)) == {"/learn/crisis-help"}
    assert re.search(r"<h1[^>]*>You don’t have to carry this alone</h1>", page)
    assert client.get("/search?q=i+want+to+die+46802").text.count("/clinic/") > 0
