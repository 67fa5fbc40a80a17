"""Words for what stands in a report, the same on the terminal and on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.core.report import LineReport, Verdict

VERDICTS: Final[dict[Verdict, str]] = {"hit": "hit", "partial": "partial", "miss": "miss", "not_scored": "not scored"}

NOTHING: Final = "nothing"
"""What a line without a target asks for; *not scored* is a verdict."""

ENDS: Final[dict[str, str]] = {
    "finished": "end of the script",
    "source ended": "end of the recording",
    "quit": "stopped by the actor",
    "interrupted": "interrupted",
    "error": "broken off by an error",
}


def clock_text(t: float) -> str:
    """`t` seconds as minutes and seconds with a tenth: ``01:02.5``, ``-00:03.0`` in the lead-in."""
    tenths = round(abs(t) * 10)
    return f"{'-' if t < 0 and tenths else ''}{tenths // 600:02d}:{tenths % 600 / 10:04.1f}"


def reason_of(line: LineReport) -> str:
    """Why it was not scored or what spoiled it, which way the intensity was missed, and how often it was tried."""
    attempts = f"attempt {line.attempts}" if line.attempts > 1 else ""
    return ", ".join(dict.fromkeys(part for part in (line.reason, line.intensity, attempts) if part))
