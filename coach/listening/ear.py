"""The ear: it listens while a line is on, and says `next` when the actor has finished it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.events import (
    BeatStarted,
    CueDue,
    LineEnded,
    LineStarted,
    NoteGiven,
    PartnerStarted,
    Paused,
    PromptGiven,
    Resumed,
    TakeEnded,
)
from coach.base.types import Hearing
from coach.core.rehearsal.line_end import SILENCE_S, LineEndRule, SoundMoment
from coach.core.script.timeline import Beat, PartnerTurn, Turn, cue_s, fastest_s
from coach.listening.line_words import ASK_AFTER_S
from coach.listening.voice_activity import QUIETEST_DB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.events import CommandName, Event
    from coach.core.script.timeline import Timeline
    from coach.listening.line_words import LineWords
    from coach.listening.sound import SoundChunk, SoundSource
    from coach.listening.voice_activity import VoiceActivity

ECHO_S: Final = 0.5
"""The room and the sound system hold the coach's voice for this long after its estimated end."""

END_S: Final = 0.5
"""A recording that ends this soon after a spoken line ends the line."""


@dataclass(frozen=True, slots=True)
class EarOptions:
    """How the ear listens.

    Attributes:
        silence_s: silence that ends a line, 1 to 6 s.
        hears_coach: whether the coach's own voice can be in the sound: with a microphone, while the voice is on.
        ends_at: end of a recorded take in seconds; None for other sound.
        holds_beats: whether a beat right after a line may be held as part of it; not if notes are given in beats.
        skips_lead: whether speech ends a beat before the first line.
    """

    silence_s: float = SILENCE_S
    hears_coach: bool = False
    ends_at: float | None = None
    holds_beats: bool = True
    skips_lead: bool = True


