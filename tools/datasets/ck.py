"""CK+ as its authors hand it out: `Emotion/` with a code per sequence beside `cohn-kanade-images/` with the frames.

The extended Cohn-Kanade data (Lucey and others 2010) comes from its authors on request; nobody else may pass it on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from coach.base.types import EMOTIONS, Emotion
from tools.datasets.fer import DataError

CODES: Final[dict[int, Emotion | None]] = {
    0: "neutral",
    1: "angry",
    2: None,
    3: "disgust",
    4: "fear",
    5: "happy",
    6: "sad",
    7: "surprise",
}
"""What an emotion file's number means; 2 is contempt, which is none of the seven and dropped."""

LABELS_FOLDER: Final = "Emotion"
IMAGES_FOLDER: Final = "cohn-kanade-images"


def find_ck(path: Path) -> tuple[Path, Path] | None:
    """The folders of labels and of frames in `path` or one folder further down, as its archives unpack; else None."""
    found = [_inside(path, name) for name in (LABELS_FOLDER, IMAGES_FOLDER)]
    return (found[0], found[1]) if found[0] and found[1] else None


def ck_frames(path: Path, neutral: bool = False) -> list[tuple[Path, int]]:
    """The peak frame of every labelled sequence, its last, with its index into `EMOTIONS`; sorted.

    Args:
        path: the folder that holds `Emotion` and `cohn-kanade-images`.
        neutral: also the first frame of each, at which the faces were at rest.

    Raises:
        DataError: the layout is another, a label is no known code, or a sequence has no frames.
    """
    folders = find_ck(path)
    if folders is None:
        raise DataError(f"{path} holds no CK+: expected the folders {LABELS_FOLDER} and {IMAGES_FOLDER}.")
    labels, images = folders
    found: list[tuple[Path, int]] = []
    for file in sorted(labels.glob("*/*/*_emotion.txt")):
        emotion = CODES[_code(file)]
        if emotion is None:
            continue
        frames = _frames(images / file.parent.relative_to(labels))
        if neutral and emotion != "neutral":
            found.append((frames[0], EMOTIONS.index("neutral")))
        found.append((frames[-1], EMOTIONS.index(emotion)))
    if not found:
        raise DataError(f"{labels} holds no labels: expected files such as S005/001/S005_001_00000011_emotion.txt.")
    return found


def _inside(path: Path, name: str) -> Path | None:
    return next((each for each in (path / name, *sorted(path.glob(f"*/{name}"))) if each.is_dir()), None)


def _code(file: Path) -> int:
    """An emotion file holds one number, such as ``   3.0000000e+00``."""
    try:
        value = float(file.read_text(encoding="ascii"))
    except (ValueError, OSError):
        value = -1.0
    if value not in CODES:
        raise DataError(f"{file}: expected one number from 0 to 7.")
    return int(value)


def _frames(folder: Path) -> list[Path]:
    """Frames in order; their names end in the number, with as many digits each."""
    frames = sorted(each for each in folder.glob("*.png") if not each.name.startswith("."))
    if not frames:
        raise DataError(f"{folder} holds no frames, but its sequence has a label.")
    return frames
