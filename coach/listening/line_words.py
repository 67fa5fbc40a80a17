"""Collects the sound of the current line and has it recognised, in a thread of its own where time is real."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.core.rehearsal.line_end import LONGEST_HELD_S
from coach.core.rehearsal.spoken_words import silence_for
from coach.listening.recognisers import Heard, Recogniser
from coach.listening.sound import CHUNK_S

if TYPE_CHECKING:
    from coach.core.script.timeline import Turn
    from coach.listening.sound import SoundChunk

_log = logging.getLogger(__name__)

ASK_AFTER_S: Final = 0.6
"""Silence after which the line so far is recognised, so that its words are known when the chosen silence is over."""

LEAD: Final = 16
"""Chunks that are kept from before the first word, half a second."""

LONGEST: Final = round(300 / CHUNK_S)
"""Chunks of one line that are kept at most, five minutes."""

CLOSE_S: Final = 20.0
"""How long the end of a take waits for the words of its last line."""


class LineWords:
    """Recognises the words of each line.

    Attributes:
        recogniser: the recogniser.
        heard: what was heard of each line, by its number, in its last attempt.
    """

    def __init__(self, recogniser: Recogniser, *, live: bool) -> None:
        """Prepare. With `live`, recognition is in a thread; otherwise at once, so that results are always the same."""
        self.recogniser = recogniser
        self.heard: dict[int, Heard] = {}
        self._pool = ThreadPoolExecutor(1, "words") if live else None
        self._turn: Turn | None = None
        self._chunks: deque[SoundChunk] = deque(maxlen=LONGEST)
        self._begun = self._asked = False
        self._newest: Future[Heard] | None = None
        self._waiting: list[tuple[int, Future[Heard]]] = []

    def start_line(self, turn: Turn) -> None:
        """Begin to collect for `turn`; what was heard just before it may be its first word."""
        self.finish_line()
        self._turn, self._begun, self._asked, self._newest = turn, False, False, None
        while len(self._chunks) > LEAD:
            self._chunks.popleft()

    def add(self, chunk: SoundChunk, *, begun: bool, speaking: bool) -> None:
        """Add sound of the line. `begun`: the line has begun to be spoken; `speaking`: it is spoken now."""
        self._chunks.append(chunk)
        self._begun = begun
        if not begun:
            while len(self._chunks) > LEAD:
                self._chunks.popleft()
        elif speaking:
            self._asked = False

    def ask(self) -> None:
        """Have the line so far recognised, unless nothing was spoken since the last time."""
        if self._turn is None or self._asked or not self._begun:
            return
        self._asked = True
        samples = np.concatenate([chunk.samples for chunk in self._chunks])
        self._newest = self._submit(samples, self._turn.line.text)
        self._waiting.append((self._turn.index, self._newest))

    def finish_line(self) -> None:
        """The line has ended, for whatever reason: have its last words recognised too."""
        self.ask()
        self._turn = None
        self._collect()

    def silence_for(self, silence_s: float) -> float:
        """The silence that ends the line, in seconds: `silence_s`, or more while its last words were not heard."""
        self._collect()
        if self._turn is None or self._newest is None:
            return silence_s
        if not self._newest.done():
            return LONGEST_HELD_S
        heard = _result(self._newest)
        return silence_s if heard is None else silence_for(self._turn.line.text, heard.said, silence_s)

    def close(self) -> None:
        """Wait for the words of the last line, and end the thread. Safe to call twice."""
        self.finish_line()
        for _, future in self._waiting:
            try:
                future.exception(CLOSE_S)
            except NotDone:
                break
        self._collect()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self.recogniser.close()

    def _submit(self, samples: np.ndarray, text: str) -> Future[Heard]:
        if self._pool is not None:
            return self._pool.submit(self.recogniser.hear, samples, text)
        future: Future[Heard] = Future()
        try:
            future.set_result(self.recogniser.hear(samples, text))
        except Exception as error:  # whatever a recogniser raises, the take goes on without its words
            future.set_exception(error)
        return future

    def _collect(self) -> None:
        """Keep what has been recognised."""
        while self._waiting and self._waiting[0][1].done():
            index, future = self._waiting.pop(0)
            heard = _result(future)
            if heard is not None:
                self.heard[index] = heard


def _result(future: Future[Heard]) -> Heard | None:
    error = future.exception()
    if error is not None:
        _log.warning("words were not recognised: %r", error)
        return None
    return future.result()
