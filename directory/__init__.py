"""The clinic referral directory: catalogue, index, search and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from directory.config import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the Flask application from the given settings, or from this installation's own."""
    from directory.application import build  # noqa: PLC0415 - commands that serve no page need not load the pages

    return build(settings)
