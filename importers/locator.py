"""Locator: all of FindTreatment.gov's listing, state by state and page by page, gone on with where it was cut off.

How it answers stands in docs/formats/findtreatment.md.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any

from directory.catalogue.fetches import Mark
from directory.places.distance import geodesic_miles
from directory.places.gazetteer import Gazetteer
from importers.fetch import Fetched, Fetcher, FetchError, PassingError
from importers.findtreatment import OF_THE_QUERY

METRES_A_MILE = 1609.344
# A clinic may stand beyond the outermost ZIP point of its state.
MARGIN_MILES = 40
# In the middle of Manhattan there is always a clinic within 30 miles.
PROBE = (40.75, -73.99)
PROBE_MILES = 30
MAY_BE_EMPTY = frozenset({"AS", "MP", "GU", "VI"})
BEGUN_ANEW = 3
GOES_STALE = dt.timedelta(hours=24)


class ChangingError(PassingError):
    """The listing changed between two pages: the state is begun anew."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A state as a circle round the points of its ZIPs; degrees and miles."""

    state: str
    latitude: float
    longitude: float
    miles: float


def circles(gazetteer: Gazetteer) -> list[Circle]:
    """A circle for each state and territory; the numbers the locator itself has for states are nowhere published."""
    points = gazetteer.points_by_state()
    found = []
    for state in sorted(points):
        latitude, longitude = (round((min(values) + max(values)) / 2, 4) for values in zip(*points[state], strict=True))
        farthest = max(geodesic_miles(latitude, longitude, *point) for point in points[state])
        found.append(Circle(state, latitude, longitude, round(farthest + MARGIN_MILES)))
    return found


