"""A fetcher is polite, bounded, goes on where it broke off, and never takes a torn answer for a whole one."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from stand_in_publisher import Reply, StandIn, file_publisher, serving

from directory.catalogue.fetches import Mark
from directory.config import load_settings
from importers.fetch import Fetcher, FetchError, NotThereError, PassingError, user_agent
from importers.fetch_facts import FetchFacts

LISTING = bytes(range(256)) * 2000
FACTS = FetchFacts("samhsa-mh", "", "", most_megabytes=1, seconds_without_a_byte=0.5, tries=4)


class Time:
    """A clock that only sleeping moves, so that no test waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def fetcher(time: Time) -> Callable[..., Fetcher]:
    def made(**changes: object) -> Fetcher:
        facts = dataclasses.replace(FACTS, **changes)  # type: ignore[arg-type]
        return Fetcher(facts, "directory/0.1 (a test)", sleep=time.sleep, clock=lambda: time.now)

    return made


def fetched(one: Fetcher, publisher: StandIn, tmp_path: Path, known: Mark | None = None) -> bytes | None:
    try:
        brought = one.fetch(
            f"{publisher.address}/mh-2026.xlsx", tmp_path / "fetching" / "mh-2026.xlsx", known or Mark()
        )
    finally:
        one.close()
    if brought.file is None:
        return None
    assert brought.sha256 == hashlib.sha256(brought.file.read_bytes()).hexdigest()
    return brought.file.read_bytes()


