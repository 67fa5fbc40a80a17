"""`coach mirror` with the real model, the sample take and real files."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
from pathlib import Path

import cv2
import pytest
from cli_help import LIMIT_S, coach, coach_here, command, environment
from perception_help import face_picture, sad_picture
from PIL import Image
from video_help import copy_start
from window_help import happens_in_time

# isort: split
import av

from coach.base.files import sample_take
from coach.base.types import EMOTIONS
from coach.core.mirror.view import CLASSIC_LABELS

Result = subprocess.CompletedProcess


def read_rows(log: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(log.read_text(encoding="utf-8-sig").splitlines()))


def read_lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8-sig").splitlines()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of a still face."""
    path = tmp_path_factory.mktemp("clip") / "still.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 360))
    for _ in range(25):
        writer.write(face_picture())
    writer.release()
    return path


@pytest.fixture(scope="module")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The home folder and the result of a run that writes video, log and graph, on nine seconds of the sample take.

    They show sadness and then fear.
    """
    home = tmp_path_factory.mktemp("full_run")
    film = copy_start(sample_take(), 9.0, home / "nine.mp4")
    files = ["--output", "out.mp4", "--log", "log.csv", "--graph", "graph.png"]
    return home, coach(home, "mirror", "--source", film, "--headless", "--labels", "classic", *files)


def test_a_film_prints_readings_and_a_summary(full_run: tuple[Path, Result]) -> None:
    _, result = full_run
    assert result.returncode == 0, result.stderr
    assert re.search(r"^ 00:01\.0  0 sad \d+%$", result.stdout, re.MULTILINE)
    assert "0 scared" in result.stdout, "the terminal shows classic labels"
    assert re.search(r"^9\.0 s, 216 frames, \d+ frames/s$", result.stdout, re.MULTILINE)
    assert "the camera reads" in result.stdout.lower()
    assert "feel" not in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ""
    assert re.search(r"^Video, 9\.0 s: .*out\.mp4$", result.stdout, re.MULTILINE)
    assert re.search(r"^Log, 108 rows: .*log\.csv$", result.stdout, re.MULTILINE)
    assert "dropped" not in result.stdout, "no frame of a recording is dropped"


def test_the_log_has_a_row_per_frame_with_plain_labels_and_all_shares(full_run: tuple[Path, Result]) -> None:
    home, _ = full_run
    rows = read_rows(home / "log.csv")
    assert len(rows) == 108
    assert list(rows[0])[:6] == ["t", "track", "x", "y", "w", "h"]
    assert {row["label"] for row in rows} <= {*EMOTIONS, ""}
    assert "fear" in {row["label"] for row in rows}, "logs use plain labels even with --labels classic"
    assert sum(float(rows[0][emotion]) for emotion in EMOTIONS) == pytest.approx(1, abs=0.01)
    assert float(rows[-1]["t"]) == pytest.approx(8.9, abs=0.1)


def test_the_recording_has_length_size_and_sound_of_the_source_and_shows_boxes(
    full_run: tuple[Path, Result],
) -> None:
    home, _ = full_run
    with av.open(str(home / "out.mp4")) as film, av.open(str(home / "nine.mp4")) as source:
        assert film.duration == pytest.approx(source.duration, abs=1e6 / 24)
        assert (film.streams.video[0].width, film.streams.video[0].height) == (640, 360)
        assert len(film.streams.audio) == len(source.streams.audio) == 1
        film.seek(5_000_000)
        frame = next(iter(film.decode(video=0))).to_ndarray(format="bgr24")
    sad_blue = (178, 114, 0)
    assert (abs(frame.astype(int) - sad_blue).max(axis=2) < 40).sum() > 200, "the box has the colour of sad"


def test_the_graph_is_a_picture(full_run: tuple[Path, Result]) -> None:
    home, _ = full_run
    graph = cv2.imread(str(home / "graph.png"))
    assert graph is not None
    assert min(graph.shape[:2]) > 300


def test_existing_files_are_overwritten_only_with_force(
    clip: Path, user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = user_home / "log.jsonl"
    log.write_text("mine")
    args = ["mirror", "--source", clip, "--headless", "--log", "log.jsonl", "--graph", "graph.svg"]
    assert coach_here(*args) == 1
    assert "already there" in capfd.readouterr().err
    assert log.read_text() == "mine"
    assert not (user_home / "graph.svg").exists(), "a refused run creates no files"
    assert coach_here(*args, "--force") == 0
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(rows) == 13, "every second one of 25 frames"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--source", "none"], 2, "none"),
        (["--source", "nowhere.mp4"], 1, "no such file"),
        (["--log", "log.txt"], 2, ".csv or .jsonl"),
        (["--graph", "graph.bmp"], 2, ".png or .svg"),
        (["--log", "a.csv", "--output", "a.csv"], 2, "different files"),
        (["--log", "missing/log.csv"], 1, "no folder"),
        (["--log", f"{'long' * 80}.csv"], 1, "file name too long"),
        (["--output", f"{'long' * 80}.mp4"], 1, "file name too long"),
        (["--output", "film.mkv"], 1, ".mp4 or .avi"),
        (["--model", "no_such_model"], 2, "no_such_model"),
        (["--region", "1,2,3"], 2, "left, top, width and height"),
        (["--region", "0,0,0,5"], 2, "left, top, width and height"),
        (["--every", "0"], 2, "whole number"),
        (["--source", "camera:-1"], 1, "camera:-1"),
        (["--source", "file:///etc/passwd"], 2, "http"),
        (["--measures"], 2, "name one with --log FILE"),
        (["--log", "a.csv", "--measures-per-second", "0"], 2, "above 0"),
    ],
)
def test_invalid_options_are_refused_with_one_message(
    options: list[str], code: int, message: str, clip: Path, user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = [] if "--source" in options else ["--source", str(clip)]
    assert coach_here("mirror", "--headless", *source, *options) == code
    out, err = capfd.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert [path for path in user_home.iterdir() if path.is_file()] == []


def test_the_log_has_measures_five_times_a_second_when_they_are_wanted(clip: Path, user_home: Path) -> None:
    """The clip shows a still face, 25 frames a second."""
    assert coach_here("mirror", "--headless", "--source", str(clip), "--log", "log.csv", "--measures") == 0
    table = read_rows(user_home / "log.csv")
    measured = [row for row in table if row["jaw"]]
    assert 0.15 <= float(measured[1]["t"]) - float(measured[0]["t"]) <= 0.25
    assert 4 <= len(measured) <= 6
    assert len(table) > 2 * len(measured)
    assert all(abs(float(row["head_yaw"])) < 40 for row in measured)


def test_the_camera_is_not_used_without_consent(tmp_path: Path) -> None:
    result = coach(tmp_path, "mirror", "--headless")
    assert result.returncode == 1
    assert "not allowed the camera yet" in result.stderr


def test_a_missing_display_is_reported_once_and_the_mirror_continues(clip: Path, tmp_path: Path) -> None:
    result = coach(tmp_path, "mirror", "--source", clip)
    assert result.returncode == 0
    assert result.stderr.count("No window") == 1
    assert "person 0" in result.stdout or "0  " in result.stdout


def test_a_picture_without_a_face_gives_an_empty_log(user_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite("wall.png", face_picture()[:, :200])
    assert coach_here("mirror", "--source", "wall.png", "--headless", "--log", "log.csv") == 0
    assert "no face in the picture" in capfd.readouterr().out
    assert len(read_lines(user_home / "log.csv")) == 1


def test_a_folder_gives_annotated_copies_a_table_and_names_unreadable_files(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("2.png", "10.png"):
        cv2.imwrite(str(folder / name), sad_picture())
    (folder / "3.jpg").write_text("no picture")
    before = (folder / "2.png").read_bytes()
    result = coach(tmp_path, "mirror", "--source", folder, "--headless", "--output", "copies", "--log", "log.csv")
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == ["10-mirror.png", "2-mirror.png"]
    copy = cv2.imread(str(tmp_path / "copies" / "2-mirror.png"))
    assert copy.shape == (360, 640, 3)
    assert (copy != sad_picture()).any()
    assert (folder / "2.png").read_bytes() == before
    rows = read_rows(tmp_path / "log.csv")
    assert [row["picture"] for row in rows] == ["2.png", "10.png"]
    assert re.search(r"^2\.png +1 +0 sad", result.stdout, re.MULTILINE)
    assert "3.jpg" in result.stdout
    assert "2 of 3 pictures, 2 faces" in result.stdout
    assert "Annotated copies, 2 pictures:" in result.stdout
    assert not re.search(r"\d s\b|\d\d:\d\d|frames|dropped", result.stdout), "pictures have no time"


def test_the_copy_of_a_single_picture_is_replaced_only_with_force(
    user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite("one.png", face_picture())
    (user_home / "copy.png").write_text("mine")
    args = ["mirror", "--source", "one.png", "--headless", "--output", "copy.png"]
    assert coach_here(*args) == 1
    assert (user_home / "copy.png").read_text() == "mine"
    assert coach_here(*args, "--force") == 0
    assert cv2.imread("copy.png").shape == (360, 640, 3)
    assert "Annotated copy: " in capfd.readouterr().out


def test_the_film_of_an_animation_has_all_its_pictures_and_no_missing_sound(
    user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pictures = [Image.fromarray(cv2.cvtColor(face(), cv2.COLOR_BGR2RGB)) for face in (face_picture, sad_picture)]
    pictures[0].save(user_home / "a.gif", save_all=True, append_images=pictures[1:], duration=400)
    assert coach_here("mirror", "--source", "a.gif", "--headless", "--output", "a.mp4") == 0
    assert "sound" not in capfd.readouterr().out
    with av.open(str(user_home / "a.mp4")) as film:
        assert [float(frame.time) for frame in film.decode(video=0)] == pytest.approx([0.0, 0.4])


def test_an_empty_folder_and_a_broken_file_are_errors(user_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (user_home / "empty").mkdir()
    (user_home / "cut.mp4").write_bytes(sample_take().read_bytes()[:20000])
    for source, message in (("empty", "no pictures"), ("cut.mp4", "cut.mp4")):
        assert coach_here("mirror", "--source", source, "--headless", "--log", "log.csv") == 1
        assert message in capfd.readouterr().err
        assert not (user_home / "log.csv").exists()


def test_every_max_faces_and_region_choose_the_faces(user_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite("two.png", cv2.hconcat([face_picture(), face_picture()]))

    def count_faces(*options: str) -> int:
        assert coach_here("mirror", "--source", "two.png", "--headless", *options) == 0
        return int(re.search(r"1 picture, (\d+) face", capfd.readouterr().out)[1])

    assert count_faces("--every", "1") == 2
    assert count_faces("--max-faces", "1") == 1
    assert count_faces("--region", "640,0,640,360") == 1
    assert count_faces("--region", "0,0,50,50") == 0


def test_a_region_is_drawn_in_the_recording_without_changing_the_log(clip: Path, user_home: Path) -> None:
    """The coach analyses the picture without its own drawings."""

    def run_with_log(name: str, *options: str) -> list[dict[str, str]]:
        assert coach_here("mirror", "--source", clip, "--headless", "--log", f"{name}.csv", *options) == 0
        return read_rows(user_home / f"{name}.csv")

    region = ["--region", "200,0,440,360"]
    assert run_with_log("bare", *region) == run_with_log("filmed", *region, "--output", "out.mp4")
    run_with_log("whole", "--output", "whole.mp4")

    def brightness(name: str) -> float:
        with av.open(name) as film:
            return float(next(iter(film.decode(video=0))).to_ndarray(format="gray")[60:230, 10:120].mean())

    assert brightness("out.mp4") < 0.6 * brightness("whole.mp4")


def test_ctrl_c_ends_the_mirror_with_complete_files(tmp_path: Path) -> None:
    args = command("mirror", "--source", sample_take(), "--headless", "--log", "log.csv", "--output", "out.mp4")
    child = subprocess.Popen(
        args, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert happens_in_time(
        child, lambda: (tmp_path / "log.csv").exists() and len(read_lines(tmp_path / "log.csv")) > 20
    )
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=LIMIT_S)
    assert (child.returncode, "Traceback" in err) == (130, False)
    assert "frames" in out
    lines = read_lines(tmp_path / "log.csv")
    assert 20 < len(lines) < 473
    with av.open(str(tmp_path / "out.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
    assert len(lines) - 1 == (frames + 1) // 2, "every second frame is read"


def test_a_full_disk_ends_the_file_not_the_run(clip: Path, tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from coach.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    args = [*command()[:1], "-c", code, "mirror", "--source", str(clip), "--headless", "--log", "log.csv"]
    result = subprocess.run(
        args, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert result.returncode == 1
    assert "log.csv: the log ends after" in result.stdout
    assert "25 frames" in result.stdout, "the run continues to the end"
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert all(row.count(",") == rows[0].count(",") for row in rows), "no row is truncated"


def test_classic_labels_are_those_of_older_mirrors() -> None:
    assert list(CLASSIC_LABELS.values()) == ["angry", "disgust", "scared", "happy", "sad", "surprised", "neutral"]
