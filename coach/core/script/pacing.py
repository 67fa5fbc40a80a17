"""Estimates of how long words take to say: lines without a duration, and spoken cues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.core.script.script import Pace

MIN_LINE_S: Final = 0.8
"""Shortest estimate for a line: even a single word takes a breath."""

FASTEST_WORDS_PER_MINUTE: Final = 220.0
"""Above this rate listeners begin to lose words (Carver 1973; audio books are read at 150 to 160)."""

_VOICE_WORDS_PER_MINUTE: Final = 200.0
_VOICE_STOP_S: Final = 0.15
_VOICE_STARTS_S: Final = 0.4
"""Fitted to nine cues rendered by espeak-ng 1.51 at the 200 words a minute of pyttsx3, and 0.4 s to start the voice."""

_COMMA_BEATS: Final = 0.4
"""Pause at a comma, as a share of the pause after a sentence, which is one beat. The pauses of read speech cluster at
about 0.2 and 0.6 s in five languages (Campione and Veronis 2002, A large-scale multilingual study of silent pause
duration)."""

# English words per letter of writing systems that put no space between words, or many syllables between spaces. Derived
# from the information density of a syllable relative to English (Pellegrino and others 2011, A cross-language
# perspective on speech information rate, Language 87: Mandarin 0.94, Japanese 0.49, English 0.91; for Korean and Thai
# Coupe and others 2019, Science Advances 5), at 1.4 to 1.5 syllables per English word.
_LETTERS: Final = (
    (re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]"), 0.65),  # Han: a syllable, in Japanese about two
    (re.compile("[\u3041-\u3096\u30a1-\u30fa]"), 0.38),  # kana
    (re.compile("[\uac00-\ud7a3]"), 0.45),  # Hangul
    (re.compile("[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6]"), 0.25),  # Thai, Lao without marks
    (re.compile("[\u1000-\u102a\u1780-\u17b3]"), 0.25),  # Burmese, Khmer
)
_LETTER_COUNTED: Final = re.compile("|".join(pattern.pattern for pattern, _ in _LETTERS))
_WORD: Final = re.compile(r"\w+(?:['’.,:\-]\w+)*")
_DIRECTION: Final = re.compile(r"\([^()]*\)")
_SENTENCE_END: Final = re.compile(r"[.!?…।॥؟۔]+(?=[\s\"'”’»)]|$)|[。！？]+")
_COMMA: Final = re.compile(r"[,;:،](?=[\s\"'”’»)]|$)|[、，；：]|\s[-–—]\s|—")


def count_words(text: str) -> float:
    """Length of `text` in English words, for any writing system. Directions in parentheses do not count."""
    spoken = _DIRECTION.sub(" ", text)
    letters = sum(weight * len(pattern.findall(spoken)) for pattern, weight in _LETTERS)
    return len(_WORD.findall(_LETTER_COUNTED.sub(" ", spoken))) + letters


def estimate_s(text: str, pace: Pace) -> float:
    """Seconds an actor needs for `text` at `pace`, to a tenth: words, a beat per sentence, part of one per comma."""
    spoken = _DIRECTION.sub(" ", text)
    beats = len(_SENTENCE_END.findall(spoken)) + _COMMA_BEATS * len(_COMMA.findall(spoken))
    seconds = count_words(text) * 60 / pace.words_per_minute + beats * pace.beat_s
    return round(max(seconds, MIN_LINE_S), 1)


def fastest_s(text: str) -> float:
    """Seconds for the words of `text` at the fastest rate that listeners can follow."""
    return count_words(text) * 60 / FASTEST_WORDS_PER_MINUTE


def cue_s(text: str) -> float:
    """Seconds the voice needs to speak the cue `text`, to a tenth."""
    stops = len(_SENTENCE_END.findall(text)) + _COMMA_BEATS * len(_COMMA.findall(text))
    return round(count_words(text) * 60 / _VOICE_WORDS_PER_MINUTE + stops * _VOICE_STOP_S + _VOICE_STARTS_S, 1)
