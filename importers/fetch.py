"""Fetch: asks a publisher's server, politely, and brings back whole answers or says why not."""

from __future__ import annotations

import datetime as dt
import json
import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from directory.catalogue.fetches import Mark
from directory.config import CenterSettings
from directory.errors import PlainError
from importers.fetch_facts import FetchFacts

Got = TypeVar("Got")

LONGEST_PAUSE = 15 * 60.0
MOST_REDIRECTS = 5
PIECE = 1 << 16
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class FetchError(PlainError):
    """A publisher's server did not give what was asked; the message says what it did, and what to do."""


class PassingError(FetchError):
    """What may be otherwise in a moment: asked again after a pause; `pause` is what the server wants, in seconds."""

    def __init__(self, said: str, pause: float = 0.0) -> None:
        super().__init__(said)
        self.pause = pause


class NotThereError(FetchError):
    """The address holds nothing (404 or 410)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched; `file` is None where the publisher says that it is the one known already."""

    address: str
    mark: Mark
    file: Path | None = None
    sha256: str = ""


def user_agent(center: CenterSettings) -> str:
    """Who asks, and how they are reached. Raises FetchError where the settings name no way to reach anybody."""
    public = center.address if not any(own in center.address for own in _OWN_MACHINE) else ""
    ways = [way for way in (public, center.email) if way]
    if not ways:
        raise FetchError(
            "a public server must be able to reach whoever asks it: set [center] email (or address) in settings.toml"
        )
    name = center.name.encode("ascii", "ignore").decode() or "a recovery center"
    return f"clinic-referral-directory/0.1 ({name}; {'; '.join(ways)})"


