"""The main loop of the mirror: moments, keys, pauses, files and errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from mirror_help import PICTURES, Clock, one_face, state
from numpy.typing import NDArray

from coach.app.mirror import POLL_S, MirrorRun
from coach.app.mirror_files import MirrorFiles, OutputPaths
from coach.app.notices import Notices
from coach.base.errors import OutputError, SourceError, UsageError
from coach.base.files import sample_take
from coach.base.protocols import FrameSource, SourceInfo
from coach.base.types import Box, Face, Frame, Observation, Tick
from coach.core.mirror.view import MirrorView
from coach.core.reading.card import ModelCard
from coach.display.mirror.state import MirrorCommand, MirrorState
from coach.perception.pipeline import open_crowd
from coach.sources.camera.camera import CameraSource
from coach.sources.files.images import stills_of
from coach.testing.perception import fake_card, probabilities_for
from coach.testing.sources import FakeSource, grey


class SadPerceiver:
    """Reads one sad face in every frame."""

    def __init__(self) -> None:
        self.frame_times: list[float] = []

    @property
    def card(self) -> ModelCard:
        return fake_card()

    def is_due(self, t: float) -> bool:
        return True

    def observe(self, frame: Frame) -> Observation:
        self.frame_times.append(frame.t)
        return Observation(frame.t, (Face(0, Box(5, 5, 20, 20), probabilities_for("sad")),), None)


class Display:
    """Returns the planned commands at each poll, and records what it is shown."""

    def __init__(self, *polls: Sequence[MirrorCommand]) -> None:
        self.polls = list(polls)
        self.views: list[MirrorView] = []
        self.notices: list[str] = []

    def show(self, view: MirrorView) -> None:
        self.views.append(view)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def poll(self) -> Sequence[MirrorCommand]:
        return self.polls.pop(0) if self.polls else ()

    def suspend(self) -> None: ...

    def resume(self) -> None: ...

    def close(self) -> None: ...


class ViewWriter:
    """Records its calls; with `fails`, it raises errors."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.recording = ""
        self.views: list[tuple[float, int]] = []
        self.graphs: list[bool] = []
        self.snapshots: list[tuple[float, NDArray[np.uint8]]] = []

    def add(self, view: MirrorView, chosen: int, *, graph: bool) -> None:
        self.views.append((view.t, chosen))
        self.graphs.append(graph)

    def toggle_recording(self) -> None:
        if self.fails:
            raise OutputError("here: you have no permission to write to the folder")
        self.recording = "" if self.recording else "mirror.mp4"

    def snapshot(self, view: MirrorView, chosen: int) -> None:
        if self.fails:
            raise OutputError("here: you have no permission to write to the folder")
        self.snapshots.append((view.t, view.frame.image))


def run(
    source: FrameSource,
    display: Display,
    writer: ViewWriter | None = None,
    perceiver: SadPerceiver | None = None,
    **options: object,
) -> tuple[MirrorRun, MirrorState]:
    mirror_state = state(live=source.info.live)
    mirroring = MirrorRun(source, perceiver or SadPerceiver(), mirror_state, clock=Clock(), **options)
    notices = Notices(print)
    notices.add_display(display)
    mirroring.connect([display], writer or ViewWriter(), notices, list)
    mirroring.run()
    return mirroring, mirror_state


def frames(count: int) -> list[Frame]:
    return [grey(i / 10) for i in range(count)]


def test_every_frame_is_read_shown_written_and_counted() -> None:
    display, writer = Display(), ViewWriter()
    mirroring, _ = run(FakeSource(frames(10)), display, writer)
    assert [view.t for view in display.views] == [t for t, _ in writer.views] == [i / 10 for i in range(10)]
    assert display.views[-1].faces[0].label == "sad"
    assert mirroring.tally.summary().frames == 10


def test_frames_between_two_readings_repeat_the_faces_of_the_last_one() -> None:
    class Slow(SadPerceiver):
        def is_due(self, t: float) -> bool:
            return not self.frame_times or t - self.frame_times[-1] > 0.15

    display, writer, perceiver = Display(), ViewWriter(), Slow()
    mirroring, _ = run(FakeSource(frames(10)), display, writer, perceiver=perceiver)
    assert perceiver.frame_times == [0, 0.2, 0.4, 0.6, 0.8]
    assert [view.is_reading for view in display.views] == [True, False] * 5
    assert display.views[1].faces == display.views[0].faces
    assert display.views[1].frame is not display.views[0].frame
    assert mirroring.tally.summary().frames == 10


