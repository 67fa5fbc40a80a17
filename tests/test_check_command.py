"""`coach check`: the timeline as it will be played, at any width, or every mistake and exit code 1."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from cli_help import coach
from rich.cells import cell_len
from rich.console import Console

from coach.cli.check import print_check
from coach.scripts import load_script

SCRIPT = """\
[title: Ștefan, ÉLODIE 你好]
[language: ro]
[sad 6s] They said by morning.
[cue: A car door.] [fear, surprise] What if nobody comes? What if they come and it is not her at all, but somebody else?
(beat)
[cue: A long cue that takes much longer to say than the beat before it] [sad > happy @60% 0.2-0.9 1s] She is alive!
Let me see her, Ștefan.
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.txt"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def output_of(path: Path, width: int, *, terminal: bool = True, encoding: str = "utf-8", colour: bool = False) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(
        file=file,
        width=width,
        force_terminal=terminal,
        color_system="truecolor" if colour else None,
        markup=False,
        highlight=False,
    )
    print_check(load_script(path), console)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.row(30)
@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 120, 200])
def test_output_fits_any_width(script: Path, width: int) -> None:
    text = output_of(script, width)
    assert all(cell_len(row) <= width for row in text.splitlines())
    parts = text.split()
    for word in (
        "Ștefan,",
        "你好",
        "sad",
        "fear,",
        "surprise",
        "@60%",
        "0.2-0.9",
        "cue",
        "pause",
        "scored",
        "00:06.0",
    ):
        assert word in parts, (word, text)
    assert "about" in parts
    assert "!" in parts


def test_a_table_row_has_time_length_line_target_and_words(script: Path) -> None:
    rows = output_of(script, 120).splitlines()
    assert "00:00.0       6.0 s      1  sad" in next(row for row in rows if "They said" in row)
    assert "00:06.0  about" in next(row for row in rows if "What if nobody" in row)


def test_a_cue_is_shown_before_its_line_with_its_time(script: Path) -> None:
    rows = output_of(script, 120).splitlines()
    at = next(i for i, row in enumerate(rows) if "A car door." in row)
    assert rows[at].startswith("00:04.5")
    assert "What if nobody" in rows[at + 1]


def test_the_first_cue_is_shown_in_the_lead_in(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("[cue: A door.] [sad 3s] Who is there?")
    assert "countdown" in output_of(path, 80)


def test_cautions_are_marked_and_counted_not_only_coloured(script: Path) -> None:
    text = " ".join(output_of(script, 120).split())
    assert "! the cue takes about" in text
    assert "! the shortest part of this arc lasts 0.4 s" in text
    assert "2 warnings, marked !" in text
    assert 'Lengths with "about" are estimated' in text
    assert "Lines 1 and 3 ask for sadness" in text
    assert "Line 4 has no emotion to read" in text


def test_without_a_terminal_each_row_is_one_line(script: Path) -> None:
    rows = output_of(script, 40, terminal=False).splitlines()
    assert next(row for row in rows if "line 2" in row).endswith("but somebody else?")
    assert sum(row.split()[:1] == ["warning"] for row in rows) == 2
    assert rows[-1] == "The script can be played: 2 warnings, marked warning."
    assert (
        next(row for row in rows if "line 1" in row) == "  00:00.0       6.0 s  line 1    [sad] They said by morning."
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("terminal", [True, False])
def test_unencodable_letters_become_question_marks(script: Path, encoding: str, terminal: bool) -> None:
    assert "tefan" in output_of(script, 80, terminal=terminal, encoding=encoding)


def test_markup_and_links_in_a_script_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text('title: "[b]x[/] [link=file:/etc/passwd]y"\nlines: [{text: "[/b] [red]a", cue: "[/]"}]\n')
    for width in (40, 80):
        text = " ".join(output_of(path, width, colour=True).split())
        assert "[/b] [red]a" in text
        assert "[link=file:/etc/passwd]" in text
        assert "\x1b]8" not in text


def test_colour_only_adds_escape_sequences(script: Path) -> None:
    import re

    coloured = output_of(script, 80, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == output_of(script, 80)


def test_a_valid_script_exits_0(script: Path, tmp_path: Path) -> None:
    result = coach(tmp_path, "check", script)
    assert result.returncode == 0, result.stderr
    assert "The script can be played: 2 warnings" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_script_with_mistakes_exits_1_and_lists_them(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("titel: T\nlines:\n  - {text: a, emotion: hapy}\n  - {text: b, duration_s: six}\n")
    result = coach(tmp_path, "check", path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert [f"{path}:{place}: " in result.stderr for place in ("1:1", "3:24", "4:27")] == [True] * 3
    assert "Traceback" not in result.stderr


def test_a_stray_tag_is_a_warning_without_a_terminal_too(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("[happy 3s] Good evening.\n(sad) They said by morning.\n")
    result = coach(tmp_path, "check", path)
    assert result.returncode == 0
    warned = next(row for row in result.stdout.splitlines() if row.split()[:1] == ["warning"])
    assert "this begins like a tag but would be spoken" in warned
    assert "write [sad] at the very start" in warned


def test_notices_about_the_file_go_to_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("[sad] It\u2019s a caf\u00e9.\n[jealous] Go.\n".encode("cp1252"))
    ran = coach(tmp_path, "check", path)
    assert ran.returncode == 0
    assert [row.partition(": ")[2] for row in ran.stderr.splitlines()] == [
        "a.txt: The file is saved as Windows-1252. If letters look wrong, save it as UTF-8.",
        "a.txt: A face alone cannot show 'jealous', so line 2 is not scored.",
    ]
    assert "Go.  (not scored)" in ran.stdout


def test_a_scene_is_called_one_and_counted_as_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("INT. STREET\n(A dog barks.)\nLENA: Who is there?\n(whispers)\nIt is me.\n")
    for terminal, mark in ((True, "!"), (False, "warning")):
        text = " ".join(output_of(path, 80, terminal=terminal).split())
        assert f"{mark} This looks like a scene with names and stage directions." in text
        assert "none of its lines has a tag" in text
        assert f"The script can be played: 1 warning, marked {mark}." in text


def test_a_missing_argument_is_a_usage_error(tmp_path: Path) -> None:
    result = coach(tmp_path, "check", "")
    assert result.returncode == 2
    assert "no script was named" in result.stderr


@pytest.mark.row(27)
def test_a_bad_script_cannot_control_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "\x1b]0;owned\x07.txt"
    path.write_text("[h\x1b[31mapy\u202e] a \x9b2J\n[\x1b: b] c")
    result = coach(tmp_path, "check", path)
    assert result.returncode == 1
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(result.stderr)


def test_no_color_disables_colour(script: Path, tmp_path: Path) -> None:
    from cli_help import command
    from pty_help import TerminalChild

    def on_a_terminal(**variables: str) -> str:
        with TerminalChild(command("check", script), variables) as child:
            return child.read_to_end()

    assert "\x1b[36m" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b[" in on_a_terminal()
