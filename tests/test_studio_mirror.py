"""The mirror of the studio: consent, the faces in pushed frames, one tab at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from studio_help import face_pictures, make_studio, visitor

from coach.base.types import Box, Reason
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.studio.live_mirror import check_text
from coach.studio.state import Studio

BOX = Box(0, 0, 50, 50)
PAGE, OTHER = "page-0001", "page-0002"


@pytest.fixture
def studio(user_home: Path) -> Studio:
    return make_studio(user_home / "takes")


@pytest.fixture
def client(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr("coach.studio.live_run.READ_S", 20.0)  # a busy machine reads a frame late
    with visitor(studio) as client:
        yield client


def test_the_mirror_needs_consent(client: TestClient) -> None:
    refused = client.post("/api/mirror", json={"page": PAGE})
    assert refused.status_code == 403
    assert "What is kept" in refused.json()["consent"]


def test_faces_are_read_and_nothing_is_kept(
    client: TestClient, studio: Studio, short_take: Path, user_home: Path
) -> None:
    client.post("/api/consent", json={})
    before = sorted(user_home.rglob("*"))
    assert client.post("/api/mirror", json={"page": PAGE}).status_code == 200
    pictures = face_pictures(short_take, 3)
    for picture in pictures:
        view = client.post(f"/api/mirror/frame?page={PAGE}", content=picture).json()
    assert view["check"] == "The camera reads your face."
    (face,) = view["faces"]
    left, top, width, height = face["box"]
    assert face["track"] == 0
    assert 0 <= left < left + width <= view["size"][0] * 1.1
    assert 0 <= top < top + height <= view["size"][1] * 1.1
    assert sum(face["shares"]) == pytest.approx(1, abs=0.01)
    assert client.post(f"/api/mirror/frame?page={OTHER}", content=pictures[0]).status_code == 409
    assert client.post("/api/mirror", json={"page": OTHER}).status_code == 200
    assert client.post(f"/api/mirror/frame?page={PAGE}", content=pictures[0]).status_code == 409
    studio.close()
    assert sorted(user_home.rglob("*")) == before


def test_a_first_picture_that_is_none_is_said(client: TestClient, studio: Studio) -> None:
    studio.consented = True
    client.post("/api/mirror", json={"page": PAGE})
    view = client.post(f"/api/mirror/frame?page={PAGE}", content=b"nothing").json()
    assert "no picture that can be read" in view["error"]
    studio.close()


@pytest.mark.parametrize(
    ("faces", "reason", "text"),
    [
        ((), "no face", "No face in the picture."),
        ((MirrorFace(0, BOX, None, None, None, "too dark"),), None, "Too dark, more light on the face."),
        ((MirrorFace(0, BOX, None, None, None, "too small"),), None, "Face too small, come closer."),
    ],
)
def test_before_a_take_the_page_says_what_helps(faces: tuple[MirrorFace, ...], reason: Reason, text: str) -> None:
    assert check_text(MirrorView(0.0, faces, None, reason)) == text
