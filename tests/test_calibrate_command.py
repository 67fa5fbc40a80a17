"""`coach calibrate` and `coach dispute`, from a recording to the first verdict by the actor's own face."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import pytest
from cli_help import coach_here
from video_help import copy_start

from coach.actors.store import ActorStore
from coach.app.calibration import CalibrationFailed, guide_through, moments_of, open_perceiver
from coach.app.composition import RehearsalRun, RunOptions
from coach.app.notices import Notices
from coach.base.files import sample_take
from coach.base.settings import Settings
from coach.core.actor.guide import AllShown, Guide, GuideEvent
from coach.scripts import load_script
from coach.sources.opening import open_source
from coach.testing.sinks import ScriptedControls

PARTS = """\
parts:
  - {show: rest, from: 0, to: 1.5}
  - {show: sad, from: 1.5, to: 3.5}
  - {show: sad, from: 3.5, to: 5.5}
  - {show: fear, from: 6.2, to: 7.7}
  - {show: fear, from: 7.7, to: 9.2}
  - {show: happy, from: 11, to: 14}
  - {show: happy, from: 14, to: 17}
"""
"""What the actor of the sample take shows."""

SCRIPT = """\
title: Three faces
lines:
  - {text: "They said by morning.", emotion: sad, duration_s: 6.2}
  - {text: "Do not knock.", emotion: happy, duration_s: 3.6}
  - {text: "Come in, come in!", emotion: happy, duration_s: 7}
"""
"""The tag of the second line is wrong: the actor shows fear."""


def live_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the data of the user lie in `folder`."""
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder / "data"))


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who knows no actor, with a list of parts and a script."""
    live_in(tmp_path, monkeypatch)
    (tmp_path / "parts.yaml").write_text(PARTS)
    (tmp_path / "script.yaml").write_text(SCRIPT)
    return tmp_path


@pytest.fixture(scope="module")
def experienced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a user who has calibrated and rehearsed once as Mara, and what the calibration printed."""
    folder = tmp_path_factory.mktemp("experienced")
    (folder / "parts.yaml").write_text(PARTS)
    (folder / "script.yaml").write_text(SCRIPT)
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as monkeypatch, contextlib.redirect_stdout(out):
        live_in(folder, monkeypatch)
        assert calibrate(folder) == 0
        assert rehearse(folder, "--actor", "mara")["actor"] == "Mara"
    return folder, out.getvalue()


