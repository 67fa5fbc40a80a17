"""The live view on a real terminal, which is restored however the process ends."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from display_help import HIDE, IN, OUT, SHOW
from pty_help import TerminalChild

PLAY = """
    import sys
    sys.path.insert(0, {tests!r})
    from coach.testing.sources import FakeClock
    from display_help import HOSTILE, hostile_line, rehearsal, run_info, timeline
    from coach.display.rehearsal.plain import open_display
    script = timeline(*(hostile_line() for _ in range(3)), title=HOSTILE)
    display = open_display(run_info(script, source_name=HOSTILE), plain={plain}, clock=FakeClock())
    for event in rehearsal(fps=2):
        display.handle(event)
    {end}
"""


def play_in_pty(end: str, plain: bool = False, **environ: str) -> tuple[str, int]:
    """Play a hostile script in a child on a real terminal, end it with the statement `end`, and return its output."""
    code = textwrap.dedent(PLAY).format(tests=str(Path(__file__).parent), plain=plain, end=end)
    with TerminalChild([sys.executable, "-c", code], environ) as child:
        return child.read_to_end(), child.wait()


@pytest.mark.parametrize("end", ["display.close()", "raise SystemExit(3)", "raise KeyboardInterrupt", "pass"])
def test_a_real_terminal_is_restored_however_the_process_ends(end: str) -> None:
    text, _ = play_in_pty(end)
    assert HIDE in text
    assert text.rfind(SHOW) > text.rfind(HIDE)
    assert text.rfind(OUT) > text.rfind(IN)
    assert "\x1b]" not in text
    assert not set(text) & set("\x07\x9b\u202e")


@pytest.mark.row(30)
def test_dumb_terminals_and_plain_output_get_no_escape_sequences() -> None:
    for text, code in (
        play_in_pty("display.close()", TERM="dumb"),
        play_in_pty("display.close()", plain=True),
    ):
        assert code == 0
        assert "\x1b" not in text
        assert "note on line 1: Deeper. Let it land." in text
