"""The mirror's loop: what it does with every moment and every key, and that nothing it meets ends it out of order."""

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
from coach.testing.perception import fake_card, sure
from coach.testing.sources import FakeSource, grey


class Eyes:
    """See one sad face in every frame."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    @property
    def card(self) -> ModelCard:
        return fake_card()

    def observe(self, frame: Frame) -> Observation:
        self.seen.append(frame.t)
        return Observation(frame.t, (Face(0, Box(5, 5, 20, 20), sure("sad")),), None)


class Display:
    """Gives the commands planned for each poll and remembers what it was shown."""

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
    """Remembers what it was given; can be told to fail."""

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
            raise OutputError("here: the folder may not be written to")
        self.recording = "" if self.recording else "mirror.mp4"

    def snapshot(self, view: MirrorView, chosen: int) -> None:
        if self.fails:
            raise OutputError("here: the folder may not be written to")
        self.snapshots.append((view.t, view.frame.image))


def run(
    source: FrameSource, display: Display, writer: ViewWriter | None = None, **how: object
) -> tuple[MirrorRun, MirrorState]:
    made = state(live=source.info.live)
    mirroring = MirrorRun(source, Eyes(), made, clock=Clock(), **how)
    notices = Notices(print)
    notices.add_display(display)
    mirroring.connect([display], writer or ViewWriter(), notices, list)
    mirroring.run()
    return mirroring, made


def frames(count: int) -> list[Frame]:
    return [grey(i / 10) for i in range(count)]


def test_every_frame_is_seen_shown_kept_and_counted() -> None:
    display, writer = Display(), ViewWriter()
    mirroring, _ = run(FakeSource(frames(10)), display, writer)
    assert [view.t for view in display.views] == [t for t, _ in writer.views] == [i / 10 for i in range(10)]
    assert display.views[-1].faces[0].label == "sad"
    assert mirroring.tally.summary().frames == 10


def test_ticks_without_a_reason_are_not_shown_and_those_with_one_are() -> None:
    display = Display()
    moments = [grey(0.0), Tick(0.1), Tick(0.2, "camera lost"), grey(0.3)]
    mirroring, _ = run(FakeSource(moments, live=True), display)
    assert [view.t for view in display.views] == [0.0, 0.2, 0.3]
    assert display.views[1].reason == "camera lost"
    assert mirroring.tally.summary().people[0].frames == 2


def test_a_source_that_breaks_ends_the_run_and_keeps_what_was_seen() -> None:
    display = Display()
    mirroring, _ = run(FakeSource([*frames(3), SourceError("take.mp4: cut off"), grey(9.0)]), display)
    assert len(display.views) == 3
    assert mirroring.source_errors == ["take.mp4: cut off"]


def test_quit_ends_it_at_once() -> None:
    display = Display((), ("quit",))
    run(FakeSource(frames(10)), display)
    assert len(display.views) == 2


def test_a_paused_recording_waits_and_loses_nothing() -> None:
    held: list[bool] = []
    display = Display((), ("pause",), (), (), (), ("pause",))
    mirroring, _ = run(FakeSource(frames(10)), display, on_pause=held.append)
    assert len(display.views) == 10
    assert held == [True, False]
    assert mirroring._clock.now() > 0, "it waited"


def test_a_paused_camera_stands_still_and_what_it_sees_meanwhile_is_not_kept() -> None:
    display, writer = Display((), ("pause",), (), (), ("pause",)), ViewWriter()
    mirroring, _ = run(FakeSource(frames(8), live=True), display, writer)
    times = [0.0, 0.1, 0.2, 0.3, 0.4]
    assert [t for t, _ in writer.views] == pytest.approx(times), "the time of the pause is left out too"
    assert mirroring._perceiver.seen == pytest.approx(times), "nobody is looked at meanwhile"
    summary = mirroring.tally.summary()
    assert (summary.frames, summary.seconds) == (5, pytest.approx(0.5))
    assert summary.people[0].seen_s == pytest.approx(0.5)
    assert [view.t for view in display.views] == pytest.approx(times)


def test_several_pauses_of_a_camera_that_is_lost_in_one_of_them_add_up() -> None:
    moments = [grey(0.0), grey(0.1), Tick(5.0, "camera lost"), grey(9.0), grey(9.1), grey(20.0), grey(20.1)]
    display = Display((), ("pause",), ("pause",), (), ("pause",), ("pause",))
    run(FakeSource(moments, live=True), display)
    assert [view.t for view in display.views] == pytest.approx([0.0, 0.1, 4.1, 4.2, 4.3])


def test_a_picture_older_than_the_end_of_the_pause_does_not_go_back_in_time() -> None:
    """A camera stamps a picture when it was grabbed, and a moment without one when it is asked."""
    moments = [grey(0.0), grey(0.1), Tick(3.0), grey(2.98), grey(3.08)]
    display = Display((), ("pause",), ("pause",))
    run(FakeSource(moments, live=True), display)
    assert [view.t for view in display.views] == pytest.approx([0.0, 0.1, 0.1, 0.2])


def test_a_minute_of_pause_is_neither_in_the_video_nor_in_the_log_nor_in_the_graph(tmp_path: Path) -> None:
    """Twenty pictures in all, which the encoder's queue holds: none is lost however busy the machine is."""
    moments = [*frames(10), *(grey(1 + i / 10) for i in range(600)), *(grey(61 + i / 10) for i in range(10))]
    source = FakeSource(moments, live=True)
    asked = OutputPaths(output=tmp_path / "out.mp4", log=tmp_path / "log.csv", graph=tmp_path / "graph.svg")
    files = MirrorFiles(asked, source.info, print)
    polls = [()] * 9 + [("pause",)] + [()] * 599 + [("pause",)]
    run(source, Display(*polls), files)
    files.close()
    told = {path.name: words for words, path in files.written}
    assert told["out.mp4"] == "Video, 2.0 s:"
    assert told["log.csv"] == "Log, 20 rows:"
    times = [float(line.split(",")[0]) for line in (tmp_path / "log.csv").read_text().splitlines()[1:]]
    assert times == pytest.approx([i / 10 for i in range(20)])
    assert ">60<" not in (tmp_path / "graph.svg").read_text()


