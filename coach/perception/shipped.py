"""The models that come with the coach."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from coach.assets import models_folder

DETECTOR: Final = "blazeface_short.onnx"
CLASSIFIER: Final = "mini_xception.onnx"

TRUSTED: Final = {
    "18b9eb92f6d9af5f13aa778ae1c70fb8004bba317f7756f9a2cdd69ea6adaab4": DETECTOR,
    "c423c76b7f5f0b6074108d009b4c0afa6a1138515cd09e733f0d97d845cb5c16": CLASSIFIER,
}
"""sha256 of each shipped model. They were converted and compared by the tools, so they need no trial in a child."""


def shipped(name: str) -> Path:
    """The path of a shipped model."""
    return models_folder() / name
