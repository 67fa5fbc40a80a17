"""Child processes for speech: each serves one request and is killed with its descendants; one spare is ready."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Protocol

from coach.base.child_process import end_input, kill_tree, start_child
from coach.base.messages import tr
from coach.base.protocols import Utterance
from coach.voice.utterances import sounds_same

_log = logging.getLogger(__name__)

READY_LIMIT_S: Final = 10.0
"""Maximum time to load the engine; an idle machine takes 70 ms, slow ones with cold disks much longer."""

NO_ENGINE: Final = "no-engine"
"""Argument of a child that loads no speech engine."""

MAX_ANSWER: Final = 1_000_000
"""Maximum bytes of one answer; a list of 131 voices has 12,000."""


class ChildFailed(Exception):  # noqa: N818  # not an error for users
    """The child could not serve the request; the message says why."""


class Interrupted(Exception):  # noqa: N818  # a request, not an error
    """`VoiceChild.interrupt` was called during a request."""


class VoiceChild:
    """A child process that serves one request. Only `interrupt` may be called from another thread."""

    def __init__(self, folder: Path, *modes: str) -> None:
        """Start the child, with `folder` for its temporary files, without waiting until it is ready.

        Args:
            folder: folder for its temporary files.
            modes: `NO_ENGINE` for a child that only plays sounds and runs programs; it starts faster.

        Raises:
            ChildFailed: no process can be started.
        """
        self._started_at = time.monotonic()
        self._answers: queue.SimpleQueue[bytes | type[Interrupted] | None] = queue.SimpleQueue()
        try:
            self._process = start_child("coach.voice.child", *modes, cwd=folder, variables={"TMPDIR": str(folder)})
        except OSError as error:
            raise ChildFailed(tr("no process can be started: {error}", error=error)) from error
        self._reader = threading.Thread(target=self._read, name="voice-answers", daemon=True)
        self._reader.start()
        self._ready = False

    def wait_ready(self, limit_s: float = READY_LIMIT_S) -> None:
        """Wait until the engine is loaded, at most until `limit_s` seconds after the start.

        Raises:
            ChildFailed: the engine is not loaded in time, or the process has exited since.
            Interrupted: `interrupt` was called.
        """
        if not self._ready:
            self._next_answer(self._started_at + limit_s)
            self._ready = True
        if not self._reader.is_alive():
            raise ChildFailed(tr("the voice process had ended"))

    def send(self, request: dict[str, Any]) -> None:
        """Send the request.

        Raises:
            ChildFailed: the process has exited.
        """
        try:
            stdin = _pipe(self._process.stdin)
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except OSError as error:
            raise ChildFailed(tr("the voice process had ended")) from error

    def answer(self, limit_s: float) -> dict[str, Any]:
        """Wait for the answer, at most `limit_s` seconds.

        Raises:
            ChildFailed: the child crashed, sent an invalid answer or an error, or was not done in time.
            Interrupted: `interrupt` was called.
        """
        return self._next_answer(time.monotonic() + limit_s)

    def answer_so_far(self) -> dict[str, Any] | None:
        """The answer, if it has come; None if not yet. Never blocks, and needs no `wait_ready`.

        Raises:
            ChildFailed: the child crashed, or sent an invalid answer or an error.
        """
        while not self._answers.empty():
            answer = self._next_answer(0.0)
            if "ready" not in answer:
                return answer
        return None

    def interrupt(self) -> None:
        """Make the current or next wait for an answer raise `Interrupted`. Thread-safe."""
        self._answers.put(Interrupted)

    def close(self) -> None:
        """Kill the child and its descendants, and wait until it has exited."""
        kill_tree(self._process)
        self._process.wait()
        self._reader.join()
        end_input(self._process)
        _pipe(self._process.stdout).close()

    def _read(self) -> None:
        stdout = _pipe(self._process.stdout)
        while line := stdout.readline(MAX_ANSWER):
            self._answers.put(line)
        self._answers.put(None)

    def _next_answer(self, deadline: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise ChildFailed(tr("it did not answer in time")) from None
        if line is None:
            raise ChildFailed(tr("the voice process ended by itself"))
        if isinstance(line, bytes):
            return _parse(line)
        raise Interrupted


def _parse(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ChildFailed(tr("it gave an invalid answer"))
    if "error" in answer:
        raise ChildFailed(str(answer["error"]))
    return answer


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """`pipe`, which is never None for children of `start_child`."""
    assert pipe is not None
    return pipe


class Interruptible(Protocol):
    """What speaks, so that somebody waits for its end."""

    def interrupt(self) -> None:
        """Make the current or next wait for it raise `Interrupted`. Thread-safe."""
        ...


class Job:
    """One utterance to speak; it can be cancelled from any thread."""

    def __init__(self, utterance: Utterance | None = None, expires: float = float("inf")) -> None:
        self.utterance, self.expires = utterance, expires
        self._speaks: Interruptible | None = None
        self._cancelled = False

    def is_saying(self, utterance: Utterance) -> bool:
        """Whether this job already speaks the same as `utterance`."""
        return not self._cancelled and self.utterance is not None and sounds_same(self.utterance, utterance)

    def cancel_note(self) -> None:
        """Cancel the job if it is a note."""
        if self.utterance and self.utterance.kind == "note":
            self.cancel()

    def cancel(self) -> None:
        """Cancel the job: waiting for what speaks it raises `Interrupted`."""
        self._cancelled = True
        if speaks := self._speaks:
            speaks.interrupt()

    def give_to(self, speaks: Interruptible) -> None:
        """Assign the job to `speaks`.

        Raises:
            Interrupted: the job was cancelled before.
        """
        self._speaks = speaks  # before the check: either `cancel` sees it, or this thread sees the flag
        if self._cancelled:
            raise Interrupted


class Children:
    """Starts a process for each job, and one in advance. Not thread-safe."""

    def __init__(self, folder: Path, ready_s: float = READY_LIMIT_S, modes: tuple[str, ...] = ()) -> None:
        self._folder, self._ready_s, self._modes = folder, ready_s, modes
        self._spare: VoiceChild | None = None

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._spare:
            self._spare.close()

    def warm_up(self) -> None:
        """Start a spare; a failure is ignored, because the next job will report it."""
        if not self._spare:
            with suppress(ChildFailed):
                self._spare = VoiceChild(self._folder, *self._modes)

    def get_ready(self, job: Job) -> VoiceChild:
        """Return a child with its engine loaded, to be passed to `ask` or back with `put_back`.

        Raises:
            ChildFailed: no child is ready in time.
            Interrupted: the job was cancelled.
        """
        spare, self._spare = self._spare, None
        if spare:
            try:
                return self._wait_ready(spare, job)
            except ChildFailed as failure:  # it exited while idle, which is not this job's failure
                _log.info("the spare voice process is replaced: %s", failure)
        return self._wait_ready(VoiceChild(self._folder, *self._modes), job)

    def _wait_ready(self, child: VoiceChild, job: Job) -> VoiceChild:
        try:
            job.give_to(child)
            child.wait_ready(self._ready_s)
        except (ChildFailed, Interrupted):
            child.close()
            raise
        return child

    def put_back(self, child: VoiceChild) -> None:
        """Keep a child that got no request as the spare."""
        self._spare = child

    def ask(self, child: VoiceChild, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """Send `request` to `child`, return its answer and close the child; the next spare starts meanwhile.

        Raises:
            ChildFailed: the child crashed, sent an invalid answer or an error, or exceeded `limit_s` seconds.
            Interrupted: the job was cancelled.
        """
        try:
            child.send(request)
            self.warm_up()
            return child.answer(limit_s)
        finally:
            child.close()
