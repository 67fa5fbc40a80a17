"""Sound of the studio: the server renders it, the page plays it and says when it has ended."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from source_help import ManualClock, wait_until
from starlette.testclient import TestClient
from studio_help import SCENE, keep_script, make_studio, visitor
from voice_help import needs_espeak

from coach.base.errors import SourceError
from coach.base.events import LineStarted, NoteGiven, PromptGiven
from coach.sources.clocked import SystemClock
from coach.sources.microphone.pushed import PushedMicrophone
from coach.studio.loudspeaker import Loudspeaker, PagePlayer
from coach.studio.state import Studio
from coach.voice.outlet import Outlet
from coach.voice.playback import GRACE_S
from coach.voice.sounds import write_silence
from coach.voice.speaker import VoiceSink, open_speaker

PAGE, OTHER = "page-0001", "page-0002"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """One second of silence."""
    write_silence(tmp_path / "silence.wav", 1.0)
    return tmp_path / "silence.wav"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def changes() -> list[str]:
    """One item for each time that the page has something else to play."""
    return []


@pytest.fixture
def loudspeaker(clock: ManualClock, changes: list[str]) -> Loudspeaker:
    return Loudspeaker(clock, lambda: changes.append("changed"))


def _id(loudspeaker: Loudspeaker) -> str:
    state = loudspeaker.state()
    return str(state["id"]) if state else ""


def test_a_sound_that_no_page_plays_lasts_as_long_as_its_file(
    loudspeaker: Loudspeaker, clock: ManualClock, sound: Path, changes: list[str]
) -> None:
    player = PagePlayer(loudspeaker)
    assert player.has_ended()
    player.play(sound, wait_s=0.5)
    state = loudspeaker.state()
    assert state is not None
    assert state["wait_s"] == 0.5
    clock.sleep(1.4)
    assert not player.has_ended()
    clock.sleep(0.2)
    assert player.has_ended()
    assert loudspeaker.state() is None
    assert changes == ["changed", "changed"]


def test_a_sound_that_the_page_plays_ends_when_the_page_says_so(
    loudspeaker: Loudspeaker, clock: ManualClock, sound: Path
) -> None:
    player = PagePlayer(loudspeaker)
    player.play(sound)
    loudspeaker.note_begin(_id(loudspeaker))
    clock.sleep(1.5)
    assert not player.has_ended()
    loudspeaker.note_end("another sound")
    assert not player.has_ended()
    loudspeaker.note_end(_id(loudspeaker))
    assert player.has_ended()


def test_a_page_that_never_says_so_is_not_waited_for_long(
    loudspeaker: Loudspeaker, clock: ManualClock, sound: Path
) -> None:
    player = PagePlayer(loudspeaker)
    player.play(sound)
    loudspeaker.note_begin(_id(loudspeaker))
    clock.sleep(1.0 + GRACE_S)
    assert player.has_ended()


def test_sounds_are_played_one_after_the_other_unless_it_is_too_late(
    loudspeaker: Loudspeaker, clock: ManualClock, sound: Path
) -> None:
    first, late, last = (loudspeaker.play(sound, expires=clock.now() + wait_s) for wait_s in (0.0, 0.9, 9.0))
    assert loudspeaker.find(_id(loudspeaker)) == sound
    assert loudspeaker.find("../" + sound.name) is None
    clock.sleep(1.0)
    assert first.has_ended()
    assert late.has_ended()
    assert not last.has_ended()
    last.stop()
    assert loudspeaker.state() is None


@needs_espeak
def test_a_note_is_hushed_when_a_line_starts_and_a_prompt_is_said_to_its_end(user_home: Path) -> None:
    loudspeaker = Loudspeaker(SystemClock(), lambda: None)
    outlet: Outlet = loudspeaker
    voice = VoiceSink(open_speaker(mode="on", notify=pytest.fail, outlet=outlet))
    voice.handle(NoteGiven(0.0, 1, "Let it sink, and take all the time that you need for it.", 60.0))
    wait_until(lambda: loudspeaker.state() is not None)
    note = loudspeaker.find(_id(loudspeaker))
    assert note is not None
    with wave.open(str(note)) as file:
        assert file.getnframes() / file.getframerate() > 1.5
    loudspeaker.note_begin(_id(loudspeaker))
    voice.handle(LineStarted(1.0, 2, 3.0))
    assert loudspeaker.state() is None
    voice.handle(PromptGiven(1.0, 2, "They said by"))
    wait_until(lambda: loudspeaker.state() is not None)
    prompt = _id(loudspeaker)
    voice.handle(LineStarted(2.0, 3, 3.0))
    assert _id(loudspeaker) == prompt
    voice.close()
    assert loudspeaker.state() is None


@pytest.fixture
def studio(user_home: Path) -> Studio:
    return make_studio(user_home / "takes")


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with visitor(studio) as client:
        yield client


@needs_espeak
def test_the_line_of_a_partner_is_fetched_and_its_end_begins_the_line_of_the_actor(
    client: TestClient, studio: Studio
) -> None:
    script = keep_script(studio, SCENE)
    wanted = {"source": "none", "script": script, "role": "BEN", "sound": "here", "lead_in_s": 0}
    path = f"/api{client.post('/api/takes', json=wanted).json()['path']}"
    state = client.post(f"{path}/claim", json={"page": PAGE}).json()
    while state["sound"] is None:
        state = client.get(f"{path}/state?page={PAGE}&seen={state['version']}").json()
    heard = {"page": PAGE, "sound": state["sound"]["id"]}
    answer = client.get(f"{path}/sound/{heard['sound']}")
    assert (answer.headers["content-type"], answer.content[:4]) == ("audio/wav", b"RIFF")
    part = client.get(f"{path}/sound/{heard['sound']}", headers={"range": "bytes=0-3"})  # as iOS asks
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert client.get(f"{path}/sound/silence.wav").status_code == 404
    assert client.get(f"{path}/sound/..%2f..%2fetc%2fpasswd").status_code == 404
    assert client.post(f"{path}/heard", json={**heard, "page": OTHER, "what": "ended"}).status_code == 409
    assert client.post(f"{path}/heard", json={**heard, "what": "exploded"}).status_code == 400
    client.post(f"{path}/heard", json={**heard, "what": "began"})
    assert client.get(f"{path}/state?page={PAGE}").json()["partner"]
    client.post(f"{path}/heard", json={**heard, "what": "ended"})
    while state["partner"] or state["phase"] != "line":
        state = client.get(f"{path}/state?page={PAGE}&seen={state['version']}").json()
    assert (state["line"]["text"], state["sound"]) == ("Me.", None)
    assert client.get(f"{path}/sound/{heard['sound']}").status_code == 404
    studio.close()


def test_pushed_sound_has_the_time_at_which_it_was_heard_and_never_stops(clock: ManualClock) -> None:
    microphone = PushedMicrophone(clock)
    assert [len(block.samples) for block in microphone.read()] == [0]
    microphone.push(b"\x01\x00" * 8000, age_s=0.25)
    (block,) = microphone.read()
    assert (clock.now() - block.t, block.samples[0], len(block.samples)) == (0.75, 1, 8000)
    for samples in (b"", b"\x00", bytes(2 * 16_001)):
        with pytest.raises(SourceError, match="16-bit samples"):
            microphone.push(samples, 0.0)


def test_sound_of_a_page_is_taken_only_while_somebody_listens(client: TestClient, studio: Studio) -> None:
    for advance, status in (("key", 409), ("voice", 200)):
        wanted = {"source": "none", "script": keep_script(studio), "advance": advance}
        path = f"/api{client.post('/api/takes', json=wanted).json()['path']}/microphone"
        client.post(path.replace("microphone", "claim"), json={"page": PAGE})
        assert client.post(f"{path}?page={PAGE}", content=bytes(4096)).status_code == status
        assert client.post(f"{path}?page={OTHER}", content=bytes(4096)).status_code == 409
        assert client.post(f"{path}?page={PAGE}", content=bytes(40_000)).status_code == 413
        studio.close()
    assert client.post(f"{path}?page={PAGE}", content=bytes(3)).status_code == 400
