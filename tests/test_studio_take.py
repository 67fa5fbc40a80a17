"""A take that a page of the studio plays: consent, frames, keys, two tabs, a page that goes away."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from cli_help import LIMIT_S, coach_here
from source_help import ManualClock
from starlette.testclient import TestClient
from studio_help import face_pictures, keep_script, make_studio, visitor

from coach.app.consent import keep_consent
from coach.base.events import LineStarted, NoteGiven, Paused, TakeEnded
from coach.base.settings import Settings
from coach.core.script.script import Script
from coach.core.script.timeline import build_timeline
from coach.display.rehearsal.stage import RunInfo
from coach.studio import presence, recordings
from coach.studio.presence import LEFT_S, LOST_S, SILENT_S, Presence
from coach.studio.stage_view import StageView
from coach.studio.state import Studio
from coach.takes.report_file import load_report

PAGE, OTHER = "page-0001", "page-0002"


@pytest.fixture
def studio(user_home: Path) -> Studio:
    return make_studio(user_home / "takes")


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with visitor(studio) as client:
        yield client


def prepare(client: TestClient, **wanted: object) -> str:
    """Prepare a take; returns the path of its requests."""
    answer = client.post("/api/takes", json={"lead_in_s": 0, **wanted})
    assert answer.status_code == 200, answer.text
    return f"/api{answer.json()['path']}"


def play(client: TestClient, path: str, pictures: list[bytes]) -> dict[str, Any]:
    """Push `pictures` until the take is over; returns the last state."""
    client.post(f"{path}/claim", json={"page": PAGE})
    for picture in cycle(pictures):
        state: dict[str, Any] = client.post(f"{path}/frame?page={PAGE}", content=picture).json()
        if state["phase"] == "ended" or state["over"]:
            break
    while not state["over"]:
        state = client.get(f"{path}/state?page={PAGE}&seen={state['version']}").json()
    return state


def test_the_camera_needs_consent_and_the_question_says_what_is_kept(client: TestClient, studio: Studio) -> None:
    script = keep_script(studio)
    refused = client.post("/api/takes", json={"source": "camera", "script": script})
    assert refused.status_code == 403
    assert "What is kept" in refused.json()["consent"]
    assert client.post("/api/takes", json={"source": "none", "script": script}).status_code == 200
    client.post("/api/consent", json={})
    assert client.post("/api/takes", json={"source": "camera", "script": script}).status_code == 200
    assert make_studio().consented is False  # the next run finds the answer in the file
    assert visitor(make_studio()).post("/api/takes", json={"source": "camera", "script": script}).status_code == 200


def test_pushed_frames_are_played_read_and_kept(client: TestClient, studio: Studio, short_take: Path) -> None:
    keep_consent()
    path = prepare(client, source="camera", script=keep_script(studio), record=True)
    state = play(client, path, face_pictures(short_take))
    take = studio.takes.takes()[0]
    report = load_report(take / "report.json")
    assert state["error"] == ""
    assert state["report"].startswith("/takes/")
    assert client.get(state["report"]).status_code == 200
    assert [line.text for line in report.lines] == ["They said by morning.", "Nobody comes."]
    assert report.lines[0].coverage > 0.5
    assert report.source.name == "camera of the browser"
    assert (take / "video.mp4").stat().st_size > 0
    assert client.get(path.removeprefix("/api")).status_code == 200


def test_only_one_tab_plays_a_take_until_the_other_takes_over(
    client: TestClient, studio: Studio, short_take: Path
) -> None:
    keep_consent()
    path = prepare(client, source="camera", script=keep_script(studio))
    (picture,) = face_pictures(short_take, 1)
    assert client.post(f"{path}/claim", json={"page": PAGE}).status_code == 200
    refused = client.post(f"{path}/claim", json={"page": OTHER})
    assert refused.status_code == 409
    assert refused.json()["taken"]
    assert client.post(f"{path}/frame?page={OTHER}", content=picture).status_code == 409
    assert client.post(f"{path}/claim", json={"page": OTHER, "take_over": True}).status_code == 200
    assert client.post(f"{path}/frame?page={PAGE}", content=picture).status_code == 409
    assert client.post("/api/takes", json={"source": "sample"}).status_code == 400
    assert client.post(f"{path}/command", json={"page": OTHER, "name": "quit"}).status_code == 200
    studio.close()


def test_closing_the_tab_ends_the_take_and_keeps_it(
    client: TestClient, studio: Studio, short_take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_consent()
    monkeypatch.setattr(presence, "LEFT_S", 0.0)
    path = prepare(client, source="camera", script=keep_script(studio), record=False)
    client.post(f"{path}/claim", json={"page": PAGE})
    for picture in face_pictures(short_take, 2):
        client.post(f"{path}/frame?page={PAGE}", content=picture)
    client.post(f"{path}/leave", content=b'{"page": "page-0001"}', headers={"content-type": "text/plain"})
    assert studio.take is not None
    studio.take._thread.join(LIMIT_S)
    assert load_report(studio.takes.takes()[0] / "report.json").ended == "interrupted"


def test_a_recording_waits_for_a_page_that_is_away(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = prepare(client, source="sample")
    client.post(f"{path}/claim", json={"page": PAGE})
    monkeypatch.setattr(presence, "SILENT_S", -1.0)
    _wait_for(client, path, lambda state: state["held"] and state["paused"])
    monkeypatch.setattr(presence, "SILENT_S", SILENT_S)
    _wait_for(client, path, lambda state: not state["held"] and not state["paused"])
    studio.close()


def test_stopping_the_server_keeps_the_take_that_is_played(client: TestClient, studio: Studio) -> None:
    path = prepare(client, source="sample")
    client.post(f"{path}/claim", json={"page": PAGE})
    state = client.get(f"{path}/state?page={PAGE}&seen=1").json()
    assert state["line"]["number"] == "line 1 of 5"
    studio.close()
    assert load_report(studio.takes.takes()[0] / "report.json").ended == "interrupted"
    assert client.get(f"{path}/state?page={PAGE}").json()["over"]


@pytest.mark.row(24)
def test_a_take_that_could_not_be_saved_is_said_on_the_page(client: TestClient, studio: Studio) -> None:
    path = prepare(client, source="none", script=keep_script(studio))
    client.post(f"{path}/claim", json={"page": PAGE})
    shutil.rmtree(studio.takes.takes()[0])
    _wait_for(client, path, lambda state: state["over"])
    error = client.get(f"{path}/state?page={PAGE}").json()["error"]
    assert error.startswith("Not all of this take was saved. It would have gone to ")


def test_keys_reach_the_engine(client: TestClient, studio: Studio) -> None:
    path = prepare(client, source="none", script=keep_script(studio), advance="key")
    client.post(f"{path}/claim", json={"page": PAGE})
    for name, reached in (("pause", lambda s: s["paused"]), ("pause", lambda s: not s["paused"]), ("next", _on_line_2)):
        client.post(f"{path}/command", json={"page": PAGE, "name": name})
        _wait_for(client, path, reached)
    assert client.post(f"{path}/command", json={"page": PAGE, "name": "explode"}).status_code == 400
    studio.close()


def _wait_for(client: TestClient, path: str, reached: Callable[[dict[str, Any]], bool]) -> None:
    version = -1
    for _ in range(300):
        state = client.get(f"{path}/state?page={PAGE}&seen={version}").json()
        if reached(state):
            return
        version = state["version"]
    pytest.fail("the state was not reached")


def _on_line_2(state: dict[str, Any]) -> bool:
    return bool(state["line"]["number"] == "line 2 of 2")


def test_hidden_words_are_shown_by_a_key_and_prompted_by_another(client: TestClient, studio: Studio) -> None:
    path = prepare(client, source="none", script=keep_script(studio), advance="key", show="letters")
    client.post(f"{path}/claim", json={"page": PAGE})
    _wait_for(client, path, lambda state: state["line"] is not None and state["phase"] == "line")
    assert client.get(f"{path}/state?page={PAGE}").json()["line"]["text"] != "They said by morning."
    client.post(f"{path}/command", json={"page": PAGE, "name": "line"})
    _wait_for(client, path, lambda state: state["prompt"] == "They said by")
    client.post(f"{path}/command", json={"page": PAGE, "name": "reveal"})
    _wait_for(client, path, lambda state: state["line"]["text"] == "They said by morning.")
    studio.close()


def test_a_script_that_is_gone_is_said(client: TestClient) -> None:
    answer = client.post("/api/takes", json={"source": "none", "script": "0" * 16})
    assert answer.status_code == 404
    assert "no such script" in answer.json()["error"]


def test_a_script_with_roles_asks_for_the_part(client: TestClient, studio: Studio) -> None:
    lines = [{"text": "Who is there?", "role": "ANNA", "duration_s": 60}, {"text": "Me.", "role": "BEN"}]
    script = keep_script(studio, {"title": "Door", "lines": lines})
    refused = client.post("/api/takes", json={"source": "none", "script": script})
    assert refused.status_code == 400
    assert "ANNA" in refused.json()["error"]
    path = prepare(client, source="none", script=script, role="BEN")
    client.post(f"{path}/claim", json={"page": PAGE})
    _wait_for(client, path, lambda state: state["partner"])  # a scene goes on by keys
    state = client.get(f"{path}/state?page={PAGE}").json()
    assert (state["cue"], state["waits"]) == ("ANNA: Who is there?", "Space or a tap: go on")
    client.post(f"{path}/command", json={"page": PAGE, "name": "next"})
    _wait_for(client, path, lambda state: state["phase"] == "line" and state["line"]["text"] == "Me.")
    studio.close()


def upload(client: TestClient, film: Path, name: str = "my take.MP4") -> str:
    answer = client.post("/api/recordings", params={"name": name}, content=film.read_bytes())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["recording"])


def test_an_uploaded_take_gets_the_verdicts_of_the_command_line(
    client: TestClient, studio: Studio, short_take: Path
) -> None:
    script = keep_script(
        studio, {"title": "Film", "lines": [{"text": "They said.", "emotion": "sad", "duration_s": 2}]}
    )
    path = prepare(client, source="recording", recording=upload(client, short_take), script=script, fast=True)
    client.post(f"{path}/claim", json={"page": PAGE})
    _wait_for(client, path, lambda state: state["over"])
    (take,) = studio.takes.takes()
    known = studio.scripts.find(script)
    assert known is not None
    assert coach_here("rehearse", known.path, "--source", short_take, "--takes", take.parent) == 0
    (other,) = set(studio.takes.takes()) - {take}
    ours, theirs = (load_report(each / "report.json") for each in (take, other))
    assert ours.lines == theirs.lines
    assert ours.source.name == "my_take.mp4"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("..\\a b.mov", "a_b.mov"), ("", "recording"), ("a.b/c.m p4", "c")],
)
def test_the_name_of_an_upload_is_never_a_path(name: str, kept: str, client: TestClient, studio: Studio) -> None:
    client.post("/api/recordings", params={"name": name}, content=b"x")
    (recording,) = studio.recordings.named
    folder = recording.path.parent.parent
    assert recording.name == kept
    assert folder.name.startswith("coach-studio-")
    studio.close()
    assert not folder.exists()


@pytest.mark.row(23)
def test_the_next_studio_deletes_the_uploads_of_a_killed_one(user_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(user_home))
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    left = user_home / f"coach-studio-{dead.pid}-abc"
    left.mkdir()
    (left / "my_take.mp4").write_bytes(b"film")
    make_studio()
    assert not left.exists()


def test_an_upload_without_room_is_refused(client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "SPARE_BYTES", 1 << 60)
    answer = client.post("/api/recordings", params={"name": "a.mp4"}, content=b"x")
    assert answer.status_code == 400
    assert "no room" in answer.json()["error"]
    assert studio.recordings.named == []


def test_a_recording_that_is_no_video_is_said_on_the_page(client: TestClient, studio: Studio, short_take: Path) -> None:
    not_a_film = short_take.with_name("not_a_film.mp4")
    not_a_film.write_bytes(b"no film at all" * 10)
    recording = upload(client, not_a_film)
    path = prepare(client, source="recording", recording=recording, script=keep_script(studio))
    state = client.post(f"{path}/claim", json={"page": PAGE}).json()
    assert state["over"]
    assert "my_take.mp4" in state["error"]
    assert studio.takes.takes() == []


# --- parts ---


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def watched(clock: ManualClock) -> Presence:
    watched = Presence(clock)
    watched.claim(PAGE)
    return watched


def test_a_page_that_says_goodbye_may_come_back_for_a_while(watched: Presence, clock: ManualClock) -> None:
    watched.left(PAGE)
    assert watched.may_claim(OTHER)
    clock.sleep(LEFT_S)
    assert not watched.gone
    clock.sleep(0.1)
    assert watched.gone
    watched.claim(OTHER)
    assert not watched.gone


def test_a_page_that_falls_silent_is_away_and_much_later_gone(watched: Presence, clock: ManualClock) -> None:
    clock.sleep(SILENT_S + 0.1)
    assert watched.away
    assert not watched.gone
    clock.sleep(LOST_S)
    assert watched.gone
    assert watched.saw(PAGE)
    assert not watched.away
    assert not watched.gone


def test_the_goodbye_of_another_page_counts_nothing(watched: Presence, clock: ManualClock) -> None:
    watched.left(OTHER)
    clock.sleep(1)
    assert not watched.left_now
    assert not watched.may_claim(OTHER)


def test_the_state_has_the_words_of_the_displays() -> None:
    timeline = build_timeline(Script.model_validate({"lines": [{"text": "Go.", "emotion": "sad"}, {"text": "No."}]}))
    view = StageView(RunInfo(timeline, Settings()), lambda: True)
    for event in (LineStarted(0.0, 1, 2.0), NoteGiven(0.5, 1, "Let it sink.", 2.0), Paused(1.0)):
        view.handle(event)
    state = view.wait(-1, 0.0)
    assert (state["line"]["number"], state["line"]["text"], state["line"]["target"]) == ("line 1 of 2", "Go.", "sad")
    assert (state["note"], state["next"], state["paused"], state["held"]) == ("Let it sink.", "No.", True, True)
    assert state["reading"] == {"kind": "none", "text": "no picture yet"}
    view.handle(TakeEnded(1.0, "quit"))
    assert view.wait(-1, 0.0)["cause"] == "quit"
