"""A live rehearsal with real parts; only the camera is replaced by the sample take, in its own process."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from coach.app.rehearsal import Rehearsal
from coach.app.replay import PlayedTake
from coach.base.files import sample_take
from coach.base.settings import Settings
from coach.core.scoring.report import Report
from coach.core.script.script import Script
from coach.perception.pipeline import open_perception
from coach.sources.camera.camera import CameraSource
from coach.takes.journal import JournalHeader, read_journal
from coach.takes.recorder import TakeRecorder
from coach.takes.report_file import write_report
from coach.takes.store import TakeStore
from coach.testing.sinks import RecordingSpeaker
from coach.voice.speaker import VoiceSink

SCRIPT = Script.model_validate(
    {
        "title": "Live",
        "lines": [
            {"text": "One.", "emotion": "sad", "duration_s": 2, "cue": "Lights."},
            {"text": "Two.", "emotion": "happy", "duration_s": 4},
        ],
    }
)


@pytest.fixture(scope="module")
def live_take(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report, RecordingSpeaker]:
    """A short live take of a face that stays sad, with its video."""
    settings = Settings(lead_in_s=0.5)
    perception, speaker = open_perception(), RecordingSpeaker()
    source = CameraSource(str(sample_take()), lead_in_s=0.5, loop=True)
    folder = TakeStore(tmp_path_factory.mktemp("takes")).create("Live", datetime.now(timezone.utc))
    header = JournalHeader(
        created="2026-01-01T00:00:00+00:00", script=SCRIPT, settings=settings, card=perception.card, source=source.info
    )
    recorder = TakeRecorder(folder, header, print, record=True)
    rehearsal = Rehearsal(SCRIPT, source, perception, settings)
    for member in (recorder, VoiceSink(speaker)):
        rehearsal.add(member)
    rehearsal.run()
    report = rehearsal.report(folder.name)
    write_report(folder / "report.json", report)
    return folder, report, speaker


Played = tuple[Path, Report, RecordingSpeaker]


def test_the_face_is_scored_against_each_line_in_real_time(live_take: Played) -> None:
    first, second = live_take[1].lines
    assert (first.verdict, first.top) == ("hit", "sad")
    assert (second.verdict, second.top) == ("miss", "sad")
    assert min(first.coverage, second.coverage) > 0.9
    assert live_take[1].ended == "finished"
    assert live_take[1].source.kind == "camera"


def test_the_cue_comes_in_the_lead_in_and_the_note_during_the_mismatched_line(live_take: Played) -> None:
    spoken = [(utterance.kind, utterance.text) for utterance in live_take[2].spoken]
    (note,) = [note for note in live_take[1].notes if note.kind == "live"]
    assert spoken == [("cue", "Lights."), ("note", note.text)]
    assert note.line == 2
    assert 2 + 1.2 <= note.t < 5


def test_the_recorded_video_is_as_long_as_the_take(live_take: Played) -> None:
    import av

    with av.open(str(live_take[0] / "video.mp4")) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0) if frame.pts is not None]
    assert times[0] == pytest.approx(0, abs=0.2)
    assert times[-1] == pytest.approx(6, abs=0.4)


def test_replaying_the_journal_of_a_live_take_gives_the_same_report(live_take: Played) -> None:
    """Without a camera, and to the last digit."""
    folder, report, _ = live_take
    journal = read_journal(folder / "journal.jsonl")
    assert journal.end is not None
    again = PlayedTake.of(journal).report("")
    assert json.loads(again.model_dump_json())["lines"] == json.loads(report.model_dump_json())["lines"]
    assert again.notes == report.notes
