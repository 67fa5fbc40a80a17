"""What is erased, and what stayed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.base.text import bytes_text, count_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coach.takes.erasing import Left, Weight

_MOST_NAMED = 10


def weight_text(weight: Weight) -> str:
    """``2 takes, 11 files, 1.2 MB, among them 1 video, 6 pictures of your face and notes of your own on 1 take``."""
    among = [
        count_text(weight.videos, "video") if weight.videos else "",
        f"{count_text(weight.pictures, 'file')} of face crops" if weight.pictures else "",
        f"notes of your own on {count_text(weight.notes, 'take')}" if weight.notes else "",
    ]
    named = " and ".join(part for part in among if part)
    size = f"{count_text(weight.takes, 'take')}, {count_text(weight.files, 'file')}, {bytes_text(weight.size)}"
    return f"{size}, among them {named}" if named else size


def names_text(takes: Sequence[Path]) -> str:
    """The names of `takes`, of many the first ten and how many more: ``a, b and 3 more``."""
    from coach.base.text import clean_name

    named = ", ".join(clean_name(take.name) for take in takes[:_MOST_NAMED])
    more = len(takes) - _MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def tell_left(left: Left) -> int:
    """Say what stayed; the exit code: 1 where something could not be erased."""
    from coach.base.text import clean_name
    from coach.cli.telling import warn

    for path in left.strangers[:_MOST_NAMED]:
        warn(f"{clean_name(str(path))} stays: the coach has not made it")
    for failure in left.failed[:_MOST_NAMED]:
        warn(f"could not erase {clean_name(failure)}")
    more = len(left.strangers[_MOST_NAMED:]) + len(left.failed[_MOST_NAMED:])
    if more:
        warn(f"and {more} more")
    return 1 if left.failed else 0
