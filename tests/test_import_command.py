"""`coach import`: the report, the written script, questions, and wrong use."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_help import coach_here, command, environment
from pty_help import TerminalChild

from coach.scripts import load_script

PLAY = "INT. KITCHEN\n\nANNA\n(wryly)\nYou came.\n\nBEN\n(wryly)\nYes.\n\nANNA\n(with a limp)\nGood.\n"


@pytest.fixture
def play(tmp_path: Path) -> Path:
    path = tmp_path / "play.fountain"
    path.write_text(PLAY, encoding="utf-8")
    return path


def test_the_report_lists_scenes_roles_and_unknown_directions(play: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coach_here("import", play, "--role", "ANNA") == 0
    out, err = capsys.readouterr()
    assert out.startswith("play: 1 scene, 3 lines of 2 roles, 2 directions not understood.\n")
    assert "  1  INT. KITCHEN" in out
    assert "3 words  yours" in out
    assert "  wryly (lines 4 and 8)" in out
    assert "Nothing was written" in err


def test_the_written_script_is_the_imported_one(play: Path, tmp_path: Path) -> None:
    assert coach_here("import", play, "--role", "anna", "-o", tmp_path / "part.yaml") == 0
    script = load_script(tmp_path / "part.yaml")
    assert script == load_script(play, role="ANNA")
    assert script.role == "ANNA"
    assert [line.direction for line in script.spoken] == ["wryly", "with a limp"]


def test_a_script_that_is_there_already_is_not_overwritten(
    play: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "part.yaml").write_text("mine", encoding="utf-8")
    assert coach_here("import", play, "-o", tmp_path / "part.yaml") == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "part.yaml").read_text(encoding="utf-8") == "mine"


def test_the_script_can_go_to_standard_output(play: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert coach_here("import", play, "-o", "-") == 0
    out, err = capfdbinary.readouterr()
    assert out.startswith(b'title: "play"\n')
    assert b"3 lines of 2 roles" in err


def test_other_formats_of_output_are_refused(play: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coach_here("import", play, "-o", "part.json") == 2
    assert "name a file that ends in .yaml" in capsys.readouterr().err


def test_a_lexicon_of_ones_own_is_used(play: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.yaml").write_text("emotions: {wryly: amused}\n", encoding="utf-8")
    assert coach_here("import", play, "--lexicon", tmp_path / "own.yaml") == 0
    assert "  wryly = happy (lines 4 and 8)" in capsys.readouterr().out


def test_asking_needs_a_terminal(play: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coach_here("import", play, "--ask") == 2
    assert "--ask needs a terminal" in capsys.readouterr().err


def test_a_file_that_cannot_be_imported_gets_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.fdx").write_text("<html/>", encoding="utf-8")
    assert coach_here("import", tmp_path / "a.fdx") == 1
    assert capsys.readouterr().err.endswith("a.fdx: this is XML, but no script of Final Draft\n")


def test_questions_are_asked_once_about_the_actors_own_directions(play: Path, tmp_path: Path) -> None:
    words = command("import", play, "--role", "ANNA", "--ask", "-o", tmp_path / "part.yaml")
    with TerminalChild(words, environment(tmp_path)) as child:
        child.read_until("What does it ask for? ")
        child.type("amusd\r")
        assert "'amusd' is not known either" in child.read_until("What does it ask for? ")
        child.type("amused\r")
        assert "(with a limp) ANNA: Good." in child.read_until("What does it ask for? ")
        child.type("o\r")
        child.read_to_end()
        assert child.wait() == 0
    wry, limp = load_script(tmp_path / "part.yaml").spoken
    assert str(wry.target) == "happy"
    assert limp.mode == "own way"


def test_the_role_is_asked_for_in_a_terminal(play: Path, tmp_path: Path) -> None:
    words = command("rehearse", play, "--source", "none", "--lead-in", "0", "--voice", "off", "--advance", "time")
    with TerminalChild(words, environment(tmp_path)) as child:
        assert "2  BEN" in child.read_until("Which part is yours? Number or name: ")
        child.type("2\r")
        child.read_to_end()
        assert child.wait() == 0
    (take,) = list(tmp_path.rglob("script.json"))
    assert '"role": "BEN"' in take.read_text(encoding="utf-8")
