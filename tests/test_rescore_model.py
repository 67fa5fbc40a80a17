"""`coach rescore --model`: another model reads the recording of a take again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_help import coach, copy_take, environment, the_take
from cli_help import command as command_line
from comparison_help import run_command, write_take_video
from perception_help import take_frames
from recordings_help import write_clip
from takes_help import make_header

from coach.app.replay import PlayedTake, timeline_for
from coach.app.review import journal_of, report_of, review_of
from coach.base.errors import TakeError
from coach.base.events import Event, TakeEnded
from coach.base.files import examples_folder, sha256_of
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.cli import rescore as command
from coach.core.rehearsal.engine import RehearsalEngine
from coach.perception.pipeline import open_perception
from coach.scripts import load_script
from coach.takes.event_log import RowSums, without_sum
from coach.takes.journal import read_journal
from coach.takes.recorder import TakeRecorder
from coach.takes.remains import footage_of
from coach.takes.report_file import load_report


@pytest.fixture(scope="module")
def played(short_take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of the first seconds of the sample recording."""
    home = tmp_path_factory.mktemp("played")
    script = examples_folder() / "waiting_for_news.yaml"
    assert coach(home, "rehearse", script, "--source", short_take, "--takes", home / "takes").returncode == 0
    return the_take(home / "takes")


@pytest.fixture
def take(played: Path, tmp_path: Path) -> Path:
    """A copy of that take to change."""
    return copy_take(played, tmp_path)


def rescore(*args: str | Path) -> int:
    """Run `coach rescore ARGS`."""
    return run_command(command, "rescore", *args)


def test_another_model_reads_the_recording_again(take: Path) -> None:
    rescore(take, "--model", "mini_xception")
    report, journal = report_of(take), journal_of(take)
    assert report.model is not None
    assert report.model.name == "mini_xception"
    assert "the recording read again by the model mini_xception" in report.warnings[-1]
    assert journal.path.name == "signal-1.jsonl"
    assert journal.header.card is not None
    assert journal.header.card.name == "mini_xception"
    rescore(take)
    assert report_of(take).model != report.model


def test_the_original_model_reads_the_same_again(take: Path) -> None:
    rescore(take, "--model", "audience")
    before, after = (load_report(take / name) for name in ("report-1.json", "report.json"))
    assert after.lines == before.lines
    inputs = [list(read_journal(take / name).inputs()) for name in ("journal.jsonl", "signal-1.jsonl")]
    assert inputs[0] == inputs[1]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda take, video: video.unlink(), "the recording of the take .* is missing: there is no file"),
        (lambda take, video: video.write_bytes(b"another"), "is not the file that it was played with"),
    ],
)
def test_another_model_needs_the_recording(take: Path, damage: Callable[[Path, Path], None], message: str) -> None:
    video = take.parent / "video.mp4"
    shutil.copy(journal_of(take).header.source.path, video)
    point_to(take, video)
    damage(take, video)
    before = {path.name: path.read_bytes() for path in take.iterdir()}
    with pytest.raises(TakeError, match=f"--model reads a take's recording again, and .*{message}"):
        rescore(take, "--model", "mini_xception")
    assert {path.name: path.read_bytes() for path in take.iterdir()} == before


def point_to(take: Path, video: Path) -> None:
    """Change the source of the take to `video`."""
    head, rows = (take / "journal.jsonl").read_bytes().split(b"\n", 1)
    plain = json.loads(head)
    plain["source"]["path"] = str(video)
    (take / "journal.jsonl").write_bytes(json.dumps(plain).encode() + b"\n" + rows)


@pytest.mark.parametrize(("first_t", "start_t"), [(0.0, -1.5), (1.5, 0.0)], ids=["earlier version", "this version"])
def test_footage_is_found_whether_a_take_counts_from_its_first_picture_or_as_players_do(
    take: Path, first_t: float, start_t: float
) -> None:
    """In the file the pictures begin 1.5 s after the sound."""
    video = write_clip(take.parent / "late.mkv", codec="pcm_s16le", video_begins=1.5)
    point_to(take, video)
    head, *rows = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    late = [re.sub(rb'"t": ?0.0,', b'"t":%.1f,' % first_t, without_sum(row)) for row in rows[:7]]
    (take / "journal.jsonl").write_bytes(head + b"".join(map(RowSums().sign, late)))
    source = report_of(take).source.model_copy(update={"sha256": sha256_of(video)})
    footage = footage_of(take, journal_of(take), report_of(take).model_copy(update={"source": source}))
    assert footage.start_t == pytest.approx(start_t, abs=0.001)


def filmed(folder: Path, *, record: bool) -> Path:
    """A camera take of the first lines of the sample, after half a second of countdown."""
    take, perception = folder / "filmed", open_perception()
    take.mkdir()
    script = load_script(examples_folder() / "waiting_for_news.yaml")
    settings = Settings(lead_in_s=0.5, lines=(1, 2))
    header = make_header().model_copy(update={"script": script, "settings": settings, "card": perception.card})
    engine = RehearsalEngine(timeline_for(script, settings, live=True), settings, live=True, card=perception.card)
    recorder, frames = TakeRecorder(take, header, pytest.fail), []
    events: list[Event] = engine.start()
    observations: list[Observation] = []
    for frame in take_frames(every=6):
        moved = type(frame)(round(frame.t - 0.4875, 4), frame.image)
        if engine.ended or moved.t > 9:
            break
        frames.append(moved)
        observations.append(perception.observe(moved))
        events += engine.step(observations[-1])
    for event in events:
        recorder.handle(event)
    recorder.write(PlayedTake(header, lambda: observations, TakeEnded(9.0, "finished")).report("filmed"))
    recorder.close()
    if record:
        write_take_video(take, [frame for frame in frames if frame.t >= 0])
    return take


def test_the_video_of_a_camera_take_is_read_at_take_times(tmp_path: Path) -> None:
    take = filmed(tmp_path, record=True)
    rescore(take, "--model", "audience")
    before, after = (load_report(take / name) for name in ("report-1.json", "report.json"))
    old, new = (
        [item.t for item in read_journal(take / name).inputs() if item.t >= 0]
        for name in ("journal.jsonl", "signal-1.jsonl")
    )
    assert new == pytest.approx(old, abs=1e-4)
    assert [line.verdict for line in after.lines] == [line.verdict for line in before.lines]
    assert after.lines[0].share == pytest.approx(before.lines[0].share, abs=0.1)
    assert "begins after the countdown" in after.warnings[-1]


def test_a_camera_take_without_a_video_can_be_rescored_only_with_its_own_model(tmp_path: Path) -> None:
    take = filmed(tmp_path, record=False)
    with pytest.raises(TakeError, match="it was made with a camera and without --record"):
        rescore(take, "--model", "mini_xception")
    assert rescore(take, "--strictness", "strict") == 0


def test_a_broken_pipe_loses_no_results(take: Path, tmp_path: Path) -> None:
    args = command_line("rescore", take, "--model", "mini_xception")
    with subprocess.Popen(args, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait(60) == 0
    assert report_of(take).created.rescored == 1
    assert journal_of(take).path.name == "signal-1.jsonl"
    assert review_of(take).moments.moments