def test_only_ticks_with_a_reason_are_shown() -> None:
    display = Display()
    moments = [grey(0.0), Tick(0.1), Tick(0.2, "camera lost"), grey(0.3)]
    mirroring, _ = run(FakeSource(moments, live=True), display)
    assert [view.t for view in display.views] == [0.0, 0.2, 0.3]
    assert display.views[1].reason == "camera lost"
    assert mirroring.tally.summary().people[0].frames == 2


def test_a_failing_source_ends_the_run_with_an_error_message() -> None:
    display = Display()
    mirroring, _ = run(FakeSource([*frames(3), SourceError("take.mp4: cut off"), grey(9.0)]), display)
    assert len(display.views) == 3
    assert mirroring.source_errors == ["take.mp4: cut off"]


def test_quit_ends_the_run_at_once() -> None:
    display = Display((), ("quit",))
    run(FakeSource(frames(10)), display)
    assert len(display.views) == 2


def test_a_paused_recording_loses_no_frames() -> None:
    paused: list[bool] = []
    display = Display((), ("pause",), (), (), (), ("pause",))
    mirroring, _ = run(FakeSource(frames(10)), display, on_pause=paused.append)
    assert len(display.views) == 10
    assert paused == [True, False]
    assert mirroring._clock.now() > 0, "the loop waited during the pause"


def test_frames_of_a_paused_camera_are_dropped() -> None:
    display, writer = Display((), ("pause",), (), (), ("pause",)), ViewWriter()
    mirroring, _ = run(FakeSource(frames(8), live=True), display, writer)
    times = [0.0, 0.1, 0.2, 0.3, 0.4]
    assert [t for t, _ in writer.views] == pytest.approx(times), "the time of the pause is subtracted"
    assert mirroring._perceiver.frame_times == pytest.approx(times), "no face is read during the pause"
    summary = mirroring.tally.summary()
    assert (summary.frames, summary.seconds) == (5, pytest.approx(0.5))
    assert summary.people[0].seen_s == pytest.approx(0.5)
    assert [view.t for view in display.views] == pytest.approx(times)


def test_several_pauses_add_up() -> None:
    moments = [grey(0.0), grey(0.1), Tick(5.0, "camera lost"), grey(9.0), grey(9.1), grey(20.0), grey(20.1)]
    display = Display((), ("pause",), ("pause",), (), ("pause",), ("pause",))
    run(FakeSource(moments, live=True), display)
    assert [view.t for view in display.views] == pytest.approx([0.0, 0.1, 4.1, 4.2, 4.3])


def test_time_never_goes_back_after_a_pause() -> None:
    """A camera frame has the time of its grab, a tick that of its read."""
    moments = [grey(0.0), grey(0.1), Tick(3.0), grey(2.98), grey(3.08)]
    display = Display((), ("pause",), ("pause",))
    run(FakeSource(moments, live=True), display)
    assert [view.t for view in display.views] == pytest.approx([0.0, 0.1, 0.1, 0.2])


def test_a_pause_leaves_no_gap_in_video_log_and_graph(tmp_path: Path) -> None:
    """Twenty frames fit into the encoder's queue, so none is dropped on a busy machine."""
    moments = [*frames(10), *(grey(1 + i / 10) for i in range(600)), *(grey(61 + i / 10) for i in range(10))]
    source = FakeSource(moments, live=True)
    paths = OutputPaths(output=tmp_path / "out.mp4", log=tmp_path / "log.csv", graph=tmp_path / "graph.svg")
    files = MirrorFiles(paths, source.info, print)
    polls = [()] * 9 + [("pause",)] + [()] * 599 + [("pause",)]
    run(source, Display(*polls), files)
    files.close()
    descriptions = {path.name: text for text, path in files.written}
    assert descriptions["out.mp4"] == "Video, 2.0 s:"
    assert descriptions["log.csv"] == "Log, 20 rows:"
    times = [float(line.split(",")[0]) for line in (tmp_path / "log.csv").read_text().splitlines()[1:]]
    assert times == pytest.approx([i / 10 for i in range(20)])
    assert ">60<" not in (tmp_path / "graph.svg").read_text()


@pytest.mark.parametrize("polls", [[(), ("pause",), (), (), ("pause",)], [(), ("pause",), (), ("quit",)]])
def test_the_playing_time_excludes_pauses(polls: list[Sequence[MirrorCommand]]) -> None:
    mirroring, _ = run(FakeSource(frames(10)), Display(*polls))
    assert mirroring._clock.now() >= 2 * POLL_S, "the loop waited between two polls"
    assert mirroring.played_s == pytest.approx(0.0), "the time spent waiting counts as paused"


def test_the_writer_draws_the_graph_only_if_it_is_shown() -> None:
    writer = ViewWriter()
    run(FakeSource(frames(4)), Display((), ("graph",)), writer)
    assert writer.graphs == [True, True, False, False]
    mirror_state = state(pictures=PICTURES)
    assert mirror_state.graph
    assert not mirror_state.shows_graph