class Locator:
    """One walk through the locator. `folder` keeps the pages until all are there."""

    def __init__(self, fetcher: Fetcher, folder: Path, states: list[Circle], now: dt.datetime) -> None:
        self._courier = fetcher
        self._address = fetcher.facts.address
        self._folder = folder
        self._states = states
        self._now = now

    def bring(self, file: Path, progress: Callable[[int], None] = lambda _done: None) -> Fetched:
        """Fetch every state and write one document with all rows. Raises FetchError; what was fetched is kept then."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._begin_or_go_on()
        self._courier.again(self._probe)
        for done, circle in enumerate(self._states, 1):
            if not (self._folder / f"{circle.state}.json").exists():
                self._fetch_state(circle)
            progress(done)
        rows, sha256 = self._write(file)
        if not rows:
            raise FetchError(f"{self._address} answered every state without a row")
        shutil.rmtree(self._folder)
        return Fetched(self._address, Mark(), file, sha256)

    def _begin_or_go_on(self) -> None:
        """Pages of another day, address or size of page are of another edition."""
        begun = self._folder / "begun"
        asked = f"{self._address} {self._courier.facts.page_size}"
        try:
            moment, _blank, said = begun.read_text(encoding="utf-8").partition(" ")
            fresh = said == asked and self._now - dt.datetime.fromisoformat(moment) < GOES_STALE
        except (OSError, ValueError):
            fresh = False
        if not fresh:
            shutil.rmtree(self._folder)
            self._folder.mkdir()
            begun.write_text(f"{self._now.isoformat()} {asked}", encoding="utf-8")

    def _probe(self) -> None:
        """An order of coordinates that the locator does not understand answers 200 without a row."""
        latitude, longitude = PROBE
        if self._ask(Circle("NY", latitude, longitude, PROBE_MILES), 1, size=1)["recordCount"]:
            return
        turned = self._ask(Circle("NY", longitude, latitude, PROBE_MILES), 1, size=1)["recordCount"]
        why = "it reads longitude before latitude now" if turned else "it answers no place at all"
        raise FetchError(
            f"{self._address} knows no clinic within {PROBE_MILES} miles of Manhattan: {why}. Nothing was fetched."
        )

    def _fetch_state(self, circle: Circle) -> None:
        """All pages of a state, begun anew where the listing changes meanwhile."""
        repeats_before = -1
        for _try in range(BEGUN_ANEW):
            try:
                rows, repeats = self._pages_of(circle)
            except ChangingError as error:
                self._forget_pages(circle)
                changed = error
                continue
            if repeats in (0, repeats_before):
                self._keep_state(circle, rows)
                return
            # Rows that stand on two pages were listed twice, or moved between the pages: twice alike is the former.
            repeats_before = repeats
            changed = ChangingError(f"{repeats} rows of {circle.state} stand on two pages")
            self._forget_pages(circle)
        raise FetchError(f"{self._address}: {changed}, {BEGUN_ANEW} times; try again later")

    def _pages_of(self, circle: Circle) -> tuple[list[dict[str, Any]], int]:
        """The rows of all pages, and how many stand on two of them. Raises ChangingError and FetchError."""
        rows: list[dict[str, Any]] = []
        seen: set[bytes] = set()
        repeats, number, count = 0, 0, None
        before: list[bytes] = []
        while count is None or len(rows) < count:
            number += 1
            page = self._page(circle, number, before)
            count = page["recordCount"] if count is None else count
            prints = [_fingerprint(row) for row in page["rows"]]
            if page["recordCount"] != count:
                raise ChangingError(f"{circle.state} had {count} records on page 1, {page['recordCount']} on {number}")
            if not prints and len(rows) < count:
                raise ChangingError(f"{circle.state} ends after {len(rows)} of {count} records")
            repeats += sum(one in seen for one in set(prints))
            seen.update(prints)
            rows += page["rows"]
            before = prints
        if len(rows) > count:
            raise ChangingError(f"{circle.state} holds {len(rows)} rows and announces {count} records")
        return rows, repeats

    def _page(self, circle: Circle, number: int, before: list[bytes]) -> dict[str, Any]:
        """A page, as it was kept when this walk was cut off, else fetched and kept."""
        kept = self._folder / f"{circle.state}-{number}.page"
        if kept.exists():
            page: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
            return page

        def ask() -> dict[str, Any]:
            page = self._ask(circle, number, size=self._courier.facts.page_size)
            if before and [_fingerprint(row) for row in page["rows"]] == before:
                raise PassingError(f"page {number} of {circle.state} repeats page {number - 1}")
            return page

        page = self._courier.again(ask)
        _write_whole(kept, _json(page))
        return page

    def _ask(self, circle: Circle, number: int, *, size: int) -> dict[str, Any]:
        parameters = {
            "sAddr": f'"{circle.latitude},{circle.longitude}"',
            "limitType": "2",
            "limitValue": str(round(circle.miles * METRES_A_MILE)),
            "sType": "BOTH",
            "pageSize": str(size),
            "page": str(number),
            "sort": "0",
        }
        return _read(self._courier.ask(self._address, parameters), number, self._address)

    def _keep_state(self, circle: Circle, rows: list[dict[str, Any]]) -> None:
        # A circle reaches into the states around; each row is taken from the circle of its own state.
        own = [row for row in rows if str(row.get("state") or circle.state).strip().upper() == circle.state]
        if not own and circle.state not in MAY_BE_EMPTY:
            raise FetchError(f"{self._address} answers no clinic in {circle.state}; nothing is taken without it")
        _write_whole(self._folder / f"{circle.state}.json", _json(own))
        self._forget_pages(circle)

    def _forget_pages(self, circle: Circle) -> None:
        for kept in self._folder.glob(f"{circle.state}-*.page"):
            kept.unlink()

    def _write(self, file: Path) -> tuple[int, str]:
        """Write the document, a state at a time; how many rows it has, and its SHA-256 in hex."""
        kept = [self._folder / f"{circle.state}.json" for circle in self._states]
        count = sum(len(json.loads(path.read_text(encoding="utf-8"))) for path in kept)
        head = json.dumps({"page": 1, "totalPages": 1, "recordCount": count})[:-1]
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as out:
            out.write(f'{head}, "rows": [\n')
            out.write(",\n".join(_rows(kept)))
            out.write("\n]}\n")
        return count, _sha256(file)


def _rows(kept: list[Path]) -> Iterator[str]:
    for path in kept:
        for row in json.loads(path.read_text(encoding="utf-8")):
            yield _json(row)


def _read(body: bytes, number: int, address: str) -> dict[str, Any]:
    """The page in an answer. Raises PassingError where it is cut off or a web page, FetchError for plain text."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if text.startswith("<"):
        raise PassingError(f"{address} answers a web page in place of the listing; it may be under maintenance")
    if not text.startswith("{"):
        said = " ".join(text[:200].split())
        raise FetchError(
            f'{address} answers plain text in place of the listing: "{said}". Its parameters may have changed.'
        )
    try:
        page = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PassingError(f"{address} sent a page that is no whole JSON ({error})") from None
    try:
        rows, count, said_number = page["rows"], int(page["recordCount"]), int(page.get("page", number))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise FetchError(f"{address} sent a page without rows or recordCount; its form may have changed") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FetchError(f"{address} sent rows that are no facilities; its form may have changed")
    if said_number != number:
        raise PassingError(f"{address} sent page {said_number} where page {number} was asked for")
    return {"recordCount": count, "rows": rows}


def _json(value: Any) -> str:
    """As JSON; half a letter, as JavaScript leaves where it cuts a text within an emoji, becomes U+FFFD."""
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _fingerprint(row: dict[str, Any]) -> bytes:
    own = {key: value for key, value in row.items() if key not in OF_THE_QUERY}
    return blake2b(json.dumps(own, sort_keys=True).encode(), digest_size=12).digest()


def _write_whole(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
