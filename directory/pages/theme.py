"""Theme: the center's accent colour, moved until it can be read in the light scheme and in the dark one."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

WHITE = (1.0, 1.0, 1.0)
NIGHT = (0.067, 0.090, 0.106)
READABLE = 5.0
READABLE_AT_NIGHT = 7.5
CALMER_AT_NIGHT = 0.6

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Theme:
    """The accent as "#rrggbb" for light and dark pages, each at least 5:1 against its page and the text on it."""

    light: str
    dark: str

    @classmethod
    def of(cls, accent: str) -> Theme:
        """Derive both from one colour such as "#0b5c7a". Raises ValueError where it is no such colour."""
        colour = parsed(accent)
        hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
        calm = colorsys.hls_to_rgb(hue, lightness, saturation * CALMER_AT_NIGHT)
        return cls(
            light=printed(readable(colour, WHITE, READABLE)), dark=printed(readable(calm, NIGHT, READABLE_AT_NIGHT))
        )

    def stylesheet(self) -> str:
        """CSS custom properties for both schemes."""
        return (
            f":root{{--accent:{self.light}}}\n"
            f"@media screen and (prefers-color-scheme:dark){{:root{{--accent:{self.dark}}}}}\n"
        )


def parsed(text: str) -> Colour:
    """'#0b5c7a' as red, green and blue from 0 to 1."""
    if len(text) != 7 or text[0] != "#":
        raise ValueError(f"accent_colour is {text!r}; write it as #rrggbb, for example #0b5c7a")
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255


def printed(colour: Colour) -> str:
    """Red, green and blue as '#0b5c7a'."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: Colour, page: Colour, least: float) -> Colour:
    """The colour itself, or the nearest lightness of its hue that stands out from the page by that contrast."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    step = -0.01 if _luminance(page) > 0.5 else 0.01
    for _ in range(100):
        if contrast(colour, page) >= least:
            break
        lightness = min(1.0, max(0.0, lightness + step))
        colour = colorsys.hls_to_rgb(hue, lightness, saturation)
    return colour


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
