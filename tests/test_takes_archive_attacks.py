"""Malicious and damaged archives: nothing of them is imported."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from archive_help import NAME, forge, imported_contents, members, refusal_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_help import WHEN, add_every_file, contents, play_take
from takes_help import start_child

from coach.takes import archive_import as importing
from coach.takes.archive_export import export_takes
from coach.takes.store import TakeStore


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take with files of every kind."""
    return add_every_file(play_take(TakeStore(tmp_path_factory.mktemp("takes"))))


@pytest.fixture(scope="module")
def archive(take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the take."""
    path = tmp_path_factory.mktemp("archive") / "takes.zip"
    export_takes([take], path)
    return path


NO_TAKE = "is not a file of a take"


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.json",
        "/etc/passwd",
        "C:\\evil.json",
        "\\\\server\\share\\evil.json",
        f"takes/{NAME}/../../../evil.json",
        f"takes/{NAME}/evil.exe",
        f"takes/{NAME}/sub/journal.jsonl",
        f"takes/{NAME}/evidence/../../../evil.jpg",
        f"takes/{NAME}/evidence/CON.jpg:stream",
        f"takes/{NAME}/report-\x1b[31m.json",
        f"takes/{NAME}/Journal.jsonl.",
        "takes/con/journal.jsonl",
        "takes//journal.jsonl",
        "~/.bashrc",
        "-rf",
        "coach-store.json",
        "x" * 5000,
    ],
)
def test_an_unknown_file_name_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    assert NO_TAKE in refusal_of(tmp_path, forge(tmp_path / "in.zip", members(archive), (name, b"{}")))


@pytest.mark.parametrize(
    ("called", "file"),
    [
        ("../../evil", "journal.jsonl"),
        ("/evil", "journal.jsonl"),
        ("con", "journal.jsonl"),
        ("a b", "journal.jsonl"),
        (".hidden", "journal.jsonl"),
        ("", "journal.jsonl"),
        ("x" * 200, "journal.jsonl"),
        ("fine", "../journal.jsonl"),
        ("fine", "evil.sh"),
        ("fine", "running.lock"),
    ],
)
def test_an_unknown_file_name_in_the_manifest_is_refused(archive: Path, tmp_path: Path, called: str, file: str) -> None:
    contents_by_name = members(archive)
    data = contents_by_name[f"takes/{NAME}/journal.jsonl"]
    entry = {"name": file, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest = {"archive_version": 1, "coach_version": "1", "takes": [{"name": called, "files": [entry]}]}
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as out:
        out.writestr(f"takes/{called}/{file}", data)
        out.writestr("manifest.json", json.dumps(manifest))
    assert "is not that of takes" in refusal_of(tmp_path, tmp_path / "in.zip")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_devices_are_refused(archive: Path, tmp_path: Path, kind: int) -> None:
    files = members(archive)
    link = zipfile.ZipInfo(f"takes/{NAME}/notes.json")
    link.external_attr = (kind | 0o777) << 16
    del files[link.filename]
    assert "a link or not a file" in refusal_of(tmp_path, forge(tmp_path / "in.zip", files, (link, b"/etc/passwd")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [f"takes/{NAME}/journal.jsonl", f"takes/{NAME.upper()}/Journal.JSONL"])
def test_a_duplicate_name_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    assert "is in it twice" in refusal_of(tmp_path, forge(tmp_path / "in.zip", members(archive), (name, b"{}")))


def test_a_zip_bomb_is_refused_before_it_fills_the_disk(archive: Path, tmp_path: Path) -> None:
    """A quarter gigabyte of zeros in a quarter megabyte, with the true size in the manifest."""
    files = members(archive)
    path = tmp_path / "in.zip"
    size, digest = 1 << 28, hashlib.sha256()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        with out.open(f"takes/{NAME}/video.mp4", "w", force_zip64=True) as video:
            for _ in range(size >> 24):
                video.write(bytes(1 << 24))
                digest.update(bytes(1 << 24))
        manifest = json.loads(files.pop("manifest.json"))
        file = next(entry for entry in manifest["takes"][0]["files"] if entry["name"] == "video.mp4")
        file.update(size=size, sha256=digest.hexdigest())
        files["manifest.json"] = json.dumps(manifest).encode()
        for name, data in files.items():
            if not name.endswith(".mp4"):
                out.writestr(name, data)
    assert "far larger when it is unpacked" in refusal_of(tmp_path, path)


def test_unpacking_stops_at_a_zip_bomb_with_a_false_manifest(archive: Path, tmp_path: Path) -> None:
    files = members(archive)
    name = f"takes/{NAME}/notes.json"
    files[name] = b"[" + b" " * (40 << 20) + b"]"
    manifest = json.loads(files["manifest.json"])
    next(file for file in manifest["takes"][0]["files"] if file["name"] == "notes.json")["size"] = 1000
    files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for file_name, content in files.items():
            out.writestr(file_name, content)
    assert "is larger than it may be" in refusal_of(tmp_path, tmp_path / "in.zip")


def test_a_file_longer_than_its_header_says_is_refused(archive: Path, tmp_path: Path) -> None:
    files = members(archive)
    name = f"takes/{NAME}/notes.json"
    files[name] = b"[" + b" " * 500_000 + b"]"
    path = forge(tmp_path / "in.zip", files)
    size = len(files[name]).to_bytes(4, "little")
    assert path.read_bytes().count(size) == 2
    path.write_bytes(path.read_bytes().replace(size, (20).to_bytes(4, "little")))
    assert "damaged" in refusal_of(tmp_path, path)


def test_many_small_files_are_refused(archive: Path, tmp_path: Path) -> None:
    files = members(archive)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as out:
        for n in range(importing.MAX_FILES + 1):
            out.writestr(f"{n}", b"")
        out.writestr("manifest.json", files["manifest.json"])
    assert "at most 100,000 are accepted" in refusal_of(tmp_path, tmp_path / "in.zip")


@pytest.mark.parametrize("comment", [b"", b"a comment"])
@pytest.mark.parametrize("large", [False, True])
def test_an_oversized_directory_is_not_read(archive: Path, tmp_path: Path, comment: bytes, large: bool) -> None:
    """The end record, or the ZIP64 record before it, reports a directory of two gigabytes."""
    data = archive.read_bytes()
    end = bytearray(data[-22:])
    end[20:22] = len(comment).to_bytes(2, "little")
    longer = b""
    if large:
        longer = b"PK\x06\x06" + bytes(36) + (2 << 30).to_bytes(8, "little") + bytes(8) + b"PK\x06\x07" + bytes(16)
        end[12:16] = b"\xff\xff\xff\xff"
    else:
        end[12:16] = (2 << 30).to_bytes(4, "little")
    (tmp_path / "in.zip").write_bytes(data[:-22] + longer + bytes(end) + comment)
    assert "far more than 100,000 files" in refusal_of(tmp_path, tmp_path / "in.zip")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plain: plain.update(archive_version=2), "has archive version 2, and this Coach reads version 1"),
        (lambda plain: plain.update(archive_version="new"), "archive_version"),
        (lambda plain: plain.update(more=1), "is not that of takes"),
        (lambda plain: plain["takes"][0]["files"].pop(), NO_TAKE),
        (lambda plain: plain["takes"][0]["files"].append(plain["takes"][0]["files"][0]), "named in it twice"),
        (lambda plain: plain["takes"][0]["files"][0].update(sha256="0" * 64), "is damaged"),
        (lambda plain: plain["takes"][0]["files"][0].update(size=1), "is larger than it may be"),
        (lambda plain: plain["takes"][0]["files"][0].update(size=10**6), "is damaged"),
        (lambda plain: plain["takes"][0]["files"][0].update(size=-1), "is not that of takes"),
        (lambda plain: plain["takes"][0]["files"][0].update(size=10**30), "far larger"),
        (lambda plain: plain["takes"][0].update(name="other"), NO_TAKE),
    ],
)
def test_a_foreign_or_false_manifest_is_refused(
    archive: Path, tmp_path: Path, change: Callable[[Any], object], message: str
) -> None:
    files = members(archive)
    plain = json.loads(files["manifest.json"])
    change(plain)
    files["manifest.json"] = json.dumps(plain).encode()
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
    assert message in refusal_of(tmp_path, tmp_path / "in.zip")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("journal.jsonl", b"not a journal\n"),
        ("journal.jsonl", b'{"journal_version":99}\n'),
        ("report.json", b"{}"),
        ("report.json", b'{"schema_version": 99}'),
        ("report-1.json", b"[]"),
        ("script.json", b"{}"),
        ("settings.json", b'{"strictness": "cruel"}'),
        ("model.json", b"[]"),
        ("notes.json", b"<script>"),
        ("notes.json", b"[" * 100_000),
        ("notes.json", b"1"),
        ("video.mp4", b"MZ\x90\x00 a program"),
        ("evidence/line-1-best.jpg", b"<svg onload='alert(1)'/>"),
    ],
)
def test_a_file_whose_content_does_not_match_its_name_is_refused(
    archive: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    files = {**members(archive), f"takes/{NAME}/{name}": data}
    assert f"{NAME}/{name}" in refusal_of(tmp_path, forge(tmp_path / "in.zip", files)).replace("\\", "/")


def test_a_take_without_journal_and_report_is_refused(archive: Path, tmp_path: Path) -> None:
    files = members(archive)
    manifest = json.loads(files["manifest.json"])
    gone = ("journal.jsonl", "report.json")
    manifest["takes"][0]["files"] = [file for file in manifest["takes"][0]["files"] if file["name"] not in gone]
    files = {name: data for name, data in files.items() if not name.endswith(gone)}
    files["manifest.json"] = json.dumps(manifest).encode()
    assert "neither a journal nor a report" in refusal_of(tmp_path, forge(tmp_path / "in.zip", files))


@pytest.mark.parametrize("at", [6, 10, 16, 20, 24, 28, 30, 42])
@pytest.mark.parametrize("value", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x0c\x00\x01\x00"])
def test_huge_numbers_in_the_directory_are_harmless(
    archive: Path, take: Path, tmp_path: Path, at: int, value: bytes
) -> None:
    """Tests flags, method, checksum, sizes, lengths and offset of the first entry of the directory."""
    data = bytearray(archive.read_bytes())
    first = data.index(b"PK\x01\x02")
    data[first + at : first + at + 4] = value
    (tmp_path / "in.zip").write_bytes(data)
    assert imported_contents(tmp_path / "in.zip", tmp_path / "takes") in ([], [contents(take)])


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18), os.urandom(5000)])
def test_a_file_that_is_not_an_archive_of_takes_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in.zip").write_bytes(data)
    assert "not an archive of takes" in refusal_of(tmp_path, tmp_path / "in.zip")


def test_a_missing_archive_is_reported(tmp_path: Path) -> None:
    assert "cannot read the archive" in refusal_of(tmp_path, tmp_path / "missing.zip")
    assert "cannot read the archive" in refusal_of(tmp_path, tmp_path)


def test_an_encrypted_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    data = bytearray(archive.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            data[start + at] |= 1
    (tmp_path / "in.zip").write_bytes(data)
    assert "damaged" in refusal_of(tmp_path, tmp_path / "in.zip")


def test_a_damaged_take_does_not_stop_the_import_of_others(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "takes")
    takes = [play_take(store, "x", WHEN + timedelta(days=n)) for n in range(3)]
    export_takes(takes, tmp_path / "all.zip")
    files = members(tmp_path / "all.zip")
    files[f"takes/{takes[1].name}/script.json"] = b"{}"
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
    imported = TakeStore(tmp_path / "back").import_archive(tmp_path / "in.zip")
    assert [take.name for take in imported.takes] == [takes[0].name, takes[2].name]
    (message,) = imported.refused
    assert "script.json" in message
    assert takes[1].name in message


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_archive_with_flipped_bits_is_refused_or_imported_unchanged(
    archive: Path, take: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    content = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "in.zip").write_bytes(content)
    assert imported_contents(folder / "in.zip", folder / "takes") in ([], [contents(take)])


def test_a_running_import_is_not_removed_by_another(archive: Path, tmp_path: Path) -> None:
    left = tmp_path / ".import-0123456789ab"
    with start_child("hold", left) as child:
        assert child.stdout is not None
        child.stdout.readline()
        TakeStore(tmp_path).import_archive(archive)
        going = left.exists()
        child.kill()
    assert going
    TakeStore(tmp_path).import_archive(archive)
    assert not left.exists()


def forge_empty_takes(path: Path, archive: Path, count: int) -> Path:
    """Write an archive of the take of `archive` and of `count` takes without files."""
    content_by_name = members(archive)
    manifest = json.loads(content_by_name["manifest.json"])
    manifest["takes"] += [{"name": f"empty-{number}", "files": []} for number in range(count)]
    return forge(path, {**content_by_name, "manifest.json": json.dumps(manifest).encode()})


def test_takes_without_files_are_refused_without_touching_the_disk(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = forge_empty_takes(tmp_path / "empty.zip", archive, 9_000)
    made: list[Path] = []
    make = Path.mkdir
    monkeypatch.setattr(Path, "mkdir", lambda path, *rest, **more: made.append(path) or make(path, *rest, **more))  # type: ignore[func-returns-value]
    imported = TakeStore(tmp_path / "store").import_archive(forged)
    assert [take.name for take in imported.takes] == [NAME]
    assert len(imported.refused) == 9_000
    assert "has neither a journal nor a report" in imported.refused[0]
    assert len(made) < 10


def test_an_archive_of_more_takes_than_anyone_plays_is_refused_as_a_whole(tmp_path: Path, archive: Path) -> None:
    forged = forge_empty_takes(tmp_path / "empty.zip", archive, importing.MAX_TAKES)
    assert "holds 10,001 takes; at most 10,000 are accepted" in refusal_of(tmp_path, forged)
