"""Child process that serves one request (list voices, render, speak, play a sound, run a program) and exits.

Speech engines hang, crash, print and keep state (see pyttsx3's open issues), so each utterance gets a new process that
can be killed. To start fast, this module imports only the standard library and pyttsx3.

Protocol: the parent writes one request as a line of JSON to stdin and reads lines of JSON from stdout: first
``{"ready": true}`` or ``{"error": ...}``, then one answer. When stdin ends, the parent is gone, and the child kills
itself and its descendants.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from coach.base.child_process import MessagesOut, end_own_tree

Message = dict[str, Any]

PLAYERS: Final = {"darwin": ("afplay",), "linux": ("aplay", "-q")}
"""The command that plays a sound file, by platform; Windows needs none."""


_NOT_XML: Final = 16
"""SVSFIsNotXML of SpVoice.Speak (learn.microsoft.com, SpeechVoiceSpeakFlags)."""


def main() -> NoReturn:
    """Answer one request and exit without clean-up, because a normal exit while espeak is busy crashes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    answers = MessagesOut()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    answers.send(_serve(answers, requests))
    os._exit(0)


def _listen(requests: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    end_own_tree()


def _serve(answers: MessagesOut, requests: queue.SimpleQueue[bytes]) -> Message:
    try:
        handle = _handle_without_engine if sys.argv[1:] else _Engine().handle
        answers.send({"ready": True})
        return handle(json.loads(requests.get()))
    except Exception as error:  # engines raise anything; the parent needs an answer
        return {"error": f"{error or type(error).__name__}"}


def _handle_without_engine(request: Message) -> Message:
    """Serve a request to play a sound, after `wait_s`, or to run a speech program, which reads the text."""
    if request["do"] == "play":
        time.sleep(request["wait_s"])
        play(request["sound"])
    else:
        _run_program(*request["command"], words=request["text"])
    return {"done": True}


class _Engine:
    """pyttsx3 for one request. `runAndWait` returns before espeak is done; ``finished-utterance`` signals the end."""

    def __init__(self) -> None:
        import pyttsx3  # type: ignore[import-untyped]  # it has no types

        self._tts = pyttsx3.init()
        self._finished = threading.Event()
        self._errors: list[str] = []
        self._disable_stop()
        self._disable_markup()
        self._tts.connect("finished-utterance", lambda **_: self._finished.set())
        self._tts.connect("error", lambda **event: self._errors.append(str(event.get("exception"))))

    def _disable_stop(self) -> None:
        """Disable `stop` for espeak: called within `runAndWait`, it loses the rate just set one time in ten."""
        driver = getattr(self._tts.proxy, "_driver", None)
        if driver is not None and self._is_espeak:
            driver.stop = lambda: None

    def _disable_markup(self) -> None:
        """Let the voices of Windows speak a text that begins with ``<``, which they take for XML; the others do so."""
        driver = getattr(self._tts.proxy, "_driver", None)
        if driver is not None and self._tts.driver_name == "sapi5":
            driver._tts = _PlainVoice(driver._tts)

    @property
    def _is_espeak(self) -> bool:
        return bool(self._tts.driver_name == "espeak")

    def handle(self, request: Message) -> Message:
        """Serve `request` and return the answer."""
        handlers = {"probe": self._probe, "voices": self._voices, "say": self._say, "render": self._render}
        return handlers[request["do"]](request)

    def _probe(self, request: Message) -> Message:
        return {**self._voices(request), "fault": _try_playback(request["sound"])}

    def _voices(self, _: Message) -> Message:
        voices = [
            {"id": str(v.id), "name": str(v.name or v.id), "languages": [_tag(x) for x in v.languages or () if x]}
            for v in self._tts.getProperty("voices") or ()
        ]
        return {"voices": voices, "default": str(self._tts.getProperty("voice") or "")}

    def _say(self, request: Message) -> Message:
        if request["tone"]:
            play(request["tone"])
        if request["text"] and self._is_espeak:  # its own playback reports success even without a sound device
            self._write_speech(request)
            play(request["file"])
        elif request["text"]:
            self._set_voice(request)
            self._tts.say(request["text"])
            self._run(request["limit_s"])
        return {"done": True}

    def _render(self, request: Message) -> Message:
        self._write_speech(request)
        return {"done": True}

    def _write_speech(self, request: Message) -> None:
        file = request["file"]
        sound = f"{file}.aiff" if sys.platform == "darwin" else file  # macOS writes AIFF whatever the suffix
        self._set_voice(request)
        self._tts.save_to_file(request["text"], sound)
        self._run(request["limit_s"])
        if not Path(sound).is_file():
            raise RuntimeError("the engine wrote no sound")
        if sound != file:
            _run_program("afconvert", "-f", "WAVE", "-d", "LEI16", sound, file)

    def _set_voice(self, request: Message) -> None:
        if request["voice"]:
            self._tts.setProperty("voice", request["voice"])
        if request["rate"]:  # after the voice, which resets it on some systems
            self._tts.setProperty("rate", request["rate"])

    def _run(self, limit_s: float) -> None:
        """Let the engine process what was queued and wait until it is done."""
        self._tts.runAndWait()
        if self._is_espeak and not self._errors and not self._finished.wait(limit_s):
            raise TimeoutError(f"the engine was not done after {limit_s:.1f} s")
        if self._errors:
            raise RuntimeError(self._errors[0])


class _SpVoice(Protocol):
    """The part of Windows' SpVoice that speaks."""

    def Speak(self, text: str, flags: int) -> int: ...  # noqa: N802  as in Windows


class _PlainVoice:
    """An SpVoice that takes no text for markup; everything else is passed on to `voice`."""

    _voice: _SpVoice

    def __init__(self, voice: _SpVoice) -> None:
        object.__setattr__(self, "_voice", voice)

    def __getattr__(self, name: str) -> object:
        return getattr(self._voice, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._voice, name, value)

    def Speak(self, text: str, flags: int = 0) -> int:  # noqa: N802  as in Windows
        """Speak `text` as it stands."""
        return self._voice.Speak(text, flags | _NOT_XML)


def _tag(language: str | bytes) -> str:
    """`language` as text; some drivers return bytes that start with a priority byte."""
    text = language.decode("utf-8", "ignore") if isinstance(language, bytes) else str(language)
    return "".join(c for c in text if c.isprintable())


def _try_playback(sound: str) -> str:
    """Play `sound`; return the reason if that fails, otherwise an empty string."""
    try:
        play(sound)
    except (OSError, RuntimeError) as error:
        return str(error) or type(error).__name__
    return ""


def play(sound: str) -> None:
    """Play the sound file `sound` to its end.

    Raises:
        OSError: the player is not installed.
        RuntimeError: the player failed; the message is its last line of output.
    """
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(sound, winsound.SND_FILENAME)
        return
    _run_program(*PLAYERS.get(sys.platform, PLAYERS["linux"]), sound)


def _run_program(*command: str, words: str = "") -> None:
    environment = {**os.environ, "PYTHONUTF8": "1"}  # Piper is in Python and would read words as the system writes
    result = subprocess.run(command, input=words.encode(), capture_output=True, check=False, env=environment)
    if result.returncode:
        lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"{command[0]} failed with {result.returncode}")


if __name__ == "__main__":
    main()
