"""QR codes: an address as a picture that a phone's camera opens, drawn here and by nobody else."""

from __future__ import annotations

import segno
from flask_babel import gettext
from markupsafe import Markup

# Wide enough for the longest list, and still read from paper that was folded.
CORRECTION = "m"


def qr_code(address: str) -> Markup:
    """The address as inline SVG, black on white in any scheme."""
    picture = segno.make(address, error=CORRECTION, micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code", lineclass=None
    )
    named = Markup(' role="img" aria-label="{}"').format(gettext("A code for a phone’s camera"))
    return Markup("<svg") + named + Markup(picture.removeprefix("<svg"))  # noqa: S704 - drawn from the address alone
