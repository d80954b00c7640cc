"""The geocoder, against a stand-in that answers as Nominatim does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from directory.catalogue.geocoding import GeocoderError, geocoder
from directory.catalogue.placing import Address
from directory.catalogue.session import Catalogue
from directory.config import GeocoderSettings

CLINIC = Address("100 Nowhere Street", "Indianapolis", "IN", "46204", None, None)


@dataclass
class StandIn:
    """What the stand-in was asked, and what it answers."""

    address: str
    asked: list[str] = field(default_factory=list)
    found: list[dict[str, str]] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(parse_qs(urlsplit(self.path).query)["q"][0])
            body = json.dumps(state.found).encode()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state = StandIn(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def settings(stand_in: StandIn, service: str = "nominatim") -> GeocoderSettings:
    return GeocoderSettings(service, stand_in.address, "made-up-clinic-directory", 0.0)


def test_no_geocoder_is_asked_unless_one_is_set(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        assert geocoder(session, GeocoderSettings("", "", "", 1.0)) is None


def test_an_address_is_asked_once_and_remembered_for_good(catalogue: Catalogue, stand_in: StandIn) -> None:
    stand_in.found = [{"lat": "39.8", "lon": "-86.1", "display_name": "Nowhere"}]
    for _ in range(2):
        with catalogue.writing() as session:
            ask = geocoder(session, settings(stand_in))
            assert ask is not None
            assert ask(CLINIC) == (39.8, -86.1)
            assert ask(CLINIC) == (39.8, -86.1)
    assert stand_in.asked == ["100 Nowhere Street, Indianapolis, IN 46204"]


def test_an_address_nobody_knows_is_remembered_as_unknown(catalogue: Catalogue, stand_in: StandIn) -> None:
    with catalogue.writing() as session:
        ask = geocoder(session, settings(stand_in))
        assert ask is not None
        assert ask(CLINIC) is None
        assert ask(CLINIC) is None
    assert len(stand_in.asked) == 1


def test_a_geocoder_that_fails_is_named_in_one_sentence(catalogue: Catalogue, stand_in: StandIn) -> None:
    stand_in.status = 500
    with catalogue.writing() as session:
        ask = geocoder(session, settings(stand_in))
        assert ask is not None
        with pytest.raises(GeocoderError, match="does not answer"):
            ask(CLINIC)


def test_an_unknown_service_is_refused_by_its_setting(catalogue: Catalogue, stand_in: StandIn) -> None:
    with pytest.raises(GeocoderError, match="knows no geocoder"), catalogue.writing() as session:
        geocoder(session, settings(stand_in, "moonwalk"))
