"""The recorder: the files of a take, and write errors that do not stop the run."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from takes_help import CARD, SCRIPT, make_header, make_report, reading, run_child, wait_until

from coach.base.errors import TakeError
from coach.base.events import LineStarted, TakeEnded
from coach.base.settings import Settings
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.contents import is_running
from coach.takes.journal import read_journal
from coach.takes.recorder import TakeRecorder
from coach.takes.report_file import load_report, report_json

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")


def test_a_take_consists_of_journal_script_settings_card_and_report(tmp_path: Path) -> None:
    recorder = TakeRecorder(tmp_path, make_header(), pytest.fail)
    recorder.handle(reading(0.0))
    recorder.handle(TakeEnded(0.1, "finished"))
    recorder.close()
    recorder.write(make_report())
    names = {entry.name for entry in tmp_path.iterdir()}
    assert names == {"journal.jsonl", "script.json", "settings.json", "model.json", "report.json"}
    assert Script.model_validate_json((tmp_path / "script.json").read_text("utf-8")) == SCRIPT
    assert Settings.model_validate_json((tmp_path / "settings.json").read_text("utf-8")) == Settings(lead_in_s=0)
    assert ModelCard.model_validate_json((tmp_path / "model.json").read_text("utf-8")) == CARD
    assert report_json(load_report(tmp_path / "report.json")) == report_json(make_report())
    assert read_journal(tmp_path / "journal.jsonl").end == TakeEnded(0.1, "finished")


def test_the_script_of_a_take_is_readable_text(tmp_path: Path) -> None:
    TakeRecorder(tmp_path, make_header(), pytest.fail).close()
    text = (tmp_path / "script.json").read_text("utf-8")
    assert "誰も" in text
    assert json.loads(text)["lines"][0] == {
        "text": "They said there would be news.",
        "emotion": "sad",
        "duration_s": 3.0,
        "mode": "tracked",
    }


def test_closing_twice_and_events_after_the_end_are_harmless(tmp_path: Path) -> None:
    recorder = TakeRecorder(tmp_path, make_header(), pytest.fail)
    recorder.close()
    recorder.close()
    recorder.handle(reading(1.0))
    assert read_journal(tmp_path / "journal.jsonl").last_t is None


def test_a_missing_folder_is_refused_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match="cannot keep the take in"):
        TakeRecorder(tmp_path / "missing", make_header(), pytest.fail)


def test_a_recorder_that_cannot_start_releases_its_lock(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(TakeError, match="cannot keep the take in"):
        TakeRecorder(tmp_path, make_header(), pytest.fail)
    assert not is_running(tmp_path)
    assert not (tmp_path / "running.lock").exists()


def test_a_recording_is_referenced_and_not_copied(tmp_path: Path) -> None:
    TakeRecorder(tmp_path, make_header(live=False, name="take.mp4"), pytest.fail, record=True).close()
    assert not (tmp_path / "video.mp4").exists()
    assert read_journal(tmp_path / "journal.jsonl").header.source.path == "/films/take.mp4"


@pytest.mark.row(24)
@unix_only
@pytest.mark.parametrize("record", ["record", "no video"])
def test_a_disk_that_fills_up_gives_one_warning_and_the_rehearsal_continues(tmp_path: Path, record: str) -> None:
    output = run_child("fill_disk", tmp_path, 30_000, record)
    assert [line.split()[0] for line in output] == ["notice", "done"]
    assert "the rehearsal goes on" in output[0]
    journal = read_journal(tmp_path / "journal.jsonl")
    inputs = list(journal.inputs())
    assert len(inputs) > 100
    assert inputs == [reading(n / 30).observation for n in range(len(inputs))]
    assert load_report(tmp_path / "report.json").title == make_report().title


@unix_only
def test_a_partly_written_row_is_truncated(tmp_path: Path) -> None:
    run_child("fill_disk", tmp_path, 30_011, "no video")
    assert read_journal(tmp_path / "journal.jsonl").damaged is None


@pytest.mark.row(24)
@unix_only
@pytest.mark.parametrize("loss", [shutil.rmtree, lambda folder: folder.rename(folder.with_name("elsewhere"))])
def test_a_deleted_folder_gives_one_warning_and_the_rehearsal_continues(tmp_path: Path, loss: object) -> None:
    notices: list[str] = []
    (tmp_path / "take").mkdir()
    recorder = TakeRecorder(tmp_path / "take", make_header(), notices.append)
    loss(tmp_path / "take")  # type: ignore[operator]  # one of the two above

    def has_notice() -> bool:
        recorder.handle(LineStarted(1.0, 1, 2.0))
        return bool(notices)

    wait_until(has_notice)
    recorder.handle(reading(2.0))
    recorder.write(make_report())
    recorder.close()
    (notice,) = notices
    assert not recorder.complete
    assert "from 1.0 s on this take is not kept" in notice
    assert "no such file" in notice


def test_a_report_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    notices: list[str] = []
    recorder = TakeRecorder(tmp_path, make_header(), notices.append)
    (tmp_path / "report.json").mkdir()
    recorder.write(make_report())
    recorder.close()
    assert len(notices) == 1
    assert "the report is not kept" in notices[0]
    assert not list(tmp_path.glob(".*.tmp"))
