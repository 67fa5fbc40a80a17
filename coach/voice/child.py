"""Child process that serves one request of the speech engine (list voices, render, speak) and exits.

Speech engines hang, crash, print and keep state (see pyttsx3's open issues), so each utterance gets a fresh process
that can be killed. To start fast, this module imports only the standard library and pyttsx3.

Protocol: the parent writes one request as a line of JSON to stdin and reads lines of JSON from stdout: first
``{"ready": true}`` or ``{"error": ...}``, then one answer. When stdin ends, the parent is gone, and the child kills
itself and its own children.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final, NoReturn

Message = dict[str, Any]

PLAYERS: Final = {"darwin": ("afplay",), "linux": ("aplay", "-q")}
"""The command that plays a sound file, by platform; Windows needs none."""


def main() -> NoReturn:
    """Answer one request and exit without clean-up: a normal exit while espeak is busy is a segmentation fault."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    answers = os.dup(1)
    os.dup2(2, 1)  # keeps what the engine prints out of the protocol
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    _answer(answers, _serve(answers, requests))
    os._exit(0)


def _listen(requests: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    _die()


def _die() -> NoReturn:
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # the player too
    os._exit(1)


def _answer(answers: int, reply: Message) -> None:
    os.write(answers, json.dumps(reply).encode() + b"\n")


def _serve(answers: int, requests: queue.SimpleQueue[bytes]) -> Message:
    try:
        engine = _Engine()
        _answer(answers, {"ready": True})
        return engine.obey(json.loads(requests.get()))
    except Exception as error:  # engines raise anything, and the parent must be told
        return {"error": f"{error or type(error).__name__}"}


class _Engine:
    """pyttsx3, used once. `runAndWait` returns before espeak is done; only ``finished-utterance`` tells when it is."""

    def __init__(self) -> None:
        import pyttsx3  # type: ignore[import-untyped]  # it has no types

        self._tts = pyttsx3.init()
        self._finished = threading.Event()
        self._errors: list[str] = []
        self._never_stop()
        self._tts.connect("finished-utterance", lambda **_: self._finished.set())
        self._tts.connect("error", lambda **told: self._errors.append(str(told.get("exception"))))

    def _never_stop(self) -> None:
        """Keep `runAndWait` from cancelling espeak, which loses the rate just set one time in ten."""
        driver = getattr(self._tts.proxy, "_driver", None)
        if driver is not None and self._is_espeak:
            driver.stop = lambda: None

    @property
    def _is_espeak(self) -> bool:
        return bool(self._tts.driver_name == "espeak")

    def obey(self, request: Message) -> Message:
        tasks = {"probe": self._probe, "voices": self._voices, "say": self._say, "render": self._render}
        return tasks[request["do"]](request) or {"done": True}

    def _probe(self, request: Message) -> Message:
        return {**self._voices(request), "fault": _fault_of(request["sound"])}

    def _voices(self, _: Message) -> Message:
        found = [
            {"id": str(v.id), "name": str(v.name or v.id), "languages": [_tag(x) for x in v.languages or () if x]}
            for v in self._tts.getProperty("voices") or ()
        ]
        return {"voices": found, "default": str(self._tts.getProperty("voice") or "")}

    def _say(self, request: Message) -> None:
        if request["tone"]:
            play(request["tone"])
        if request["text"] and self._is_espeak:  # its own playback reports success even if nothing is heard
            self._render(request)
            play(request["file"])
        elif request["text"]:
            self._set_voice(request)
            self._tts.say(request["text"])
            self._run(request["limit_s"])

    def _render(self, request: Message) -> None:
        file = request["file"]
        sound = f"{file}.aiff" if sys.platform == "darwin" else file  # macOS writes AIFF whatever the suffix
        self._set_voice(request)
        self._tts.save_to_file(request["text"], sound)
        self._run(request["limit_s"])
        if not Path(sound).is_file():
            raise RuntimeError("the engine wrote no sound")
        if sound != file:
            _run_player("afconvert", "-f", "WAVE", "-d", "LEI16", sound, file)

    def _set_voice(self, request: Message) -> None:
        if request["voice"]:
            self._tts.setProperty("voice", request["voice"])
        if request["rate"]:  # after the voice, which resets it on some systems
            self._tts.setProperty("rate", request["rate"])

    def _run(self, limit_s: float) -> None:
        self._tts.runAndWait()
        if self._is_espeak and not self._errors and not self._finished.wait(limit_s):
            raise TimeoutError(f"the engine was not done after {limit_s:.1f} s")
        if self._errors:
            raise RuntimeError(self._errors[0])


def _tag(language: str | bytes) -> str:
    """`language` as text; some drivers return bytes that start with a priority byte."""
    text = language.decode("utf-8", "ignore") if isinstance(language, bytes) else str(language)
    return "".join(c for c in text if c.isprintable())


def _fault_of(sound: str) -> str:
    """Why `sound` cannot be played; empty if it can be."""
    try:
        play(sound)
    except (OSError, RuntimeError) as error:
        return str(error) or type(error).__name__
    return ""


def play(sound: str) -> None:
    """Play a sound file to its end.

    Raises:
        OSError: there is no player.
        RuntimeError: the player failed; the message is its last line of output.
    """
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(sound, winsound.SND_FILENAME)
        return
    _run_player(*PLAYERS.get(sys.platform, PLAYERS["linux"]), sound)


def _run_player(*command: str) -> None:
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"{command[0]} failed with {ran.returncode}")


if __name__ == "__main__":
    main()
