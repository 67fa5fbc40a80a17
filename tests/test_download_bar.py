"""The progress bar of a download."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from coach.base.types import Download
from coach.display.kit.progress import DownloadBar

MOMENTS = [
    Download("asking", "https://example.org/take"),
    Download("receiving", "The Winter's Tale", 0, 2_000_000),
    Download("receiving", "The Winter's Tale", 1_500_000, 2_000_000),
    Download("joining", "The Winter's Tale"),
]


def bar_output(*moments: Download, terminal: bool = True, width: int = 100) -> str:
    out = io.StringIO()
    with DownloadBar(Console(file=out, force_terminal=terminal, width=width, no_color=True)) as bar:
        for moment in moments:
            bar(moment)
    return out.getvalue()


def test_the_bar_shows_name_amount_and_total() -> None:
    text = bar_output(*MOMENTS[:3])
    assert "Fetching The Winter's Tale" in text
    assert "1.5 of 2.0 MB" in text


def test_the_bar_is_removed_on_exit() -> None:
    assert bar_output(*MOMENTS).endswith("\x1b[2K")


def test_without_a_terminal_each_stage_is_one_line() -> None:
    assert bar_output(*MOMENTS, terminal=False).splitlines() == [
        "Asking https://example.org/take",
        "Fetching The Winter's Tale",
        "Joining picture and sound of The Winter's Tale",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_markup_and_control_characters_in_a_title_have_no_effect(terminal: bool) -> None:
    text = bar_output(Download("receiving", "[bold]a[/nope]\x1b]0;title\x07\u202eb"), terminal=terminal)
    assert "[bold]a[/nope]" in text
    assert "\x1b]0" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_the_bar_fits_every_terminal(width: int) -> None:
    text = bar_output(Download("receiving", "w" * 300, 1_500_000, None), width=width)
    lines = re.sub(r"\x1b\[[?0-9]*[A-Za-z]", "", text).replace("\r", "\n").split("\n")
    assert 0 < max(len(line) for line in lines) <= width
