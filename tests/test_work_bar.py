"""The progress bar of work whose length is known."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from coach.display.kit.progress import LateBar, WorkBar


def bar_output(width: int, *, terminal: bool) -> str:
    """The output of a bar when half of the work is done."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal)
    with WorkBar(console, "Cutting 20 s of film\x1b[31m", 20.0) as bar:
        bar(10.0)
    return out.getvalue()


def test_the_bar_shows_the_name_and_progress_of_the_work() -> None:
    assert "Cutting 20 s of film[31m" in bar_output(80, terminal=True)
    assert "50%" in bar_output(80, terminal=True)
    assert "━" in bar_output(80, terminal=True)


def test_a_narrow_terminal_shows_no_bar() -> None:
    assert "50%" in bar_output(40, terminal=True)
    assert "━" not in bar_output(40, terminal=True)


def test_without_a_terminal_nothing_is_written() -> None:
    assert bar_output(80, terminal=False).strip() == ""


def test_a_late_bar_is_shown_once_the_work_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def output() -> str:
        out = io.StringIO()
        with LateBar(Console(file=out, width=80, force_terminal=True), "Preparing") as bar:
            bar(1, 2)
        return out.getvalue()

    assert output() == ""
    monkeypatch.setattr("coach.display.kit.progress.LATE_S", 0.0)
    assert "50%" in output()
