"""Seven colours for seven emotions, which colour-blind eyes tell apart too; a word always stands beside them.

For a dark ground, six are of the palette by Masataka Okabe and Kei Ito (Color Universal Design, 2008) and the seventh
is a light grey; on paper these would fade, so there they have darker cousins. Seen through the simulations of Machado,
Oliveira and Fernandes (2009), any two lie at least 15 apart in CIELAB in deuteranopia, protanopia and tritanopia.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.base.types import Emotion

COLOURS: Final[dict[Emotion, str]] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#F0E442",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#E0E0E0",
}
"""As web pages and SVG write them: vermilion, bluish green, reddish purple, yellow, blue, sky blue, light grey."""

DARK_COLOURS: Final[dict[Emotion, str]] = {
    "angry": "#861807",
    "disgust": "#227A47",
    "fear": "#A65F89",
    "happy": "#909300",
    "sad": "#3A3BB1",
    "surprise": "#0190FF",
    "neutral": "#3E3E3E",
}
"""For a light ground: brick red, green, mauve, olive, indigo, azure, dark grey."""

LIGHT_BACKGROUND: Final = "#FBF9F4"
"""The light that all of `DARK_COLOURS` stand out from, each with a contrast of at least 3 to 1."""

DARK_BACKGROUND: Final = "#14161A"
"""The dark that all seven stand out from, each with a contrast of at least 3 to 1."""


def bgr_of(colour: str) -> tuple[int, int, int]:
    """`colour` such as ``#D55E00`` as blue, green, red from 0 to 255."""
    return int(colour[5:7], 16), int(colour[3:5], 16), int(colour[1:3], 16)


COLOURS_BGR: Final[dict[Emotion, tuple[int, int, int]]] = {
    emotion: bgr_of(colour) for emotion, colour in COLOURS.items()
}
"""The same seven as OpenCV takes them."""
