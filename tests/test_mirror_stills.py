"""Snapshots and annotated copies of still pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from coach.base.errors import OutputError
from coach.recordings.names import AlreadyThereError
from coach.recordings.stills import Album, save_picture

PICTURE = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)


def test_a_png_is_lossless_and_a_jpeg_nearly_so(tmp_path: Path) -> None:
    assert np.array_equal(cv2.imread(str(save_picture(tmp_path / "a.png", PICTURE))), PICTURE)
    smooth = np.full((30, 40, 3), (10, 90, 200), np.uint8)
    jpeg = cv2.imread(str(save_picture(tmp_path / "a.JPG", smooth))).astype(int)
    assert np.abs(jpeg - smooth).max() < 6


def test_a_snapshot_never_overwrites_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("mine")
    with pytest.raises(AlreadyThereError):
        save_picture(tmp_path / "a.png", PICTURE)
    assert (tmp_path / "a.png").read_text() == "mine"


def test_an_unwritable_picture_is_reported_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="written as"):
        save_picture(tmp_path / "a.gif", PICTURE)
    with pytest.raises(OutputError, match="cannot be written"):
        save_picture(tmp_path / "a.jpg", np.zeros((1, 70_000, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_copies_are_named_after_their_pictures(tmp_path: Path) -> None:
    album = Album(tmp_path / "new" / "copies")
    for name in ("smile.jpg", "smile.png", "scan.tif", "../../away.png", "é 写真.webp", ".hidden", "smile.jpg"):
        album.add(name, PICTURE)
    assert album.trouble is None
    assert album.pictures == 7
    assert sorted(path.name for path in album.path.iterdir()) == sorted(
        [
            "smile-mirror.jpg", "smile-mirror.png", "scan-mirror.png", "away-mirror.png", "é 写真-mirror.png",
            "hidden-mirror.png", "smile-mirror_2.jpg",
        ]
    )  # fmt: skip


def test_a_deleted_folder_is_reported_once(tmp_path: Path) -> None:
    album = Album(tmp_path / "copies")
    album.add("a.png", PICTURE)
    (tmp_path / "copies" / "a-mirror.png").unlink()
    (tmp_path / "copies").rmdir()
    assert album.add("b.png", PICTURE) is None
    trouble = album.trouble
    assert trouble is not None
    assert "no folder" in trouble
    assert "1 copy was written" in trouble
    assert album.add("c.png", PICTURE) is None
    assert album.trouble == trouble


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "copies").write_text("mine")
    with pytest.raises(OutputError, match="cannot be used as a folder"):
        Album(tmp_path / "copies")


def test_a_single_picture_may_have_a_file_name(tmp_path: Path) -> None:
    album = Album(tmp_path / "out.png")
    assert album.add("smile.jpg", PICTURE) == tmp_path / "out.png"
    assert album.trouble is None
    assert np.array_equal(cv2.imread(str(tmp_path / "out.png")), PICTURE)
    assert album.add("second.jpg", PICTURE) is None
    assert album.trouble is not None
    assert "name a folder" in album.trouble
    album.close()
    assert np.array_equal(cv2.imread(str(tmp_path / "out.png")), PICTURE)
    with pytest.raises(AlreadyThereError):
        Album(tmp_path / "out.png")


def test_a_single_picture_never_written_leaves_no_file(tmp_path: Path) -> None:
    Album(tmp_path / "out.png").close()
    assert not (tmp_path / "out.png").exists()
