"""A virtual screen: tests read its pixels, press keys and close windows. It needs only Xvfb."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

XVFB = shutil.which("Xvfb")
DEADLINE_S = 30.0
PAINTED_WITHIN_S = 3.0
KEYSYMS = {"\n": 0xFF0D, "\t": 0xFF09, "left": 0xFF51} | {letter: ord(letter) for letter in "pbrqfsmgv "}
"""The X keysyms of the keys."""


class Screen:
    """Xvfb on a free display, 1280 x 800 pixels."""

    def __init__(self, folder: Path) -> None:
        assert XVFB is not None
        self._file = folder / "Xvfb_screen0"
        read, write = os.pipe()
        self._server = subprocess.Popen(
            [XVFB, "-displayfd", str(write), "-screen", "0", "1280x800x24", "-fbdir", str(folder), "-nolisten", "tcp"],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self._number = int(pipe.readline())
        self._client = _Client(self._number)  # the server resets when its last client disconnects

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a program that uses this screen."""
        return {**without_display(), "DISPLAY": f":{self._number}"}

    def close(self) -> None:
        self._client.close()
        self._server.terminate()
        self._server.wait(DEADLINE_S)

    def picture(self) -> NDArray[np.uint8]:
        """All pixels (800, 1280, 3) uint8 BGR."""
        data = self._file.read_bytes()
        head = struct.unpack(">25I", data[:100])
        width, height, stride, colours = head[4], head[5], head[12], head[19]
        start = head[0] + colours * 12
        rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)
        return rows[:, : width * 4].reshape(height, width, 4)[:, :, :3].copy()

    def press(self, key: str) -> None:
        self._client.press(KEYSYMS[key])

    def close_windows(self) -> None:
        """Ask every window to close, as its close button does."""
        self._client.close_windows()

    def show_again(self) -> None:
        """Hide every visible window and show it again."""
        self._client.show_again()


def without_display() -> dict[str, str]:
    """The environment of this process without a display."""
    return {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}


class _Client:
    """A client with the few requests of X11 and its extension XTEST that the tests need."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(f"/tmp/.X11-unix/X{number}")
        self._socket.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
        size = struct.unpack("<BxHHH", self._take(8))[3] * 4
        setup = self._take(size)
        vendor, formats = struct.unpack_from("<H", setup, 16)[0], setup[21]
        self._keycodes = setup[26], setup[27]
        self._root = struct.unpack_from("<I", setup, 32 + (vendor + 3) // 4 * 4 + formats * 8)[0]
        self._xtest = self._ask(_named(98, 0, "XTEST"))[9]

    def close(self) -> None:
        self._socket.close()

    def press(self, keysym: int) -> None:
        keycode = self._keycode(keysym)
        for kind in (2, 3):  # down, up
            self._socket.sendall(struct.pack("<BBHBBxxI24x", self._xtest, 2, 9, kind, keycode, 0))

    def close_windows(self) -> None:
        protocols, delete = (self._atom(name) for name in ("WM_PROTOCOLS", "WM_DELETE_WINDOW"))
        for window in self._windows():
            event = struct.pack("<BBHIIII12x", 33, 32, 0, window, protocols, delete, 0)
            self._socket.sendall(struct.pack("<BBHII", 25, 0, 11, window, 0) + event)

    def show_again(self) -> None:
        for window in self._windows():
            if self._ask(struct.pack("<BxHI", 3, 2, window))[26] == 2:  # viewable
                for request in (10, 8):  # unmap, map
                    self._socket.sendall(struct.pack("<BxHI", request, 2, window))

    def _keycode(self, keysym: int) -> int:
        first, last = self._keycodes
        answer = self._ask(struct.pack("<BxHBBxx", 101, 2, first, last - first + 1))
        per_keycode = answer[1]
        keysyms = struct.unpack_from(f"<{per_keycode * (last - first + 1)}I", answer, 32)
        return first + keysyms.index(keysym) // per_keycode

    def _windows(self) -> tuple[int, ...]:
        answer = self._ask(struct.pack("<BxHI", 15, 2, self._root))
        count = struct.unpack_from("<H", answer, 16)[0]
        return struct.unpack_from(f"<{count}I", answer, 32)

    def _atom(self, name: str) -> int:
        return int(struct.unpack_from("<I", self._ask(_named(16, 0, name)), 8)[0])

    def _ask(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        while True:
            answer = self._take(32)
            if answer[0] == 1:
                return answer + self._take(struct.unpack_from("<I", answer, 4)[0] * 4)

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            assert piece, "the X server closed the connection"
            data += piece
        return data


def _named(opcode: int, detail: int, name: str) -> bytes:
    padded = name.encode().ljust((len(name) + 3) // 4 * 4, b"\0")
    return struct.pack("<BBHHxx", opcode, detail, 2 + len(padded) // 4, len(name)) + padded


def happens_in_time(child: subprocess.Popen[str], condition: Callable[[], bool], timeout_s: float = DEADLINE_S) -> bool:
    """Wait until `condition` holds; return whether it does within `timeout_s`. Fails if `child` ends first."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert child.poll() is None, child.communicate()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def wait_until_painted(screen: Screen, child: subprocess.Popen[str], is_painted: Callable[[], bool]) -> None:
    """Wait until `is_painted` holds; hide and show the windows again if it takes long.

    Without a window manager, Qt sometimes misses that its window was mapped and never paints it (on a busy machine in
    one of five starts). It paints the window once it is mapped again.
    """
    for _ in range(round(DEADLINE_S / PAINTED_WITHIN_S)):
        if happens_in_time(child, is_painted, PAINTED_WITHIN_S):
            return
        screen.show_again()
    raise AssertionError("the window was not painted in time")


def press_until(screen: Screen, key: str, child: subprocess.Popen[str], condition: Callable[[], bool]) -> bool:
    """Press `key` until `condition` holds; return whether it does in time.

    One press may be lost: without a window manager the window under the pointer gets the key, and a new window may not
    be there yet.
    """
    tries = 6
    for _ in range(tries):
        screen.press(key)
        if happens_in_time(child, condition, DEADLINE_S / tries):
            return True
    return False
