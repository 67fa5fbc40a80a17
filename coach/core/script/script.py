"""The script model: lines with target emotions, and the pauses between them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from coach.base.messages import mark, tr
from coach.base.text import drop_marks, hidden_character
from coach.core.script.targets import ExpectedError, Target, band_of_words, parse_target, unshown_words

MIN_LENGTH_S: Final = 0.1
"""Shortest line or pause that can be played, about three frames of video."""

TIME_TOLERANCE_S: Final = 0.001
"""Times that differ by less are equal, because scripts give times to three decimals."""


_TO_SPACES: Final = {ord(character): " " for character in "\n\r\t\v\f\x85\u2028\u2029"}
"""Translation table that replaces tabs and everything that ends a line or a page with spaces."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


_CLOCK: Final = re.compile(r"\s*(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d(?:[.,]\d+)?)\s*", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"\s*\d+,\d+\s*", re.ASCII)

_ONE_BEAT: Final = re.compile(r"(?:(?:an?|one|short|brief|little|small|slight|quick) )*(?:beat|pause)\W*")
_LONG_PAUSE: Final = re.compile(r"(?:(?:an?|the|very) )*(?:(?:long|longer|big) (?:beat|pause|silence)|silence)\W*")
_COUNTED_BEATS: Final = re.compile(r"(\d{1,9}) beats?\W*|beats?:? (\d{1,9})\W*", re.ASCII)

LONG_PAUSE_BEATS: Final = 3
"""Beats of a pause that is called long, or a silence."""


