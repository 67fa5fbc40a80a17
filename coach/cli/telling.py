"""Sentences on standard output and standard error: folded between words in a terminal, never broken in a pipe."""

from __future__ import annotations

from rich.text import Text

from coach.display.kit.console import open_console


def tell(sentence: str) -> None:
    """Print `sentence`, which is shown as it stands, on standard output."""
    _print(sentence, errors=False, end="\n")


def warn(sentence: str) -> None:
    """Print `sentence` on standard error, behind the name of the program."""
    _print(f"coach: {sentence}", errors=True, end="\n")


def ask(question: str) -> None:
    """Print `question` on standard error; what is typed follows it."""
    _print(f"{question} [y/N]", errors=True, end=" ")


def _print(sentence: str, *, errors: bool, end: str) -> None:
    console = open_console()
    console.stderr = errors
    console.print(Text(sentence), soft_wrap=not console.is_terminal, end=end)
    console.file.flush()
