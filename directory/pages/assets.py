"""Assets: style sheets, scripts and shapes, all from this site, compressed ahead and kept by browsers for good."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, request

from directory.config import DATA
from directory.pages.compression import CODINGS, chosen_coding
from directory.pages.language import ENGLISH, address_in
from directory.pages.site import site
from directory.pages.stylesheet import used_of
from directory.pages.theme import Theme

BOOTSTRAP = Path(str(files("flask_bootstrap"))) / "static" / "bootstrap5"
LEAFLET = Path(str(files("xstatic.pkg.leaflet"))) / "data"
OWN = Path(__file__).resolve().parent.parent / "static"

FILES = {
    "leaflet.css": LEAFLET / "leaflet.css",
    "leaflet.js": LEAFLET / "leaflet.js",
    **{path.name: path for path in sorted(OWN.iterdir())},
    **{path.relative_to(DATA).as_posix(): path for path in sorted((DATA / "outlines").rglob("*.json"))},
}
# Bootstrap's rules that are used, and the colours of this center: one request.
BASE = "base.css"

bp = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent, by the coding of its content; "identity" is the file itself."""

    bodies: dict[str, bytes]
    kind: str


@cache
def asset(name: str, accent: str) -> Asset:
    """The asset of that name, in a site of that accent colour. KeyError where there is none."""
    body = content(name, accent)
    coded = {coding: compress(body) for coding, compress in CODINGS.items()} if _worth_it(name) else {}
    return Asset({"identity": body, **coded}, mimetypes.guess_type(name)[0] or "text/plain")


def content(name: str, accent: str) -> bytes:
    """The bytes of an asset. KeyError where there is none."""
    return base_stylesheet(accent) if name == BASE else FILES[name].read_bytes()


@cache
def base_stylesheet(accent: str) -> bytes:
    """What every page is dressed in before our own style sheet: what is used of Bootstrap, and the center's colours."""
    return used_of(BOOTSTRAP / "css" / "bootstrap.min.css") + b"\n" + Theme.of(accent).stylesheet().encode()


@cache
def edition(accent: str) -> str:
    """Ten digits that change with any byte of any asset, so that browsers may keep each for good."""
    digest = hashlib.blake2b(base_stylesheet(accent), digest_size=5)
    for path in FILES.values():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def asset_url(name: str) -> str:
    """The address of an asset in its present edition, one for all languages, so that it is fetched once."""
    return address_in(ENGLISH, asset_path(name))


def asset_path(name: str) -> str:
    """The path of an asset in its present edition."""
    return f"/assets/{edition(site().settings.center.accent_colour)}/{name}"


@bp.get("/assets/<mark>/<path:name>")
def show(mark: str, name: str) -> Response:
    """One asset. `mark` only tells editions apart; an old one is answered with the present file, not kept."""
    if name not in FILES and name != BASE:
        abort(404)
    accent = site().settings.center.accent_colour
    found = asset(name, accent)
    coding = chosen_coding(request, found.bodies)
    response = Response(found.bodies[coding], mimetype=found.kind)
    response.headers["Vary"] = "Accept-Encoding"
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if mark == edition(accent) else "no-cache"
    return response


def _worth_it(name: str) -> bool:
    return not name.endswith(".png")
