"""Drives Firefox by Marionette, the protocol that is built into it.

Playwright cannot: its current release asks Firefox ESR for commands of WebDriver BiDi that only later ones know.
"""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

FIREFOX = next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), "")

needs_firefox = pytest.mark.skipif(not FIREFOX, reason="Firefox is not installed: apt-get install firefox-esr")

LIMIT_S = 60.0
"""Longest wait for something on a page."""

_SETTINGS = {
    "marionette.port": 0,  # a free one, which it writes into its profile
    "media.navigator.permission.disabled": True,  # the camera is allowed without a question
    "media.navigator.streams.fake": True,  # and is a moving test picture
    "media.autoplay.default": 0,
}

_WAIT_FOR = """
const done = arguments[0];
const check = () => {{ const found = {condition}; if (found) done(found); else setTimeout(check, 50); }};
check();
"""


class Firefox:
    """A tab of a running Firefox."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=2 * LIMIT_S)
        self._file = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._read()  # its greeting
        self._ask("WebDriver:NewSession", {})
        self._ask("WebDriver:SetTimeouts", {"script": LIMIT_S * 1000})

    def _read(self) -> object:
        size = b"".join(iter(lambda: self._file.read(1), b":"))
        return json.loads(self._file.read(int(size)))

    def _ask(self, name: str, fields: dict[str, object]) -> object:
        message = json.dumps([0, next(self._numbers), name, fields])
        self._socket.sendall(f"{len(message.encode())}:{message}".encode())
        answer = self._read()
        assert isinstance(answer, list)
        _, _, error, result = answer
        assert error is None, f"{name}: {error}"
        return result.get("value") if isinstance(result, dict) else result

    def open(self, address: str) -> None:
        """Open a page, and wait until it is loaded."""
        self._ask("WebDriver:Navigate", {"url": address})

    def click(self, selector: str) -> None:
        """Click the element, once it can be clicked."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})?.disabled === false")
        element = self._ask("WebDriver:FindElement", {"using": "css selector", "value": selector})
        assert isinstance(element, dict)
        self._ask("WebDriver:ElementClick", {"id": next(iter(element.values()))})

    def wait_for(self, condition: str) -> object:
        """Wait until the JavaScript expression `condition` is true on the page, also on one that comes next."""
        script = {"script": _WAIT_FOR.format(condition=condition), "args": []}
        for _ in range(9):  # a page that is left takes its script with it
            try:
                return self._ask("WebDriver:ExecuteAsyncScript", script)
            except AssertionError as error:
                if "unloaded" not in str(error) and "navigat" not in str(error):
                    raise
        raise AssertionError(f"pages came and went: {condition}")

    def close(self) -> None:
        """End the connection."""
        self._file.close()
        self._socket.close()


@contextmanager
def running_firefox(profile: Path) -> Iterator[Firefox]:
    """A Firefox without a window, with a new profile in the folder `profile`."""
    profile.mkdir()
    settings = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _SETTINGS.items()]
    (profile / "user.js").write_text("".join(settings))
    command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if "Listening on port" in line)
            with closing(Firefox(int(ready.rpartition(" ")[2]))) as firefox:
                yield firefox
        finally:
            process.kill()
