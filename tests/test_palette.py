"""The seven colours: distinguishable for colour-blind viewers, with enough contrast."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from coach.base.palette import COLOURS, COLOURS_BGR, DARK_BACKGROUND, DARK_COLOURS, LIGHT_BACKGROUND
from coach.base.types import EMOTIONS, Emotion

SIMULATIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""

XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])
LEAST_APART = 15.0
"""Distance in CIELAB that curves in one chart need. Red and green of old mirrors have 4 in deuteranopia."""


def linear(colour: str) -> NDArray[np.float64]:
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    part = XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours: list[str], eyes: str) -> float:
    simulated = [lab(np.array(SIMULATIONS[eyes]) @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(simulated, 2))


@pytest.mark.parametrize("eyes", SIMULATIONS)
@pytest.mark.parametrize("colours", [COLOURS, DARK_COLOURS], ids=["dark", "light"])
def test_any_two_colours_differ_in_every_kind_of_colour_vision(colours: dict[Emotion, str], eyes: str) -> None:
    assert nearest([colours[emotion] for emotion in EMOTIONS], eyes) >= LEAST_APART


def test_the_distance_test_rejects_a_bad_palette() -> None:
    assert nearest(["#00A000", "#C05000"], "deuteranopia") < LEAST_APART


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_colour_has_enough_contrast(emotion: Emotion) -> None:
    for pair in ((COLOURS[emotion], DARK_BACKGROUND), (LIGHT_BACKGROUND, DARK_COLOURS[emotion])):
        light, dark = (float(XYZ[1] @ linear(colour)) for colour in pair)
        assert (light + 0.05) / (dark + 0.05) >= 3


def test_bgr_and_hex_values_are_the_same_colours() -> None:
    assert {emotion: f"#{r:02X}{g:02X}{b:02X}" for emotion, (b, g, r) in COLOURS_BGR.items()} == COLOURS
