"""The voices of Windows: `pyttsx3` without Windows, with a recording SpVoice in its driver for them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from coach.voice import child

TEXT = "<sad> She is alive."
XML, NOT_XML, ASYNC = 8, 16, 1


class SpVoice:
    """Records what it is asked to speak."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, int]] = []
        self.Rate = 0

    def Speak(self, text: str, flags: int = 0) -> int:  # noqa: N802  as in Windows
        self.spoken.append((text, flags))
        return 1


class Engine:
    """Does with its driver what `pyttsx3` does for Windows."""

    driver_name = "sapi5"

    def __init__(self, voice: SpVoice) -> None:
        self.proxy = SimpleNamespace(_driver=SimpleNamespace(_tts=voice))

    @property
    def _tts(self) -> SpVoice:
        voice: SpVoice = self.proxy._driver._tts
        return voice

    def connect(self, topic: str, callback: object) -> None:
        pass

    def setProperty(self, name: str, value: object) -> None:  # noqa: N802  as in pyttsx3
        self._tts.Rate = int(str(value))

    def say(self, text: str) -> None:
        self._tts.Speak(text, ASYNC)

    def save_to_file(self, text: str, file: str) -> None:
        self._tts.Speak(text)
        Path(file).write_bytes(b"RIFF")

    def runAndWait(self) -> None:  # noqa: N802  as in pyttsx3
        pass


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> SpVoice:
    voice, module = SpVoice(), ModuleType("pyttsx3")
    module.init = lambda: Engine(voice)  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "pyttsx3", module)
    monkeypatch.setattr(sys, "platform", "linux")
    return voice


def request(do: str, folder: Path) -> dict[str, Any]:
    file = str(folder / "speech.wav")
    return {"do": do, "text": TEXT, "tone": None, "file": file, "voice": None, "rate": 90, "limit_s": 5.0}


@pytest.mark.parametrize("do", ["say", "render"])
def test_a_text_that_begins_with_a_bracket_is_not_taken_for_markup(do: str, voice: SpVoice, tmp_path: Path) -> None:
    child._Engine().handle(request(do, tmp_path))
    ((text, flags),) = voice.spoken
    assert text == TEXT
    assert flags & NOT_XML
    assert not flags & XML
    assert flags & ASYNC == (ASYNC if do == "say" else 0)


def test_the_rate_reaches_the_voice(voice: SpVoice, tmp_path: Path) -> None:
    child._Engine().handle(request("say", tmp_path))
    assert voice.Rate == 90
