"""The parent's side of the child process that fetches a web video: limits, progress, end."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO, Any, Final

from coach.base.child_process import end_child, end_input, kill_tree, start_child
from coach.base.text import clean
from coach.base.types import Download
from coach.sources.web.options import WebOptions
from coach.sources.web.refusals import KINDS, Kind, WebError, find_deno

_log = logging.getLogger(__name__)

TRICKLE: Final = 8000
"""Bytes per second; at less than this a minute of video at 360 lines would take half an hour."""

_PATIENT: Final = ("starting", "cookies", "joining", "checking")
"""Stages limited only by the total time: a keyring may ask for a password, and the others need no server."""


class Watchdog:
    """Watchdog of a download. Times are seconds of any clock, passed in by the caller."""

    def __init__(self, options: WebOptions, now: float) -> None:
        self._options = options
        self._began = now
        self._stage = "starting"
        self._mark = (now, 0)
        """Start of the current timeout, and the bytes received by then."""

    def enter(self, stage: str, now: float) -> None:
        """A stage began, or a server answered in it."""
        self._stage = stage
        self._mark = (now, self._mark[1])

    def received(self, done_bytes: int, now: float) -> None:
        """Bytes received so far."""
        if done_bytes - self._mark[1] >= TRICKLE * self._options.patience_s:
            self._mark = (now, done_bytes)

    def fault(self, now: float) -> WebError | None:
        """Why the download must end now; None if it may go on."""
        if now - self._began > self._options.time_limit_s:
            return WebError("too_late", f"{self._options.time_limit_s:g} s")
        if self._stage in _PATIENT or now - self._mark[0] <= self._options.patience_s:
            return None
        what = "no answer" if self._stage == "asking" else f"less than {TRICKLE // 1000} kB a second"
        return WebError("stalled", f"{what} for {self._options.patience_s:g} s")


MEMORY: Final = 1 << 30
"""Bytes; yt-dlp reads a whole page before it parses it, so an endless one would fill the memory."""

GOODBYE_S: Final = 5.0
"""A killed process exits at once, except a large one on a busy machine."""

POLL_S: Final = 0.1
LONGEST_MESSAGE: Final = 4000

Progress = Callable[[Download], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result: a file in the folder, its bytes, its title, and whether its sound could not be read."""

    file: str
    size: int
    title: str
    silent: bool


def run_child(
    address: str, name: str, options: WebOptions, folder: Path, progress: Progress, *, memory: int = MEMORY
) -> Fetched:
    """Fetch `address` into `folder`.

    Raises:
        WebError: it cannot be fetched. After any exception the process and its descendants are gone.
    """
    try:
        process = start_child("coach.sources.web.child", variables={"YTDLP_NO_PLUGINS": "1"})
    except OSError as error:
        raise WebError("crash") from error
    messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    assert process.stdout is not None
    listener = threading.Thread(target=_listen, args=(process.stdout, messages), name="web video", daemon=True)
    listener.start()
    try:
        _order(process, address, options, folder)
        return _Conversation(name, options, progress, process.pid, memory).hear(messages)
    except WebError as fault:
        _log.info("process %d did not fetch %s: %s %s", process.pid, name, fault.kind, clean(fault.detail, 160))
        raise
    finally:
        kill_tree(process)
        end_input(process)
        end_child(process, GOODBYE_S)
        listener.join(1.0)


class _Conversation:
    """Handles the messages of the child until it is done, has failed, or is out of time."""

    def __init__(self, name: str, options: WebOptions, progress: Progress, pid: int, memory: int) -> None:
        self._name = name
        self._options = options
        self._progress = progress
        self._pid = pid
        self._memory = memory
        self._stage: Any = "asking"
        self._watchdog = Watchdog(options, time.monotonic())

    def hear(self, messages: queue.SimpleQueue[dict[str, Any] | None]) -> Fetched:
        self._progress(Download(self._stage, self._name))
        while True:
            try:
                message = messages.get(timeout=POLL_S)
            except queue.Empty:
                message = {}
            if message is None:
                raise WebError("crash")
            if "done" in message:
                return Fetched(**message["done"])
            self._handle(message)
            self._check_limits()

    def _handle(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            raise self._fault(message)
        if "stage" in message:
            self._stage = message["stage"]
            self._name = clean(str(message.get("title") or ""), 200) or self._name
            self._watchdog.enter(self._stage, time.monotonic())
            self._progress(Download(self._stage, self._name))
        if "bytes" in message:
            self._watchdog.received(message["bytes"], time.monotonic())
            self._progress(Download(self._stage, self._name, message["bytes"], message["total"]))

    def _fault(self, message: dict[str, Any]) -> WebError:
        kind: Kind = message["failed"] if message["failed"] in KINDS else "crash"
        size = f"{self._options.max_bytes / 1e6:g} MB"
        return WebError(kind, size if kind == "too_large" else str(message.get("detail") or ""))

    def _check_limits(self) -> None:
        fault = self._watchdog.fault(time.monotonic())
        if fault is not None:
            raise fault
        if self._stage == "asking" and _resident(self._pid) > self._memory:
            raise WebError("memory")


def _order(process: subprocess.Popen[bytes], address: str, options: WebOptions, folder: Path) -> None:
    """Send the order on stdin, because everybody can see the arguments of a process."""
    order = {
        "address": address,
        "item": options.playlist_item,
        "cookies": astuple(options.cookies) if options.cookies else None,
        "max_bytes": options.max_bytes,
        "patience_s": options.patience_s,
        "folder": str(folder.absolute()),
        "deno": find_deno(),
    }
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
    except OSError as error:
        raise WebError("crash") from error


def _listen(pipe: IO[bytes], messages: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Queue the child's messages until it exits or sends an invalid one."""
    with pipe:
        while line := pipe.readline(LONGEST_MESSAGE):
            try:
                message = json.loads(line)
            except ValueError as error:
                _log.warning("the child sent an invalid message: %s", error)
                break
            if isinstance(message, dict):
                messages.put(message)
    messages.put(None)


def _resident(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
