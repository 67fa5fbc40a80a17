"""The commands `coach takes export`, `import` and `recover`."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from store_help import contents, three_takes
from store_help import on_takes as coach

from coach.takes.store import TakeStore

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights or pipes")


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return three_takes(tmp_path / "takes")


def test_takes_are_exported_and_imported(store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    archive, other = tmp_path / "out.zip", TakeStore(tmp_path / "other")
    assert coach(store, "takes", "export", ":2", ":3", archive) == 0
    assert f"to {archive}" in capfd.readouterr().out
    assert coach(other, "takes", "import", archive) == 0
    assert [contents(take) for take in other.takes()] == [contents(take) for take in store.takes()[1:]]
    assert coach(other, "report", "second") == 0
    capfd.readouterr()
    assert coach(other, "takes", "import", archive) == 0
    assert f"Left out {other.takes()[0].name}: already there as {other.takes()[0].name}" in capfd.readouterr().out
    assert len(other.takes()) == 2


def test_all_takes_are_exported_at_once(store: TakeStore, tmp_path: Path) -> None:
    other = TakeStore(tmp_path / "other")
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip", "--without-recordings") == 0
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert [take.name for take in other.takes()] == [take.name for take in store.takes()]
    assert not any(facts.recorded or facts.evidence for facts in other.facts())


def test_an_archive_of_many_bad_takes_gives_one_message(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    takes = [{"name": f"t{n}", "files": []} for n in range(1200)]
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps({"archive_version": 1, "coach_version": "0", "takes": takes}))
    assert coach(TakeStore(tmp_path / "takes"), "takes", "import", tmp_path / "many.zip") == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err) < 500
    assert "1,200 takes were left out: t0, t1, t2 and 1,197 more." in " ".join(err.split())
    assert "the take t0 has neither a journal nor a report" in " ".join(err.split())


def test_an_archive_of_many_takes_gives_one_message(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for n in range(9):
        journal = Path(shutil.copytree(store.takes()[0], store.folder / f"copy{n}")) / "journal.jsonl"
        journal.write_bytes(journal.read_bytes() + b"x" * n)
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip") == 0
    other = TakeStore(tmp_path / "other")
    capfd.readouterr()
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    imported, known = capfd.readouterr().out.splitlines()
    assert imported.startswith("Imported 12 takes: ")
    assert imported.endswith(" and 9 more")
    assert known.startswith("Left out 12 takes: already there: ")
    assert len(other.takes()) == 12


@pytest.mark.parametrize(
    "args", [[":2", "--force", "ZIP"], ["--force", ":2", "ZIP"], [":2", "ZIP", "--force"], ["--all", "--force", "ZIP"]]
)
def test_options_may_be_in_any_position(store: TakeStore, tmp_path: Path, args: list[str]) -> None:
    """Also between the takes and the archive."""
    archive = tmp_path / "out.zip"
    archive.write_bytes(b"old")
    assert coach(store, "takes", "export", *[str(archive) if word == "ZIP" else word for word in args]) == 0
    assert archive.read_bytes() != b"old"


def test_an_archive_in_the_wrong_argument_is_not_mistaken_for_a_take(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes", "export", tmp_path / "out.zip", ":1") == 2
    assert "coach takes export TAKE ... ARCHIVE.zip" in capfd.readouterr().err
    assert coach(store, "takes", "export") == 2


def test_a_file_separated_from_its_option_gives_advice(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        coach(store, "report", ":2", "--html", "--no-video", "p.html")
    assert "write the file right behind its option: --html p.html" in capfd.readouterr().err


def test_a_damaged_take_does_not_stop_the_export_of_others(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The damaged take is reported; one that was requested by name ends the export."""
    (store.takes()[1] / "notes.json").write_bytes(b"{bad")
    other = TakeStore(tmp_path / "other")
    assert coach(store, "takes", "export", ":1", ":2", tmp_path / "out.zip") == 1
    assert not (tmp_path / "out.zip").exists()
    capfd.readouterr()
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip") == 1
    out, err = capfd.readouterr()
    assert "Exported 2 takes" in out
    assert "_second/notes.json: damaged, not JSON; this take was left out" in " ".join(err.split())
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert [take.name[20:] for take in other.takes()] == ["third", "first"]


def test_no_archive_is_written_if_every_take_is_damaged(store: TakeStore, tmp_path: Path) -> None:
    for take in store.takes():
        (take / "notes.json").write_bytes(b"{bad")
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip") == 1
    assert not (tmp_path / "out.zip").exists()


def test_an_export_without_takes_is_refused(store: TakeStore, tmp_path: Path) -> None:
    assert coach(store, "takes", "export", tmp_path / "out.zip") == 2
    assert coach(store, "takes", "export", ":1", tmp_path / "out.zip", "--all") == 2


def test_recovery_creates_the_report_of_an_unfinished_take_and_names_the_loss(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    take = store.takes()[0]
    journal = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (take / "journal.jsonl").write_bytes(b"".join(journal[:20]) + journal[20][:9])
    assert coach(store, "takes", "recover", "--all") == 0
    output = capfd.readouterr().out
    assert output.startswith(f"{take.name}: report made. Kept until it stopped, at ")
    assert "row 21 is cut off: 9 bytes lost." in output
    assert store.unfinished() == []
    assert coach(store, "takes", "recover", "--all") == 0
    assert capfd.readouterr().out == "No take is unfinished.\n"


def test_damage_after_the_header_is_not_reported_as_an_early_end(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    """The take was played to its end; only rows of its journal are lost."""
    path = store.takes()[0] / "journal.jsonl"
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([rows[0], b"{bad\n", *rows[2:]]))
    assert coach(store, "takes", "recover", ":1") == 0
    output = capfd.readouterr().out
    assert "Nothing of it can be read. In its journal row 2 is damaged or was changed; it and what follows" in output
    assert coach(store, "report", ":1") == 0
    assert "before it began" not in output + capfd.readouterr().out


def test_recovery_recreates_an_unreadable_report(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    take = store.takes()[2]
    (take / "report.json").write_bytes(b'{"schema_ver')
    assert coach(store, "takes", "recover", "first") == 0
    assert "Kept to its end, at 3.0 s. Nothing of its journal is lost." in capfd.readouterr().out
    assert coach(store, "report", "first") == 0


def test_a_take_without_a_journal_is_reported_and_the_others_are_recovered(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    (store.takes()[2] / "report.json").write_bytes(b"{")
    (store.takes()[2] / "journal.jsonl").write_bytes(b"\x00" * 100)
    assert coach(store, "takes", "recover", "--all") == 1
    out, err = capfd.readouterr()
    assert "_third: report made." in out
    assert "not a journal of Coach" in err


def test_an_unreadable_video_is_reported(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    (store.takes()[0] / "video.mp4").write_bytes(b"\x00")
    assert coach(store, "takes", "recover", ":1") == 0
    assert "or is damaged: it shows nothing." in capfd.readouterr().out


def test_recover_requires_either_takes_or_the_option_all(store: TakeStore) -> None:
    assert coach(store, "takes", "recover") == 2
    assert coach(store, "takes", "recover", ":1", "--all") == 2


def test_a_take_with_a_report_needs_no_recovery(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "recover", "first") == 0
    assert "has its report already" in capfd.readouterr().out
    assert contents(store.folder) == before