class Ear:
    """Controls that give `next` when a line was spoken, and an event sink that knows which line is on.

    The ear is deaf during pauses, while a partner speaks, and while the coach speaks if its voice can be heard. Tap and
    keys work beside it.

    Attributes:
        name: name of the device or file that is listened to.
        words: recognises what is said; None if nobody wants to know.
    """

    def __init__(
        self,
        sound: SoundSource,
        activity: VoiceActivity,
        timeline: Timeline,
        options: EarOptions | None = None,
        words: LineWords | None = None,
    ) -> None:
        """Prepare. The ear closes `sound` and `words`."""
        self._sound = sound
        self._activity = activity
        self.words = words
        self._slots = timeline.slots
        self._options = options or EarOptions()
        self._rule = LineEndRule(self._options.silence_s)
        self._waiting: deque[SoundChunk] = deque()
        self._t = float("-inf")
        self._at = -1
        self._began = 0.0
        self._quiet_until = float("-inf")
        self._paused = self._ended = self._asked = False
        self._level = QUIETEST_DB
        self.name = sound.name

    def hearing(self) -> Hearing:
        """What is heard now, for a display."""
        rule = self._rule
        if self._is_deaf_at(self._t):
            return Hearing(self._level, "deaf")
        if rule.speaking:
            return Hearing(self._level, "speech")
        if not rule.begun:
            return Hearing(self._level, "waiting")
        return Hearing(self._level, "silence", max(0.0, rule.asked_silence_s - rule.silent_s))

    def handle(self, event: Event) -> None:
        """Follow the take: which line is on, and who else speaks."""
        self._t = event.t
        match event:
            case LineStarted():
                self._start_line(event.index)
            case LineEnded() if self.words is not None:
                self.words.finish_line()
            case BeatStarted():
                self._start_beat(event)
            case CueDue() | NoteGiven() | PromptGiven():
                self._expect_voice(event.t, event.text)
            case Paused():
                self._paused = True
            case Resumed():
                self._paused = False
            case TakeEnded():
                self._ended = True

    def poll(self) -> Sequence[CommandName]:
        """`next` if the line is over, twice if the beat after it was held too."""
        if self._ended:
            return ()
        self._waiting.extend(self._sound.read_until(self._t))
        while self._waiting:
            chunk = self._waiting.popleft()
            moment = self._activity.moment(chunk)
            self._level = moment.level
            if not self._is_deaf_at(moment.t) and self._hear(moment, chunk):
                self._asked = True
                return self._commands()
        return self._commands_of_recording()

    def close(self) -> None:
        """Close the sound. Safe to call twice."""
        self._ended = True
        self._sound.close()
        if self.words is not None:
            self.words.close()

    def _start_line(self, index: int) -> None:
        self._at = next(n for n, slot in enumerate(self._slots) if isinstance(slot, Turn) and slot.index == index)
        slot = self._slots[self._at]
        assert isinstance(slot, Turn)
        self._asked = False
        self._rule.start_line(fastest_s(slot.line.text), self._beat_s())
        if self.words is not None:
            self.words.start_line(slot)

    def _start_beat(self, event: BeatStarted) -> None:
        """A beat or a partner's line begins: the next one, or after a jump the partner's line with that number."""
        number = event.number if isinstance(event, PartnerStarted) else None
        places = [(self._at + step) % len(self._slots) for step in range(1, len(self._slots) + 1)]
        self._at = next((place for place in places if _number(self._slots[place]) == (Beat, number)), places[0])
        self._asked, self._began = False, event.t
        self._rule.start_line()

    def _beat_s(self) -> float:
        """Length of the beat after the current line that the actor may hold, in seconds; 0 for none."""
        following = self._slots[self._at + 1] if self._at + 1 < len(self._slots) else None
        return following.end - following.start if type(following) is Beat and self._options.holds_beats else 0.0

    def _expect_voice(self, t: float, text: str) -> None:
        """Be deaf while the coach says `text`, after what it says already. Then the actor needs time to go on."""
        self._rule.forget_silence()
        if self._options.hears_coach and text:
            self._quiet_until = max(t, self._quiet_until) + cue_s(text) + ECHO_S

    def _is_deaf_at(self, t: float) -> bool:
        return self._paused or t <= self._quiet_until or self._partner_speaks

    @property
    def _partner_speaks(self) -> bool:
        return self._at >= 0 and isinstance(self._slots[self._at], PartnerTurn)

    def _hear(self, moment: SoundMoment, chunk: SoundChunk) -> bool:
        """Take a moment of sound, and say whether to go on: after a line, or at the first words after a beat."""
        over = self._rule.hear(moment)
        if self._asked or self._at < 0:
            return False
        if isinstance(self._slots[self._at], Turn):
            return self._words_allow(chunk, self.words, over=over) if self.words is not None else over
        return self._rule.speaking and self._line_follows()

    def _words_allow(self, chunk: SoundChunk, words: LineWords, *, over: bool) -> bool:
        """Whether the line is over, where its last words must be heard too, or the longest silence has passed."""
        rule = self._rule
        words.add(chunk, begun=rule.begun, speaking=rule.speaking)
        if rule.is_silent and rule.silent_s >= ASK_AFTER_S:
            words.ask()
        return over and rule.silent_s >= words.silence_for(rule.asked_silence_s)

    def _line_follows(self) -> bool:
        """Whether the actor's line follows the current beat."""
        if self._at == 0 and not self._options.skips_lead:
            return False
        return isinstance(self._slots[(self._at + 1) % len(self._slots)], Turn)

    def _commands(self) -> Sequence[CommandName]:
        held = isinstance(self._slots[self._at], Turn) and self._beat_s() > 0
        return ("next", "next") if held else ("next",)

    def _commands_of_recording(self) -> Sequence[CommandName]:
        """What a recording itself says: it ends after a spoken line, or a partner's line has had its time."""
        end = self._options.ends_at
        if end is None or self._asked or self._at < 0:
            return ()
        slot = self._slots[self._at]
        if isinstance(slot, PartnerTurn) and self._t >= self._began + slot.end - slot.start:
            self._asked = True
            return ("answered",)
        if isinstance(slot, Turn) and self._t >= end - END_S and self._rule.is_silent:
            self._asked = True
            return ("next",)
        return ()


def _number(slot: Turn | Beat) -> tuple[type[Turn | Beat], int | None]:
    """What a slot is: a turn, a beat, or a beat with the number of a partner's line."""
    if isinstance(slot, Turn):
        return Turn, None
    return Beat, slot.number if isinstance(slot, PartnerTurn) else None
