"""Theme: the center's accent colour, moved until it can be read on every surface, by day and by night."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOKENS = Path(__file__).resolve().parent.parent / "static" / "tokens.css"
DARK = "@media screen and (prefers-color-scheme: dark)"
PAPER = "@media print"
SURFACES = ("page", "surface", "raised")
# WCAG AA asks for 4.5; a colour in 256 steps loses up to a tenth of contrast.
READABLE = 4.6
# How much of the accent is mixed into the page behind soft and strong areas, and how much of its saturation is kept.
SOFT = {"light": 0.09, "dark": 0.16}
STRONG_AT_NIGHT = 0.2
CALMER_AT_NIGHT = 0.6
# At night a link needs more than by day to stand out from the text around it.
BRIGHT_AT_NIGHT = 7.5
WHITE = (1.0, 1.0, 1.0)
NEARLY_BLACK = (0.051, 0.075, 0.086)
_TOKEN = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6}|#[0-9a-f]{3})\b")

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scheme:
    """The accent and its kin on the pages of one scheme, as "#rrggbb".

    `accent` is text, lines and buttons, `on_accent` text on it; `soft` lies behind ordinary text, `hero` behind white.
    """

    accent: str
    on_accent: str
    soft: str
    hero: str

    def properties(self) -> str:
        """As CSS custom properties."""
        return (
            f":root{{--accent:{self.accent};--on-accent:{self.on_accent};--accent-soft:{self.soft};"
            f"--hero:{self.hero};--on-hero:#fff}}"
        )


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours that come from the center's one, for light and for dark pages."""

    light: Scheme
    dark: Scheme

    @classmethod
    @cache
    def of(cls, accent: str) -> Theme:
        """Derive both from one colour such as "#0b5c7a". Raises ValueError where it is no such colour."""
        colour = parsed(accent)
        hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
        day = readable(colour, "light", READABLE)
        night = readable(colorsys.hls_to_rgb(hue, lightness, saturation * CALMER_AT_NIGHT), "dark", BRIGHT_AT_NIGHT)
        return cls(
            light=Scheme(printed(day), printed(WHITE), printed(soft(day, "light")), printed(day)),
            dark=Scheme(
                printed(night),
                printed(NEARLY_BLACK),
                printed(soft(night, "dark")),
                printed(mixed(night, parsed(tokens("dark")["page"]), STRONG_AT_NIGHT)),
            ),
        )

    def stylesheet(self) -> str:
        """All tokens: those of tokens.css and the accent's."""
        own = TOKENS.read_text(encoding="utf-8")
        paper = self.light.properties().replace(self.light.soft, "#fff")
        return f"{own}{self.light.properties()}\n{DARK}{{{self.dark.properties()}}}\n{PAPER}{{{paper}}}\n"


@cache
def tokens(scheme: str) -> Mapping[str, str]:
    """The colours of tokens.css by name as "#rrggbb", in the "light" or the "dark" scheme."""
    day, _, rest = TOKENS.read_text(encoding="utf-8").partition(DARK)
    night = rest.partition(PAPER)[0]
    found = dict(_TOKEN.findall(day)) | (dict(_TOKEN.findall(night)) if scheme == "dark" else {})
    return {name: _long(colour) for name, colour in found.items()}


def parsed(text: str) -> Colour:
    """'#0b5c7a' as red, green and blue from 0 to 1. Raises ValueError."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"accent_colour is {text!r}; write it as #rrggbb, for example #0b5c7a")
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255


def printed(colour: Colour) -> str:
    """Red, green and blue as '#0b5c7a'."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: Colour, page: Colour, share: float) -> Colour:
    """The page's colour with a share of another in it."""
    red, green, blue = (part * share + under * (1 - share) for part, under in zip(colour, page, strict=True))
    return red, green, blue


def soft(colour: Colour, scheme: str) -> Colour:
    """What lies behind text that belongs to the accent."""
    return mixed(colour, parsed(tokens(scheme)["page"]), SOFT[scheme])


def readable(colour: Colour, scheme: str, on_page: float) -> Colour:
    """The colour itself, or the nearest lightness of its hue that can be read on every surface of a scheme.

    `on_page` is the contrast it must have with the page itself.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    step = -0.01 if scheme == "light" else 0.01
    page, *surfaces = (parsed(tokens(scheme)[name]) for name in SURFACES)
    for _ in range(100):
        behind = (*surfaces, soft(colour, scheme))
        if contrast(colour, page) >= on_page and all(contrast(colour, each) >= READABLE for each in behind):
            break
        lightness = min(1.0, max(0.0, lightness + step))
        colour = colorsys.hls_to_rgb(hue, lightness, saturation)
    return colour


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _long(colour: str) -> str:
    """'#fff' as '#ffffff'."""
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
