"""Serves the studio on this machine, and to paired phones if asked, until it is stopped."""

from __future__ import annotations

import errno
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from coach.base.errors import CoachError
from coach.base.files import error_reason
from coach.base.messages import tr
from coach.studio.access import HOST, Access
from coach.studio.application import studio_application
from coach.studio.connections import Connection, listen_on
from coach.studio.state import Studio

if TYPE_CHECKING:
    import socket

    from coach.studio.phone.serving import PhoneSide

USUAL_PORT: Final = 7526
"""The port without ``--port``. It is the same each time, because browsers remember the camera's permission by port."""

_GRACE_S: Final = 3
"""Longest wait for requests in progress when the server stops, in seconds."""

_SERVED: Final[dict[str, Any]] = {
    "http": Connection,
    "ws": "none",
    "loop": "asyncio",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "limit_concurrency": 100,
    "timeout_graceful_shutdown": _GRACE_S,
}
"""How every server of the studio answers."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the user wants the studio served.

    Attributes:
        port: None for the usual one, or a free one if that is taken.
        takes: the takes folder; None for the user's own.
        open_browser: open the page in the user's browser.
        take: a recorded take that the page offers; None for none.
        phone: serve phones in the local network too.
    """

    port: int | None = None
    takes: Path | None = None
    open_browser: bool = True
    take: Path | None = None
    phone: bool = False


@dataclass(frozen=True, slots=True)
class Terminal:
    """Ways to tell the user something.

    Attributes:
        say: prints a sentence.
        show: prints rows as they are.
        keep_bug: keeps the details of a bug in a file.
    """

    say: Callable[[str], None]
    show: Callable[[str], None] = lambda _: None
    keep_bug: Callable[[Exception], Path | None] = lambda _: None


def serve(wishes: Wishes, terminal: Terminal) -> None:
    """Serve the studio until Ctrl-C, SIGTERM or its button.

    Raises:
        CoachError: a port is taken, there is no such recorded take, or no local network for a phone.
    """
    with ExitStack() as open_things:
        listener = open_things.enter_context(open_listener(wishes.port))
        access = Access(listener.getsockname()[1])
        studio = Studio(access, wishes.takes, terminal.say, stop=lambda: setattr(server, "should_exit", True))
        studio.keep_bug = terminal.keep_bug
        if wishes.take is not None:
            studio.recordings.name(wishes.take)
        phone_side = _open_phone_side(wishes.port, studio, open_things) if wishes.phone else None

        def ready() -> None:
            _welcome(studio, terminal)
            if wishes.open_browser and _has_display():
                threading.Thread(target=webbrowser.open, args=(access.entry_address,), daemon=True).start()

        server = uvicorn.Server(server_config(studio, ready, phone_side))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:  # how it is stopped; uvicorn raises it again after it has closed everything
            terminal.say(tr("The studio is closed."))


def _open_phone_side(port: int | None, studio: Studio, open_things: ExitStack) -> PhoneSide:
    """Let phones into `studio`."""
    from coach.studio.phone.serving import PhoneSide

    side = open_things.enter_context(closing(PhoneSide.on_local_network(port)))
    studio.phones = side.phones
    return side


def _welcome(studio: Studio, terminal: Terminal) -> None:
    """Print the addresses of `studio`."""
    terminal.say(tr("The studio is open at {address}", address=studio.access.entry_address))
    if studio.phones is None:
        terminal.say(tr("It answers only this machine. Stop it with Ctrl-C, or with the button on its page."))
        return
    from coach.studio.phone.pairing import qr_text

    address = studio.phones.entry_address
    terminal.show(qr_text(address))
    terminal.say(tr("On the phone, scan this code, or open {address}. It pairs one phone, once.", address=address))
    terminal.say(tr("The phone warns of the certificate; the page /phone of the studio says what to do."))
    terminal.say(
        tr("The studio answers this machine and paired phones. Stop it with Ctrl-C, or with the button on its page.")
    )


def server_config(
    studio: Studio, ready: Callable[[], None] = lambda: None, phone_side: PhoneSide | None = None
) -> uvicorn.Config:
    """The configuration of the server of `studio`.

    Args:
        studio: what is served.
        ready: called once requests are answered.
        phone_side: serves phones while the server runs; None for no phones.
    """

    def phone_config(certificate: str) -> uvicorn.Config:
        return uvicorn.Config(application, lifespan="off", ssl_certfile=certificate, **_SERVED)

    beside = nullcontext if phone_side is None else phone_side.beside(phone_config)
    application = studio_application(studio, ready, beside=beside)
    return uvicorn.Config(application, lifespan="on", **_SERVED)


def open_listener(port: int | None) -> socket.socket:
    """A socket that listens on this machine alone.

    Args:
        port: None for the usual one, or a free one if that is taken; 0 for a free one.

    Raises:
        CoachError: the port is taken or forbidden.
    """
    try:
        return listen_on(HOST, USUAL_PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return listen_on(HOST, 0)
        text = tr(
            "port {port} cannot be used: {reason}; choose another with --port", port=port, reason=error_reason(error)
        )
        raise CoachError(text) from error


def _has_display() -> bool:
    """Whether a browser can open a window. Without one, a text browser would take the terminal."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
