"""The contract of speech engines, on the system's, on Piper (with a stub of its program), and on the fake."""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from voice_help import descendants, linux_only, needs_espeak, temporary_folder

from coach.base.errors import MissingLibraryError, VoiceError
from coach.testing.speech import SilentEngine
from coach.voice.engines import Speech, SpeechEngine, SystemEngine
from coach.voice.piper import PiperEngine

SENTENCE = "They said there would be news by morning."

PIPER = """#!{python}
# A stand-in for Piper: reads words from stdin, and writes silence, which lasts longer at a greater length scale.
import os, sys, wave
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert os.path.isfile(options["--model"])
words = sys.stdin.read().split()
if words[0] == "crash":
    sys.exit("it broke")
if words[0] != "nothing":
    with wave.open(options["--output_file"], "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * int(6000 * len(words) * float(options["--length_scale"]))))
with open({log!r}, "a") as log:
    log.write(" ".join([*words, options.get("--speaker", "-")]) + chr(10))
"""


class PiperFolder:
    """A folder with the stub program on PATH, and its models."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.log = folder, folder / "piper.log"
        program = folder / "piper"
        program.write_text(PIPER.format(python=sys.executable, log=str(self.log)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    def model(self, name: str, language: str = "en_US", **speakers: int) -> Path:
        path = self.folder / f"{name}.onnx"
        path.write_bytes(name.encode())
        card = {"language": {"code": language}, "speaker_id_map": speakers}
        (self.folder / f"{name}.onnx.json").write_text(json.dumps(card))
        return path


@pytest.fixture
def piper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PiperFolder:
    temporary_folder(tmp_path, monkeypatch)
    return PiperFolder(tmp_path, monkeypatch)


Engines = Callable[[], SpeechEngine]


@pytest.fixture(params=[pytest.param("system", marks=needs_espeak), pytest.param("piper", marks=linux_only), "fake"])
def engine(request: pytest.FixtureRequest) -> Iterator[SpeechEngine]:
    if request.param == "piper":
        piper: PiperFolder = request.getfixturevalue("piper")
        opened: SpeechEngine = PiperEngine((piper.model("amy"),))
    else:
        opened = SystemEngine() if request.param == "system" else SilentEngine()
    yield opened
    opened.close()


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        return file.getnframes() / file.getframerate()


def test_an_engine_renders_words_at_the_speed_asked_for(engine: SpeechEngine, tmp_path: Path) -> None:
    voice = engine.voices().speaking("en")[0]
    assert engine.identity
    for name, rate in (("slow", 120), ("fast", 240)):
        engine.render(Speech(SENTENCE, voice.id, rate), tmp_path / f"{name}.wav")
    slow, fast = seconds(tmp_path / "slow.wav"), seconds(tmp_path / "fast.wav")
    assert slow > 1.0
    assert fast < slow * 0.8


def test_an_engine_refuses_nothing_to_say_and_renders_nothing_after_a_cancel(
    engine: SpeechEngine, tmp_path: Path
) -> None:
    voice = engine.voices().installed[0]
    with pytest.raises(VoiceError):
        engine.render(Speech(" \x1b ", voice.id, 170), tmp_path / "a.wav")
    engine.cancel()
    with pytest.raises(VoiceError):
        engine.render(Speech(SENTENCE, voice.id, 170), tmp_path / "a.wav")
    engine.close()
    engine.close()
    assert not (tmp_path / "a.wav").exists()
    assert not descendants()


@linux_only
def test_each_speaker_of_a_model_of_piper_is_a_voice(piper: PiperFolder, tmp_path: Path) -> None:
    engine = PiperEngine((piper.model("many", "en_GB", tom=0, eve=3), piper.model("ana", "ro_RO")))
    voices = engine.voices()
    assert [(voice.name, voice.languages) for voice in voices.installed] == [
        ("many tom", ("en-gb",)),
        ("many eve", ("en-gb",)),
        ("ana", ("ro-ro",)),
    ]
    for voice in voices.installed[1:]:
        engine.render(Speech("Da.", voice.id, 170), tmp_path / "a.wav")
    assert piper.log.read_text().splitlines() == ["Da. 3", "Da. -"]
    engine.close()


@linux_only
@pytest.mark.parametrize(("words", "message"), [("crash it", "it broke"), ("nothing at all", "wrote no sound")])
def test_a_fault_of_piper_is_reported(piper: PiperFolder, tmp_path: Path, words: str, message: str) -> None:
    (tmp_path / "a.wav").write_bytes(b"of an earlier line")
    engine = PiperEngine((piper.model("amy"),))
    with pytest.raises(VoiceError, match=message):
        engine.render(Speech(words, engine.voices().installed[0].id, 170), tmp_path / "a.wav")
    engine.close()


@linux_only
def test_what_piper_lacks_is_named(piper: PiperFolder, tmp_path: Path) -> None:
    model = piper.model("amy")
    first = PiperEngine((model,))
    (piper.folder / "piper").unlink()
    with pytest.raises(MissingLibraryError, match="piper is not installed"):
        first.voices()
    first.close()
    model.write_bytes(b"another")
    second = PiperEngine((model,))
    assert second.identity != first.identity
    second.close()
    (tmp_path / "amy.onnx.json").write_text("[]")
    with pytest.raises(VoiceError, match=r"amy\.onnx\.json: this does not describe a voice"):
        PiperEngine((model,))
    with pytest.raises(VoiceError, match=r"gone\.onnx\.json: no such file"):
        PiperEngine((tmp_path / "gone.onnx",))
