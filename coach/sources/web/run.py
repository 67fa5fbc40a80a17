"""Runs the child process that fetches a web video: sends the request, enforces limits, reports progress."""

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
from coach.base.messages import language, tr
from coach.base.text import clean
from coach.base.types import Download
from coach.sources.web.options import WebOptions
from coach.sources.web.refusals import KINDS, Kind, WebError, find_deno

_log = logging.getLogger(__name__)

MIN_RATE: Final = 8000
"""Bytes per second; with fewer, a minute of 360p video would take half an hour."""

_UNWATCHED_STAGES: Final = ("starting", "cookies", "joining", "checking")
"""Stages without a stall timeout: a keyring may ask for a password, and the others need no server."""


class Watchdog:
    """Detects a download that is too slow or has stalled. Times are seconds of any clock, passed in by the caller."""

    def __init__(self, options: WebOptions, now: float) -> None:
        self._options = options
        self._began = now
        self._stage = "starting"
        self._stall_start = (now, 0)
        """When the stall timeout was restarted, and the bytes received by then."""

    def restart(self, stage: str, now: float) -> None:
        """Restart the stall timeout, because `stage` began or a server answered in it."""
        self._stage = stage
        self._stall_start = (now, self._stall_start[1])

    def add_progress(self, done_bytes: int, now: float) -> None:
        """Restart the stall timeout if enough of the `done_bytes` arrived within it."""
        if done_bytes - self._stall_start[1] >= MIN_RATE * self._options.stall_timeout_s:
            self._stall_start = (now, done_bytes)

    def fault(self, now: float) -> WebError | None:
        """Why the download must be aborted now; None if it may continue."""
        if now - self._began > self._options.time_limit_s:
            return WebError("too_late", f"{self._options.time_limit_s:g} s")
        if self._stage in _UNWATCHED_STAGES or now - self._stall_start[0] <= self._options.stall_timeout_s:
            return None
        seconds = self._options.stall_timeout_s
        if self._stage == "asking":
            return WebError("stalled", tr("no answer for {seconds:g} s", seconds=seconds))
        slow = tr("less than {rate} kB a second for {seconds:g} s", rate=MIN_RATE // 1000, seconds=seconds)
        return WebError("stalled", slow)


MAX_MEMORY: Final = 1 << 30
"""Bytes of the child; yt-dlp reads a complete page before it parses it, so an endless one would fill the memory."""

EXIT_TIMEOUT_S: Final = 5.0
"""Maximum wait for the killed child; a large one on a busy machine needs some time."""

POLL_S: Final = 0.1
"""How often the limits are checked while no message comes."""

MAX_MESSAGE: Final = 4000
"""Bytes of one message from the child."""

Progress = Callable[[Download], None]


@dataclass(frozen=True, slots=True)
class FetchedVideo:
    """Name of the file in the folder, size in bytes, title, and whether the sound could not be read."""

    file: str
    size: int
    title: str
    silent: bool


def run_child(
    address: str, name: str, options: WebOptions, folder: Path, progress: Progress, *, max_memory: int = MAX_MEMORY
) -> FetchedVideo:
    """Fetch `address` into `folder`.

    Raises:
        WebError: the video cannot be fetched. In any case the process and its descendants have ended.
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
        _send_request(process, address, options, folder)
        return _MessageLoop(name, options, progress, process.pid, max_memory).run(messages)
    except WebError as error:
        _log.info("process %d did not fetch %s: %s %s", process.pid, name, error.kind, clean(error.detail, 160))
        raise
    finally:
        kill_tree(process)
        end_input(process)
        end_child(process, EXIT_TIMEOUT_S)
        listener.join(1.0)


class _MessageLoop:
    """Handles the child's messages until it is done, has failed or has exceeded a limit."""

    def __init__(self, name: str, options: WebOptions, progress: Progress, pid: int, max_memory: int) -> None:
        self._name = name
        self._options = options
        self._progress = progress
        self._pid = pid
        self._max_memory = max_memory
        self._stage: Any = "asking"  # shown until the child reports a stage
        self._watchdog = Watchdog(options, time.monotonic())

    def run(self, messages: queue.SimpleQueue[dict[str, Any] | None]) -> FetchedVideo:
        self._progress(Download(self._stage, self._name))
        while True:
            try:
                message = messages.get(timeout=POLL_S)
            except queue.Empty:
                message = {}
            if message is None:  # the child exited before it was done
                raise WebError("crash")
            if "done" in message:
                return FetchedVideo(**message["done"])
            self._handle(message)
            self._check_limits()

    def _handle(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            raise self._web_error(message)
        if "stage" in message:
            self._stage = message["stage"]
            self._name = clean(str(message.get("title") or ""), 200) or self._name
            self._watchdog.restart(self._stage, time.monotonic())
            self._progress(Download(self._stage, self._name))
        if "bytes" in message:
            self._watchdog.add_progress(message["bytes"], time.monotonic())
            self._progress(Download(self._stage, self._name, message["bytes"], message["total"]))

    def _web_error(self, message: dict[str, Any]) -> WebError:
        kind: Kind = message["failed"] if message["failed"] in KINDS else "crash"
        size = f"{self._options.max_bytes / 1e6:g} MB"
        return WebError(kind, size if kind == "too_large" else str(message.get("detail") or ""))

    def _check_limits(self) -> None:
        fault = self._watchdog.fault(time.monotonic())
        if fault is not None:
            raise fault
        if self._stage == "asking" and _resident_bytes(self._pid) > self._max_memory:
            raise WebError("memory")


def _send_request(process: subprocess.Popen[bytes], address: str, options: WebOptions, folder: Path) -> None:
    """Send the request on stdin, because every user can see the arguments of a process."""
    request = {
        "address": address,
        "item": options.playlist_item,
        "cookies": astuple(options.cookies) if options.cookies else None,
        "max_bytes": options.max_bytes,
        "stall_timeout_s": options.stall_timeout_s,
        "folder": str(folder.absolute()),
        "deno": find_deno(),
        "language": language(),
    }
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
    except OSError as error:
        raise WebError("crash") from error


def _listen(pipe: IO[bytes], messages: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Queue the child's messages, and None once it exits or sends an invalid one."""
    with pipe:
        while line := pipe.readline(MAX_MESSAGE):
            try:
                message = json.loads(line)
            except ValueError as error:
                _log.warning("the child sent an invalid message: %s", error)
                break
            if isinstance(message, dict):
                messages.put(message)
    messages.put(None)


def _resident_bytes(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
