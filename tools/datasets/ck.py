"""CK+ in the layout of its authors: `Emotion/` with a code per sequence, `cohn-kanade-images/` with the frames.

The extended Cohn-Kanade data (Lucey and others 2010) is available from its authors on request and may not be shared.
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
"""The codes in emotion files; 2 is contempt, which is not one of the seven and is left out."""

LABELS_FOLDER: Final = "Emotion"
IMAGES_FOLDER: Final = "cohn-kanade-images"


def find_ck(path: Path) -> tuple[Path, Path] | None:
    """Find the folders of labels and frames in `path` or one level below, as the archives unpack; None without them."""
    labels, images = (_find_folder(path, name) for name in (LABELS_FOLDER, IMAGES_FOLDER))
    return (labels, images) if labels and images else None


def ck_frames(path: Path, neutral: bool = False) -> list[tuple[Path, int]]:
    """Return the peak frame of every labelled sequence, which is its last, with its index into `EMOTIONS`; sorted.

    Args:
        path: the folder with `Emotion` and `cohn-kanade-images`.
        neutral: also return the first frame of each sequence, in which the face is neutral.

    Raises:
        DataError: the folders are missing, a label has an unknown code, or a sequence has no frames.
    """
    folders = find_ck(path)
    if folders is None:
        raise DataError(f"{path} holds no CK+: expected the folders {LABELS_FOLDER} and {IMAGES_FOLDER}.")
    labels, images = folders
    labelled: list[tuple[Path, int]] = []
    for file in sorted(labels.glob("*/*/*_emotion.txt")):
        emotion = CODES[_code(file)]
        if emotion is None:
            continue
        frames = _frames(images / file.parent.relative_to(labels))
        if neutral and emotion != "neutral":
            labelled.append((frames[0], EMOTIONS.index("neutral")))
        labelled.append((frames[-1], EMOTIONS.index(emotion)))
    if not labelled:
        raise DataError(f"{labels} holds no labels: expected files such as S005/001/S005_001_00000011_emotion.txt.")
    return labelled


def _find_folder(path: Path, name: str) -> Path | None:
    return next((each for each in (path / name, *sorted(path.glob(f"*/{name}"))) if each.is_dir()), None)


def _code(file: Path) -> int:
    """Read the one number in an emotion file, such as ``   3.0000000e+00``."""
    try:
        value = float(file.read_text(encoding="ascii"))
    except (ValueError, OSError):
        value = -1.0
    if value not in CODES:
        raise DataError(f"{file}: expected one number from 0 to 7.")
    return int(value)


def _frames(folder: Path) -> list[Path]:
    """Return the frames of a sequence in order; their names end in a number with a fixed number of digits."""
    frames = sorted(each for each in folder.glob("*.png") if not each.name.startswith("."))
    if not frames:
        raise DataError(f"{folder} holds no frames, but its sequence has a label.")
    return frames
