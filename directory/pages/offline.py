"""Offline: what a device keeps of this site, so that it opens without a network, and as an app.

Kept are the pages that are the same for everybody: home, the pages to read, crisis help. Nothing that was searched, no
clinic that was looked at, and nothing of staff. The shortlist is kept because somebody put it together on that device.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from flask import Blueprint, Response, current_app, render_template, url_for
from flask_babel import gettext

from directory.config import TEMPLATES
from directory.pages.assets import BASE, OWN, asset_url
from directory.pages.language import language
from directory.pages.security import KEPT_A_WHILE
from directory.pages.site import site
from directory.pages.theme import Theme

WORKER = "service_worker.js"
# Where staff and clinics are let in; the worker looks away from what is below.
CLOSED = ("/staff", "/reply")
# Of our own files those that no page kept offline needs.
ONLY_ONLINE = ("country", "design", "desk", "map", "people", "share", "service_worker")
ICONS = {"icon-192.png": "192x192", "icon-512.png": "512x512"}
NOT_PAGES = {"home.robots"}

bp = Blueprint("offline", __name__)


def pages_for_all() -> list[str]:
    """The addresses, in the language of this page, of all pages that are the same for everybody."""
    addresses = []
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint not in KEPT_A_WHILE or rule.endpoint in NOT_PAGES:
            continue
        if rule.arguments == {"slug"}:
            addresses += [url_for(rule.endpoint, slug=slug) for slug in site().education]
        elif not rule.arguments:
            addresses.append(url_for(rule.endpoint))
    return addresses


def assets_kept() -> list[str]:
    """The style sheets, scripts and pictures that pages kept offline need."""
    own = (path.name for path in sorted(OWN.iterdir()) if not path.name.startswith(ONLY_ONLINE))
    return [asset_url(name) for name in (BASE, *own)]


@bp.get("/service-worker.js")
def worker() -> Response:
    """What the browser runs between it and this site, for the pages of one language."""
    facts = {
        "language": language(),
        "pages": pages_for_all(),
        "assets": assets_kept(),
        "offline": url_for("offline.show"),
        "shortlist": url_for("shortlist.show"),
        "closed": [url_for("home.show").removesuffix("/") + top for top in CLOSED],
    }
    facts["edition"] = _edition(json.dumps(facts), repr(site().settings.center), site().demonstration)
    script = f"const KEPT = {json.dumps(facts)};\n{(OWN / WORKER).read_text(encoding='utf-8')}"
    response = Response(script, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """The site as an app."""
    center = site().settings.center
    facts = {
        "name": gettext("%(name)s: ketamine clinic directory", name=center.name),
        "short_name": gettext("Clinics"),
        "description": gettext("Find the nearest clinics that list ketamine infusion, and read plain facts."),
        "lang": language(),
        "start_url": url_for("home.show"),
        "scope": url_for("home.show"),
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": Theme.of(center.accent_colour).light.accent,
        "icons": [
            {"src": asset_url(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes in ICONS.items()
            for purpose in ("any", "maskable")
        ],
    }
    response = Response(json.dumps(facts, ensure_ascii=False), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/offline")
def show() -> str:
    """What is said where a page cannot be had without a network."""
    return render_template("offline/show.html", pages=site().education.values())


@cache
def _edition(facts: str, center: str, demonstration: bool) -> str:
    digest = hashlib.blake2b(f"{facts}{center}{demonstration}".encode(), digest_size=5)
    digest.update((OWN / WORKER).read_bytes())
    for path in sorted(TEMPLATES.rglob("*.html")):
        digest.update(path.read_bytes())
    for pages in site().education_pages.values():
        for page in pages.values():
            digest.update(page.body.encode())
    return digest.hexdigest()