@pytest.fixture
def mara(experienced: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, in use."""
    shutil.copytree(experienced[0], tmp_path, dirs_exist_ok=True)
    live_in(tmp_path, monkeypatch)
    return tmp_path


def calibrate(folder: Path, *more: str | Path) -> int:
    return coach_here("calibrate", "Mara", "--source", sample_take(), "--parts", folder / "parts.yaml", *more)


def rehearse(folder: Path, *more: str) -> dict[str, object]:
    """Rehearse the script with the sample take; returns the report."""
    script, takes = folder / "script.yaml", folder / "takes"
    assert coach_here("rehearse", script, "--source", sample_take(), "--takes", takes, "--plain", *more) == 0
    return report_of(max(takes.glob("*/report.json"), key=lambda path: path.stat().st_mtime_ns).parent)


def report_of(take: Path) -> dict[str, object]:
    report: dict[str, object] = json.loads((take / "report.json").read_text())
    return report


def printed(capfd: pytest.CaptureFixture[str]) -> str:
    return " ".join(capfd.readouterr().out.split())


def first_take(folder: Path) -> Path:
    return min(path.parent for path in (folder / "takes").glob("*/report.json"))


def own_of(report: dict[str, object]) -> list[dict[str, str] | None]:
    lines = report["lines"]
    assert isinstance(lines, list)
    return [line["own"] for line in lines]


def verdicts(report: dict[str, object]) -> list[str]:
    lines = report["lines"]
    assert isinstance(lines, list)
    return [line["verdict"] for line in lines]


def test_a_recording_with_its_parts_leads_to_a_verdict_by_the_actor_s_own_face(
    experienced: tuple[Path, str], mara: Path
) -> None:
    out = " ".join(experienced[1].split())
    assert "recognised again fear" in out
    assert "Not shown: angry, disgust, surprise and neutral." in out
    assert "a miss if both say another emotion" in out
    report = report_of(first_take(mara))
    sad, wrong, happy = own_of(report)
    assert sad is not None
    assert sad["kind"] in ("yes", "near")
    assert wrong is not None
    assert (wrong["kind"], wrong["like"]) == ("no", "fear")
    assert verdicts(report)[1] == "miss"
    assert happy is not None
    assert happy["kind"] in ("yes", "near")


def test_without_an_actor_a_recording_is_judged_by_viewers_alone(mara: Path) -> None:
    report = rehearse(mara)
    assert report["actor"] == ""
    assert own_of(report) == [None, None, None]


def test_a_take_with_landmarks_is_scored_again_with_and_without_the_actor(mara: Path) -> None:
    take = first_take(mara)
    before = own_of(report_of(take))
    assert coach_here("rescore", take, "--actor", "nobody") == 0
    assert own_of(report_of(take)) == [None, None, None]
    assert coach_here("rescore", take, "--actor", "Mara") == 0
    assert own_of(report_of(take)) == before


def test_a_disputed_line_becomes_an_example_and_can_be_taken_back(
    mara: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    take = first_take(mara)
    assert coach_here("dispute", take, "2", "--actor", "Mara") == 0
    (example,) = ActorStore().read("Mara").disputed
    assert example.label == "happy"
    assert "line 2" in example.origin
    assert coach_here("rescore", take, "--strictness", "gentle") == 0
    wrong = own_of(report_of(take))[1]
    assert wrong is not None
    assert wrong["kind"] in ("yes", "near"), "it was no before"
    capfd.readouterr()
    assert coach_here("report", take) == 0
    assert "You disagreed" in capfd.readouterr().out
    assert coach_here("dispute", "--actor", "Mara", "--undo", "1") == 0
    assert ActorStore().read("Mara").disputed == ()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ("parts:\n - {show: rest, from: 0, to: 2}\n - {show: sad, from: 2, to: 4}", "at least two emotions"),
        ("parts:\n - {show: sad, from: 0, to: 2}\n - {show: happy, from: 12, to: 14}", "needs a part at rest"),
        (
            PARTS + "  - {show: fear, from: 99, to: 102}",
            "fear from 99 to 102 s: the recording ends at 19.7 s already",
        ),
        ("parts:\n - {show: rage, from: 0, to: 2}", "unknown part 'rage'"),
    ],
)
def test_a_calibration_that_cannot_work_says_why_and_keeps_nothing(
    user: Path, parts: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (user / "parts.yaml").write_text(parts)
    assert calibrate(user) != 0
    assert message in " ".join(capfd.readouterr().err.split())
    assert ActorStore().files() == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("calibrate", "--source", "take.mp4"), "needs the list of its parts"),
        (("calibrate", "--parts", "parts.yaml"), "leave out --parts"),
        (("calibrate", "nobody", "--source", "take.mp4", "--parts", "parts.yaml"), "nobody can be called nobody"),
        (("calibrate", "Mara", "--yes"), "camera"),
        (("dispute",), "whose face is it?"),
        (("dispute", ":1", "--actor", "Zoe"), "which line was right?"),
        (("dispute", "--actor", "Zoe"), "no actor 'Zoe'"),
    ],
)
def test_wrong_words_get_one_message(
    user: Path, words: tuple[str, ...], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert user.exists()
    assert coach_here(*words) != 0
    error = " ".join(capfd.readouterr().err.split())
    assert message in error
    assert "Traceback" not in error


# --- tips and approved lines ----------------------------------------------------------------------------------------


def test_a_line_unlike_the_actor_s_own_example_gets_a_tip_from_the_face(
    mara: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach_here("report", first_take(mara)) == 0
    out = " ".join(capfd.readouterr().out.split())
    assert "Line 2, beside your own joy: " in out
    assert "Line 3, beside your own" not in out


def test_later_takes_of_an_approved_line_are_compared_with_it(mara: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = first_take(mara)
    assert coach_here("approve", first, "3", "--takes", mara / "takes") == 0
    rehearse(mara, "--measures-per-second", "3")
    assert "Line 3 cannot be compared with the one that you approved before its third take" in printed(capfd)
    rehearse(mara, "--measures-per-second", "2")
    text = printed(capfd)
    assert "Line 3 is " in text
    assert "the one that you approved" in text
    assert "Line 1 is " not in text, "only approved lines are compared"
    assert coach_here("approve", "--takes", mara / "takes") == 0
    assert "1. Come in, come in!" in capfd.readouterr().out
    assert coach_here("approve", "--undo", "1", "--takes", mara / "takes") == 0
    assert "No line is approved yet" in capfd.readouterr().out


def test_a_line_without_landmarks_cannot_be_approved(
    mara: Path, short_take: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach_here("rehearse", mara / "script.yaml", "--source", short_take, "--takes", mara / "takes") == 0
    assert coach_here("approve", ":1", "1", "--takes", mara / "takes") != 0
    assert "has no landmarks to compare with" in " ".join(capfd.readouterr().err.split())
    assert coach_here("approve", first_take(mara), "9", "--takes", mara / "takes") != 0
    assert "there is no line 9" in capfd.readouterr().err


def test_the_report_keeps_how_long_the_eyes_were_down(mara: Path) -> None:
    lines = report_of(first_take(mara))["lines"]
    assert isinstance(lines, list)
    shares = [line["eyes_down"] for line in lines]
    assert all(0 <= share <= 1 for share in shares)
    before = report_of(first_take(mara))
    assert coach_here("rescore", first_take(mara), "--strictness", "gentle") == 0
    assert coach_here("rescore", first_take(mara), "--strictness", "standard") == 0
    assert report_of(first_take(mara))["lines"] == before["lines"]


def test_a_guided_calibration_goes_through_its_parts() -> None:
    """The sample take stands for the camera."""
    events: list[GuideEvent] = []
    source, perceiver = open_source(str(sample_take())), open_perceiver()
    shown = guide_through(Guide(["rest", "sad"]), moments_of(source, perceiver), events.append)
    source.close()
    assert [part.kind for part in shown] == ["rest", "sad"]
    assert all(len(part.faces) > 10 for part in shown)
    assert isinstance(events[-1], AllShown)


def test_a_guided_calibration_that_ends_too_early_keeps_nothing(short_take: Path) -> None:
    source, perceiver = open_source(str(short_take)), open_perceiver()
    with pytest.raises(CalibrationFailed, match="before its last part"):
        guide_through(Guide(["rest", "sad", "turns", "fear"]), moments_of(source, perceiver), lambda _: None)
    source.close()


def test_the_mirror_says_which_own_example_a_face_is_like(
    mara: Path, short_take: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    film = copy_start(sample_take(), 12.0, mara / "film.mp4")
    assert coach_here("mirror", "--source", film, "--headless", "--actor", "Mara") == 0
    text = printed(capfd)
    assert ", own happy" in text
    assert ", own fear" in text
    assert coach_here("mirror", "--source", short_take, "--headless") == 0
    assert "own" not in printed(capfd)


def test_the_key_d_makes_the_line_an_example_and_the_report_says_so(
    mara: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    film = copy_start(sample_take(), 11.0, mara / "film.mp4")
    options = RunOptions(source=str(film), actor="Mara", takes=mara / "takes")
    run = RehearsalRun(load_script(mara / "script.yaml"), Settings(reads_per_s=15), options, Notices(print))
    with contextlib.ExitStack() as stack:
        run.open(stack)
        run.rehearsal.add(ScriptedControls(*[[]] * 100, ["dispute"]))  # at 8.4 s, in the second line
        run.play()
    (example,) = ActorStore().read("Mara").disputed
    assert (example.label, example.origin) == ("happy", f"{run.recorder.folder.name} line 2")
    capfd.readouterr()
    assert coach_here("report", run.recorder.folder) == 0
    assert "You disagreed" in capfd.readouterr().out
