"""Icons: drawn into the page from the Bootstrap Icons of the wheel, one at a time; the whole set weighs a megabyte."""

from __future__ import annotations

import re
from functools import cache

from markupsafe import Markup

from directory.pages.assets import BOOTSTRAP


@cache
def icon(name: str) -> Markup:
    """The icon as inline SVG, hidden from screen readers: the words beside it say the same. KeyError if unknown."""
    return Markup(  # noqa: S704 - drawn by Bootstrap, nothing of it is typed by anyone
        f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{_drawings()[name]}</svg>'
    )


@cache
def _drawings() -> dict[str, str]:
    sprite = (BOOTSTRAP / "icons" / "bootstrap-icons.svg").read_text(encoding="utf-8")
    return dict(re.findall(r'<symbol [^>]*id="([^"]+)">(.*?)</symbol>', sprite, re.DOTALL))
