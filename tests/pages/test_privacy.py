"""Nothing of what was searched is written down, also when a page breaks."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient

from directory.search.search import Search

CANARY = "quetzalcanary"


def test_a_search_that_breaks_leaves_no_word_of_it_in_any_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def break_down(_search: Search, question: object) -> None:
        raise ValueError(f"cannot answer {question}")

    monkeypatch.setattr(Search, "answer", break_down)
    caplog.set_level(logging.DEBUG)
    response = client.get(f"/search?q={CANARY}&near={CANARY}")
    assert response.status_code == 500
    assert "988" in response.get_data(as_text=True)
    assert "ValueError in results.show" in caplog.text
    written = caplog.text + "".join(capfd.readouterr())
    assert CANARY not in written


@pytest.mark.parametrize("path", [f"/search?q={CANARY}", f"/{CANARY}", f"/clinic/{CANARY}", f"/learn/{CANARY}"])
def test_a_plain_visit_writes_nothing_about_itself(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get(path)
    assert CANARY not in caplog.text


def test_a_point_finer_than_a_mile_is_rounded_before_it_is_used(client: FlaskClient) -> None:
    page = client.get("/search?near=41.079273,-85.139351").get_data(as_text=True)
    assert "41.079273" not in page
    assert "41.08" in page
