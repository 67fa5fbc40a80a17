"""Actors in the studio: a calibration of pushed frames, and the list."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from source_help import ManualClock
from starlette.testclient import TestClient
from studio_help import face_pictures, keep_script, make_studio, visitor

from coach.actors.store import ActorStore
from coach.app.consent import keep_consent
from coach.core.actor.guide import PROMPTS
from coach.studio.live_calibration import LiveCalibration
from coach.studio.state import Studio

PAGE, OTHER = "page-0001", "page-0002"

STEP_S = 0.6
"""Time between two frames."""


@pytest.fixture
def studio(user_home: Path) -> Studio:
    return make_studio(user_home / "takes")


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with visitor(studio) as client:
        yield client


def test_shown_parts_make_an_actor_who_can_be_renamed_rehearsed_with_and_deleted(
    client: TestClient, studio: Studio, short_take: Path
) -> None:
    clock = ManualClock()
    calibration = LiveCalibration("Anna", str, ["rest", "happy", "sad"], aloud=False, clock=clock)
    calibration.start()
    prompts: list[str] = []
    for picture in cycle(face_pictures(short_take)):
        clock.time += STEP_S
        state = calibration.push(picture, 0.0)
        if state["said"] and state["said"][-1] not in prompts:
            prompts.append(state["said"][-1])
        if state["over"] or len(prompts) > 10:
            break
    assert prompts[:3] == [PROMPTS["rest"], PROMPTS["happy"], PROMPTS["sad"]]
    calibration.end()
    result = calibration.push(picture, 0.0)["result"]
    assert result["name"] == "Anna"
    assert [row[0] for row in result["rows"]] == ["joy", "sadness"]
    assert "Not shown: angry" in result["missing"]
    assert ActorStore().last_used() == "Anna"

    assert "2 examples" in client.get("/actors").text
    assert client.post("/api/actors/rename", json={"name": "Anna", "new": "nobody"}).status_code == 400
    assert client.post("/api/actors/rename", json={"name": "Anna", "new": "../Ben"}).status_code == 200
    assert [path.parent for path in ActorStore().files()] == [ActorStore().folder]
    assert "../Ben" in client.get("/rehearse").text
    keep_consent()
    wanted = {"source": "camera", "script": keep_script(studio), "actor": "../Ben", "lead_in_s": 0}
    path = client.post("/api/takes", json=wanted).json()["path"]
    client.post(f"/api{path}/claim", json={"page": PAGE})
    assert studio.take is not None
    assert studio.take._played.settings.actor == "../Ben"
    studio.close()
    assert client.post("/api/actors/delete", json={"name": "../Ben"}).status_code == 200
    assert client.post("/api/actors/delete", json={"name": "../Ben"}).status_code == 400
    assert ActorStore().files() == []


def test_a_calibration_asks_for_consent_and_a_name_and_keeps_nothing_when_it_is_left(
    client: TestClient, studio: Studio, short_take: Path
) -> None:
    wish = {"page": PAGE, "name": "Anna", "aloud": False}
    assert "What is kept" in client.post("/api/calibrate", json=wish).json()["consent"]
    assert "A name is" in client.post("/api/calibrate", json={**wish, "name": " "}).json()["error"]
    keep_consent()
    assert client.post("/api/calibrate", json=wish).status_code == 200
    (picture,) = face_pictures(short_take, 1)
    state = client.post(f"/api/calibrate/frame?page={PAGE}", content=picture).json()
    assert (state["number"], state["total"], state["said"]) == (1, 17, [PROMPTS["rest"]])
    assert client.post(f"/api/calibrate/frame?page={OTHER}", content=picture).status_code == 409
    assert client.get("/api/calibrate/sound/x").status_code == 404
    client.post("/api/calibrate/leave", json={"page": PAGE})
    state = client.post(f"/api/calibrate/frame?page={PAGE}", content=picture).json()
    assert state["over"]
    assert "Nothing is kept" in state["error"]
    assert ActorStore().files() == []