def test_keys_change_the_state_of_the_display() -> None:
    _, mirror_state = run(FakeSource(frames(5)), Display(("mirror", "graph")))
    assert (mirror_state.mirrored, mirror_state.graph, mirror_state.chosen) == (True, False, 0)


def test_record_and_snapshot_call_the_writer_and_errors_become_notices() -> None:
    writer = ViewWriter()
    _, mirror_state = run(FakeSource(frames(5)), Display((), ("record",), ("snapshot",)), writer)
    assert mirror_state.recording == "mirror.mp4"
    (snapshot,) = writer.snapshots
    assert snapshot[0] == 0.2
    display = Display((), ("record", "snapshot"))
    run(FakeSource(frames(5)), display, ViewWriter(fails=True))
    assert display.notices == ["here: you have no permission to write to the folder"] * 2
    assert len(display.views) == 5


def test_an_interrupted_run_ends_at_the_next_moment() -> None:
    class Interrupting(Display):
        def show(self, view: MirrorView) -> None:
            super().show(view)
            mirroring.interrupted = True

    display = Interrupting()
    mirroring = MirrorRun(FakeSource(frames(5)), SadPerceiver(), state(), clock=Clock())
    mirroring.connect([display], ViewWriter(), Notices(print), list)
    mirroring.run()
    assert len(display.views) == 1


def test_a_still_picture_is_shown_until_quit() -> None:
    info = SourceInfo("images", "one.png", live=False)
    display = Display((), (), (), ("graph",), ("quit",))
    mirroring, mirror_state = run(FakeSource(frames(1), info=info), display, linger=True)
    assert mirror_state.graph is False, "keys work while the picture is shown"
    assert [view.frame for view in mirroring.stills] == [None], "results are stored without their pictures"


def test_the_mirror_survives_a_killed_camera_process() -> None:
    source = CameraSource(str(sample_take()), loop=True)
    killed: list[float] = []

    class Killing(Display):
        def poll(self) -> Sequence[MirrorCommand]:
            if len(self.views) > 5 and not killed and source.pid:
                import os
                import signal

                killed.append(self.views[-1].t)
                os.kill(source.pid, signal.SIGKILL)
            back = killed and self.views[-1].frame is not None and self.views[-1].t > killed[0] + 0.5
            return ("quit",) if back else ()

    display = Killing()
    mirroring = MirrorRun(source, open_crowd(), state(live=True), clock=Clock())
    mirroring.connect([display], ViewWriter(), Notices(print), list)
    try:
        mirroring.run()
    finally:
        source.close()
    assert "camera lost" in {view.reason for view in display.views}
    assert display.views[-1].faces[0].track == 0
    assert all((view.frame is None) == (view.reason == "camera lost") for view in display.views)


@pytest.mark.parametrize("paths", [OutputPaths(log=Path("a.txt")), OutputPaths(graph=Path("a.csv"))])
def test_unsupported_file_types_are_refused(paths: OutputPaths) -> None:
    with pytest.raises(UsageError, match="must end in"):
        paths.check()


def test_an_unwritable_path_creates_no_file(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    paths = OutputPaths(log=tmp_path / "log.csv", graph=tmp_path / "missing" / "graph.png")
    with pytest.raises(OutputError, match="no folder"):
        paths.check()
    assert not (tmp_path / "log.csv").exists()


def test_still_pictures_cannot_be_recorded_as_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), np.zeros((9, 9, 3), np.uint8))
    monkeypatch.chdir(tmp_path)
    info = SourceInfo("images", "one.png", live=False, path=str(tmp_path / "one.png"))
    files = MirrorFiles(OutputPaths(), info, print, pictures=stills_of(info))
    with pytest.raises(OutputError, match="make no video"):
        files.toggle_recording()
    files.close()
    assert (files.recording, files.failed) == ("", False)
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


def test_recordings_within_one_second_have_unique_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    notices: list[str] = []
    files = MirrorFiles(OutputPaths(), SourceInfo("camera", "camera:0", live=True), notices.append)
    for start in (0.0, 1.0, 2.0):
        files.toggle_recording()
        for i in range(5):
            files.add(one_face(start + i / 10), 0)
        files.toggle_recording()
        assert files.recording == ""
    files.snapshot(one_face(), 0)
    files.snapshot(one_face(), 0)
    files.close()
    assert len(list(tmp_path.glob("*.mp4"))) == 3
    assert len(list(tmp_path.glob("*.png"))) == 2
    assert len({path for _, path in files.written}) == 5
    assert not files.failed
