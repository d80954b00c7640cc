"""Stand-ins for publishers: real servers on 127.0.0.1 with the faults that real ones have."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from directory.places.distance import geodesic_miles

METRES_A_MILE = 1609.344
CITIES = {"NY": ("New York", "10001"), "NJ": ("Newark", "07102")}
MAINTENANCE = b"<!DOCTYPE html><html><body>Scheduled maintenance until 6 am</body></html>"


@dataclass
class Asked:
    """A request as the stand-in saw it."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    moment: float


@dataclass
class Reply:
    """An answer. `cut` sends only so many bytes of it and hangs up; `silent` waits so many seconds first."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: float = 0.0


class StandIn:
    """A publisher: `answer` gives the reply to a request, unless one of `next_replies` comes first, each once."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.answer = answer
        self.next_replies: deque[Reply | Callable[[Asked], Reply] | None] = deque()
        self.asked: list[Asked] = []
        self.address = ""

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        scripted = self.next_replies.popleft() if self.next_replies else None
        if scripted is None:
            return self.answer(asked)
        return scripted if isinstance(scripted, Reply) else scripted(asked)


@contextmanager
def serving(publisher: StandIn) -> Iterator[StandIn]:
    """The publisher behind a socket of its own; `address` is set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = {key: values[0] for key, values in parse_qs(parts.query).items()}
            reply = publisher.reply(Asked(parts.path, parameters, dict(self.headers), time.monotonic()))
            if reply.silent:
                time.sleep(reply.silent)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])
            if reply.cut is not None:
                self.close_connection = True

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    publisher.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield publisher
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def file_publisher(body: bytes, etag: str = '"one"') -> StandIn:
    """A publisher of one file, which knows conditional requests and ranges."""

    def answer(asked: Asked) -> Reply:
        mark = {"ETag": etag, "Last-Modified": "Sun, 01 Nov 2026 05:00:00 GMT"}
        if asked.headers.get("If-None-Match") == etag:
            return Reply(304, headers=mark)
        wanted = asked.headers.get("Range", "")
        if wanted and asked.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            return Reply(206, body[start:], mark | {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})
        return Reply(200, body, mark)

    return StandIn(answer)


def made_up_row(number: int, latitude: float, longitude: float, state: str, **changes: Any) -> dict[str, Any]:
    """A row of the locator, unmistakably made up."""
    row = {
        "_irow": number,
        "name1": f"Quokka House {number}",
        "name2": "",
        "street1": f"{number} Nonesuch Street",
        "street2": None,
        "city": CITIES[state][0],
        "state": state,
        "zip": CITIES[state][1],
        "phone": f"317-555-{number % 10000:04}",
        "website": "",
        "latitude": str(latitude),
        "longitude": str(longitude),
        "miles": 0.5,
        "typeFacility": "MH",
        "services": [{"f1": "Treatment Approaches", "f2": "TAP", "f3": "Ketamine Infusion Therapy"}],
    }
    return row | changes


class Locator:
    """FindTreatment.gov's locator over these rows, as it really answers: 200 whatever is wrong, `lat,lng` only."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.turned = False

    def __call__(self, asked: Asked) -> Reply:
        given = asked.parameters
        if {"sAddr", "limitType", "limitValue", "pageSize", "page"} - set(given):
            return Reply(200, b"Missing required parameter")
        if given["limitType"] != "2" or not given["sAddr"].startswith('"'):
            return Reply(200, b"Invalid parameter")
        latitude, longitude = (float(part) for part in given["sAddr"].strip('"').split(","))
        return Reply(200, json.dumps(self.page(latitude, longitude, given)).encode())

    def page(self, latitude: float, longitude: float, given: dict[str, str]) -> dict[str, Any]:
        near = []
        if self.turned:
            latitude, longitude = longitude, latitude
        if abs(latitude) <= 90:
            limit = float(given["limitValue"]) / METRES_A_MILE
            for row in self.rows:
                miles = geodesic_miles(latitude, longitude, float(row["latitude"]), float(row["longitude"]))
                if miles <= limit:
                    near.append((miles, row | {"miles": round(miles, 2)}))
        near.sort(key=lambda pair: pair[0])
        size, number = int(given["pageSize"]), int(given["page"])
        rows = [row for _miles, row in near[(number - 1) * size : number * size]]
        pages = -(-len(near) // size)
        return {"page": number, "totalPages": pages, "recordCount": len(near), "rows": rows}
