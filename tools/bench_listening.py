"""Measure when lines end by voice, on generated speech with generated noise.

    python tools/bench_listening.py [--lines N] [--words | --words-model FOLDER]

Speaks lines with espeak-ng, each followed by silence, with a pause for thought inside every third line. Runs the
network and the rule over them, in a quiet room, with pink noise and with other people talking, and prints how many
lines ended too early (more than 0.3 s before the chosen silence was over), right (within 0.3 s), and too late or not at
all. Also shows what coughs, doors and whispers do. Exits with 1 where a bar is missed: with pink noise at 20 and 10 dB
no line ends early and 95 % end right.

With `--words` it counts instead how many words that were said are called missed, by PocketSphinx or by the model of
faster-whisper in FOLDER, and how many of those that were left out are noticed.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

import numpy as np

from coach.core.rehearsal.line_end import LineEndRule
from coach.core.rehearsal.spoken_words import compare_words, words_of
from coach.core.script.timeline import fastest_s
from coach.listening.recognisers import open_recogniser
from coach.listening.sound import CHUNK, RATE, SoundChunk
from coach.listening.voice_activity import VoiceActivity
from tools.benchmarks import sounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.core.rehearsal.spoken_words import WordPiece
    from coach.listening.recognisers import Recogniser
    from tools.benchmarks.sounds import Sound

TEXTS: Final = (
    "They said there would be news by morning.",
    "No.",
    "I waited all night, and nobody came. Nobody called.",
    "You could have written. One word would have been enough.",
    "Where were you?",
    "I do not believe a word of it, and neither does your brother.",
    "Listen. Can you hear that? It is the last train.",
    "Go home, Anna.",
    "She kept every letter that he ever wrote, in a box under the stairs, and she never opened one of them.",
    "Perhaps.",
)
OTHERS: Final = ("We went to the market and bought some apples and a new lamp for the hall.", *TEXTS[3:7])

SILENCE_S: Final = 2.0
THOUGHT_S: Final = 1.3
"""Pause for thought inside every third line."""

AFTER_S: Final = 8.0
"""Silence after a line until it counts as never ended."""

RIGHT_S: Final = 0.3
RIGHT_SHARE: Final = 0.95
BARRED: Final = ("quiet room", "pink noise 20 dB", "pink noise 10 dB")
"""Conditions with a bar; the others are reported."""


@dataclass
class Count:
    """How the lines of one condition ended; `late` includes those that never ended."""

    early: int = 0
    right: int = 0
    late: int = 0
    errors_s: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Number of lines."""
        return self.early + self.right + self.late

    def add(self, error_s: float | None) -> None:
        """Count a line that ended `error_s` after the chosen silence was over; None if it did not end."""
        if error_s is None or error_s > RIGHT_S:
            self.late += 1
        elif error_s < -RIGHT_S:
            self.early += 1
        else:
            self.right += 1
        self.errors_s.append(AFTER_S if error_s is None else error_s)


@dataclass(frozen=True)
class Spoken:
    """One line on the track: its text, and the times of its first and last sound in seconds."""

    text: str
    begin: float
    end: float


def track(count: int, change: Callable[[Sound], Sound] = lambda sound: sound) -> tuple[Sound, list[Spoken]]:
    """`count` lines one after the other, each with silence behind it; `change` is done to what is spoken."""
    pieces, lines, t = [sounds.silence(1.0)], [], 1.0
    for number in range(count):
        text, rate = TEXTS[number % len(TEXTS)], (140, 170, 200)[number % 3]
        spoken = change(_spoken(text, rate, thinks=number % 3 == 0))
        lines.append(Spoken(text, t, t + len(spoken) / RATE))
        pieces += [spoken, sounds.silence(AFTER_S)]
        t = lines[-1].end + AFTER_S
    return np.concatenate(pieces), lines


def _spoken(text: str, rate: int, *, thinks: bool) -> Sound:
    """`text` as speech, with a pause for thought in the middle if the actor `thinks`."""
    words = text.split()
    if not thinks or len(words) < 4:
        return sounds.speech(text, rate)
    half = len(words) // 2
    parts = [sounds.speech(" ".join(part), rate) for part in (words[:half], words[half:])]
    return np.concatenate([parts[0], sounds.silence(THOUGHT_S), parts[1]])


def count_ends(sound: Sound, lines: list[Spoken]) -> Count:
    """Run network and rule over `sound`, and count how its lines end."""
    activity, rule, count = VoiceActivity(), LineEndRule(SILENCE_S), Count()
    samples = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    number, ended = 0, False
    rule.start_line(fastest_s(lines[0].text))
    for begin in range(0, len(samples) - CHUNK, CHUNK):
        t = (begin + CHUNK) / RATE
        if not ended and rule.hear(activity.moment(SoundChunk(t, samples[begin : begin + CHUNK]))):
            count.add(t - lines[number].end - SILENCE_S)
            ended = True
        elif ended:
            rule.hear(activity.moment(SoundChunk(t, samples[begin : begin + CHUNK])))
        if t >= lines[number].end + AFTER_S - 0.1:
            if not ended:
                count.add(None)
            number, ended = number + 1, False
            if number == len(lines):
                break
            rule.start_line(fastest_s(lines[number].text))
    return count


