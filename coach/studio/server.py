"""Serves the studio on this machine until it is stopped."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn

from coach.base.errors import CoachError
from coach.base.files import error_reason
from coach.studio.access import HOST, Access
from coach.studio.application import studio_application
from coach.studio.state import Studio

USUAL_PORT: Final = 7526
"""The port without ``--port``. It is the same each time, because browsers remember the camera's permission by port."""

_GRACE_S: Final = 3
"""Longest wait for requests in progress when the server stops, in seconds."""


def serve(
    port: int | None,
    takes: Path | None,
    say: Callable[[str], None],
    *,
    open_browser: bool,
    take: Path | None = None,
    keep_bug: Callable[[Exception], Path | None] = lambda _: None,
) -> None:
    """Serve the studio until Ctrl-C, SIGTERM or its button.

    Args:
        port: None for the usual one, or a free one if that is taken.
        takes: the takes folder; None for the user's own.
        say: tells the user something in the terminal.
        open_browser: open the page in the user's browser.
        take: a recorded take that the page offers; None for none.
        keep_bug: keeps the details of a bug in a file.

    Raises:
        CoachError: the port is taken, or there is no such recorded take.
    """
    listener = open_listener(port)
    access = Access(listener.getsockname()[1])
    studio = Studio(access, takes, say, stop=lambda: setattr(server, "should_exit", True))

    def ready() -> None:
        say(f"The studio is open at {access.entry_address}")
        say("It answers only this machine. Stop it with Ctrl-C, or with the button on its page.")
        if open_browser and _has_display():
            threading.Thread(target=webbrowser.open, args=(access.entry_address,), daemon=True).start()

    server = uvicorn.Server(server_config(studio, ready))
    studio.keep_bug = keep_bug
    try:
        if take is not None:
            studio.recordings.name(take)
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # how it is stopped; uvicorn raises it again after it has closed everything
        say("The studio is closed.")
    finally:
        listener.close()


def server_config(studio: Studio, ready: Callable[[], None] = lambda: None) -> uvicorn.Config:
    """The configuration of the server of `studio`; `ready` is called once requests are answered."""
    return uvicorn.Config(
        studio_application(studio, ready),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=100,
        timeout_graceful_shutdown=_GRACE_S,
    )


def open_listener(port: int | None) -> socket.socket:
    """A socket that listens on this machine alone.

    Args:
        port: None for the usual one, or a free one if that is taken; 0 for a free one.

    Raises:
        CoachError: the port is taken or forbidden.
    """
    try:
        return _listen(USUAL_PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return _listen(0)
        raise CoachError(f"port {port} cannot be used: {error_reason(error)}; choose another with --port") from error


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows this option would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _has_display() -> bool:
    """Whether a browser can open a window. Without one, a text browser would take the terminal."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