@pytest.mark.parametrize("polls", [[(), ("pause",), (), (), ("pause",)], [(), ("pause",), (), ("quit",)]])
def test_how_long_it_played_leaves_pauses_out_also_one_that_never_ended(polls: list[Sequence[MirrorCommand]]) -> None:
    mirroring, _ = run(FakeSource(frames(10)), Display(*polls))
    assert mirroring._clock.now() >= 2 * POLL_S, "time went on meanwhile"
    assert mirroring.played_s == pytest.approx(0.0), "nothing else waits"


def test_what_is_kept_follows_the_graph_and_pictures_have_none() -> None:
    writer = ViewWriter()
    run(FakeSource(frames(4)), Display((), ("graph",)), writer)
    assert writer.graphs == [True, True, False, False]
    made = state(pictures=PICTURES)
    assert made.graph
    assert not made.graphed


def test_keys_change_what_is_shown() -> None:
    _, made = run(FakeSource(frames(5)), Display(("mirror", "graph")))
    assert (made.mirrored, made.graph, made.chosen) == (True, False, 0)


def test_record_and_snapshot_reach_what_writes_and_their_failure_is_told_and_ends_nothing() -> None:
    writer = ViewWriter()
    _, made = run(FakeSource(frames(5)), Display((), ("record",), ("snapshot",)), writer)
    assert made.recording == "mirror.mp4"
    (kept,) = writer.snapshots
    assert kept[0] == 0.2
    display = Display((), ("record", "snapshot"))
    run(FakeSource(frames(5)), display, ViewWriter(fails=True))
    assert display.notices == ["here: the folder may not be written to"] * 2
    assert len(display.views) == 5


def test_interrupted_it_ends_with_the_next_moment() -> None:
    class Interrupting(Display):
        def show(self, view: MirrorView) -> None:
            super().show(view)
            mirroring.interrupted = True

    display = Interrupting()
    mirroring = MirrorRun(FakeSource(frames(5)), Eyes(), state(), clock=Clock())
    mirroring.connect([display], ViewWriter(), Notices(print), list)
    mirroring.run()
    assert len(display.views) == 1


def test_a_still_picture_lingers_until_quit() -> None:
    info = SourceInfo("images", "one.png", live=False)
    display = Display((), (), (), ("graph",), ("quit",))
    mirroring, made = run(FakeSource(frames(1), info=info), display, linger=True)
    assert made.graph is False, "keys work meanwhile"
    assert [view.frame for view in mirroring.stills] == [None], "no picture is held in memory"


def test_a_real_camera_process_that_is_killed_comes_back_and_the_mirror_goes_on() -> None:
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


@pytest.mark.parametrize("asked", [OutputPaths(log=Path("a.txt")), OutputPaths(graph=Path("a.csv"))])
def test_endings_that_nothing_is_written_under_are_refused(asked: OutputPaths) -> None:
    with pytest.raises(UsageError, match="must end in"):
        asked.check()


def test_a_file_that_cannot_be_opened_begins_nothing(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    asked = OutputPaths(log=tmp_path / "log.csv", graph=tmp_path / "missing" / "graph.png")
    with pytest.raises(OutputError, match="no folder"):
        asked.check()
    assert not (tmp_path / "log.csv").exists()


def test_still_pictures_make_no_video_and_the_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), np.zeros((9, 9, 3), np.uint8))
    monkeypatch.chdir(tmp_path)
    info = SourceInfo("images", "one.png", live=False, path=str(tmp_path / "one.png"))
    files = MirrorFiles(OutputPaths(), info, print, pictures=stills_of(info))
    with pytest.raises(OutputError, match="make no video"):
        files.toggle_recording()
    files.close()
    assert (files.recording, files.failed) == ("", False)
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


def test_recordings_of_one_second_have_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    files = MirrorFiles(OutputPaths(), SourceInfo("camera", "camera:0", live=True), told.append)
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