def conditions(count: int, chance: np.random.Generator) -> dict[str, tuple[Sound, list[Spoken]]]:
    """The conditions, each with its track and its lines."""
    clean, lines = track(count)
    loud = sounds.power(np.concatenate([sounds.speech(text, 170) for text in TEXTS]))
    found = {"quiet room": (sounds.in_room(clean, chance), lines)}
    for ratio in (20, 10, 5):
        noise = sounds.pink_noise(len(clean), chance)
        found[f"pink noise {ratio} dB"] = sounds.with_noise(clean, noise, loud, ratio), lines
    for ratio in (20, 10, 5):
        others = sounds.babble(len(clean), [sounds.speech(text, 180) for text in OTHERS], chance)
        found[f"babble {ratio} dB"] = sounds.with_noise(clean, others, loud, ratio), lines
    whispers, whispered = track(count, lambda sound: sounds.whispered(sound, chance))
    found["whispers"] = sounds.in_room(whispers, chance), whispered
    found["coughs and doors"] = sounds.in_room(_with_bursts(clean, lines, chance), chance), lines
    return found


def _with_bursts(clean: Sound, lines: list[Spoken], chance: np.random.Generator) -> Sound:
    """`clean` with a cough 0.5 s and a door 1.2 s after the last word of each line."""
    out: Sound = clean.copy()
    for line in lines:
        for after_s, burst in ((0.5, sounds.cough(chance)), (1.2, sounds.door(chance))):
            begin = round((line.end + after_s) * RATE)
            out[begin : begin + len(burst)] += burst
    return out


def count_words(recogniser: Recogniser, ratio_db: float | None, chance: np.random.Generator) -> str:
    """Say each line whole, and the longer ones to their half, with pink noise; return a row of the table."""
    said = wrong = left_out = noticed = 0
    for number, text in enumerate(TEXTS * 3):
        rate, words = (140, 170, 200)[number // len(TEXTS)], text.split()
        pieces = _compared(recogniser, text, sounds.speech(text, rate), ratio_db, chance)
        said += len(pieces)
        wrong += sum(piece.slip for piece in pieces)
        if len(words) >= 6:
            half = " ".join(words[: len(words) // 2])
            missing = _compared(recogniser, text, sounds.speech(half, rate), ratio_db, chance)[len(words_of(half)) :]
            left_out += len(missing)
            noticed += sum(piece.slip for piece in missing)
    noise = "quiet room" if ratio_db is None else f"pink noise {ratio_db:g} dB"
    return f"{noise:<20}{wrong:>6} of {said} said words called slips; {noticed:>4} of {left_out} left out are noticed"


def _compared(
    recogniser: Recogniser, text: str, spoken: Sound, ratio_db: float | None, chance: np.random.Generator
) -> list[WordPiece]:
    """The words of the line `text`, compared with what is heard of `spoken`."""
    sound = np.concatenate([sounds.silence(0.3), spoken, sounds.silence(0.5)])
    if ratio_db is None:
        sound = sounds.in_room(sound, chance)
    else:
        sound = sounds.with_noise(sound, sounds.pink_noise(len(sound), chance), sounds.power(spoken), ratio_db)
    heard = recogniser.hear((np.clip(sound, -1, 1) * 32767).astype(np.int16), text)
    return [piece for piece in compare_words(text, heard.said, whole=heard.whole) if piece.wanted]


def main(argv: list[str] | None = None) -> int:
    """Measure, print the table, and return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--lines", type=int, default=40, help="lines of each condition (default: 40)")
    parser.add_argument("--words", action="store_true", help="count recognised words instead")
    parser.add_argument("--words-model", metavar="FOLDER", help="count those of this model of faster-whisper")
    args = parser.parse_args(argv)
    if args.words or args.words_model:
        recogniser = open_recogniser(args.words_model, "en")
        print(recogniser.name)
        for ratio in (None, 20, 10, 5):
            print(count_words(recogniser, ratio, np.random.default_rng(2)), flush=True)
        return 0
    began, missed = time.process_time(), []
    print(f"{'condition':<20}{'lines':>6}{'early':>7}{'right':>7}{'late':>6}   half are within, 95 % within (s)")
    heard_s = 0.0
    for name, (sound, lines) in conditions(args.lines, np.random.default_rng(16)).items():
        count = count_ends(sound, lines)
        heard_s += len(sound) / RATE
        off = np.abs(count.errors_s)
        print(
            f"{name:<20}{count.total:>6}{count.early:>7}{count.right:>7}{count.late:>6}   "
            f"{np.quantile(off, 0.5):>15.2f}{np.quantile(off, 0.95):>13.2f}"
        )
        if name in BARRED and (count.early or count.right < RIGHT_SHARE * count.total):
            missed.append(name)
    used_s = time.process_time() - began
    print(f"{heard_s:.0f} s of sound; {1000 * used_s / heard_s * CHUNK / RATE:.2f} ms of processor time for each chunk")
    print(f"missed the bar: {', '.join(missed)}" if missed else "every bar is held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
