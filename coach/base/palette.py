"""Colours of the seven emotions, safe for colour-blind viewers; the displays always put a word beside a colour.

On a dark background, six are from the palette by Masataka Okabe and Kei Ito (Color Universal Design, 2008) and the
seventh is a light grey. They have too little contrast on a light background, which has darker variants. Simulated for
deuteranopia, protanopia and tritanopia (Machado, Oliveira and Fernandes, 2009), any two colours of a background are at
least 15 apart in CIELAB.
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
"""Colours for a dark background: vermilion, bluish green, reddish purple, yellow, blue, sky blue, light grey."""

DARK_COLOURS: Final[dict[Emotion, str]] = {
    "angry": "#861807",
    "disgust": "#227A47",
    "fear": "#A65F89",
    "happy": "#909300",
    "sad": "#3A3BB1",
    "surprise": "#0190FF",
    "neutral": "#3E3E3E",
}
"""Colours for a light background: brick red, green, mauve, olive, indigo, azure, dark grey."""

LIGHT_BACKGROUND: Final = "#FBF9F4"
"""Light background on which each of `DARK_COLOURS` has a contrast of at least 3 to 1."""

DARK_BACKGROUND: Final = "#14161A"
"""Dark background on which each of `COLOURS` has a contrast of at least 3 to 1."""


def bgr_of(colour: str) -> tuple[int, int, int]:
    """Blue, green and red, 0 to 255, of a hex colour such as ``#D55E00``."""
    return int(colour[5:7], 16), int(colour[3:5], 16), int(colour[1:3], 16)


COLOURS_BGR: Final[dict[Emotion, tuple[int, int, int]]] = {emotion: bgr_of(text) for emotion, text in COLOURS.items()}
"""`COLOURS` in the format of OpenCV."""
