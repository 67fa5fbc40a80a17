"""What to rehearse today, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.core.progress.drills import lines_named
from coach.display.writer import Writer

if TYPE_CHECKING:
    from rich.console import Console

    from coach.core.progress.drills import Plan


def print_plan(title: str, plan: Plan, console: Console) -> None:
    """Print `plan` for the script called `title`: each line with its reason, then the passages."""
    out = Writer(console)
    out.line(title, "bold")
    if not plan.tasks:
        out.line("Nothing is due today.")
    for task in plan.tasks:
        out.labelled(f"Line {task.line}", task.reason)
        out.detail(task.text)
    if plan.left:
        out.line(f"{plan.left} more {'line is' if plan.left == 1 else 'lines are'} due; --count shows more.")
    if plan.next:
        out.line(f"Next: line {plan.next[0]} on {plan.next[1].isoformat()}.")
    if plan.passages:
        passages = ", then ".join(lines_named(passage) for passage in plan.passages)
        out.labelled("To play", f"{passages}.")
