"""Security: what every answer tells the browser to refuse."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KEPT_A_WHILE = {
    *("home.show", "home.robots"),
    *("learn.index", "learn.show", "learn.words", "learn.talk_it_over"),
    *("about.data", "about.privacy", "about.accessibility"),
}


def protect(app: Flask) -> None:
    """Set the headers on every answer; what was searched or looked at is kept by no cache."""

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if "Cache-Control" not in response.headers:
            kept = request.endpoint in KEPT_A_WHILE and response.status_code == 200
            response.headers["Cache-Control"] = "public, max-age=300" if kept else "no-store"
        return response
