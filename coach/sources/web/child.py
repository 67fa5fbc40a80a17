"""The child process that fetches a web video: ``python -m coach.sources.web.child``.

A process of its own, because yt-dlp can neither be stopped from outside nor keep a time: a server that sends a byte
now and then holds it for ever without one call of its hooks. It hears its order as one line of JSON on its input, and
speaks on its output in lines of JSON: `stage`, `bytes`, `done` or `failed`. When its input ends, its parent is gone,
and it goes with all it started.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from coach.base.text import clean
from coach.sources.web.refusals import WebError


class Parent:
    """The two pipes to the parent."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # what libraries print must not get between the messages
        self._in = os.fdopen(os.dup(0), "rb")
        self.order: dict[str, Any] = json.loads(self._in.readline())
        threading.Thread(target=self._listen, name="parent's pipe", daemon=True).start()

    def tell(self, **message: object) -> None:
        """One line of JSON."""
        try:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()
        except OSError:
            end_all()

    def _listen(self) -> None:
        self._in.read()
        end_all()


def end_all() -> None:
    """End this process and what it started, such as a JavaScript runtime."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Fetch what the parent orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = Parent()
    folder = Path(parent.order["folder"])
    os.chdir(folder)  # whatever is written without a place lands in the draft
    try:
        from coach.sources.web.site import fetch, forget_ftp

        forget_ftp()
        parent.tell(done=fetch(parent.order, folder, parent.tell))
    except WebError as fault:
        parent.tell(failed=fault.kind, detail=fault.detail)
    except ImportError as error:
        parent.tell(failed="library", detail=clean(error.name or str(error), 80))


if __name__ == "__main__":
    main()
