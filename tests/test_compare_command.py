"""`coach compare`: the comparison on the terminal and in files, and the film of the best lines."""

from __future__ import annotations

import csv
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from cli_help import Demo, coach, copy_take, the_take
from comparison_help import camera_take, compare_command, filmed_take, run_command
from recordings_help import FLASH_S, play

from coach.app.review import report_of
from coach.base.errors import OutputError, TakeError, UsageError
from coach.cli import rescore as rescoring
from coach.core.comparison.compare import MAX_TAKES


@pytest.fixture
def takes(demo: Demo, wrong_demo: Demo, tmp_path: Path) -> Path:
    """Two takes of the sample recording: `right`, and the newer `wrong`, which has one wrong tag."""
    played_at(copy_take(demo.take, tmp_path / "takes", "right"), "2026-11-24T13:00:00+00:00")
    played_at(copy_take(wrong_demo.take, tmp_path / "takes", "wrong"), "2026-11-24T13:05:00+00:00")
    return tmp_path / "takes"


@pytest.fixture(scope="module")
def short(short_take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of three seconds, which is cut to a film sooner than the sample take."""
    home = tmp_path_factory.mktemp("short")
    texts = ("They said by morning. It is morning, and the phone just lies there.", "Nobody calls.", "Nobody.")
    (home / "short.txt").write_text("".join(f"[sad 1s] {text}\n" for text in texts))
    assert (
        coach(home, "rehearse", home / "short.txt", "--source", short_take, "--takes", home / "takes").returncode == 0
    )
    return the_take(home / "takes")


@pytest.fixture
def short_takes(short: Path, tmp_path: Path) -> Path:
    """That take twice: `right`, and the newer `wrong`."""
    played_at(copy_take(short, tmp_path / "takes", "right"), "2026-11-24T13:00:00+00:00")
    played_at(copy_take(short, tmp_path / "takes", "wrong"), "2026-11-24T13:05:00+00:00")
    return tmp_path / "takes"


def played_at(take: Path, at: str) -> None:
    """Change the time at which `take` was played: which shared take is newer depends on the order of the tests."""
    path = take / "report.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["created"]["at"] = at
    path.write_text(json.dumps(plain), encoding="utf-8")


def test_the_terminal_shows_figures_and_sketches_of_both_takes(
    takes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert compare_command(takes / "right", takes / "wrong") == 0
    output = capsys.readouterr().out
    assert "take 2  wrong (the newest of these)" in output
    assert "    wanted: surprise in take 1, angry in take 2" in output
    assert "Not compared: the takes ask for different emotions." in output
    assert "    1    sad 84%      97%   9 of 10  0.4 s   6.0 s  ✓ hit" in output
    sketches = [line for line in output.splitlines() if "▁▁▁▁▁▁▁▁▁▃" in line]
    assert len(sketches) == 2
    assert sketches[0].replace("    1    ", "") == sketches[1].replace("    2    ", "")
    assert "No take is clearly ahead in any of 4 lines." in output
    assert "A difference of 1 of 10 viewers can be measurement noise" in output
    assert all(len(line) <= 80 for line in output.splitlines())


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_it_fits_whatever_the_terminal_is_wide(
    columns: int, takes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    compare_command(takes / "right", takes / "wrong", "--best", "--align", "seconds")
    output = capsys.readouterr().out
    assert all(len(line) <= columns for line in output.splitlines())
    assert "6.4 s" in output


def test_the_best_takes_are_listed_with_their_reasons(takes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_command(takes / "right", takes / "wrong", "--best")
    output = capsys.readouterr().out
    assert "  1 take 2: They said by morning." in output
    assert "hit, 9 of 10 viewers, on target 97%; no clear difference, so the newer one" in output


def test_the_same_take_with_another_strictness_is_tied(takes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(takes / "right", takes / "gentle")
    run_command(rescoring, "rescore", takes / "gentle", "--strictness", "gentle")
    capsys.readouterr()
    compare_command(takes / "gentle", takes / "right", "--best", "--json", takes.parent / "c.json")
    output = capsys.readouterr().out
    assert ", strictness gentle" in output
    assert ", strictness standard" in output
    plain = json.loads((takes.parent / "c.json").read_text(encoding="utf-8"))
    assert [(choice["take"], choice["tied"]) for choice in plain["best"]] == [(2, True)] * 5


def test_takes_of_an_edited_script_find_their_lines(takes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited = takes.parent / "edited.txt"
    edited.write_text("[title: Edited]\n[fear 2s] New.\n[happy 6s] Wait. That laugh! I'd know that laugh anywhere...\n")
    run_command(rescoring, "rescore", takes / "right", "--script", edited)
    compare_command(takes / "right", takes / "wrong")
    output = capsys.readouterr().out
    assert "  3 Wait. That laugh. I'd know that laugh anywhere." in output
    assert "Come in, come in! (only in take 2)" in output
    assert "New. (only in take 1)" in output


@pytest.mark.parametrize(("at", "newest"), [("2999-01-01T00:00:00+02:00", "right"), ("when?", "wrong")])
def test_the_newest_take_is_the_last_played(
    at: str, newest: str, takes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played_at(takes / "right", at)
    compare_command(takes / "wrong", takes / "right")
    assert f"{newest} (the newest of these)" in capsys.readouterr().out


def test_json_and_csv_have_the_whole_comparison(takes: Path, tmp_path: Path) -> None:
    compare_command(takes / "right", takes / "wrong", "--json", tmp_path / "c.json", "--csv", tmp_path / "c.csv")
    plain = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert [take["name"] for take in plain["takes"]] == ["right", "wrong"]
    assert plain["lines"][3]["why"] == "the takes ask for different emotions"
    assert [len(line["takes"]) for line in plain["lines"]] == [2] * 5
    assert [choice["take"] for choice in plain["best"]] == [2] * 5
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["take"]) for row in rows[:3]] == [("1", "1"), ("1", "2"), ("2", "1")]
    assert [row["best"] for row in rows] == ["0", "1"] * 5
    assert rows[0]["target"] == "sad"


def test_a_page_without_a_path_is_private_and_replaces_another_only_with_force(
    takes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(takes.parent)
    Path("comparison.html").write_text("mine")
    compare_command(takes / "right", takes / "wrong", "--html")
    assert Path("comparison.html").read_text() == "mine"
    assert "side by side" in Path("comparison-2.html").read_text(encoding="utf-8")
    compare_command(takes / "right", takes / "wrong", "--html", "--force")
    assert "side by side" in Path("comparison.html").read_text(encoding="utf-8")
    if os.name != "nt":
        modes = {stat.S_IMODE(page.stat().st_mode) for page in Path().glob("*.html")}
        assert modes == {0o600}


def test_only_one_output_can_be_printed(takes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_command(takes / "right", takes / "wrong", "--json", "-")
    assert json.loads(capsys.readouterr().out)["comparison_version"] == 1
    with pytest.raises(UsageError, match="only one thing can be printed"):
        compare_command(takes / "right", takes / "wrong", "--json", "-", "--csv", "-")


def test_the_best_takes_are_cut_to_a_film_and_an_edit_list(
    short_takes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    otio = pytest.importorskip("opentimelineio")
    folder = short_takes.parent
    compare_command(
        short_takes / "right", short_takes / "wrong", "--mp4", folder / "best.mp4", "--edl", folder / "best.edl"
    )
    film = play(folder / "best.mp4")
    assert film.times[0] == 0.0
    assert film.times[-1] == pytest.approx(3, abs=0.1)
    assert (film.sound, film.sizes) == ("aac", {(640, 360)})
    track = otio.adapters.read_from_file(str(folder / "best.edl"), rate=24000 / 1001).video_tracks()[0]
    lengths = [line.played_s for line in report_of(short_takes / "right").lines]
    assert [clip.duration().to_seconds() for clip in track] == pytest.approx(lengths, abs=0.05)
    assert [clip.metadata["cmx_3600"]["reel"] for clip in track] == ["TAKE02"] * 3
    printed = capsys.readouterr()
    assert "The best take of each line" in printed.out
    assert f"Film written to {folder / 'best.mp4'}" in printed.err


def test_a_better_take_without_a_recording_is_named_and_replaced_in_the_film(
    short_takes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filmed = camera_take(short_takes / "filmed")
    report = report_of(filmed)
    assert report.lines[0].verdict == "hit"
    compare_command(filmed, short_takes / "right", "--mp4", short_takes.parent / "best.mp4")
    printed = " ".join(capsys.readouterr().err.split())
    assert (
        "Not used for the film: the take filmed has no recording: it was made with a camera and without --record."
        in printed
    )
    assert play(short_takes.parent / "best.mp4").times[-1] == pytest.approx(3, abs=0.1)


def test_a_tied_take_without_a_recording_is_not_called_the_best(
    takes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = [filmed_take(takes / name) for name in ("one", "two")]
    (pair[1] / "video.mp4").unlink()
    compare_command(*pair, "--edl", takes.parent / "best.edl")
    printed = capsys.readouterr().err
    assert "Line 1 is tied, and newest, in take 2, which has no recording; it is cut from take 1." in printed


def test_the_video_of_a_camera_is_cut_by_take_time_without_pauses(takes: Path) -> None:
    otio = pytest.importorskip("opentimelineio")
    pair = [filmed_take(takes / name) for name in ("one", "two")]
    compare_command(*pair, "--mp4", takes.parent / "best.mp4", "--edl", takes.parent / "best.edl")
    film = play(takes.parent / "best.mp4")
    assert film.flash == pytest.approx(FLASH_S - 0.4, abs=0.05)
    assert film.times[-1] == pytest.approx(0.2 + 0.9 + 0.7, abs=0.05)
    track = otio.adapters.read_from_file(str(takes.parent / "best.edl"), rate=30).video_tracks()[0]
    ranges = [(clip.source_range.start_time.value, clip.source_range.duration.value) for clip in track]
    assert ranges == [(0, 6), (6, 27), (48, 21)]


def test_a_film_needs_a_recording(takes: Path) -> None:
    pair = [camera_take(takes / "one"), camera_take(takes / "two")]
    with pytest.raises(TakeError, match="nothing can be cut, because no take that plays a line has a recording"):
        compare_command(*pair, "--mp4", takes.parent / "best.mp4")
    assert not (takes.parent / "best.mp4").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["right"], "2 to 8 takes can be compared; 1 named"),
        (["wrong", "righ", "right"], "'righ' and 'right' mean the same take, right; name each take once"),
        (["right", "wrong", "--csv", "table.txt"], "its name must end in .csv"),
        (["right", "wrong", "--html", "-", "--open"], "--open opens a file"),
    ],
)
def test_invalid_options_are_refused(options: list[str], message: str, takes: Path) -> None:
    with pytest.raises(UsageError, match=message):
        compare_command(*options, "--takes", takes)


def test_too_many_takes_are_refused(takes: Path) -> None:
    for n in range(MAX_TAKES - 1):
        shutil.copytree(takes / "right", takes / f"copy{n}")
    copies = [f"copy{n}" for n in range(MAX_TAKES - 1)]
    assert compare_command("right", *copies, "--takes", takes) == 0
    with pytest.raises(UsageError, match="9 named"):
        compare_command("right", "wrong", *copies, "--takes", takes)


@pytest.mark.parametrize(("option", "name"), [("--mp4", "best.avi"), ("--edl", "best.xml"), ("--mp4", "there.mp4")])
def test_an_invalid_or_existing_film_is_refused_early(
    option: str, name: str, takes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (takes.parent / "there.mp4").write_bytes(b"mine")
    with pytest.raises(OutputError):
        compare_command("right", "wrong", "--takes", takes, option, takes.parent / name)
    assert capsys.readouterr().out == ""
    assert (takes.parent / "there.mp4").read_bytes() == b"mine"


def test_a_take_without_its_journal_is_compared_without_curves(takes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (takes / "right" / "journal.jsonl").unlink()
    compare_command("right", "wrong", "--takes", takes)
    printed = capsys.readouterr()
    assert "No curves of right: cannot read the journal" in printed.err
    assert "    1    sad 84%" in printed.out


def test_hostile_texts_are_neutralised_in_terminal_and_csv(takes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = takes / "right" / "report.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["lines"][0]["text"] = "=HYPERLINK()\x1b[31m"
    path.write_text(json.dumps(plain), encoding="utf-8")
    compare_command("right", "wrong", "--takes", takes, "--csv", takes.parent / "c.csv")
    assert "\x1b" not in capsys.readouterr().out
    assert ",'=HYPERLINK()" in (takes.parent / "c.csv").read_text(encoding="utf-8")
