"""The actor's own notes below a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.core.progress.notes import before_and_now
from coach.display.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.core.progress.notes import Own, Placed


def print_own(own: Own, out: Writer) -> None:
    """Print what was noted on the takes before and what became of it, then what was noted on this one."""
    if own.followed or own.notes:
        out.gap()
    for each in own.followed:
        out.quoting("You noted", f"{each.before.take.day}, line {each.now.line.index}, ", each.now.line.text)
        out.detail(each.note.text)
        out.detail(before_and_now(each))
    for here in own.notes:
        out.labelled("Your note", f"{here.where}: {here.note.text}")


def print_notes(take: str, notes: Sequence[Placed], console: Console) -> None:
    """Print the notes on the take called `take`, each with the number by which it is deleted."""
    out = Writer(console)
    out.line(f"{take}: {len(notes)} note{'' if len(notes) == 1 else 's'} of your own", "bold")
    for number, each in enumerate(notes, start=1):
        out.line(f"{number}. {each.where}: {each.note.text}")
