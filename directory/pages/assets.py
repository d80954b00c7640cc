"""Assets: style sheets, scripts and shapes, all from this site, compressed once and kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, request

from directory.config import DATA
from directory.pages.language import ENGLISH, address_in
from directory.pages.site import site
from directory.pages.theme import Theme

BOOTSTRAP = Path(str(files("flask_bootstrap"))) / "static" / "bootstrap5"
LEAFLET = Path(str(files("xstatic.pkg.leaflet"))) / "data"
OWN = Path(__file__).resolve().parent.parent / "static"

FILES = {
    "bootstrap.css": BOOTSTRAP / "css" / "bootstrap.min.css",
    "leaflet.css": LEAFLET / "leaflet.css",
    "leaflet.js": LEAFLET / "leaflet.js",
    **{path.name: path for path in sorted(OWN.iterdir())},
    **{path.relative_to(DATA).as_posix(): path for path in sorted((DATA / "outlines").rglob("*.json"))},
}
THEME = "theme.css"

bp = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    compressed: bytes
    kind: str


@cache
def asset(name: str, accent: str) -> Asset:
    """The asset of that name, in a site of that accent colour. KeyError where there is none."""
    body = Theme.of(accent).stylesheet().encode() if name == THEME else FILES[name].read_bytes()
    return Asset(body, gzip.compress(body, mtime=0), mimetypes.guess_type(name)[0] or "text/plain")


@cache
def edition(accent: str) -> str:
    """Ten digits that change with any byte of any asset, so that browsers may keep each for good."""
    digest = hashlib.blake2b(accent.encode(), digest_size=5)
    for path in FILES.values():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def asset_url(name: str) -> str:
    """The address of an asset in its present edition, one for all languages, so that it is fetched once."""
    return address_in(ENGLISH, f"/assets/{edition(site().settings.center.accent_colour)}/{name}")


@bp.get("/assets/<mark>/<path:name>")
def show(mark: str, name: str) -> Response:
    """One asset. `mark` only tells editions apart; an old one is answered with the present file, not kept."""
    if name not in FILES and name != THEME:
        abort(404)
    accent = site().settings.center.accent_colour
    found = asset(name, accent)
    squeeze = request.accept_encodings.quality("gzip") > 0
    response = Response(found.compressed if squeeze else found.body, mimetype=found.kind)
    response.headers["Vary"] = "Accept-Encoding"
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if mark == edition(accent) else "no-cache"
    return response