class Fetcher:
    """One source's fetch: at most so many requests a second, bounded in bytes and minutes, over TLS.

    `sleep` and `clock` are time.sleep and time.monotonic but in tests of waiting.
    """

    def __init__(
        self,
        facts: FetchFacts,
        agent: str,
        *,
        tell: Callable[[str], None] = lambda _said: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.facts = facts
        self._tell = tell
        self._sleep = sleep
        self._clock = clock
        self._ends = clock() + facts.most_minutes * 60
        self._free = clock()
        self._client = httpx.Client(
            headers={"User-Agent": agent, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(facts.seconds_without_a_byte, connect=min(20.0, facts.seconds_without_a_byte)),
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            event_hooks={"request": [self._before]},
            verify=ssl.create_default_context(),
        )

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def again(self, ask: Callable[[], Got]) -> Got:
        """Do it; what fails in passing is done again after a pause that grows, with chance in it. Raises FetchError."""
        retrying = Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(self.facts.tries),
            wait=self._pause,
            sleep=self._wait,
            before_sleep=self._told,
            reraise=True,
        )
        return retrying(ask)

    def ask(self, address: str, parameters: dict[str, str]) -> bytes:
        """One whole answer in memory. Raises PassingError or FetchError."""
        return self._stream(address, parameters, {}, self._whole)

    def fetch(self, address: str, file: Path, known: Mark) -> Fetched:
        """Bring a file to `file`; what a break left is gone on with by Range. Raises FetchError."""
        left = _Left(file)
        return self.again(lambda: self._fetch_once(address, left, known))

    def _fetch_once(self, address: str, left: _Left, known: Mark) -> Fetched:
        headers = left.headers(address)
        if not headers:
            headers |= {"If-None-Match": known.etag} if known.etag else {}
            headers |= {"If-Modified-Since": known.last_modified} if known.last_modified else {}

        def take(answer: httpx.Response) -> Fetched:
            mark = Mark(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
            if answer.status_code == 304:
                return Fetched(address, known)
            if answer.status_code == 416:
                left.forget()
                raise PassingError(f"{address} has not the bytes that were asked for any longer")
            left.begin(address, mark, going_on=answer.status_code == 206, starts=_starts_at(answer))
            with left.part.open("ab") as part:
                for piece in self._pieces(answer, address, left.part.stat().st_size):
                    part.write(piece)
                part.flush()
                os.fsync(part.fileno())
            _check_length(answer, left.part.stat().st_size, address)
            return Fetched(address, mark, *left.whole())

        return self._stream(address, {}, headers, take)

    def _whole(self, answer: httpx.Response) -> bytes:
        body = b"".join(self._pieces(answer, str(answer.url), 0))
        _check_length(answer, len(body), str(answer.url))
        return body

    def _pieces(self, answer: httpx.Response, address: str, had: int) -> Any:
        most = self.facts.most_megabytes << 20
        got = had
        for piece in answer.iter_raw(PIECE):
            got += len(piece)
            if got > most:
                raise FetchError(f"{address} sends more than {self.facts.most_megabytes} MB, the most that is expected")
            self._check_time(address)
            yield piece

    def _stream(
        self, address: str, parameters: dict[str, str], headers: dict[str, str], take: Callable[[httpx.Response], Got]
    ) -> Got:
        try:
            with self._client.stream("GET", address, params=parameters or None, headers=headers) as answer:
                _check_status(answer, address)
                return take(answer)
        except httpx.TimeoutException:
            raise PassingError(f"{address} did not answer in {self.facts.seconds_without_a_byte:g} seconds") from None
        except httpx.TooManyRedirects:
            raise FetchError(f"{address} leads from one address to the next without end") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise FetchError(f'"{address}" is no address; write one that begins with https://') from None
        except httpx.TransportError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
                raise FetchError(f"{address} does not prove that it is who it says (TLS): {error}") from None
            raise PassingError(f"{address} cannot be reached, or broke off ({error})") from None

    def _before(self, request: httpx.Request) -> None:
        """Before each request, also one that a redirect leads to: TLS, time left, and its turn."""
        if request.url.scheme != "https" and request.url.host not in _OWN_MACHINE:
            raise FetchError(f"{request.url} is not protected by TLS; only https:// addresses are fetched")
        self._check_time(str(request.url))
        self._sleep(max(0.0, self._free - self._clock()))
        self._free = self._clock() + 1 / self.facts.requests_a_second

    def _check_time(self, address: str) -> None:
        if self._clock() > self._ends:
            most = f"{self.facts.most_minutes:g} minutes"
            raise FetchError(f"{address} took more than {most}; the next run goes on where this one ended")

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause if isinstance(error, PassingError) else 0.0
        if asked > LONGEST_PAUSE:
            raise FetchError(f"{error}; it asks to come back in {asked / 60:.0f} minutes")
        return max(asked, float(wait_random_exponential(multiplier=1, min=1, max=60)(state)))

    def _wait(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check_time("the server")

    def _told(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0
        self._tell(f"{error}; trying again in {pause:.0f} seconds (try {state.attempt_number} of {self.facts.tries})")


class _Left:
    """What is left of a fetch that broke off: the bytes so far, and which version of which address they are of."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.part = file.with_name(f"{file.name}.part")
        self._about = file.with_name(f"{file.name}.about")

    def headers(self, address: str) -> dict[str, str]:
        """The headers that ask for the rest; empty where there is nothing to go on with."""
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
            size = self.part.stat().st_size
        except (OSError, ValueError):
            return {}
        if not size or about.get("address") != address or not about.get("mark"):
            return {}
        return {"Range": f"bytes={size}-", "If-Range": about["mark"]}

    def begin(self, address: str, mark: Mark, *, going_on: bool, starts: int) -> None:
        """Make ready to append; whatever is no rest of the same version begins anew."""
        if going_on:
            if not self.part.exists() or starts != self.part.stat().st_size:
                self.forget()
                raise PassingError(f"{address} sent another part than was asked for")
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(b"")
        # A weak mark does not promise the same bytes, so a part of it is not gone on with.
        strong = mark.etag if mark.etag and not mark.etag.startswith("W/") else ""
        self._about.write_text(json.dumps({"address": address, "mark": strong or mark.last_modified}), encoding="utf-8")

    def forget(self) -> None:
        """Drop what was left."""
        self.part.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)

    def whole(self) -> tuple[Path, str]:
        """The finished file and its SHA-256 in hex."""
        self.part.replace(self.file)
        self._about.unlink(missing_ok=True)
        with self.file.open("rb") as file:
            return self.file, file_digest(file, "sha256").hexdigest()


def _check_status(answer: httpx.Response, address: str) -> None:
    status = answer.status_code
    packed = answer.headers.get("Content-Encoding", "identity")
    if status in (200, 206) and packed != "identity":
        raise FetchError(f"{address} sends its answer packed ({packed}), which it was asked not to do")
    if status in (200, 206, 304, 416):
        return
    if status in _AGAIN:
        raise PassingError(f"{address} answers {status} {answer.reason_phrase}", _retry_after(answer))
    if status in (404, 410):
        raise NotThereError(f"there is nothing at {address} ({status}); look where the file is now")
    raise FetchError(f"{address} answers {status} {answer.reason_phrase}")


def _retry_after(answer: httpx.Response) -> float:
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _starts_at(answer: httpx.Response) -> int:
    said = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(said) if said.isdigit() else -1


def _check_length(answer: httpx.Response, got: int, address: str) -> None:
    whole = answer.headers.get("Content-Range", "").rpartition("/")[2] or answer.headers.get("Content-Length", "")
    if whole.isdigit() and int(whole) != got:
        raise PassingError(f"{address} broke off after {got:,} of {int(whole):,} bytes")
