"""Compression: what is sent is made small, files once and ahead, pages while they are sent.

Only pages that hold no secret are compressed: the length of a compressed page tells something of what is in it, and the
pages of staff hold tokens and clients.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Collection
from functools import partial

import brotli
from flask import Flask, Request, Response, current_app, request

# Ahead, as small as it gets; on the way out, quickly.
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=11),
    "gzip": partial(gzip.compress, mtime=0),
}
AT_ONCE: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=5),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}
WORDS = ("text/", "application/json", "application/manifest", "application/xml")
LEAST_BYTES = 1000


def chosen_coding(request: Request, offered: Collection[str]) -> str:
    """The first coding of ours that the browser takes, "identity" where it takes none."""
    takes = request.accept_encodings
    return next((coding for coding in AT_ONCE if coding in offered and takes.quality(coding) > 0), "identity")


def compress_pages(app: Flask, public_blueprints: Collection[str]) -> None:
    """Compress the answers of public pages."""
    app.extensions["directory.compressed"] = frozenset(public_blueprints)
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.direct_passthrough or "Content-Encoding" in response.headers or response.status_code != 200:
        return response
    if request.blueprint not in current_app.extensions["directory.compressed"] or "Set-Cookie" in response.headers:
        return response
    if not (response.mimetype or "").startswith(
        ("text/", "application/json", "application/manifest", "application/xml")
    ):
        return response
    response.vary.add("Accept-Encoding")
    coding = chosen_coding(request, AT_ONCE)
    body = response.get_data()
    if coding != "identity" and len(body) >= LEAST_BYTES:
        response.set_data(AT_ONCE[coding](body))
        response.headers["Content-Encoding"] = coding
    return response
