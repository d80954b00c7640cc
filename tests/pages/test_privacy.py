"""Nothing of what was searched is written down, also when a page breaks."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from directory.config import Settings
from directory.search.search import Search

CANARY = "quetzalcanary"


def test_a_search_that_breaks_leaves_no_word_of_it_in_any_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def break_down(_search: Search, question: object, **_more: object) -> None:
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


def raw_answer(port: int, request: bytes) -> bytes:
    """What the server at that port says to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        return connection.recv(65536)


SERVER_THAT_BREAKS = """
import sys
from directory.config import load_settings
from directory.search.search import Search
from directory.server import serve_pages

def break_down(search, question, **more):
    raise ValueError(f"cannot answer {question}")

Search.answer = break_down
serve_pages(load_settings({"DIRECTORY_HOME": sys.argv[1]}, demo=True), host="127.0.0.1", port=0, workers=1)
"""


def test_the_real_server_writes_no_word_of_a_request_it_cannot_read_or_answer(
    filled_settings: Settings, tmp_path: Path
) -> None:
    written = tmp_path / "written"
    with written.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER_THAT_BREAKS, str(filled_settings.home)],
            stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline().decode().split(":")[-1].split()[0])
        broken = raw_answer(port, f"GET /search?q={CANARY} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        unread = raw_answer(port, f"GET /search?q={CANARY} and more HTTP/nine\r\n\r\n".encode())
        header = raw_answer(port, f"GET / HTTP/1.1\r\nHost: x\r\n{CANARY} bad\r\n\r\n".encode())
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=30)
    assert broken.startswith(b"HTTP/1.1 500")
    assert unread.startswith(b"HTTP/1.1 400")
    assert header.startswith(b"HTTP/1.1 400")
    logged = written.read_text()
    assert "A request could not be read" in logged
    assert "ValueError in results.show" in logged
    assert CANARY not in logged + said.decode()
