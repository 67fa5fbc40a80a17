"""When a spoken line is over: a pure rule on how likely each moment of sound is speech, and how loud it is.

The rule has no clock: it adds up the lengths of the moments that it hears. Moments that it must not hear, because the
partner or the coach speaks, are not given to it, so that they count neither as speech nor as silence.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

SILENCE_S: Final = 2.0
"""Silence that ends a line, in seconds, unless the actor chooses another."""

SHORTEST_SILENCE_S: Final = 1.0
LONGEST_SILENCE_S: Final = 6.0
"""Range of the silence that the actor may choose. Pauses inside sentences are shorter than 1 s."""

LONGEST_HELD_S: Final = 15.0
"""Longest silence that is waited for: where the script has a beat, or where little of the line has been spoken."""

SPEECH: Final = 0.5
"""From this probability on a moment is speech; the threshold that the authors of Silero VAD advise."""

SHORTEST_SPEECH_S: Final = 0.22
"""Shorter sounds are no speech. Generated coughs last up to 0.19 s by the network, a short "No." 0.25 s."""

RUN_GAP_S: Final = 0.1
"""Speech goes on over gaps up to this long, such as the closed lips of a p."""

WHISPER_DB: Final = 35.0
"""Speech this much below the actor's usual level is somebody else, far away. Whispering is about 20 dB below."""

ROOM_S: Final = 10.0
"""Length of the past that tells about the room, in seconds."""

ENDLESS: Final = 0.97
"""If this share of the past is speech, other people talk all the time: a single speaker stops to breathe."""

CLEAR_DB: Final = 8.0
"""The actor is told from other people if the loud moments are this much above the quiet ones, in decibels."""

LEARNT_S: Final = 60.0
"""Length of the actor's past speech that tells the usual level, in seconds."""

ENOUGH: Final = 0.5
"""A line that was spoken for a smaller share of its shortest length is hardly over: the actor thinks."""


@dataclass(frozen=True, slots=True)
class SoundMoment:
    """A moment of sound.

    Attributes:
        t: its end in take seconds.
        seconds: its length.
        speech: probability of speech, 0 to 1.
        level: level in decibels below full scale, 0 or negative.
    """

    t: float
    seconds: float
    speech: float
    level: float


class Room:
    """Learns how loud the actor and the room are, and tells the actor's speech from that of others."""

    def __init__(self) -> None:
        self._past: deque[SoundMoment] = deque()
        self._past_s = self._speech_s = self._since_s = 0.0
        self._own: deque[float] = deque(maxlen=round(LEARNT_S / 0.032))
        self._gate = float("-inf")

    def is_actor(self, moment: SoundMoment) -> bool:
        """Whether `moment` is speech of the actor; the room is learnt from it."""
        self._remember(moment)
        self._since_s += moment.seconds
        if self._since_s >= SHORTEST_SPEECH_S:
            self._since_s = 0.0
            self._gate = self._find_gate()
        return moment.speech >= SPEECH and moment.level >= self._gate

    def learn(self, level: float) -> None:
        """Learn from the level of a moment that surely belongs to the actor's speech."""
        self._own.append(level)

    def _remember(self, moment: SoundMoment) -> None:
        self._past.append(moment)
        self._past_s += moment.seconds
        self._speech_s += moment.seconds * (moment.speech >= SPEECH)
        while self._past_s > ROOM_S and len(self._past) > 1:
            oldest = self._past.popleft()
            self._past_s -= oldest.seconds
            self._speech_s -= oldest.seconds * (oldest.speech >= SPEECH)

    def _find_gate(self) -> float:
        """The level from which speech is the actor's."""
        if self._past_s >= ROOM_S / 2 and self._speech_s >= ENDLESS * self._past_s:
            levels = sorted(moment.level for moment in self._past)
            quiet, loud = levels[len(levels) // 10], levels[len(levels) * 19 // 20]
            if loud - quiet >= CLEAR_DB:
                return (quiet + loud) / 2
        if not self._own:
            return float("-inf")
        return sorted(self._own)[len(self._own) // 2] - WHISPER_DB


class LineEndRule:
    """Says when the actor has finished a line: after they have spoken, and then been silent for long enough.

    Attributes:
        begun: whether the line has begun to be spoken.
        spoken_s: seconds of speech in the line so far.
        silent_s: seconds of silence since the last speech, or since the start of the line.
    """

    def __init__(self, silence_s: float = SILENCE_S) -> None:
        """Prepare. `silence_s` is the silence that ends a line, 1 to 6 s."""
        self._silence_s = silence_s
        self._held_s = silence_s
        self._shortest_s = 0.0
        self._room = Room()
        self._run: list[float] = []
        self._run_s = self._gap_s = 0.0
        self.begun = False
        self.spoken_s = self.silent_s = 0.0

    def start_line(self, shortest_s: float = 0.0, beat_s: float = 0.0) -> None:
        """Begin a line. Speech that goes on already belongs to it.

        Args:
            shortest_s: seconds that the words of the line take when spoken fast; 0 if unknown.
            beat_s: length of a beat that the script has right after the line; the actor may hold it.
        """
        self._shortest_s = shortest_s
        self._held_s = max(self._silence_s, min(LONGEST_HELD_S, self._silence_s + beat_s))
        self.begun = self.speaking
        self.spoken_s, self.silent_s = (self._run_s if self.begun else 0.0), 0.0

    def forget_silence(self) -> None:
        """Begin to count the silence anew, because something was said to the actor."""
        self.silent_s = 0.0

    @property
    def speaking(self) -> bool:
        """Whether the actor speaks at this moment."""
        return self._run_s >= SHORTEST_SPEECH_S

    @property
    def asked_silence_s(self) -> float:
        """The silence that would end the line now, in seconds."""
        if self.spoken_s < ENOUGH * self._shortest_s:
            return LONGEST_HELD_S
        return self._held_s

    @property
    def is_silent(self) -> bool:
        """Whether the line was spoken, and no sound that may be speech is heard now."""
        return self.begun and not self._run_s

    def hear(self, moment: SoundMoment) -> bool:
        """Take the next moment, and say whether the line is over."""
        self.silent_s += moment.seconds
        if self._room.is_actor(moment):
            self._add_to_run(moment)
        elif self._run_s:
            self._gap_s += moment.seconds
            if self._gap_s > RUN_GAP_S:
                self._end_run()
        return self.is_silent and self.silent_s >= self.asked_silence_s

    def _add_to_run(self, moment: SoundMoment) -> None:
        was_speaking = self.speaking
        self._run_s += self._gap_s + moment.seconds
        added_s = self._gap_s + moment.seconds if was_speaking else self._run_s
        self._gap_s = 0.0
        self._run.append(moment.level)
        if self.speaking:
            for level in self._run:
                self._room.learn(level)
            self._run.clear()
            self.begun, self.silent_s = True, 0.0
            self.spoken_s += added_s

    def _end_run(self) -> None:
        self._run.clear()
        self._run_s = self._gap_s = 0.0