def seconds_in(text: str) -> float | None:
    """Seconds of a time such as ``1:30`` or ``1:02:03.5``; None if `text` is none."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))


def beats_in(text: str) -> int | None:
    """Number of beats of a pause in words, such as ``beat``, ``3 beats`` or ``a long pause``; None if it is none."""
    words = " ".join(text[:60].lower().split())
    if _ONE_BEAT.fullmatch(words):
        return 1
    counted = _COUNTED_BEATS.fullmatch(words)
    if counted:
        return int(counted[1] or counted[2])
    return LONG_PAUSE_BEATS if _LONG_PAUSE.fullmatch(words) else None


def _seconds(value: object) -> object:
    """Seconds of a time such as ``1:30``; in a number, a decimal comma becomes a point; other values stay."""
    if not isinstance(value, str):
        return value
    seconds = seconds_in(value)
    return (value.replace(",", ".") if _DECIMAL_COMMA.fullmatch(value) else value) if seconds is None else seconds


def _finite_number(expected: str) -> Callable[[object], float]:
    """Make a validator for finite numbers or their text; its error is `expected`, a marked message."""

    def check(value: object) -> float:
        try:
            number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # else TypeError
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise ExpectedError(tr(expected))
        return number

    return check


def _normalise(text: str) -> str:
    """Normalise `text`: NFC, one line, single spaces, no invisible marks; line ends and tabs become spaces.

    Raises:
        ValueError: `text` has other hidden characters, or no words.
    """
    spaced = drop_marks(text.translate(_TO_SPACES))[0]
    hidden = None if spaced.isprintable() else hidden_character(spaced)
    if hidden is not None:
        number, character = spaced.index(hidden) + 1, describe_hidden(hidden)
        message = tr("{character} at character {number} of this text; delete it", character=character, number=number)
        raise ValueError(message)
    normalised = unicodedata.normalize("NFC", " ".join(spaced.split()))
    if not normalised:
        raise ValueError(tr("expected words, found none"))
    return normalised


_HIDDEN: Final = {
    "\x1b": mark("escape character {code}"),
    "\t": mark("tab character {code}"),
    **dict.fromkeys("\u202d\u202e", mark("text-direction character {code}")),
}


def describe_hidden(character: str) -> str:
    """Name of a hidden character that a user can look up, such as ``escape character U+001B``."""
    control = unicodedata.category(character) == "Cc"
    message = mark("control character {code}") if control else mark("hidden character {code}")
    code = f"U+{ord(character):04X}"
    return tr(_HIDDEN.get(character, message), code=code)


def _parse_band(value: object) -> tuple[float, float] | None:
    expected = mark("expected two numbers from 0 to 1, the lower first, such as [0.5, 1.0], or 0.5-1.0 in a tag")
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ExpectedError(tr(expected))
    low, high = (_finite_number(expected)(share) for share in value)
    if not 0 <= low < high <= 1:
        raise ExpectedError(tr(expected))
    return low, high


_seconds_number = _finite_number(mark("expected a number of seconds such as 6 or 2.5"))
_Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_normalise)]
_ShortText = Annotated[str, StringConstraints(max_length=200), AfterValidator(_normalise)]
_SECONDS = BeforeValidator(lambda value: _seconds_number(_seconds(value)))
_Length = Annotated[float, _SECONDS, Field(ge=MIN_LENGTH_S, le=3600)]
_Time = Annotated[float, _SECONDS, Field(ge=0, le=86400)]
_WordsPerMinute = Annotated[
    float, BeforeValidator(_finite_number(mark("expected a number of words per minute"))), Field(ge=20, le=400)
]
_Beats = Annotated[int, BeforeValidator(_finite_number(mark("expected a whole number of beats"))), Field(ge=1, le=100)]
_Multiple = Annotated[
    float, BeforeValidator(_finite_number(mark("expected a number from 0.5 to 2"))), Field(ge=0.5, le=2)
]
_BandField = Annotated[tuple[float, float] | None, BeforeValidator(_parse_band)]
_TargetField = Annotated[
    Target | None,
    BeforeValidator(parse_target),
    PlainSerializer(lambda target: str(target) if target else None, return_type=str | None),
]


class Pace(_Model):
    """Speaking rate for lines without a duration, and the length of a beat."""

    words_per_minute: _WordsPerMinute = 130
    beat_s: Annotated[float, _SECONDS, Field(ge=MIN_LENGTH_S, le=60)] = 0.6


class Line(_Model):
    """One line of the actor.

    Attributes:
        text: the words.
        emotion: target of the face: one emotion, several accepted ones, or an arc; None for an unscored line.
        duration_s: length in seconds; estimated from the words if neither a duration nor both times are given.
        start_s, end_s: times in seconds from the start of the script.
        cue: text to speak and show just before the line.
        intensity: lower and upper limit, 0 to 1, of the target's smoothed probability.
        mode: ``untracked`` leaves the line unscored for now, ``own way`` for good: the actor plays it as they like.
        role: who says the line; None in a script without roles.
        direction: how to say the line, as the author wrote it, such as ``whispering, to BEN``; nothing judges it.
        listening: target of the face of whoever listens to this line of a partner; scored apart, as a reaction.
    """

    text: _Text
    emotion: _TargetField = None
    duration_s: _Length | None = None
    start_s: _Time | None = None
    end_s: _Time | None = None
    cue: _ShortText | None = None
    intensity: _BandField = None
    mode: Literal["tracked", "untracked", "own way"] = "tracked"
    role: _ShortText | None = None
    direction: _ShortText | None = None
    listening: _TargetField = None

    @property
    def target(self) -> Target | None:
        """The target to score; None on a line that is not judged."""
        return self.emotion if self.mode == "tracked" else None

    def belongs_to(self, role: str | None) -> bool:
        """Whether the actor who plays `role` says this line. Without a role, and on lines without one, they do."""
        return role is None or self.role in (None, role) or role.casefold() in _folded_names(self.role or "")

    @model_validator(mode="before")
    @classmethod
    def _apply_words(cls, value: object) -> object:
        """Take the intensity from the words for the emotion, such as ``worried``, if the line has none of its own."""
        if not isinstance(value, dict) or not isinstance(emotion := value.get("emotion"), (str, list, tuple)):
            return value
        if unshown_words(emotion):
            return {**value, "intensity": None}
        band = band_of_words(emotion) if value.get("intensity") is None else None
        return value if band is None else {**value, "intensity": band}

    @model_validator(mode="after")
    def _check_consistency(self) -> Line:
        if self.intensity is not None and self.emotion is None:
            raise _field_error("intensity", tr("an intensity needs an emotion"))
        if self.end_s is not None:
            self._check_end(self.end_s)
        return self

    def _check_end(self, end_s: float) -> None:
        if end_s < (self.start_s or 0) + MIN_LENGTH_S - TIME_TOLERANCE_S:
            early = mark("the line ends at {end:g} s but begins at {start:g} s; its end must come later")
            first = mark("the line ends at {end:g} s but cannot begin before 0 s; its end must come later")
            raise _field_error("end_s", tr(early if self.start_s else first, end=end_s, start=self.start_s))
        if self.duration_s is None:
            return
        if self.start_s is None:
            raise _field_error("end_s", tr("give either duration_s or end_s, not both"))
        if abs(self.start_s + self.duration_s - end_s) > TIME_TOLERANCE_S:
            message = mark(
                "from {start:g} s for {length:g} s is {sum:g} s, not {end:g} s; give either duration_s or end_s"
            )
            start, length = self.start_s, self.duration_s
            raise _field_error("end_s", tr(message, start=start, length=length, sum=start + length, end=end_s))


class Pause(_Model):
    """Silence between lines: either `pause_s` seconds or a number of `beats`.

    Words such as ``beat`` or ``(long pause)`` are pauses too.
    """

    pause_s: _Length | None = None
    beats: _Beats | None = None

    @model_validator(mode="before")
    @classmethod
    def _parse_beat(cls, value: object) -> object:
        beats = _beats_of(value)
        return value if beats is None else {"beats": beats}

    @model_validator(mode="after")
    def _check_length(self) -> Pause:
        if (self.pause_s is None) == (self.beats is None):
            raise _field_error("", tr("a pause has either pause_s or beats"))
        return self

    def seconds(self, pace: Pace) -> float:
        """Length in seconds at `pace`."""
        return self.pause_s if self.pause_s is not None else (self.beats or 1) * pace.beat_s


def _field_error(field: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{message}", {"message": message, "field": field})


def _beats_of(value: object) -> int | None:
    """Number of beats of a pause in words, in parentheses or not; None if `value` is none."""
    return beats_in(value.strip().removeprefix("(").removesuffix(")")) if isinstance(value, str) else None


class Scene(_Model):
    """The heading of a scene, such as ``INT. KITCHEN - NIGHT``. It takes no time."""

    scene: _Text


class Action(_Model):
    """What happens between lines, such as ``ANNA sits down.`` It is kept to be read and takes no time."""

    action: _Text


_KINDS: Final[dict[str, str]] = {"pause_s": "pause", "beats": "pause", "scene": "scene", "action": "action"}
"""Fields that tell what an item without ``text`` is; each item without them is a line."""


def _item_kind(item: object) -> str:
    if isinstance(item, _Model):
        return type(item).__name__.lower()
    if _beats_of(item) is not None:
        return "pause"
    fields = item if isinstance(item, dict) and "text" not in item else {}
    return next((kind for field, kind in _KINDS.items() if field in fields), "line")


Item = Annotated[
    Annotated[Line, Tag("line")]
    | Annotated[Pause, Tag("pause")]
    | Annotated[Scene, Tag("scene")]
    | Annotated[Action, Tag("action")],
    Discriminator(_item_kind),
]
"""An item of a script: a line, a pause, the heading of a scene, or an action."""

_NAME_SEPARATOR: Final = re.compile(r"\s*[/&+,]\s*|\s+(?:and|AND|și|ȘI)\s+")


def names_in(role: str) -> tuple[str, ...]:
    """The names of those who say a line of `role`: ``ANNA AND BEN`` itself, ``ANNA`` and ``BEN``."""
    names = [name for name in _NAME_SEPARATOR.split(role) if name]
    return (role, *names) if len(names) > 1 else (role,)


@lru_cache(maxsize=1000)
def _folded_names(role: str) -> tuple[str, ...]:
    return tuple(name.casefold() for name in names_in(role))


class RoleVoice(_Model):
    """How the voice of a partner's role sounds; what is None is chosen.

    Attributes:
        voice: name of an installed voice, see `coach voices`.
        rate: speed, as a multiple of the usual one.
        pitch: height of the voice, as a multiple of its own.
    """

    voice: _ShortText | None = None
    rate: _Multiple | None = None
    pitch: _Multiple | None = None


class Script(_Model):
    """A script.

    Attributes:
        title: the title.
        language: language code of the cues, such as ``en``.
        pace: speaking rate and length of a beat.
        role: the actor's part. The lines of all other roles are the partners': they take their time and are never
            judged. None: every line is the actor's.
        lines: lines, pauses, scene headings and actions in order.
        roles: how the voices of other roles sound, by name.
    """

    title: _ShortText = "Untitled"
    language: str = Field(default="en", pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")
    pace: Pace = Pace()
    role: _ShortText | None = None
    lines: tuple[Item, ...]
    roles: dict[_ShortText, RoleVoice] = Field(default_factory=dict, max_length=200)

    @model_validator(mode="after")
    def _check_lines(self) -> Script:
        if not any(isinstance(item, Line) for item in self.lines):
            raise _field_error("lines", tr("a script needs at least one line"))
        if not self.spoken:
            names = ", ".join(self.role_names)[:200]
            raise _field_error("role", tr("no line has this role; there are {roles}", roles=names))
        self._check_roles()
        return self

    def _check_roles(self) -> None:
        spoken = {name.casefold() for role in self.role_names for name in names_in(role)}
        for name in self.roles:
            if name.casefold() not in spoken:
                raise _field_error(f"roles.{name}", self._no_such_role(name))

    def _no_such_role(self, name: str) -> str:
        names = ", ".join(self.role_names)[:200]
        if not names:
            return tr("no line has the role {role!r}; no line has a role", role=name)
        return tr("no line has the role {role!r}; there are {roles}", role=name, roles=names)

    @property
    def spoken(self) -> tuple[Line, ...]:
        """The actor's own lines; line number N is `spoken[N - 1]`."""
        return tuple(item for item in self.lines if isinstance(item, Line) and item.belongs_to(self.role))

    @property
    def has_partners(self) -> bool:
        """Whether others than the actor speak."""
        return any(isinstance(item, Line) and not item.belongs_to(self.role) for item in self.lines)

    @property
    def role_names(self) -> tuple[str, ...]:
        """All roles in the order in which they first speak; several that speak together are a role of their own."""
        roles = [item.role for item in self.lines if isinstance(item, Line) and item.role is not None]
        return tuple(dict.fromkeys(roles))