def test_a_file_is_brought_whole_with_a_true_name_of_who_asks(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(file_publisher(LISTING)) as publisher:
        assert fetched(fetcher(), publisher, tmp_path) == LISTING
        assert publisher.asked[0].headers["User-Agent"] == "directory/0.1 (a test)"


def test_a_file_that_is_known_is_not_sent_again(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(file_publisher(LISTING)) as publisher:
        assert fetched(fetcher(), publisher, tmp_path, Mark('"one"', "Sun, 01 Nov 2026 05:00:00 GMT")) is None
        assert publisher.asked[0].headers["If-Modified-Since"] == "Sun, 01 Nov 2026 05:00:00 GMT"
        assert fetched(fetcher(), publisher, tmp_path, Mark('"other"')) == LISTING


def test_a_fetch_that_breaks_off_goes_on_at_the_byte(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(file_publisher(LISTING)) as publisher:
        mark = {"ETag": '"one"'}
        publisher.next_replies += [Reply(200, LISTING, mark, cut=300_000)]
        assert fetched(fetcher(), publisher, tmp_path) == LISTING
        begins = int(publisher.asked[1].headers["Range"].removeprefix("bytes=").rstrip("-"))
        assert 0 < begins <= 300_000


def test_another_process_goes_on_too_and_another_version_is_begun_anew(
    fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    for etag in ('"one"', '"two"'):
        with serving(file_publisher(LISTING[::-1], etag)) as publisher:
            publisher.next_replies += [Reply(200, LISTING[::-1], {"ETag": '"one"'}, cut=100_000)]
            with pytest.raises(PassingError, match="broke off"):
                fetched(fetcher(tries=1), publisher, tmp_path)
            assert fetched(fetcher(), publisher, tmp_path) == LISTING[::-1]
            assert "Range" in publisher.asked[1].headers


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_what_passes_is_asked_again_after_a_pause_with_chance_in_it(
    fetcher: Callable[..., Fetcher], tmp_path: Path, time: Time, status: int
) -> None:
    with serving(file_publisher(LISTING)) as publisher:
        publisher.next_replies += [Reply(status), Reply(status, headers={"Retry-After": "40"})]
        assert fetched(fetcher(), publisher, tmp_path) == LISTING
        assert len(publisher.asked) == 3
        assert max(time.slept) >= 40, "the server said how long"
        assert len({pause for pause in time.slept if 1 < pause < 40}) <= 2


def test_a_pause_of_hours_is_left_to_the_next_run(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(file_publisher(LISTING)) as publisher:
        publisher.next_replies += [Reply(503, headers={"Retry-After": "7200"})]
        with pytest.raises(FetchError, match="come back in 120 minutes"):
            fetched(fetcher(), publisher, tmp_path)


def test_what_never_passes_ends_after_so_many_tries_and_says_why(
    fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    with serving(StandIn(lambda _asked: Reply(500))) as publisher:
        with pytest.raises(FetchError, match="answers 500 Internal Server Error"):
            fetched(fetcher(), publisher, tmp_path)
        assert len(publisher.asked) == 4


@pytest.mark.parametrize(("status", "error"), [(404, NotThereError), (410, NotThereError), (403, FetchError)])
def test_what_will_not_pass_is_not_asked_again(
    fetcher: Callable[..., Fetcher], tmp_path: Path, status: int, error: type[FetchError]
) -> None:
    with serving(StandIn(lambda _asked: Reply(status))) as publisher:
        with pytest.raises(error):
            fetched(fetcher(), publisher, tmp_path)
        assert len(publisher.asked) == 1


def test_an_answer_that_is_packed_is_not_taken_for_the_listing(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    packed = Reply(200, gzip.compress(LISTING), {"Content-Encoding": "gzip"})
    said = r"sends its answer packed \(gzip\)"
    with serving(StandIn(lambda _asked: packed)) as publisher, pytest.raises(FetchError, match=said):
        fetched(fetcher(), publisher, tmp_path)


def test_a_server_that_hangs_is_left(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(file_publisher(LISTING)) as publisher:
        publisher.next_replies += [Reply(200, LISTING, silent=1.5)]
        assert fetched(fetcher(), publisher, tmp_path) == LISTING
        assert len(publisher.asked) == 2


def test_a_file_without_end_is_refused(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(file_publisher(b"x" * (3 << 20))) as publisher, pytest.raises(FetchError, match="more than 1 MB"):
        fetched(fetcher(), publisher, tmp_path)


def test_a_fetch_has_an_end(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    with serving(StandIn(lambda _asked: Reply(503, headers={"Retry-After": "50"}))) as publisher:
        with pytest.raises(FetchError, match="took more than 1 minutes"):
            fetched(fetcher(most_minutes=1, tries=9), publisher, tmp_path)
        assert len(publisher.asked) == 2


def test_never_more_than_a_request_a_second(fetcher: Callable[..., Fetcher], time: Time) -> None:
    with serving(StandIn(lambda _asked: Reply(200, b"{}"))) as publisher:
        one = fetcher()
        for _ in range(5):
            one.ask(publisher.address, {})
        one.close()
        assert time.now >= 4


def test_only_addresses_over_tls_are_fetched_wherever_they_lead(
    fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    away = StandIn(lambda _asked: Reply(302, headers={"Location": "http://listing.invalid/mh.xlsx"}))
    with serving(away) as publisher, pytest.raises(FetchError, match=r"only https:// addresses"):
        fetched(fetcher(), publisher, tmp_path)
    round_about = StandIn(lambda asked: Reply(302, headers={"Location": asked.path}))
    with serving(round_about) as publisher, pytest.raises(FetchError, match="without end"):
        fetched(fetcher(), publisher, tmp_path)


def test_a_server_that_cannot_prove_who_it_is_is_not_believed(fetcher: Callable[..., Fetcher], tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subprocess.run([*made, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    one = fetcher()
    with pytest.raises(FetchError, match="does not prove that it is who it says"):
        one.ask(f"https://127.0.0.1:{server.server_port}/", {})
    one.close()
    thread.join()
    server.server_close()


def test_whoever_asks_can_be_reached(tmp_path: Path) -> None:
    center = load_settings({"DIRECTORY_HOME": str(tmp_path)}).center
    with pytest.raises(FetchError, match=r"set \[center\] email"):
        user_agent(center)
    named = dataclasses.replace(center, name="Quokka Recovery", email="listings@quokka.invalid")
    assert user_agent(named) == "clinic-referral-directory/0.1 (Quokka Recovery; listings@quokka.invalid)"
