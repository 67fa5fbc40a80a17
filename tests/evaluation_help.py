"""Small generated datasets in every layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from perception_help import face_picture
from video_help import Picture, steady, write_video

from tools.datasets.fer import FER_LABELS, VOTES

USAGES = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}


def fer_faces(count: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 48, 48), np.uint8)


def ten_votes(**counts: int) -> list[int]:
    """Return one row of FER+ by column names."""
    return [counts.get(name, 0) for name in VOTES]


def write_mosaic(
    folder: Path,
    faces: NDArray[np.uint8],
    labels: Sequence[int],
    votes: Sequence[list[int]] | None,
    split: str = "public",
) -> Path:
    """Write FER-2013 as a lossless mosaic, three faces per row."""
    columns = 3
    rows = -(-len(faces) // columns)
    padded = np.zeros((rows * columns, 48, 48), np.uint8)
    padded[: len(faces)] = faces
    mosaic = padded.reshape(rows, columns, 48, 48).swapaxes(1, 2).reshape(rows * 48, columns * 48)
    cv2.imwrite(str(folder / f"fer2013_{split}.webp"), mosaic, [cv2.IMWRITE_WEBP_QUALITY, 101])
    np.save(folder / f"fer2013_{split}_labels.npy", np.array(labels, np.uint8))
    if votes is not None:
        np.save(folder / f"fer2013_{split}_votes.npy", np.array(votes, np.uint8))
    return folder


def write_csv(
    folder: Path, rows: Sequence[tuple[int, NDArray[np.uint8], str]], votes: Sequence[list[int]] | None = None
) -> Path:
    """Write FER-2013 as its official table, from rows (label, face, split)."""
    path = folder / "fer2013.csv"
    lines = [f"{label},{' '.join(map(str, face.ravel()))},{USAGES[split]}" for label, face, split in rows]
    path.write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    if votes is not None:
        head = ",".join(["Usage", "Image name", *VOTES])
        lines = [",".join(["x", "y.png", *map(str, row)]) for row in votes]
        (folder / "fer2013new.csv").write_text("\n".join([head, *lines]) + "\n")
    return path


def write_folders(folder: Path, faces: NDArray[np.uint8], labels: Sequence[int]) -> Path:
    """Write FER-2013 as LABEL/NNN.png."""
    for number, (face, label) in enumerate(zip(faces, labels, strict=True)):
        place = folder / FER_LABELS[label]
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{number:03}.png"), face)
    return folder


def write_portraits(folder: Path, labels: Sequence[str] = ("sad", "happy"), faceless: str = "") -> Path:
    """Write a picture with a face for each label except `faceless`, whose picture has no face."""
    for label in labels:
        (folder / label).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / label / "001.jpg"), face_picture())
    if faceless:
        (folder / faceless).mkdir(exist_ok=True)
        cv2.imwrite(str(folder / faceless / "none.jpg"), np.full((200, 200, 3), 90, np.uint8))
    return folder


def write_clip(path: Path, frames: int = 7, face: bool = True) -> Path:
    """Write a short clip of the sample take's first face, or of a plain wall."""

    def paint(_: int, width: int, height: int) -> Picture:
        return face_picture() if face else np.full((height, width, 3), 90, np.uint8)

    path.parent.mkdir(parents=True, exist_ok=True)
    return write_video(path, steady(frames, 12), size=(640, 360), fps=12, paint=paint)


def write_ck(folder: Path, sequences: dict[str, float | str | None], frames: int = 3) -> Path:
    """Write CK+ from codes by sequence (such as ``S005/001``; None: no label); only each last frame shows a face."""
    for name, code in sequences.items():
        images = folder / "cohn-kanade-images" / name
        images.mkdir(parents=True)
        stem = name.replace("/", "_")
        for number in range(1, frames + 1):
            picture = face_picture() if number == frames else np.full((200, 200, 3), 90, np.uint8)
            cv2.imwrite(str(images / f"{stem}_{number:08}.png"), picture)
        labels = folder / "Emotion" / name
        labels.mkdir(parents=True)
        if code is not None:
            text = code if isinstance(code, str) else f"   {code:.7e}\n"
            (labels / f"{stem}_{frames:08}_emotion.txt").write_text(text)
    return folder
