"""Where the files that travel with the coach lie: models, example scripts, the sample take."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def asset(*parts: str) -> Path:
    """The path of a shipped file or folder: in an installed wheel inside the package, in a checkout beside it."""
    shipped = _PACKAGE / "assets"
    return (shipped if shipped.is_dir() else _PACKAGE.parent).joinpath(*parts)


def models_folder() -> Path:
    """The folder of the shipped models and their cards."""
    return asset("models")


def examples_folder() -> Path:
    """The folder of the example scripts; the sample take lies in its folder `takes`."""
    return asset("scripts_examples")


def sample_take() -> Path:
    """The sample take: one woman, 19.7 s, from grief through dread to joy."""
    return asset("scripts_examples", "takes", "hopeful_news_take.mp4")
